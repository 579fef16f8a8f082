package risk

import (
	"testing"

	"slipstream/internal/market"
)

// exposure is what the gate counts for AAA and the buyer: filled, open buys, the
// parent's cum and open.
func (f *fixture) exposure() [4]market.Qty {
	pos, buys, _ := f.g.Position(aaa)
	cum, open, _ := f.g.Parent(buyer)
	return [4]market.Qty{pos, buys, cum, open}
}

func TestExposureFollowsAnOrderThroughItsLife(t *testing.T) {
	f := newFixture(t)
	replace := func(orig, child uint64, qty market.Qty) {
		o := f.order
		o.Kind, o.OrigChild, o.Child, o.Qty = KindReplace, orig, child, qty
		f.g.Sent(f.now, &o)
	}
	steps := []struct {
		name string
		do   func() bool
		want [4]market.Qty
	}{
		{"a sent order is open at once", func() bool { f.send(1, 100); return true }, [4]market.Qty{0, 100, 0, 100}},
		{"a fill moves from open to filled", func() bool { return f.g.Filled(1, 30, 100*cent) }, [4]market.Qty{30, 70, 30, 70}},
		{"a pending increase counts at its new size", func() bool { replace(1, 2, 150); return true }, [4]market.Qty{30, 120, 30, 120}},
		{"a fill under the pending id counts", func() bool { return f.g.Filled(2, 10, 100*cent) }, [4]market.Qty{40, 110, 40, 110}},
		{"a refused replace leaves the old size", func() bool { return f.g.ReplaceRejected(1, 2) }, [4]market.Qty{40, 60, 40, 60}},
		{"a pending decrease still counts at its old size", func() bool { replace(1, 3, 50); return true }, [4]market.Qty{40, 60, 40, 60}},
		{"an accepted one at its new", func() bool { return f.g.Replaced(1, 3) }, [4]market.Qty{40, 10, 40, 10}},
		{"a replace below what is filled meanwhile leaves nothing open", func() bool { replace(3, 4, 45); return f.g.Filled(3, 8, 100*cent) && f.g.Replaced(3, 4) }, [4]market.Qty{48, 0, 48, 0}},
		{"a closed order leaves what it filled", func() bool { return f.g.Closed(4) }, [4]market.Qty{48, 0, 48, 0}},
		{"an order rejected while its replace is pending leaves nothing", func() bool { f.send(5, 100); replace(5, 6, 300); return f.g.Closed(6) }, [4]market.Qty{48, 0, 48, 0}},
		{"a bust of an ended order's trade comes off the position and the parent", func() bool { f.g.Busted(4, buyer, aaa, market.Buy, 8); return true }, [4]market.Qty{40, 0, 40, 0}},
		{"a bust of a working order's trade is open again", func() bool {
			f.send(7, 100)
			return f.g.Filled(7, 60, 100*cent) && func() bool { f.g.Busted(7, buyer, aaa, market.Buy, 20); return true }()
		}, [4]market.Qty{80, 60, 80, 60}},
		{"a restated order is open with less", func() bool { f.g.Restated(7, 70); return true }, [4]market.Qty{80, 30, 80, 30}},
		{"but never with less than it has filled", func() bool { f.g.Restated(7, 10); return true }, [4]market.Qty{80, 0, 80, 0}},
		{"nor with more than was sent", func() bool { f.g.Restated(7, 200); return true }, [4]market.Qty{80, 60, 80, 60}},
		{"its end leaves nothing open", func() bool { return f.g.Closed(7) }, [4]market.Qty{80, 0, 80, 0}},
		{"a trade told after the order's end", func() bool { f.g.FilledClosed(buyer, aaa, market.Buy, 5); return true }, [4]market.Qty{85, 0, 85, 0}},
		{"an order that works again", func() bool {
			o := f.order
			o.Child, o.Qty = 7, 100
			f.g.Reopened(&o, 40)
			return true
		}, [4]market.Qty{85, 60, 85, 60}},
		{"and ends again", func() bool { return f.g.Closed(7) }, [4]market.Qty{85, 0, 85, 0}},
	}
	for _, s := range steps {
		if !s.do() {
			t.Fatalf("%s: the gate did not know the order", s.name)
		}
		if got := f.exposure(); got != s.want {
			t.Fatalf("%s: filled, open, cum, parent open = %v, want %v", s.name, got, s.want)
		}
	}
	if f.g.Open() != 0 || f.g.Halted() != NotHalted {
		t.Errorf("%d orders open, halt %v", f.g.Open(), f.g.Halted())
	}
	for _, id := range []uint64{1, 2, 3, 4, 5, 6, 7} {
		if f.g.child(id) != nil {
			t.Errorf("order %d is still known", id)
		}
	}
}

