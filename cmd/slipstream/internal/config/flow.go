package config

import (
	"fmt"
	"os"
	"time"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/internal/market"
)

// OpenMarket opens the background flow and gives the market around it, on the day of
// now, or of the LOBSTER file. close ends the flow, after the market has.
func (c *VenueFile) OpenMarket(now time.Time) (m exchange.Config, close func() error, err error) {
	midnight := market.Nanos(now.UTC().Truncate(24 * time.Hour).UnixNano())
	close = func() error { return nil }
	x := &c.Exchange
	switch x.Flow {
	case "poisson":
		p := flow.PoissonConfig{Seed: uint64(x.Seed), EventsPerSecond: float64(x.Events)}
		if x.Params != "" {
			text, err := os.ReadFile(x.Params)
			if err != nil {
				return m, close, fmt.Errorf("exchange.poisson_file: %w", err)
			}
			params, err := flow.ParseParams(text)
			if err != nil {
				return m, close, fmt.Errorf("exchange.poisson_file: %s: %w", x.Params, err)
			}
			p.Params = &params
		}
		f, err := flow.NewPoisson(p)
		if err != nil {
			return m, close, err
		}
		return c.MarketConfig(midnight, f), close, nil
	case "queue-reactive":
		f, err := flow.NewQueueReactive(flow.QueueConfig{Seed: uint64(x.Seed)})
		if err != nil {
			return m, close, err
		}
		return c.MarketConfig(midnight, f), close, nil
	case "reactive":
		r := flow.ReactiveConfig{Seed: uint64(x.Seed), Scenario: x.Scenario}
		if x.Reactive != "" {
			text, err := os.ReadFile(x.Reactive)
			if err != nil {
				return m, close, fmt.Errorf("exchange.reactive_file: %w", err)
			}
			params, err := flow.ParseReactive(text)
			if err != nil {
				return m, close, fmt.Errorf("exchange.reactive_file: %s: %w", x.Reactive, err)
			}
			for range c.Instruments {
				r.Params = append(r.Params, params)
			}
		}
		f, err := flow.NewReactive(r)
		if err != nil {
			return m, close, fmt.Errorf("exchange.scenario: %w", err)
		}
		return c.MarketConfig(midnight, f), close, nil
	case "lobster":
		f, err := flow.NewLobster(x.Lobster, uint64(x.From))
		if err != nil {
			return m, close, fmt.Errorf("exchange.lobster, from %s: %w: want a LOBSTER zip (message and order book file), and a time of its day", x.From, err)
		}
		if listed := market.MakeSymbol(c.Instruments[0].Symbol); listed != f.Symbol() {
			return m, close, fmt.Errorf("exchange.lobster: %s is a day of %s, and [[instruments]] lists %s", x.Lobster, f.Symbol(), listed)
		}
		m = c.MarketConfig(f.Midnight(), f)
		m.Start = f.Start()
		return m, f.Close, nil
	}
	return c.MarketConfig(midnight, nil), close, nil
}
