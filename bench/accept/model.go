package accept

import (
	"fmt"
	"os"
	"strings"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// Model makes a flow for a seed; flows of equal seeds are equal.
type Model struct {
	Name   string
	Symbol string
	Make   func(seed uint64) (exchange.Flow, error)
	// Bare, where there is one, makes the same flow without the law of impact that its
	// parameters impose on orders of ours.
	Bare func(seed uint64) (exchange.Flow, error)
	// Fast makes a flow of about a thousand events a second and instrument, to time.
	Fast func() (exchange.Flow, error)
}

// Models are the names that NewModel knows.
var Models = []string{"reactive", "poisson", "queue-reactive"}

// NewModel finds a model by name, with parameters from a file, or the built-in ones when
// there is none. Poisson without a file is Cont-Stoikov-Talreja as estimated on day.
func NewModel(name, params string, day *record.Day) (*Model, error) {
	m := &Model{Name: name, Symbol: day.Symbol}
	var text []byte
	if params != "" {
		var err error
		if text, err = os.ReadFile(params); err != nil {
			return nil, err
		}
	}
	switch name {
	case "reactive":
		p, err := flow.DefaultReactive(day.Symbol)
		if params != "" {
			p, err = flow.ParseReactive(text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", params, err)
		}
		m.Make = func(seed uint64) (exchange.Flow, error) {
			return flow.NewReactive(flow.ReactiveConfig{Seed: seed, Params: []*flow.ReactiveParams{p}})
		}
		if p.Impact.Y > 0 {
			bare := *p
			bare.Impact.Y = 0
			m.Bare = func(seed uint64) (exchange.Flow, error) {
				return flow.NewReactive(flow.ReactiveConfig{Seed: seed, Params: []*flow.ReactiveParams{&bare}})
			}
		}
		m.Fast = func() (exchange.Flow, error) {
			return flow.NewReactive(flow.ReactiveConfig{Seed: 1, Params: []*flow.ReactiveParams{p, p, p, p}, Activity: 100})
		}
	case "poisson":
		if params == "" {
			return EstimateCST(day, false), nil
		}
		p, err := flow.ParseParams(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", params, err)
		}
		m.Make = func(seed uint64) (exchange.Flow, error) {
			return flow.NewPoisson(flow.PoissonConfig{Seed: seed, Params: &p})
		}
		m.Fast = func() (exchange.Flow, error) {
			return flow.NewPoisson(flow.PoissonConfig{Seed: 1, Params: &p, EventsPerSecond: 1000})
		}
	case "queue-reactive":
		p := flow.DefaultQueueParams()
		if params != "" {
			var err error
			if p, err = flow.ParseQueueParams(text); err != nil {
				return nil, fmt.Errorf("%s: %w", params, err)
			}
		}
		m.Make = func(seed uint64) (exchange.Flow, error) {
			return flow.NewQueueReactive(flow.QueueConfig{Seed: seed, Params: &p})
		}
		m.Fast = func() (exchange.Flow, error) {
			q := p
			q.Activity = 100 * max(p.Activity, 1)
			return flow.NewQueueReactive(flow.QueueConfig{Seed: 1, Params: &q})
		}
	default:
		return nil, fmt.Errorf("no model %q: want one of %s", name, strings.Join(Models, ", "))
	}
	return m, nil
}

// midnight of the simulated day; any will do.
const (
	date     = "2012-06-21"
	midnight = market.Nanos(1_340_251_200) * market.Second // in New York
)

// market opens a small market at a time of day.
func (mo *Model) market(seed uint64, at market.Nanos) (*exchange.Market, error) {
	f, err := mo.Make(seed)
	if err != nil {
		return nil, err
	}
	m, err := exchange.New(exchange.Config{Flow: f, Midnight: midnight, Start: midnight + at,
		MaxOrders: 1 << 14, MaxLevels: 1 << 13, MaxOwn: 1 << 11, StoreMessages: 1 << 14, StatEntries: 1 << 12,
		Instruments: []market.Instrument{{Symbol: market.MakeSymbol(mo.Symbol), Tick: market.PriceUnit / 100, Lot: 1}}})
	if err != nil {
		return nil, err
	}
	return m, m.Open()
}

// burnIn is how long a market runs before it is looked at.
const burnIn = 600 * market.Second

// session records one stretch of the model's day through a window of levels.
func (mo *Model) session(seed, from, to uint64, levels int) (*record.Day, error) {
	at := market.Nanos(from)
	m, err := mo.market(seed, at-min(burnIn, at))
	if err != nil {
		return nil, err
	}
	m.Advance(midnight + at)
	d, err := record.Run(m, 0, market.Nanos(to-from), record.Options{Levels: levels, Source: mo.Name}, nil)
	if err != nil {
		return nil, fmt.Errorf("%s, seed %d: %w", mo.Name, seed, err)
	}
	return d, nil
}
