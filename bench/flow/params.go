package flow

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
)

//go:embed poisson.toml
var poissonTOML []byte

// Params are the parameters of Poisson; poisson.toml tells what each one means and
// where its value is from.
type Params struct {
	Limit struct {
		Rates  []float64 `toml:"rates"`
		K      float64   `toml:"k"`
		Alpha  float64   `toml:"alpha"`
		Levels int       `toml:"levels"`
	} `toml:"limit"`
	Market struct {
		Rate float64 `toml:"rate"`
	} `toml:"market"`
	Cancel struct {
		Rates   []float64 `toml:"rates"`
		Partial float64   `toml:"partial"`
		Replace float64   `toml:"replace"`
	} `toml:"cancel"`
	Size struct {
		LimitMu     float64 `toml:"limit_mu"`
		LimitSigma  float64 `toml:"limit_sigma"`
		MarketMu    float64 `toml:"market_mu"`
		MarketSigma float64 `toml:"market_sigma"`
		Max         int     `toml:"max"`
	} `toml:"size"`
	Activity struct {
		EventsPerSecond float64 `toml:"events_per_second"`
	} `toml:"activity"`
	Book struct {
		Mid        float64 `toml:"mid"`
		Attributed float64 `toml:"attributed"`
	} `toml:"book"`
}

// maxDistance bounds Params.Limit.Levels.
const maxDistance = 200

// DefaultParams are those of the embedded poisson.toml.
func DefaultParams() Params {
	p, err := ParseParams(poissonTOML)
	if err != nil {
		panic(err) // the file is part of the program, and tested
	}
	return p
}

// ParseParams reads the text of a parameter file; an unknown key or a bad value is
// an error.
func ParseParams(text []byte) (Params, error) {
	var p Params
	if err := decode(text, &p); err != nil {
		return p, err
	}
	return p, p.Validate()
}

// Validate reports every fault at once.
func (p *Params) Validate() error {
	var errs []error
	within := func(name string, v, lo, hi float64) {
		if !(v >= lo && v <= hi) {
			errs = append(errs, fmt.Errorf("flow: %s = %g: want %g to %g", name, v, lo, hi))
		}
	}
	for i, r := range p.Limit.Rates {
		within(fmt.Sprintf("limit.rates[%d]", i), r, 0, 1e3)
	}
	for i, r := range p.Cancel.Rates {
		within(fmt.Sprintf("cancel.rates[%d]", i), r, 1e-3, 1e3)
	}
	if len(p.Cancel.Rates) == 0 {
		errs = append(errs, errors.New("flow: cancel.rates is empty: the book would grow without bound"))
	}
	within("limit.k", p.Limit.K, 1e-3, 1e3)
	within("limit.alpha", p.Limit.Alpha, 0, 10)
	within("limit.levels", float64(p.Limit.Levels), 1, maxDistance)
	within("market.rate", p.Market.Rate, 0, 1e3)
	within("cancel.partial", p.Cancel.Partial, 0, 0.5)
	within("cancel.replace", p.Cancel.Replace, 0, 0.5)
	within("size.limit_mu", p.Size.LimitMu, 0, 10)
	within("size.limit_sigma", p.Size.LimitSigma, 0, 3)
	within("size.market_mu", p.Size.MarketMu, 0, 10)
	within("size.market_sigma", p.Size.MarketSigma, 0, 3)
	within("size.max", float64(p.Size.Max), 1, 100_000)
	within("activity.events_per_second", p.Activity.EventsPerSecond, 0.1, 1e6)
	within("book.mid", p.Book.Mid, 0.01, 100_000)
	within("book.attributed", p.Book.Attributed, 0, 1)
	return errors.Join(errs...)
}

// lambda is the arrival rate of limit orders at distance i >= 1.
func (p *Params) lambda(i int) float64 {
	if i <= len(p.Limit.Rates) {
		return p.Limit.Rates[i-1]
	}
	return p.Limit.K / math.Pow(float64(i), p.Limit.Alpha)
}

// theta is the cancel rate of one order at distance i >= 1.
func (p *Params) theta(i int) float64 {
	return p.Cancel.Rates[min(i, len(p.Cancel.Rates))-1]
}

// eventsPerUnit is the mean number of events per unit of model time when the book
// is in balance: each limit order that arrives also leaves by one event, bar the
// replaces and partial cancels, which come on top.
func (p *Params) eventsPerUnit() float64 {
	arrivals := 0.0
	for i := 1; i <= p.Limit.Levels; i++ {
		arrivals += p.lambda(i)
	}
	stay := p.Cancel.Partial + p.Cancel.Replace
	return 2*arrivals + 2*p.Market.Rate + 2*max(arrivals-p.Market.Rate, 0)/(1-stay)
}
