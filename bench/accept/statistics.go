package accept

import (
	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
)

// Statistics are the tests that look at records alone, 1 to 4 and 6 to 13, without intervals
// and plots: what a calibration may ask for again and again while it searches. LOB-Bench (5) is left
// out, for it takes as long as all others. sims are stretches of the model over the same
// hours and through the same window as day.
func Statistics(day *record.Day, sims []*record.Day) []Test {
	a := &acceptance{Report: &Report{}, sim: sims, bare: true}
	a.useDay(day)
	for _, d := range sims {
		a.many.add(d)
	}
	a.statistics()
	return a.Tests
}

// Simulate records one stretch of the reactive model with parameters of the caller's, as
// the report does: ten minutes of burn-in, then from and to in ns since midnight.
func Simulate(p *flow.ReactiveParams, seed, from, to uint64, levels int) (*record.Day, error) {
	m := Model{Name: "reactive", Symbol: p.Symbol, Make: func(seed uint64) (exchange.Flow, error) {
		return flow.NewReactive(flow.ReactiveConfig{Seed: seed, Params: []*flow.ReactiveParams{p}})
	}}
	return m.session(seed, from, to, levels)
}
