package accept

import (
	"math"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/internal/market"
)

// The published setting (Espana, Hafsi, Lillo, Vittori 2025): buy 25 event sizes within
// 600 s in the queue-reactive market of France Telecom; TWAP takes one every 25 s and one
// more in the middle. Its shortfall is 0.365, standard deviation 0.652, 20,000 episodes.
const (
	publishedTWAP     = 0.365
	publishedSD       = 0.652
	publishedEpisodes = 20_000
	publishedSizes    = 25
	publishedPace     = 25 * market.Second
)

// shortfallTWAP is the cost of one episode over the reference price at its start, price
// times event sizes. An order never takes the last event size that the book shows.
func shortfallTWAP(seed uint64) (float64, error) {
	f, err := flow.NewQueueReactive(flow.QueueConfig{Seed: seed})
	if err != nil {
		return 0, err
	}
	m, err := exchange.New(exchange.Config{Flow: f, Midnight: midnight, Start: midnight, StoreMessages: 1 << 10, StatEntries: 1 << 10,
		MaxOrders: 1 << 10, MaxLevels: 1 << 8, MaxOwn: 64,
		Instruments: []market.Instrument{{Symbol: market.MakeSymbol("FTE"), Tick: market.PriceUnit / 100, Lot: 1}}})
	if err != nil {
		return 0, err
	}
	if err := m.Open(); err != nil {
		return 0, err
	}
	start, arrival := m.Now(), float64(f.Reference(0)/market.ITCHUnit)
	cost, left := 0.0, publishedSizes
	buy := func(n int) {
		shown := 0
		for k := range m.Levels(0, market.Sell) {
			shown += int(m.Level(0, market.Sell, k).Qty) / flow.QueueUnit
		}
		if n = min(n, shown-1, left); n <= 0 {
			return
		}
		filled, paid := takeFor(m, market.Buy, float64(n*flow.QueueUnit))
		cost += paid - filled*arrival
		left -= int(filled) / flow.QueueUnit
	}
	for k := range publishedSizes - 1 {
		m.Advance(start + market.Nanos(k)*publishedPace)
		if buy(1); k == 12 {
			buy(1)
		}
	}
	m.Advance(start + (publishedSizes-1)*publishedPace)
	buy(left)
	// Beyond the three queues of the model liquidity is taken to be without end.
	beyond := float64(f.Reference(0)/market.ITCHUnit) + 350 - arrival
	return cost/flow.QueueUnit/1e4 + float64(left)*beyond/1e4, nil
}

// replicateTWAP is the mean over episodes and the standard error of its difference from
// the published one.
func replicateTWAP(episodes int) (twap, se float64, err error) {
	v := make([]float64, episodes)
	for i := range v {
		if v[i], err = shortfallTWAP(uint64(i) + 1); err != nil {
			return 0, 0, err
		}
	}
	return mean(v), math.Sqrt(variance(v)/float64(episodes) + publishedSD*publishedSD/publishedEpisodes), nil
}
