package risk

import (
	"math"
	"testing"

	"slipstream/internal/market"
)

// Every control inside, at and outside its limit; want is the whole verdict.
var checkCases = []struct {
	name string
	do   func(f *fixture)
	want Deny
}{
	{"a plain order passes", func(f *fixture) {}, 0},

	{"an order without a kind is denied", func(f *fixture) { f.order.Kind = NoKind }, DenyMalformed},
	{"an order of an unknown kind is denied", func(f *fixture) { f.order.Kind = 9 }, DenyMalformed},
	{"a side that is neither is denied", func(f *fixture) { f.order.Side = 5 }, DenyMalformed | DenyParentTerms},

	{"an instrument without limits denies everything", func(f *fixture) { f.order.Instrument = ccc }, DenyNoLimits | DenyParentTerms},
	{"an instrument that is not configured is denied", func(f *fixture) { f.order.Instrument = 99 }, DenyNoLimits | DenyParentTerms},
	{"no instrument is denied", func(f *fixture) { f.order.Instrument = market.NoInstrument }, DenyNoLimits | DenyParentTerms},

	{"under kill nothing new passes", func(f *fixture) { f.g.Kill() }, DenyKilled},
	{"under kill no replace passes", func(f *fixture) { f.send(1, 100); f.replace(1, 50); f.g.Kill() }, DenyKilled},
	{"kill stays until rearmed", func(f *fixture) { f.g.Kill(); f.g.Rearm() }, 0},
	{"a halt stops everything new", func(f *fixture) { f.g.FilledUnknown(ccc, market.Buy, 1) }, DenyHalted},
	{"rearm does not lift a halt", func(f *fixture) { f.g.FilledUnknown(ccc, market.Buy, 1); f.g.Rearm() }, DenyHalted},
	{"clearing a halt does not lift kill", func(f *fixture) { f.g.Kill(); f.g.Filled(77, 1, cent); f.g.ClearHalt() }, DenyKilled},

	{"a quantity of 0 is denied", func(f *fixture) { f.order.Qty = 0 }, DenyLot},
	{"a negative quantity is denied", func(f *fixture) { f.order.Qty = -100 }, DenyLot | DenyOrderNotional},
	{"a replace of more than is filled passes", func(f *fixture) { f.send(1, 100); f.g.Filled(1, 40, 100*cent); f.replace(1, 41) }, 0},
	{"a replace to what is filled already is denied", func(f *fixture) { f.send(1, 100); f.g.Filled(1, 40, 100*cent); f.replace(1, 40) }, DenyLot},
	{"a price of half a tick is denied", func(f *fixture) { f.order.Price += cent / 2 }, DenyTick},
	{"a negative price is denied", func(f *fixture) { f.order.Price = -cent }, DenyTick | DenyCollar | DenyOrderNotional},
	{"a price above MaxPrice is denied", func(f *fixture) { f.order.Price = math.MaxInt64 },
		DenyTick | DenyCollar | DenyOrderNotional | DenyParentPrice},

	{"the largest order passes", func(f *fixture) { f.order.Qty, f.order.Price = 400, 10_000*cent }, 0},
	{"one share more than MaxOrderQty is denied", func(f *fixture) { f.order.Qty = 501 }, DenyOrderQty | DenyOrderNotional},
	{"exactly MaxOrderNotional passes", func(f *fixture) { f.order.Qty = 400 }, 0},
	{"a tick above MaxOrderNotional is denied", func(f *fixture) { f.order.Qty, f.order.Price = 400, 10_001*cent }, DenyOrderNotional},
	{"a sell is valued at the mid when that is above its limit", func(f *fixture) { f.sell(); f.order.Qty, f.order.Price = 401, 9_960*cent }, DenyOrderNotional},
	{"a sell above the mid is valued at its limit", func(f *fixture) { f.sell(); f.order.Qty, f.order.Price = 400, 10_001*cent }, DenyOrderNotional},
	{"a product beyond 64 bits is denied", func(f *fixture) { f.order.Qty = math.MaxInt64 },
		DenyOrderQty | DenyOrderNotional | DenyParentQty | DenyMaxLong},

	{"a reference as old as allowed is usable", func(f *fixture) { f.ref.Nanos -= market.Second }, 0},
	{"a nanosecond older is not", func(f *fixture) { f.ref.Nanos -= market.Second + 1 }, DenyReference},
	{"a reference from the future is not", func(f *fixture) { f.ref.Nanos++ }, DenyReference},
	{"an ancient reference is not", func(f *fixture) { f.ref.Nanos = math.MinInt64 }, DenyReference},
	{"an untrusted book is no reference", func(f *fixture) { f.ref.Trusted = false }, DenyReference},
	{"no bid is no reference", func(f *fixture) { f.ref.Bid = 0 }, DenyReference},
	{"no ask is no reference", func(f *fixture) { f.ref.Ask = 0 }, DenyReference},
	{"a locked book is no reference", func(f *fixture) { f.ref.Bid = f.ref.Ask }, DenyReference},
	{"a crossed book is no reference", func(f *fixture) { f.ref.Bid = f.ref.Ask + cent }, DenyReference},
	{"a spread as wide as allowed is usable", func(f *fixture) { f.ref.Bid, f.ref.Ask = 9_985*cent, 10_015*cent }, 0},
	{"a tick wider is not", func(f *fixture) { f.ref.Bid, f.ref.Ask = 9_985*cent, 10_016*cent }, DenyReference},
	{"a huge ask is no reference", func(f *fixture) { f.ref.Bid, f.ref.Ask = math.MaxInt64-1, math.MaxInt64 }, DenyReference},

	{"a price of MaxPrice is a price", func(f *fixture) {
		f.ref.Bid, f.ref.Ask = MaxPrice/cent*cent-cent, MaxPrice/cent*cent
		f.order.Price = f.ref.Ask
	}, DenyOrderNotional | DenyParentPrice},
	{"a sell at MaxPrice keeps to the collar", func(f *fixture) {
		f.sell()
		f.g.at(aaa).tick = 1
		f.order.Price, f.order.Qty = MaxPrice, 1
	}, DenyOrderNotional},
	{"a nanounit above it does not", func(f *fixture) {
		f.sell()
		f.g.at(aaa).tick = 1
		f.order.Price, f.order.Qty = MaxPrice+1, 1
	}, DenyOrderNotional | DenyTick | DenyCollar},
	{"an ask of MaxPrice is a reference", func(f *fixture) { f.ref.Bid, f.ref.Ask = MaxPrice-cent, MaxPrice }, 0},
	{"an ask above MaxPrice is none", func(f *fixture) { f.ref.Bid, f.ref.Ask = MaxPrice-cent, MaxPrice+1 }, DenyReference},

	{"a buy at the collar passes", func(f *fixture) { f.order.Price = 10_050 * cent }, 0},
	{"a buy a tick above the collar is denied", func(f *fixture) { f.order.Price = 10_051 * cent }, DenyCollar},
	{"a buy far below the mid is not the collar's", func(f *fixture) { f.order.Price = 5_000 * cent }, 0},
	{"a sell at the collar passes", func(f *fixture) { f.sell(); f.order.Price = 9_950 * cent }, 0},
	{"a sell a tick below the collar is denied", func(f *fixture) { f.sell(); f.order.Price = 9_949 * cent }, DenyCollar},
	{"a sell far above the mid is not the collar's", func(f *fixture) { f.sell(); f.order.Price = 20_000 * cent }, 0},
	{"the collar of a mid of half a tick is exact: inside", func(f *fixture) { f.ref.Ask += cent; f.order.Price = 10_050 * cent }, 0},
	{"the collar of a mid of half a tick is exact: outside", func(f *fixture) { f.ref.Ask += cent; f.order.Price = 10_051 * cent }, DenyCollar},
	{"at a low price CollarTicks hold: inside", func(f *fixture) { f.ref.Bid, f.ref.Ask, f.order.Price = 9*cent, 11*cent, 12*cent }, 0},
	{"at a low price CollarTicks hold: outside", func(f *fixture) { f.ref.Bid, f.ref.Ask, f.order.Price = 9*cent, 11*cent, 13*cent }, DenyCollar},
	{"at a low price MaxSpreadTicks hold: outside", func(f *fixture) { f.ref.Bid, f.ref.Ask, f.order.Price = 8*cent, 12*cent, 10*cent }, DenyReference},
	{"a market order cannot be bounded by the collar", func(f *fixture) { f.order.Price = 0 }, DenyCollar | DenyParentPrice},

	{"an unknown parent is denied", func(f *fixture) { f.order.Parent = 7 }, DenyUnknownParent},
	{"a closed parent is denied", func(f *fixture) { f.send(1, 1); f.g.CloseParent(buyer) }, DenyUnknownParent},
	{"a sell for a buying parent is denied", func(f *fixture) { f.order.Side = market.Sell }, DenyParentTerms},
	{"another instrument than the parent's is denied", func(f *fixture) { f.order.Instrument = bbb; f.ref.Nanos = f.now }, DenyParentTerms},
	{"a replace for another parent is denied", func(f *fixture) {
		f.send(1, 100)
		f.replace(1, 100)
		f.order.Parent, f.order.Side = seller, market.Sell
	}, DenyParentTerms},
	{"the last share of the parent passes", func(f *fixture) { f.fillParent(1900) }, 0},
	{"one share beyond the parent is denied", func(f *fixture) { f.fillParent(1900); f.order.Qty = 101 }, DenyParentQty},
	{"live children count against the parent", func(f *fixture) { f.fillParent(1800); f.send(4, 101) }, DenyParentQty},
	{"a replace that only moves the price adds nothing", func(f *fixture) { f.fillParent(1900); f.send(4, 100); f.replace(4, 100) }, 0},
	{"a replace counts what it adds", func(f *fixture) { f.fillParent(1900); f.send(4, 100); f.replace(4, 101) }, DenyParentQty},
	{"a buy at the parent's limit passes", func(f *fixture) { f.tightenTo(9_990 * cent); f.order.Price = 9_990 * cent }, 0},
	{"a buy above the parent's limit is denied", func(f *fixture) { f.tightenTo(9_990 * cent); f.order.Price = 9_991 * cent }, DenyParentPrice},
	{"a sell below the parent's limit is denied", func(f *fixture) {
		f.sell()
		f.g.parent(seller).terms.Price = 10_000 * cent
		f.order.Price = 9_999 * cent
	}, DenyParentPrice},
	{"at the parent's start an order passes", func(f *fixture) { f.at(t0) }, 0},
	{"before the parent's start it is denied", func(f *fixture) { f.at(t0 - 1) }, DenyParentWindow},
	{"at the parent's end an order passes", func(f *fixture) { f.at(t0 + 200*market.Second) }, 0},
	{"after the parent's end it is denied", func(f *fixture) { f.at(t0 + 200*market.Second + 1) }, DenyParentWindow},

	{"with room for it and the reserve an order passes", func(f *fixture) { f.messages(6, f.now) }, 0},
	{"an order may not touch the cancel reserve", func(f *fixture) { f.messages(7, f.now) }, DenyCancelReserve},
	{"a full window denies by rate and reserve", func(f *fixture) { f.messages(10, f.now) }, DenyMessageRate | DenyCancelReserve},
	{"a nanosecond before the window has passed it is full", func(f *fixture) { f.messages(10, f.now-market.Second+1) }, DenyMessageRate | DenyCancelReserve},
	{"when the window has passed it is empty", func(f *fixture) { f.messages(10, f.now-market.Second) }, 0},
	{"a clock that ran backwards opens no window", func(f *fixture) { f.messages(10, f.now+market.Second) }, DenyMessageRate | DenyCancelReserve},
	{"with more open orders than the reserve, each keeps its cancel: inside", func(f *fixture) {
		f.send(1, 1)
		f.send(2, 1)
		f.send(3, 1) // a fourth is asked for: 4 cancels must be left
		f.messages(5, f.now)
	}, 0},
	{"with more open orders than the reserve, each keeps its cancel: outside", func(f *fixture) {
		f.send(1, 1)
		f.send(2, 1)
		f.send(3, 1)
		f.messages(6, f.now)
	}, DenyCancelReserve},

	{"up to MaxLong an order passes", func(f *fixture) { f.g.AdjustPosition(aaa, 900) }, 0},
	{"beyond MaxLong it is denied", func(f *fixture) { f.g.AdjustPosition(aaa, 901) }, DenyMaxLong},
	{"open buys count against MaxLong", func(f *fixture) { f.g.AdjustPosition(aaa, 800); f.send(1, 101) }, DenyMaxLong},
	{"open sells are not netted against buys", func(f *fixture) {
		f.g.AdjustPosition(aaa, 901)
		f.order.Side, f.order.Parent = market.Sell, seller
		f.send(1, 500)
		f.order.Side, f.order.Parent = market.Buy, buyer
	}, DenyMaxLong},
	{"up to MaxShort a sell passes", func(f *fixture) { f.sell(); f.g.AdjustPosition(aaa, -700) }, 0},
	{"beyond MaxShort it is denied", func(f *fixture) { f.sell(); f.g.AdjustPosition(aaa, -701) }, DenyMaxShort},
	{"open sells count against MaxShort", func(f *fixture) { f.sell(); f.g.AdjustPosition(aaa, -600); f.send(1, 101) }, DenyMaxShort},
	{"a buy back from too short passes", func(f *fixture) { f.g.AdjustPosition(aaa, -5000) }, 0},
	{"a saturated position denies and does not overflow", func(f *fixture) {
		for range 5 {
			f.g.AdjustPosition(aaa, math.MaxInt64)
		}
	}, DenyMaxLong},

	{"a replace of an unknown order is denied", func(f *fixture) { f.replace(55, 10) }, DenyUnknownChild},
	{"a second replace while one is pending is denied", func(f *fixture) {
		f.send(1, 100)
		f.replace(1, 100)
		f.send(2, 90)
	}, DenyPendingReplace},
	{"a pending replace cannot be replaced", func(f *fixture) {
		f.send(1, 100)
		f.replace(1, 100)
		f.send(2, 90)
		f.order.OrigChild = 2
	}, DenyPendingReplace | DenyUnknownChild},
	{"a ChildID used before is denied", func(f *fixture) { f.send(100, 1) }, DenyDuplicate},
	{"a ChildID below one used before is denied", func(f *fixture) { f.send(101, 1); f.g.Closed(101) }, DenyDuplicate},
	{"a ChildID of 0 is denied", func(f *fixture) { f.order.Child = 0 }, DenyDuplicate},
	{"the last free place passes", func(f *fixture) { f.send(1, 1); f.send(2, 1); f.send(3, 1) }, 0},
	{"with MaxOpenOrders open a new one is denied", func(f *fixture) { f.send(1, 1); f.send(2, 1); f.send(3, 1); f.send(4, 1) }, DenyOpenOrders},
	{"with MaxOpenOrders open a replace passes", func(f *fixture) { f.send(1, 1); f.send(2, 1); f.send(3, 1); f.send(4, 1); f.replace(4, 2) }, 0},

	{"all that is wrong is said at once", func(f *fixture) {
		f.g.Kill()
		f.messages(10, f.now)
		f.ref.Trusted = false
		f.order.Qty, f.order.Price, f.order.Parent = 501, 12_000*cent, 7
	}, DenyKilled | DenyMessageRate | DenyCancelReserve | DenyReference | DenyOrderQty | DenyOrderNotional | DenyUnknownParent},
}

