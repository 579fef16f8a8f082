package session

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// peer is a pure model of an acceptor: it keeps its application messages and
// resends them, and judges every byte we send.
type peer struct {
	t       *rapid.T
	nextOut uint64
	nextIn  uint64
	logged  bool
	reports map[uint64]string // number -> name of an application message
	in      []byte
	orders  map[uint64]bool // numbers of orders received
	down    bool            // it wants the transport closed
	msg     wire.Message
}

func (p *peer) send(now market.Nanos, typ string, seq uint64, head, fields string) []byte {
	at := string(wire.AppendTime(nil, now, wire.Millis))
	if head != "" {
		fields = "122=" + at + "|" + fields
	}
	return frame("FIX.4.4", fmt.Sprintf("35=%s|34=%d|%s49=VENUE|52=%s|56=SLIP|%s", typ, seq, head, at, fields))
}

func (p *peer) number() uint64 {
	p.nextOut++
	return p.nextOut - 1
}

// report sends a new application message.
func (p *peer) report(now market.Nanos) []byte {
	seq := p.number()
	p.reports[seq] = "R" + strconv.FormatUint(seq, 10)
	return p.send(now, "8", seq, "", "17="+p.reports[seq]+"|")
}

// take reads our bytes and gives the answers.
func (p *peer) take(now market.Nanos, b []byte) (out []byte) {
	p.in = append(p.in, b...)
	for {
		n, fault := wire.Frame(p.in, 4096)
		if fault != wire.FaultNone {
			p.t.Fatalf("we sent garbage: %v in %q", fault, p.in)
		}
		if n == 0 {
			return out
		}
		raw := bytes.Clone(p.in[:n])
		p.in = p.in[n:]
		if fault := wire.Parse(raw, &p.msg); fault != wire.FaultNone {
			p.t.Fatalf("we sent a malformed message: %v in %q", fault, raw)
		}
		out = append(out, p.one(now)...)
	}
}

func (p *peer) one(now market.Nanos) (out []byte) {
	m := &p.msg
	seq, _ := m.MsgSeqNum()
	typ := m.Type1()
	ask := func() []byte { return p.send(now, "2", p.number(), "", fmt.Sprintf("7=%d|16=0|", p.nextIn)) }
	switch {
	case typ == '5' && !p.logged:
		p.down = true
		return nil
	case !p.logged && typ != 'A':
		p.t.Fatalf("we sent %q before the Logon", m.Raw)
	case typ == 'A':
		p.logged = true
		out = p.send(now, "A", p.number(), "", "98=0|108=30|")
	}
	if typ == '4' {
		if !m.PossDup() {
			p.t.Fatalf("a gap fill without PossDup: %q", m.Raw)
		}
		if next, _, _ := m.GetUint(wire.TagNewSeqNo); seq == p.nextIn {
			p.nextIn = next
		}
		return out
	}
	if m.PossDup() {
		p.t.Fatalf("we resent %q", m.Raw)
	}
	if typ == '2' { // answered even beyond a gap
		out = append(out, p.resend(now)...)
	}
	switch {
	case seq > p.nextIn:
		return append(out, ask()...)
	case seq < p.nextIn:
		p.t.Fatalf("we used number %d again; %d is expected: %q", seq, p.nextIn, m.Raw)
	}
	p.nextIn++
	switch typ {
	case 'D':
		if p.orders[seq] {
			p.t.Fatalf("order %d came twice", seq)
		}
		p.orders[seq] = true
	case '1':
		id, _ := m.Get(wire.TagTestReqID)
		out = append(out, p.send(now, "0", p.number(), "", "112="+string(id)+"|")...)
	case '5':
		p.down = true
	case '3':
		p.t.Fatalf("we rejected: %s", bars(m.Raw))
	}
	return out
}

// resend repeats application messages and fills the rest.
func (p *peer) resend(now market.Nanos) (out []byte) {
	seq, _, _ := p.msg.GetUint(wire.TagBeginSeqNo)
	for seq < p.nextOut {
		if name, ok := p.reports[seq]; ok {
			out = append(out, p.send(now, "8", seq, "43=Y|", "17="+name+"|")...)
			seq++
			continue
		}
		next := seq
		for next < p.nextOut && p.reports[next] == "" {
			next++
		}
		out = append(out, p.send(now, "4", seq, "43=Y|", fmt.Sprintf("123=Y|36=%d|", next))...)
		seq = next
	}
	return out
}

func (p *peer) disconnected() { p.logged, p.down, p.in = false, false, nil }

// TestChaos: transports that cut the stream at any byte, lose what was in flight
// and come back, and restarts of our process. No number goes back, no order is
// sent twice, and every message of the venue reaches the application once.
func TestChaos(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &chaos{t: t, st: new(State), now: t0, peer: &peer{
			t: t, nextOut: 1, nextIn: 1, reports: map[uint64]string{}, orders: map[uint64]bool{},
		}, seen: map[string]int{}}
		c.restart()
		for range rapid.IntRange(10, 80).Draw(t, "steps") {
			c.step(rapid.SampledFrom([]string{
				"order", "order", "report", "report", "report", "ours", "ours", "theirs", "theirs", "part", "part",
				"cut", "noise", "duplicate", "wait", "restart", "connect",
			}).Draw(t, "step"))
		}
		c.settle()
	})
}

type chaos struct {
	t          *rapid.T
	s          *Session
	st         *State
	peer       *peer
	now        market.Nanos
	up         bool
	toUs, toIt []byte // in flight

	seen      map[string]int
	committed []uint64
	maxOut    uint64
	maxIn     uint64
}

