package exchange

import (
	"testing"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// tradeChanges is what is told of busts and corrections since the last look.
type tradeChange struct {
	kind                   ExecKind
	status                 Status
	cum, leaves, qty, last market.Qty
	px, avg                market.Price
	ref                    uint64
}

func changes(m *Matcher) (out []tradeChange) {
	for _, x := range m.Execs() {
		if x.Kind == ExecBusted || x.Kind == ExecCorrected {
			out = append(out, tradeChange{x.Kind, x.Status, x.CumQty, x.LeavesQty, x.OrderQty, x.LastQty, x.LastPx, x.AvgPx, x.RefSerial})
		}
	}
	m.ClearExecs()
	return out
}

// TestBusts: an open order loses a trade and keeps what rests, a filled one ends as
// canceled, a correction changes the price, and nothing is taken back twice.
func TestBusts(t *testing.T) {
	m := NewMatcher(testConfig(), NewTape(1<<12))
	px := func(cents int64) market.Price { return market.Price(cents) * market.PriceUnit / 100 }
	buy := &Request{Kind: KindNew, Owner: 1, ClientRef: 1, Side: market.Buy, Qty: 100, Price: px(1000)}
	sell := &Request{Kind: KindNew, Owner: 2, ClientRef: 2, Side: market.Sell, Qty: 30, Price: px(1000)}
	m.Do(buy)
	m.Do(sell)
	match, serials := uint64(0), map[uint64]uint64{}
	for _, x := range m.Execs() {
		if x.Kind == ExecTrade {
			match, serials[uint64(x.Owner)] = x.MatchNumber, x.Serial
		}
	}
	m.ClearExecs()
	check := func(what string, q *Request, why Reason, want ...tradeChange) {
		t.Helper()
		if _, got := m.Do(q); got != why {
			t.Fatalf("%s: %v, want %v", what, got, why)
		}
		got := changes(m)
		if len(got) != len(want) {
			t.Fatalf("%s: %+v, want %+v", what, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: %+v, want %+v", what, got[i], want[i])
			}
		}
	}
	check("a trade that there was not", &Request{Kind: KindBust, OrderID: match + 7}, ReasonUnknownOrder)
	check("a correction to no price", &Request{Kind: KindCorrect, OrderID: match}, ReasonBadPrice)
	first := m.serial
	check("a correction", &Request{Kind: KindCorrect, OrderID: match, Price: px(999)}, ReasonNone,
		tradeChange{ExecCorrected, StatusPartiallyFilled, 30, 70, 100, 30, px(999), px(999), serials[1]},
		tradeChange{ExecCorrected, StatusFilled, 30, 0, 30, 30, px(999), px(999), serials[2]})
	tape := m.tape.Sequence()
	check("a bust", &Request{Kind: KindBust, OrderID: match}, ReasonNone,
		tradeChange{ExecBusted, StatusNew, 0, 70, 70, 30, px(999), 0, first + 1},
		tradeChange{ExecBusted, StatusCanceled, 0, 0, 30, 30, px(999), 0, first + 2})
	var b itch.BrokenTrade
	if msg, ok := m.tape.Message(tape + 1); !ok || !b.Decode(msg) || b.MatchNumber != match {
		t.Errorf("the tape has %x, want the broken trade %d", msg, match)
	}
	check("a second bust", &Request{Kind: KindBust, OrderID: match}, ReasonUnknownOrder)
	m.Do(&Request{Kind: KindNew, Owner: 2, ClientRef: 3, Side: market.Sell, Qty: 70, Price: px(1000)})
	for _, x := range m.Execs() {
		if x.Kind == ExecTrade && x.Owner == 1 && (x.Status != StatusFilled || x.CumQty != 70 || x.AvgPx != px(1000)) {
			t.Errorf("the rest is filled: %+v", x)
		}
	}
}