// fillParent lets the buyer's parent have cum filled, without a position.
func (f *fixture) fillParent(cum market.Qty) {
	f.send(1, cum)
	f.g.Filled(1, cum, f.order.Price)
	f.g.Closed(1)
	f.g.AdjustPosition(aaa, -cum)
}

// tightenTo sets the buyer's limit.
func (f *fixture) tightenTo(p market.Price) {
	t := f.g.parent(buyer).terms
	t.Price = p
	if f.g.AmendParent(f.now, buyer, &t, nil) != 0 {
		panic("a tighter limit was refused")
	}
}

// at moves now, with a fresh reference.
func (f *fixture) at(now market.Nanos) { f.now, f.ref.Nanos = now, now }

func TestEveryControl(t *testing.T) {
	var seen Deny
	for _, c := range checkCases {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			c.do(f)
			before := *f.g
			if got := f.g.Check(f.now, &f.order, &f.ref); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if f.g.latch != before.latch || f.g.rate.sent != before.rate.sent || f.g.lastChild != before.lastChild {
				t.Error("Check changed the gate")
			}
		})
		seen |= c.want
	}
	for _, c := range Controls() {
		if seen&c.Bit == 0 && c.On != onParent {
			t.Errorf("no case is denied by %q", c.Name)
		}
	}
}