func (c *chaos) restart() {
	s, err := New(testConfig(), c.st)
	if err != nil {
		c.t.Fatal(err)
	}
	c.s = s
	c.down()
}

func (c *chaos) down() {
	c.s.Disconnected(c.now)
	c.peer.disconnected()
	c.up, c.toUs, c.toIt = false, nil, nil
}

func (c *chaos) connect() {
	if !c.up {
		c.up = true
		c.s.Connected(c.now)
	}
}

// pump moves our output into flight, and drops a transport that is to be closed.
func (c *chaos) pump() {
	if c.s.NextOut() < c.maxOut || c.s.NextIn() < c.maxIn {
		c.t.Fatalf("numbers went back: out %d after %d, in %d after %d", c.s.NextOut(), c.maxOut, c.s.NextIn(), c.maxIn)
	}
	c.maxOut, c.maxIn = c.s.NextOut(), c.s.NextIn()
	c.toIt = append(c.toIt, c.s.Output()...)
	c.s.Consumed(len(c.s.Output()))
	why, dropped := c.s.Dropped()
	// Noise may have eaten the Logon, so that another message comes first.
	if dropped && why != WhyLogonBad && why != WhyHeartbeat && why != WhyLogonTimeout && why != WhyResendExhausted {
		c.t.Fatalf("dropped for %v", why)
	}
	if dropped || c.peer.down {
		c.down()
	}
}

func (c *chaos) deliver(b []byte) {
	c.s.Receive(c.now, b)
	for {
		m, ok := c.s.Next(c.now)
		if !ok {
			break
		}
		id, _ := m.Get(wire.TagExecID)
		c.seen[string(id)]++
		if c.seen[string(id)] > 1 {
			c.t.Fatalf("%s was delivered twice", id)
		}
	}
	c.pump()
}

func (c *chaos) step(what string) {
	switch what {
	case "connect":
		c.connect()
	case "order":
		if dst, seq, ok := c.s.Reserve(c.now); ok {
			if !c.s.Commit(c.now, appendOrder(dst, seq)) {
				c.t.Fatal("Commit refused")
			}
			c.committed = append(c.committed, seq)
			if rapid.Bool().Draw(c.t, "written") {
				c.pump()
			}
		}
	case "report":
		b := c.peer.report(c.now) // its number is used even while down
		if c.peer.logged {
			c.toUs = append(c.toUs, b...)
		}
	case "ours":
		c.pump()
		c.toUs = append(c.toUs, c.peer.take(c.now, c.toIt)...)
		c.toIt = nil
	case "theirs":
		b := c.toUs
		c.toUs = nil
		c.deliver(b)
	case "part":
		n := rapid.IntRange(0, len(c.toUs)).Draw(c.t, "bytes")
		b := c.toUs[:n]
		c.toUs = c.toUs[n:]
		c.deliver(b)
	case "cut": // what was in flight is lost, but for a part of any length
		c.pump()
		n := rapid.IntRange(0, len(c.toIt)).Draw(c.t, "bytes of ours")
		c.peer.take(c.now, c.toIt[:n])
		n = rapid.IntRange(0, len(c.toUs)).Draw(c.t, "bytes of theirs")
		c.deliver(c.toUs[:n])
		c.down()
	case "noise":
		if c.up && c.peer.logged {
			at := rapid.IntRange(0, len(c.toUs)).Draw(c.t, "at")
			c.toUs = append(append(bytes.Clone(c.toUs[:at]), "8=FIX.4.4\x019=5\x01junk"...), c.toUs[at:]...)
		}
	case "duplicate": // a PossDup of something old
		for seq := range c.peer.nextOut {
			if name := c.peer.reports[seq]; c.seen[name] > 0 && c.peer.logged {
				c.toUs = append(c.toUs, c.peer.send(c.now, "8", seq, "43=Y|", "17="+name+"|")...)
				break
			}
		}
	case "wait":
		c.now += market.Nanos(rapid.IntRange(1, 40).Draw(c.t, "seconds")) * market.Second
		c.s.Timer(c.now)
		c.pump()
	case "restart":
		c.restart()
	}
}

// settle gives a good transport until everything is through.
func (c *chaos) settle() {
	for range 20 {
		c.connect()
		for range 8 {
			c.step("ours")
			c.step("theirs")
		}
		c.step("report")
		c.now += 31 * market.Second
		c.s.Timer(c.now)
		c.step("ours")
		c.step("theirs")
		if c.s.CaughtUp() && c.s.NextIn() == c.peer.nextOut && c.peer.nextIn == c.s.NextOut() {
			break
		}
	}
	var missing []string
	for _, name := range c.peer.reports {
		if c.seen[name] != 1 {
			missing = append(missing, fmt.Sprintf("%s %d times", name, c.seen[name]))
		}
	}
	if len(missing) > 0 {
		c.t.Fatalf("delivered wrongly: %s", strings.Join(missing, ", "))
	}
	if c.s.NextIn() != c.peer.nextOut || c.peer.nextIn != c.s.NextOut() {
		c.t.Fatalf("numbers do not meet: ours %d/%d, the venue's %d/%d", c.s.NextOut(), c.s.NextIn(), c.peer.nextOut, c.peer.nextIn)
	}
	c.step("order") // CaughtUp promises that the venue reads it
	c.step("ours")
	if n := len(c.committed); n == 0 || !c.peer.orders[c.committed[n-1]] {
		c.t.Fatalf("an order sent while CaughtUp did not reach the venue")
	}
	for seq := range c.peer.orders {
		if !slices.Contains(c.committed, seq) {
			c.t.Fatalf("order %d was never committed", seq)
		}
	}
}
