package risk

import (
	"testing"

	"slipstream/internal/market"
)

const (
	cent = market.PriceUnit / 100
	t0   = market.Nanos(1_700_000_000_000_000_000)
)

// Instruments of the tests: AAA with limits, BBB with a lot of 100 and limits, CCC
// without limits.
const (
	aaa market.InstrumentID = iota
	bbb
	ccc
)

func testConfig() *Config {
	return &Config{
		Instruments: []market.Instrument{
			{ID: aaa, Symbol: market.MakeSymbol("AAA"), Tick: cent, Lot: 1},
			{ID: bbb, Symbol: market.MakeSymbol("BBB"), Tick: 5 * cent, Lot: 100},
			{ID: ccc, Symbol: market.MakeSymbol("CCC"), Tick: cent, Lot: 1},
		},
		Limits: []Limits{
			{
				MaxOrderQty: 500, MaxOrderNotional: 40_000 * int64(market.PriceUnit),
				CollarBps: 50, CollarTicks: 2, MaxSpreadBps: 30, MaxSpreadTicks: 3,
				ReferenceMaxAge: market.Second, MaxLong: 1000, MaxShort: 800,
			},
			{
				MaxOrderQty: 10_000, MaxOrderNotional: 1_000_000 * int64(market.PriceUnit),
				CollarBps: 100, MaxSpreadBps: 100, ReferenceMaxAge: market.Second,
				MaxLong: 50_000, AllowMarket: true,
			},
		},
		Global: Global{MaxMessages: 10, Window: market.Second, CancelReserve: 3, MaxOpenOrders: 4, MaxParents: 3},
		Parent: ParentLimits{MaxParentQty: 100_000, MaxParentNotional: 1_000_000 * int64(market.PriceUnit)},
	}
}

func mustGate(t testing.TB, cfg *Config) *Gate {
	t.Helper()
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// fixture is a gate with two open parents, a good reference, and an order that the
// gate allows; a case changes what it is about.
type fixture struct {
	g     *Gate
	now   market.Nanos
	order Order
	ref   Reference
}

const (
	buyer  = 1 // parent: buy 2000 AAA, limit 101.00
	seller = 2 // parent: sell 2000 AAA, limit 99.00
)

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{
		g:     mustGate(t, testConfig()),
		now:   t0 + 100*market.Second,
		order: Order{Kind: KindNew, Side: market.Buy, Instrument: aaa, Parent: buyer, Child: 100, Qty: 100, Price: 10_000 * cent},
	}
	f.ref = Reference{Bid: 9_999 * cent, Ask: 10_001 * cent, Nanos: f.now, Trusted: true} // mid 100.00
	for _, p := range []struct {
		id uint32
		t  ParentTerms
	}{
		{buyer, ParentTerms{Instrument: aaa, Side: market.Buy, Qty: 2000, Price: 10_100 * cent, StartNanos: t0, EndNanos: t0 + 200*market.Second}},
		{seller, ParentTerms{Instrument: aaa, Side: market.Sell, Qty: 2000, Price: 9_900 * cent, StartNanos: t0, EndNanos: t0 + 200*market.Second}},
	} {
		if d := f.g.OpenParent(f.now, p.id, &p.t, &f.ref); d != 0 {
			t.Fatalf("parent %d: %v", p.id, d)
		}
	}
	return f
}

// sell turns the order into one of the seller.
func (f *fixture) sell() {
	f.order.Side, f.order.Parent = market.Sell, seller
}

// send records an order of the fixture's kind long ago, outside the rate window.
func (f *fixture) send(child uint64, qty market.Qty) Order {
	o := f.order
	o.Child, o.Qty = child, qty
	f.g.Sent(f.now-10*market.Second, &o)
	return o
}

// replace makes the order a replace of orig.
func (f *fixture) replace(orig uint64, qty market.Qty) {
	f.order.Kind, f.order.OrigChild, f.order.Qty = KindReplace, orig, qty
}

// messages records n status requests at the time at.
func (f *fixture) messages(n int, at market.Nanos) {
	for range n {
		f.g.Sent(at, &Order{Kind: KindStatus})
	}
}