func TestWithoutAnyReferenceNothingNewPasses(t *testing.T) {
	f := newFixture(t)
	if d := f.g.Check(f.now, &f.order, nil); d != DenyReference {
		t.Errorf("new order without a reference: %v", d)
	}
	f.send(1, 100)
	f.replace(1, 50)
	if d := f.g.Check(f.now, &f.order, nil); d != DenyReference {
		t.Errorf("replace without a reference: %v", d)
	}
}

func TestAllowedMarketOrdersAreValuedAtTheCollar(t *testing.T) {
	f := newFixture(t)
	terms := ParentTerms{Instrument: bbb, Side: market.Buy, Qty: 9_800, StartNanos: t0, EndNanos: t0 + 200*market.Second}
	ref := Reference{Bid: 9_995 * cent, Ask: 10_005 * cent, Nanos: f.now, Trusted: true} // mid 100.00, + 1 % = 101.00
	if d := f.g.OpenParent(f.now, 3, &terms, &ref); d != 0 {
		t.Fatal(d)
	}
	o := Order{Kind: KindNew, Side: market.Buy, Instrument: bbb, Parent: 3, Child: 1, Qty: 9_800}
	if d := f.g.Check(f.now, &o, &ref); d != 0 {
		t.Errorf("9,800 x 101.00 = 989,800: %v", d)
	}
	o.Qty = 9_900 // 999,900
	if d := f.g.Check(f.now, &o, &ref); d != DenyParentQty {
		t.Errorf("9,900 x 101.00 = 999,900: %v", d)
	}
	o.Qty = 10_000 // 1,010,000
	if d := f.g.Check(f.now, &o, &ref); d != DenyParentQty|DenyOrderNotional {
		t.Errorf("10,000 x 101.00 = 1,010,000: %v", d)
	}
	o.Qty = 150
	if d := f.g.Check(f.now, &o, &ref); d != DenyLot {
		t.Errorf("150 shares in lots of 100: %v", d)
	}
}

