package accept

import (
	"math"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/internal/market"
)

// The published setting (Espana, Hafsi, Lillo, Vittori 2025): buy 25 event sizes within
// 600 s in the queue-reactive market of France Telecom, by orders that take, one decision
// each 25 s; what is left is bought at the end. 20,000 episodes.
const (
	publishedEpisodes = 20_000
	publishedSizes    = 25
	publishedSteps    = 24
	publishedPace     = 25 * market.Second
)

// schedule is a strategy of the publication, with its shortfall there: price times event
// sizes, positive is a cost.
type schedule struct {
	name     string
	mean, sd float64
	// want is how many event sizes to buy at a step, of the touch that is shown.
	want func(step, touch int) int
}

// twap takes one each step and one more in the middle.
func twap(step, _ int) int {
	if step == publishedSteps/2 {
		return 2
	}
	return 1
}

// posted takes a share of the touch every so many steps, rounded half to even.
func posted(share float64, every int) func(step, touch int) int {
	return func(step, touch int) int {
		if step%every != 0 {
			return 0
		}
		return int(math.RoundToEven(share * float64(touch)))
	}
}

// published are the publication's baselines. Of POPV, a share of the posted touch every
// few steps, it numbers four; our source has their figures and not their shares. These are
// the whole shares and steps whose deviations are the published ones, so only TWAP judges.
var published = []schedule{
	{"TWAP", 0.365, 0.652, twap},
	{"POPV1, half of the touch each step", 0.343, 0.378, posted(0.5, 1)},
	{"POPV2, half each second step", 0.342, 0.472, posted(0.5, 2)},
	{"POPV3, all each third step", 0.400, 0.388, posted(1, 3)},
	{"POPV4, all each fourth step", 0.399, 0.437, posted(1, 4)},
}

// shortfall is the cost of one episode over the reference price at its start. An order
// never takes the last event size that the book shows.
func (s *schedule) shortfall(p *flow.QueueParams, seed uint64) (float64, error) {
	f, err := flow.NewQueueReactive(flow.QueueConfig{Seed: seed, Params: p})
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
	for k := 0; k < publishedSteps && left > 0; k++ {
		m.Advance(start + market.Nanos(k)*publishedPace)
		_, ask := m.Touch(0)
		buy(s.want(k, int(ask.Qty)/flow.QueueUnit))
	}
	if left > 0 {
		m.Advance(start + publishedSteps*publishedPace)
		buy(left)
	}
	// Beyond the three queues of the model liquidity is taken to be without end.
	beyond := float64(f.Reference(0)/market.ITCHUnit) + 350 - arrival
	return cost/flow.QueueUnit/1e4 + float64(left)*beyond/1e4, nil
}

// shortfalls are those of many episodes.
func (s *schedule) shortfalls(p flow.QueueParams, episodes int) ([]float64, error) {
	v := make([]float64, episodes)
	for i := range v {
		var err error
		if v[i], err = s.shortfall(&p, uint64(i)+1); err != nil {
			return nil, err
		}
	}
	return v, nil
}
