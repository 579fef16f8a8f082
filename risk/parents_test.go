package risk

import (
	"math"
	"testing"

	"slipstream/internal/market"
)

func TestParentAtAcceptance(t *testing.T) {
	cases := []struct {
		name string
		do   func(f *fixture, t *ParentTerms)
		want Deny
	}{
		{"plain terms pass", func(f *fixture, t *ParentTerms) {}, 0},
		{"MaxParentNotional passes", func(f *fixture, t *ParentTerms) { t.Qty = 10_000 }, 0},
		{"one share more is denied", func(f *fixture, t *ParentTerms) { t.Qty = 10_001 }, DenyParentNotional},
		{"MaxParentQty passes", func(f *fixture, t *ParentTerms) { t.Qty, t.Price = 100_000, 10*cent }, 0},
		{"one share above MaxParentQty is denied", func(f *fixture, t *ParentTerms) { t.Qty, t.Price = 100_001, 10*cent }, DenyParentMaxQty},
		{"a product beyond 64 bits is denied", func(f *fixture, t *ParentTerms) { t.Qty = math.MaxInt64 }, DenyParentMaxQty | DenyParentNotional},
		{"a sell far below the market is valued at the mid", func(f *fixture, t *ParentTerms) { t.Side, t.Qty, t.Price = market.Sell, 10_001, cent }, DenyParentNotional},
		{"with a limit no reference is needed", func(f *fixture, t *ParentTerms) { f.ref.Trusted = false }, 0},
		{"without a limit and a reference it has no value", func(f *fixture, t *ParentTerms) { t.Price = 0; f.ref.Trusted = false }, DenyReference},
		{"without a limit it is valued at the collar: inside", func(f *fixture, t *ParentTerms) { t.Price = 0; t.Qty = 9_950 }, 0},
		{"without a limit it is valued at the collar: outside", func(f *fixture, t *ParentTerms) { t.Price = 0; t.Qty = 9_951 }, DenyParentNotional},
		// mid 99.9999999995 + 0.5 % = 100.4999999994975: the highest price within is ...499
		{"the highest price within the collar counts: inside", func(f *fixture, t *ParentTerms) {
			f.ref.Ask, t.Price, t.Qty = 10_001*cent-1, 0, 2
			f.g.parentLimits.MaxParentNotional = 2 * 100_499_999_999
		}, 0},
		{"the highest price within the collar counts: outside", func(f *fixture, t *ParentTerms) {
			f.ref.Ask, t.Price, t.Qty = 10_001*cent-1, 0, 2
			f.g.parentLimits.MaxParentNotional = 2*100_499_999_999 - 1
		}, DenyParentNotional},
		{"a quantity of 0 is denied", func(f *fixture, t *ParentTerms) { t.Qty = 0 }, DenyLot},
		{"a price off the tick is denied", func(f *fixture, t *ParentTerms) { t.Price++ }, DenyTick},
		{"an end that is not after the start is denied", func(f *fixture, t *ParentTerms) { t.StartNanos = t.EndNanos }, DenyMalformed},
		{"a side that is neither is denied", func(f *fixture, t *ParentTerms) { t.Side = 0 }, DenyMalformed},
		{"a nanosecond before its end it passes", func(f *fixture, t *ParentTerms) { f.now = t.EndNanos - 1 }, 0},
		{"at its end it is too late", func(f *fixture, t *ParentTerms) { f.now = t.EndNanos }, DenyParentWindow},
		{"an instrument without limits is denied", func(f *fixture, t *ParentTerms) { t.Instrument = ccc }, DenyNoLimits},
		{"an unknown instrument is denied", func(f *fixture, t *ParentTerms) { t.Instrument = 1000 }, DenyNoLimits},
		{"under kill none is accepted", func(f *fixture, t *ParentTerms) { f.g.Kill() }, DenyKilled},
		{"while halted none is accepted", func(f *fixture, t *ParentTerms) { f.g.Filled(3, 1, cent) }, DenyHalted},
	}
	for _, tc := range cases {
		f := newFixture(t)
		terms := ParentTerms{Instrument: aaa, Side: market.Buy, Qty: 1_000, Price: 10_000 * cent, StartNanos: t0, EndNanos: t0 + 200*market.Second}
		tc.do(f, &terms)
		got := f.g.CheckParent(f.now, &terms, &f.ref)
		if got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
		if d := f.g.OpenParent(f.now, 3, &terms, &f.ref); d != got {
			t.Errorf("%s: CheckParent says %v, OpenParent %v", tc.name, got, d)
		}
		if _, _, ok := f.g.Parent(3); ok != (got == 0) {
			t.Errorf("%s: open %v", tc.name, ok)
		}
	}
}

func TestParentTableHasABoundAndNoDuplicates(t *testing.T) {
	f := newFixture(t)
	terms := f.g.parent(buyer).terms
	if d := f.g.OpenParent(f.now, buyer, &terms, &f.ref); d != DenyParentTable {
		t.Errorf("the same id twice: %v", d)
	}
	if d := f.g.OpenParent(f.now, math.MaxUint32, &terms, &f.ref); d != 0 {
		t.Errorf("the third of three: %v", d)
	}
	if d := f.g.OpenParent(f.now, 4, &terms, &f.ref); d != DenyParentTable {
		t.Errorf("the fourth of three: %v", d)
	}
	f.g.CloseParent(math.MaxUint32)
	f.g.CloseParent(math.MaxUint32)
	f.g.CloseParent(12345)
	if d := f.g.OpenParent(f.now, 4, &terms, &f.ref); d != 0 {
		t.Errorf("after one was closed: %v", d)
	}
	if d := f.g.OpenParent(f.now, 5, &terms, &f.ref); d != DenyParentTable {
		t.Errorf("a place was freed twice: %v", d)
	}
}