func TestReportsThatContradictTheGateHaltIt(t *testing.T) {
	cases := []struct {
		name string
		do   func(f *fixture)
		want HaltReason
		pos  market.Qty
	}{
		{"a fill of an unknown order, with its instrument and side", func(f *fixture) {
			if f.g.Filled(9, 10, 100*cent) {
				t.Error("an unknown order was known")
			}
			f.g.FilledUnknown(aaa, market.Sell, 10)
		}, HaltUnknownFill, -10},
		{"a fill of an order that was closed", func(f *fixture) { f.send(1, 100); f.g.Closed(1); f.g.Filled(1, 10, 100*cent) }, HaltUnknownFill, 0},
		{"an unknown fill in an unknown instrument", func(f *fixture) { f.g.FilledUnknown(market.NoInstrument, market.Buy, 10) }, HaltUnknownFill, 0},
		{"an overfill, which counts in full", func(f *fixture) { f.send(1, 100); f.g.Filled(1, 101, 100*cent) }, HaltOverfill, 101},
		{"a fill above a buy's limit", func(f *fixture) { f.send(1, 100); f.g.Filled(1, 1, f.order.Price+1) }, HaltFillPrice, 1},
		{"a fill at a buy's limit is fine", func(f *fixture) { f.send(1, 100); f.g.Filled(1, 100, f.order.Price) }, NotHalted, 100},
		{"a fill at the limit of a pending replace is fine", func(f *fixture) {
			o := f.send(1, 100)
			o.Kind, o.OrigChild, o.Child, o.Price = KindReplace, 1, 2, o.Price+cent
			f.g.Sent(f.now, &o)
			f.g.Filled(1, 50, o.Price)
		}, NotHalted, 50},
		{"a fill below a sell's limit", func(f *fixture) { f.sell(); f.send(1, 100); f.g.Filled(1, 1, f.order.Price-1) }, HaltFillPrice, -1},
		{"a fill of a market order at any price is fine", func(f *fixture) { f.order.Price = 0; f.send(1, 100); f.g.Filled(1, 5, 1_000_000*cent) }, NotHalted, 5},
		{"a fill while a replace to market is pending may have any price", func(f *fixture) {
			o := f.send(1, 100)
			o.Kind, o.OrigChild, o.Child, o.Price = KindReplace, 1, 2, 0
			f.g.Sent(f.now, &o)
			f.g.Filled(1, 5, 1_000_000*cent)
		}, NotHalted, 5},
		{"a fill of nothing", func(f *fixture) { f.send(1, 100); f.g.Filled(1, 0, cent) }, HaltBadFill, 0},
		{"a fill of less than nothing", func(f *fixture) { f.send(1, 100); f.g.Filled(1, -5, cent) }, HaltBadFill, 0},
		{"a fill at a negative price", func(f *fixture) { f.send(1, 100); f.g.Filled(1, 5, -cent) }, HaltBadFill, 0},
		{"an accepted replace that was never sent", func(f *fixture) { f.send(1, 100); f.g.Replaced(1, 2) }, HaltUnknownReplaced, 0},
		{"an accepted replace of an unknown order", func(f *fixture) { f.g.Replaced(1, 0) }, HaltUnknownReplaced, 0},
		{"a refused replace of an unknown order changes nothing", func(f *fixture) { f.g.ReplaceRejected(1, 0) }, NotHalted, 0},
		{"a second end of an order changes nothing", func(f *fixture) { f.send(1, 100); f.g.Closed(1); f.g.Closed(1) }, NotHalted, 0},
		{"an order sent without a parent", func(f *fixture) { f.order.Parent = 9; f.send(1, 100) }, HaltUncheckedSend, 0},
		{"an order sent without a quantity", func(f *fixture) { f.send(1, 0) }, HaltUncheckedSend, 0},
		{"the largest quantity there is can be sent", func(f *fixture) { f.send(1, MaxQty); f.replace(1, 0); f.send(2, MaxQty) }, NotHalted, 0},
		{"a replace beyond any quantity", func(f *fixture) { f.send(1, 100); f.replace(1, 0); f.send(2, MaxQty+1) }, HaltUncheckedSend, 0},
		{"an order sent beyond any quantity", func(f *fixture) { f.send(1, MaxQty+1) }, HaltUncheckedSend, 0},
		{"an order sent twice", func(f *fixture) { f.send(1, 100); f.send(1, 100) }, HaltUncheckedSend, 0},
		{"an order sent for an unknown instrument", func(f *fixture) { f.order.Instrument = 99; f.send(1, 100) }, HaltUncheckedSend, 0},
		{"an order sent without a side", func(f *fixture) { f.order.Side = 0; f.send(1, 100) }, HaltUncheckedSend, 0},
		{"an order sent into a full table", func(f *fixture) {
			for i := range uint64(5) {
				f.send(1+i, 1)
			}
		}, HaltUncheckedSend, 0},
		{"a replace sent of an unknown order", func(f *fixture) { f.replace(9, 10); f.send(10, 10) }, HaltUncheckedSend, 0},
		{"a bust of more than the order has filled", func(f *fixture) {
			f.send(1, 100)
			f.g.Filled(1, 10, f.order.Price)
			f.g.Busted(1, buyer, aaa, market.Buy, 11)
		}, HaltBadFill, -1},
		{"a bust of an order that is not known is one of the position", func(f *fixture) { f.g.Busted(9, 99, aaa, market.Sell, 5) }, NotHalted, 5},
		{"a bust of nothing", func(f *fixture) { f.g.Busted(9, 99, aaa, market.Sell, 0) }, HaltBadFill, 0},
		{"a late fill beyond the parent's quantity", func(f *fixture) { f.g.FilledClosed(buyer, aaa, market.Buy, 2001) }, HaltOverfill, 2001},
		{"a late fill of nothing", func(f *fixture) { f.g.FilledClosed(buyer, aaa, market.Buy, 0) }, HaltBadFill, 0},
		{"a late fill of a parent that has ended too", func(f *fixture) { f.g.CloseParent(buyer); f.g.FilledClosed(buyer, aaa, market.Buy, 5) }, NotHalted, 5},
		{"an order that works again under no parent", func(f *fixture) { f.order.Parent = 99; f.g.Reopened(&f.order, 0) }, HaltUncheckedSend, 0},
		{"the first reason is kept", func(f *fixture) { f.g.Filled(9, 1, cent); f.send(1, 0) }, HaltUnknownFill, 0},
	}
	for _, tc := range cases {
		f := newFixture(t)
		tc.do(f)
		pos, _, _ := f.g.Position(aaa)
		if f.g.Halted() != tc.want || pos != tc.pos {
			t.Errorf("%s: %v, position %d; want %v, %d", tc.name, f.g.Halted(), pos, tc.want, tc.pos)
		}
		f.order = Order{Kind: KindNew, Side: market.Buy, Instrument: aaa, Parent: buyer, Child: 1000, Qty: 1, Price: 10_000 * cent}
		if d := f.g.Check(f.now, &f.order, &f.ref); (d&DenyHalted != 0) != (tc.want != NotHalted) {
			t.Errorf("%s: the next order's verdict is %v", tc.name, d)
		}
	}
}

func TestAMalformedFillOfAKnownOrderIsStillOneOfOurs(t *testing.T) {
	f := newFixture(t)
	f.send(1, 100)
	if !f.g.Filled(1, 0, cent) {
		t.Error("the caller was told to count a fill of an unknown order")
	}
}

func TestTheChildTableIsReusedForEver(t *testing.T) {
	f := newFixture(t)
	for i := uint64(1); i < 50_000; i++ {
		o := f.order
		o.Child = i
		f.g.Sent(f.now, &o)
		if i > 3 && !f.g.Closed(i-3) {
			t.Fatalf("order %d is not known", i-3)
		}
	}
	if f.g.Open() != 3 || f.g.Halted() != NotHalted {
		t.Errorf("%d orders open, %v", f.g.Open(), f.g.Halted())
	}
}
