package engine

import (
	"testing"

	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
	"slipstream/risk"
)

const day = 1_767_571_200 * market.Second // 2026-01-05

// testConfig is a small engine of one instrument with ordinary limits.
func testConfig() Config {
	c := Default()
	c.Instruments = []market.Instrument{{ID: 0, Symbol: market.MakeSymbol("AAAA"), Tick: market.PriceUnit / 100, Lot: 1}}
	c.Session = session.Default()
	c.Session.SenderCompID, c.Session.TargetCompID = "SLIP", "VENUE"
	c.Venue = venue.Config{BeginString: "FIX.4.4", SenderCompID: "SLIP", TargetCompID: "VENUE", TimePrecision: wire.Micros}
	c.Date = day
	c.MaxParents, c.MaxChildren, c.MaxFills = 16, 64, 256
	c.Book.MaxOrders, c.Book.MaxLevels = 1<<12, 1<<10
	c.Risk.Instruments = c.Instruments
	c.Risk.Limits = []risk.Limits{{
		MaxOrderQty: 2000, MaxOrderNotional: 1_000_000 * int64(market.PriceUnit), CollarBps: 500, MaxSpreadBps: 500,
		ReferenceMaxAge: 2 * market.Second, MaxLong: 50_000, MaxShort: 50_000,
	}}
	c.Risk.Global = risk.Global{MaxMessages: 100, Window: market.Second, CancelReserve: 20, MaxOpenOrders: 32, MaxParents: 16}
	c.Risk.Parent = risk.ParentLimits{MaxParentQty: 100_000, MaxParentNotional: 100_000_000 * int64(market.PriceUnit)}
	return c
}

func newEngine(t testing.TB) *Engine {
	t.Helper()
	e, err := New(testConfig(), new(session.State))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func clOrdID(s string) fix.ClOrdID {
	id, _ := fix.MakeClOrdID(s)
	return id
}
