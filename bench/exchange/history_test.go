package exchange

import (
	"fmt"
	"strings"
	"testing"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// told is what the tape got since a message: its letters, with prices where they differ
// from the order's.
func told(m *Matcher, from uint64) string {
	var b strings.Builder
	for seq := from + 1; seq <= m.tape.Sequence(); seq++ {
		msg, _ := m.tape.Message(seq)
		b.WriteByte(itch.Type(msg))
		var c itch.OrderExecutedWithPrice
		var e itch.OrderExecuted
		switch {
		case itch.Type(msg) == itch.TypeOrderExecutedWithPrice && c.Decode(msg):
			fmt.Fprintf(&b, "%d@%d%c", c.ExecutedShares, c.ExecutionPrice, c.Printable)
		case itch.Type(msg) == itch.TypeOrderExecuted && e.Decode(msg):
			fmt.Fprintf(&b, "%d", e.ExecutedShares)
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// An execution of history at another price than the order's, or one that is not for the
// tape's volume, is a C; what own orders take of it first is theirs, at their prices.
func TestHistoricalExecutions(t *testing.T) {
	const price, better = 100_000, 100_100 // an ask of 10.00, executed at 10.01
	for _, c := range []struct {
		name        string
		own         []string // lines of a script, before
		qty, px     uint32
		printable   byte
		tape        string
		left        uint32 // of the historical order of 100
		trades      uint64 // that count
		taken       uint64
		displaced   uint64
		unfillable  uint64
		execs       string
		gone, after bool // the order is gone before; an own order queues behind it
	}{
		{name: "at its own price it is an E", qty: 40, px: price, printable: 'Y', tape: "E40", left: 60, trades: 1, taken: 40},
		{name: "at another price it is a C", qty: 40, px: better, printable: 'Y', tape: "C40@100100Y", left: 60, trades: 1, taken: 40},
		{name: "all of it at another price takes the order out", qty: 100, px: better, printable: 'Y', tape: "C100@100100Y", trades: 1, taken: 100},
		{name: "not printable it is a C, and no trade", qty: 40, px: price, printable: 'N', tape: "C40@100000N", left: 60, taken: 40},
		{name: "more than is open lapses", qty: 130, px: better, printable: 'Y', tape: "C100@100100Y", trades: 1, taken: 100, unfillable: 30},
		{name: "an order that is gone lapses whole", gone: true, qty: 40, px: better, printable: 'Y', tape: "", unfillable: 40},
		{name: "a better own order is filled first, at its price, and displaces", own: []string{"new 1 sell 30 9.99"}, qty: 40, px: better, printable: 'Y',
			tape: "E30 C10@100100Y X", left: 60, trades: 2, taken: 40, displaced: 30, execs: "30@9.99"},
		{name: "own orders ahead take all of it", own: []string{"new 1 sell 25 9.99", "new 1 sell 25 9.98"}, qty: 40, px: better, printable: 'Y',
			tape: "E25 E15 X", left: 60, trades: 2, taken: 40, displaced: 40, execs: "25@9.98 15@9.99"},
		{name: "an own order behind it in the queue gets nothing", after: true, qty: 40, px: better, printable: 'Y', tape: "C40@100100Y", left: 60, trades: 1, taken: 40},
		{name: "an own order at a worse price gets nothing", own: []string{"new 1 sell 30 10.01"}, qty: 40, px: better, printable: 'Y', tape: "C40@100100Y", left: 60, trades: 1, taken: 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, testConfig())
			for _, line := range c.own {
				s.do(line)
			}
			ref, why := s.m.AddHistorical(0, market.Sell, price, 100, [4]byte{})
			if why != ReasonNone {
				t.Fatal(why)
			}
			if c.gone {
				s.m.Delete(ref)
			}
			if c.after {
				s.do("new 1 sell 30 10.00")
			}
			from := s.m.tape.Sequence()
			s.m.ClearExecs()
			s.m.ExecuteHistorical(0, ref, market.Sell, price, c.qty, c.px, c.printable)
			if got := told(s.m, from); got != c.tape {
				t.Errorf("tape %q, want %q", got, c.tape)
			}
			left := uint32(0)
			s.m.EachOrder(0, market.Sell, func(r uint64, _, qty, _ uint32) {
				if r == ref {
					left = qty
				}
			})
			n := s.m.Counters()
			if left != c.left || n.Trades != c.trades || n.Displaced != c.displaced || n.Unfillable != c.unfillable {
				t.Errorf("left %d, counters %+v", left, n)
			}
			if got := s.m.Taken(0, market.Buy); got != c.taken {
				t.Errorf("%d shares taken, want %d", got, c.taken)
			}
			var execs []string
			for _, e := range s.m.Execs() {
				execs = append(execs, fmt.Sprintf("%d@%s", e.LastQty, px(e.LastPx)))
			}
			if got := strings.Join(execs, " "); got != c.execs {
				t.Errorf("own fills %q, want %q", got, c.execs)
			}
		})
	}
}

// What history says of nothing changes nothing.
func TestHistoricalNonsenseIsDropped(t *testing.T) {
	s := newScript(t, testConfig())
	ref, _ := s.m.AddHistorical(0, market.Sell, 100_000, 100, [4]byte{})
	from, events := s.m.tape.Sequence(), s.m.Counters().Events
	s.m.ExecuteHistorical(9, ref, market.Sell, 100_000, 10, 100_000, 'Y')
	s.m.ExecuteHistorical(0, ref, 0, 100_000, 10, 100_000, 'Y')
	s.m.ExecuteHistorical(0, ref, market.Sell, 0, 10, 100_000, 'Y')
	s.m.ExecuteHistorical(0, ref, market.Sell, 100_000, 0, 100_000, 'Y')
	if n := s.m.Counters(); n.Dropped != 4 || n.Events != events || s.m.tape.Sequence() != from {
		t.Errorf("%+v, tape %q", n, told(s.m, from))
	}
}
