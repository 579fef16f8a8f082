package engine

import (
	"testing"

	"slipstream/feed/book"
	"slipstream/internal/market"
	"slipstream/risk"
)

// TestSubPennyTouch: the touch of a book may lie between our ticks, as that of US
// stocks does with sub-penny executions. Resting prices go to the passive side of
// it, crossing ones to the far side, never beyond the limit.
func TestSubPennyTouch(t *testing.T) {
	half := cents(1) / 2
	for _, c := range []struct {
		name  string
		side  market.Side
		limit int64
		rest  int64
		cross int64 // 0 = forbidden
	}{
		{"a buy rests below and crosses above", market.Buy, 0, 10000, 10003},
		{"a sell rests above and crosses below", market.Sell, 0, 10003, 10000},
		{"a buy limit below the rounded ask forbids crossing", market.Buy, 10002, 10000, 0},
		{"a sell limit above the rounded bid forbids crossing", market.Sell, 10001, 10003, 0},
	} {
		v := &View{Side: c.side, Bid: cents(10000) + half, Ask: cents(10002) + half, Tick: cents(1), Lot: 1, Limit: cents(c.limit)}
		if got := restPrice(v, false); got != cents(c.rest) {
			t.Errorf("%s: rests at %d, want %d", c.name, got, cents(c.rest))
		}
		if got := restPrice(v, true); got%cents(1) != 0 || got <= v.Bid-cents(1) || got >= v.Ask+cents(1) {
			t.Errorf("%s: improves to %d", c.name, got)
		}
		if got, ok := crossPrice(v); ok != (c.cross != 0) || (ok && got != cents(c.cross)) {
			t.Errorf("%s: crosses at %d (%v), want %d", c.name, got, ok, cents(c.cross))
		}
	}
}

// TestASellIsCutToWhatTheGateValuesItAt: the gate values a sell below the mid at the
// mid, so a cut by the sell's own price would be denied for ever.
func TestASellIsCutToWhatTheGateValuesItAt(t *testing.T) {
	e := newEngine(t)
	e.cfg.Risk.Limits[0].MaxOrderQty = 1 << 30
	e.cfg.Risk.Limits[0].MaxOrderNotional = 1_000_000 * int64(market.PriceUnit)
	v := &View{Side: market.Sell, Bid: cents(9999), Ask: cents(10001), Tick: cents(1), Lot: 1}
	p := &parent{side: market.Sell, terms: terms{qty: 1 << 30}}
	q := e.bounded(p, 1<<29, v.Bid, v)
	o := risk.Order{Kind: risk.KindNew, Child: 1, Side: market.Sell, Qty: q, Price: v.Bid}
	ref := risk.Reference{Bid: v.Bid, Ask: v.Ask, Nanos: 1, Trusted: true}
	if deny := e.gate.Check(1, &o, &ref); deny&risk.DenyOrderNotional != 0 || q == 0 {
		t.Errorf("%d shares: the gate denies %s", q, deny)
	}
	o.Qty = q + 1
	if deny := e.gate.Check(1, &o, &ref); deny&risk.DenyOrderNotional == 0 {
		t.Errorf("%d shares are allowed by the notional limit too: cut too much", q+1)
	}
}

// TestAnOddRestDoesNotStopResting: less than a lot behind the schedule cannot be
// crossed; the passive tactic goes on resting.
func TestAnOddRestDoesNotStopResting(t *testing.T) {
	var got Proposal
	SchedulePolicy{}.Propose(&View{Tactic: market.Passive, Lot: 100, Qty: 1000, Cum: 257, Due: 300, Next: 400, Bid: cents(10000), Ask: cents(10001)}, &got)
	if got.Action != Rest || got.Qty < 100 {
		t.Errorf("43 shares late at a lot of 100: proposes %+v, want to rest", got)
	}
}

// TestATakerTakesBackWhatItRested: while its limit forbids crossing, a taker rests;
// when it may cross again, what rests must not keep it from that.
func TestATakerTakesBackWhatItRested(t *testing.T) {
	var got Proposal
	v := &View{Tactic: market.Taker, Lot: 1, Qty: 1000, Cum: 0, Open: 400, Resting: 400, Next: 400, Due: 300}
	SchedulePolicy{}.Propose(v, &got)
	if got.Action != Cross || got.Qty != 400 || !got.Pull {
		t.Errorf("proposes %+v, want to cross 400 and to pull what rests", got)
	}
	v.Resting, got = 0, Proposal{} // an IOC on its way is not doubled
	if (SchedulePolicy{}).Propose(v, &got); got.Action != Hold {
		t.Errorf("with all of it on its way it proposes %+v", got)
	}
}

// TestOrderFlowKeepsItsSign: a flood of shares at the touch does not overflow the decay.
func TestOrderFlowKeepsItsSign(t *testing.T) {
	var f flow
	level := func(c int64, q market.Qty) book.Level { return book.Level{Price: cents(c), Qty: q} }
	f.update(1, level(1, 1_000_000_000), level(2, 100))
	f.update(2, level(1, 2_000_000_000), level(2, 100))
	f.update(2+flowMemory/2, level(1, 2_000_000_000), level(2, 100))
	if f.ofi <= 0 {
		t.Errorf("order flow %d after a billion shares were added at the bid", f.ofi)
	}
}
