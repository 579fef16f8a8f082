package sim

import (
	"slipstream/bench/exchange"
	"slipstream/engine"
	"slipstream/feed/moldudp64"
	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
	"slipstream/risk"
)

// Day is midnight UTC of the day that standard worlds live on.
const Day = 1_767_571_200 * market.Second // 2026-01-05

// Standard is a World of n instruments with ordinary limits, latencies and faults:
// 1 % loss, some duplication and reordering on each line.
func Standard(seed uint64, n int, flow exchange.Flow) Config {
	instruments := Instruments(n)
	start := Day + 14*3600*market.Second
	return Config{
		Seed: seed,
		Exchange: exchange.Config{
			Instruments: instruments, Flow: flow, Midnight: Day, Start: start,
			Session: moldudp64.MakeSession("SIM"), StoreMessages: 1 << 20, StatEntries: 1 << 18,
		},
		Engine:      StandardEngine(instruments),
		FeedLatency: 20 * market.Microsecond, VenueLatency: 50 * market.Microsecond, Jitter: 30 * market.Microsecond,
		LossPpm: 10_000, DupPpm: 2_000, ReorderPpm: 5_000, SplitPpm: 50_000,
	}
}

// Instruments are n of them, one cent and one share.
func Instruments(n int) []market.Instrument {
	names := []string{"AAAA", "BBBB", "CCCC", "DDDD"}
	out := make([]market.Instrument, n)
	for i := range out {
		out[i] = market.Instrument{ID: market.InstrumentID(i), Symbol: market.MakeSymbol(names[i]), Tick: market.PriceUnit / 100, Lot: 1}
	}
	return out
}

// StandardEngine is the engine of a standard World.
func StandardEngine(instruments []market.Instrument) engine.Config {
	c := engine.Default()
	c.Instruments = instruments
	c.Session = session.Default()
	c.Session.SenderCompID, c.Session.TargetCompID = "SLIP", "VENUE"
	c.Venue = venue.Config{BeginString: "FIX.4.4", SenderCompID: "SLIP", TargetCompID: "VENUE", Account: "ACC", TimePrecision: wire.Micros}
	c.Date = Day
	c.MaxParents, c.MaxChildren, c.MaxFills = 64, 512, 1<<14
	c.SliceNanos = market.Second
	c.MinSpacingNanos = 5 * market.Millisecond
	c.IntervalNanos = 100 * market.Millisecond
	c.AckTimeoutNanos = 200 * market.Millisecond
	c.Arbiter.RequestTries = 100
	c.Book.MaxOrders, c.Book.MaxLevels = 1<<16, 1<<13
	for range instruments {
		c.Risk.Limits = append(c.Risk.Limits, risk.Limits{
			MaxOrderQty: 2000, MaxOrderNotional: 1_000_000 * int64(market.PriceUnit),
			CollarBps: 500, CollarTicks: 20, MaxSpreadBps: 500, MaxSpreadTicks: 50, ReferenceMaxAge: 2 * market.Second,
			MaxLong: 50_000, MaxShort: 50_000,
		})
	}
	c.Risk.Instruments = instruments
	c.Risk.Global = risk.Global{MaxMessages: 400, Window: market.Second, CancelReserve: 100, MaxOpenOrders: 256, MaxParents: 64}
	c.Risk.Parent = risk.ParentLimits{MaxParentQty: 100_000, MaxParentNotional: 100_000_000 * int64(market.PriceUnit)}
	return c
}
