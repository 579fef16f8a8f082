package chaos

import (
	"fmt"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// client is the application behind the initiator. Its ledger survives a crash.
type client struct {
	orders int // in the day
	sent   int
	next   market.Nanos    // when the next order is due
	state  map[string]byte // ClOrdID -> 0 unknown, 'v' the venue has it, 'l' it is lost
	fills  map[string]int  // ExecID -> how often it was delivered
	inSync bool            // CaughtUp at the last look
	ask    []string        // orders whose status is to be asked for
}

// pace is the time between orders.
const pace = 50 * market.Millisecond

func (c *client) take(m *wire.Message) error {
	id, _ := m.Get(wire.TagClOrdID)
	switch m.Type1() {
	case '8':
		exec, _ := m.Get(wire.TagExecID)
		kind, _ := m.Get(wire.TagExecType)
		status, _ := m.Get(wire.TagOrdStatus)
		old, known := c.state[string(id)]
		if !known {
			return fmt.Errorf("a report of %s, which was never sent", id)
		}
		if string(kind) == "F" {
			c.fills[string(exec)]++
		}
		now := byte('v')
		if string(status) == "8" {
			now = 'l'
		}
		if old != 0 && old != now {
			return fmt.Errorf("order %s was %c and is now %c", id, old, now)
		}
		c.state[string(id)] = now
	case '3':
		return fmt.Errorf("the venue rejected: %s", bars(m.Raw))
	}
	return nil
}

// act sends orders while in sync, and asks first for those of unknown state.
func (c *client) act(now market.Nanos, p *side) {
	if !p.s.CaughtUp() {
		c.inSync = false
		return
	}
	if !c.inSync {
		c.inSync = true
		c.ask = c.ask[:0]
		for i := range c.sent {
			if id := clOrdID(i); c.state[id] == 0 {
				c.ask = append(c.ask, id)
			}
		}
	}
	for len(c.ask) > 0 && p.send(now, 'H', []byte("11="+c.ask[0]+"\x0155=X\x0154=1\x01")) {
		c.ask = c.ask[1:]
	}
	if len(c.ask) == 0 && c.sent < c.orders && now >= c.next {
		id := clOrdID(c.sent)
		if p.send(now, 'D', []byte("11="+id+"\x0155=AMZN\x0154=1\x0138=100\x0140=2\x0144=187.25\x01")) {
			c.state[id] = 0
			c.sent++
			c.next = now + pace
		}
	}
}

func clOrdID(i int) string { return fmt.Sprintf("O%05d", i) }

// done says that all orders are sent and the venue's word on each is here.
func (c *client) done() bool {
	for i := range c.sent {
		if c.state[clOrdID(i)] == 0 {
			return false
		}
	}
	return c.sent == c.orders
}