func TestAClosedParentCountsUntilItsLastChildEnds(t *testing.T) {
	f := newFixture(t)
	f.send(1, 100)
	f.send(2, 100)
	f.g.CloseParent(buyer)
	f.g.Closed(1)
	f.g.Filled(2, 40, 100*cent)
	if cum, open, ok := f.g.Parent(buyer); !ok || cum != 40 || open != 60 {
		t.Errorf("cum %d, open %d, known %v", cum, open, ok)
	}
	terms := ParentTerms{Instrument: aaa, Side: market.Buy, Qty: 10, Price: 10_000 * cent, StartNanos: t0, EndNanos: t0 + 200*market.Second}
	if d := f.g.OpenParent(f.now, buyer, &terms, &f.ref); d != DenyParentTable {
		t.Errorf("its id was given away: %v", d)
	}
	if d := f.g.AmendParent(f.now, buyer, &terms, &f.ref); d != DenyUnknownParent {
		t.Errorf("a closed parent was amended: %v", d)
	}
	f.g.Closed(2)
	if _, _, ok := f.g.Parent(buyer); ok {
		t.Error("it is still known after its last child")
	}
}

func TestAmendments(t *testing.T) {
	base := ParentTerms{Instrument: aaa, Side: market.Buy, Qty: 2000, Price: 10_100 * cent, StartNanos: t0, EndNanos: t0 + 200*market.Second}
	cases := []struct {
		name string
		do   func(f *fixture, t *ParentTerms)
		want Deny
	}{
		{"more quantity passes like a new parent", func(f *fixture, t *ParentTerms) { t.Qty = 3000 }, 0},
		{"more than a parent may have is denied", func(f *fixture, t *ParentTerms) { t.Qty = 100_001 }, DenyParentMaxQty | DenyParentNotional},
		{"more under kill is denied", func(f *fixture, t *ParentTerms) { f.g.Kill(); t.Qty = 2001 }, DenyKilled},
		{"less under kill passes", func(f *fixture, t *ParentTerms) { f.g.Kill(); t.Qty = 1999 }, 0},
		{"a lower limit under kill passes", func(f *fixture, t *ParentTerms) { f.g.Kill(); t.Price -= cent }, 0},
		{"a higher limit under kill is denied", func(f *fixture, t *ParentTerms) { f.g.Kill(); t.Price += cent }, DenyKilled},
		{"an earlier end under kill passes", func(f *fixture, t *ParentTerms) { f.g.Kill(); t.EndNanos-- }, 0},
		{"a later end under kill is denied", func(f *fixture, t *ParentTerms) { f.g.Kill(); t.EndNanos++ }, DenyKilled},
		{"a later start under kill passes", func(f *fixture, t *ParentTerms) { f.g.Kill(); t.StartNanos++ }, 0},
		{"an earlier start under kill is denied", func(f *fixture, t *ParentTerms) { f.g.Kill(); t.StartNanos-- }, DenyKilled},
		{"no limit any more is loosening, and needs a reference", func(f *fixture, t *ParentTerms) { t.Price = 0; f.ref.Trusted = false }, DenyReference},
		{"a negative quantity is no reduction", func(f *fixture, t *ParentTerms) { t.Qty = -1 }, DenyLot | DenyParentNotional},
		{"another side is denied", func(f *fixture, t *ParentTerms) { t.Side = market.Sell }, DenyParentTerms},
		{"another instrument is denied", func(f *fixture, t *ParentTerms) { t.Instrument = bbb }, DenyParentTerms},
	}
	for _, tc := range cases {
		f := newFixture(t)
		terms := base
		tc.do(f, &terms)
		if d := f.g.AmendParent(f.now, buyer, &terms, &f.ref); d != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, d, tc.want)
		}
		want := base
		if tc.want == 0 {
			want = terms
		}
		if f.g.parent(buyer).terms != want {
			t.Errorf("%s: terms are now %+v", tc.name, f.g.parent(buyer).terms)
		}
	}
	f := newFixture(t)
	sell := f.g.parent(seller).terms
	f.g.Kill()
	if d := f.g.AmendParent(f.now, seller, &sell, nil); d != 0 {
		t.Errorf("the same terms of a sell under kill: %v", d)
	}
	sell.Price += cent
	if d := f.g.AmendParent(f.now, seller, &sell, nil); d != 0 {
		t.Errorf("a higher limit of a sell under kill: %v", d)
	}
	sell.Price -= cent
	if d := f.g.AmendParent(f.now, seller, &sell, nil); d != DenyKilled {
		t.Errorf("a lower limit of a sell under kill: %v", d)
	}
	if d := f.g.AmendParent(f.now, 99, &sell, nil); d != DenyUnknownParent {
		t.Errorf("an unknown parent: %v", d)
	}
}

func TestAnAmendmentBelowWhatIsOpenStopsNewOrders(t *testing.T) {
	f := newFixture(t)
	f.send(1, 500)
	terms := f.g.parent(buyer).terms
	terms.Qty = 300
	if d := f.g.AmendParent(f.now, buyer, &terms, nil); d != 0 {
		t.Fatal(d)
	}
	f.order.Qty = 1
	if d := f.g.Check(f.now, &f.order, &f.ref); d != DenyParentQty {
		t.Errorf("with 500 of 300 open: %v", d)
	}
	f.g.Closed(1)
	if d := f.g.Check(f.now, &f.order, &f.ref); d != 0 {
		t.Errorf("after the cancel: %v", d)
	}
}