func TestCancelsPassUnderKillHaltAndWithinTheirReserve(t *testing.T) {
	f := newFixture(t)
	f.send(1, 100)
	f.g.Kill()
	f.g.FilledUnknown(aaa, market.Buy, 10)
	cancel := Order{Kind: KindCancel, Child: 200, OrigChild: 1}
	status := Order{Kind: KindStatus, Child: 300, OrigChild: 1}
	f.messages(7, f.now)
	if d := f.g.Check(f.now, &status, nil); d != DenyCancelReserve {
		t.Errorf("a status request in the cancel reserve: %v", d)
	}
	for i := range 3 {
		if d := f.g.Check(f.now, &cancel, nil); d != 0 {
			t.Fatalf("cancel %d of the reserve: %v", i, d)
		}
		f.g.Sent(f.now, &cancel)
		cancel.Child++
	}
	if d := f.g.Check(f.now, &cancel, nil); d != DenyMessageRate {
		t.Errorf("the 11th message of the window: %v", d)
	}
	f.now += market.Second
	if d := f.g.Check(f.now, &cancel, nil) | f.g.Check(f.now, &status, nil); d != 0 {
		t.Errorf("a window later: %v", d)
	}
}

func TestNoLimitsNoTrading(t *testing.T) {
	full := testConfig()
	cases := []struct {
		name string
		do   func(c *Config)
	}{
		{"no limits at all", func(c *Config) { c.Limits, c.Global, c.Parent = nil, Global{}, ParentLimits{} }},
		{"no instrument limits", func(c *Config) { c.Limits = nil }},
		{"no global limits", func(c *Config) { c.Global = Global{} }},
		{"no parent limits", func(c *Config) { c.Parent = ParentLimits{} }},
		{"no instruments", func(c *Config) { c.Instruments, c.Limits = nil, nil }},
	}
	f := newFixture(t)
	for _, tc := range cases {
		cfg := *full
		tc.do(&cfg)
		g := mustGate(t, &cfg)
		terms := ParentTerms{Instrument: aaa, Side: market.Buy, Qty: 100, Price: 10_000 * cent, StartNanos: t0, EndNanos: t0 + 200*market.Second}
		if d := g.OpenParent(f.now, 1, &terms, &f.ref); d&DenyNoLimits == 0 {
			t.Errorf("%s: a parent was opened: %v", tc.name, d)
		}
		if d := g.Check(f.now, &f.order, &f.ref); d&DenyNoLimits == 0 {
			t.Errorf("%s: verdict %v", tc.name, d)
		}
		if d := g.Check(f.now, &Order{Kind: KindCancel, OrigChild: 3}, nil); d != 0 {
			t.Errorf("%s: a cancel was denied: %v", tc.name, d)
		}
	}
}
