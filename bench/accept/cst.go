package accept

import (
	"math"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// EstimateCST is the model of Cont, Stoikov and Talreja estimated on a day as LOB-Bench
// does (cst_model/param_estimation.py): at i ticks from the opposite best, limit orders
// at N_LO(i)/T, cancels at N_C(i)/(Q_i T) S_C/S_LO, market orders at N_MO/T S_MO/S_LO,
// all of the mean limit order's size; with sizes, they are drawn from lognormal
// distributions with the mean and variance of the logarithms of limit and market orders.
func EstimateCST(d *record.Day, sizes bool) *Model {
	const far = 200
	var lo, co, qty [far + 1]float64
	var size, count [3]float64 // limit, cancel, market
	for i := range d.Events {
		e := &d.Events[i]
		k := map[record.Kind]int{record.Add: 0, record.Cancel: 1, record.Delete: 1, record.Execute: 2}
		c, ok := k[e.Kind]
		opp := e.Before.Ask
		if e.Side == market.Sell {
			opp = e.Before.Bid
		}
		if !ok || opp == 0 {
			continue
		}
		size[c] += float64(e.Size)
		count[c]++
		n := int(math.Abs(float64(e.Price)-float64(opp)) / float64(d.Tick))
		if n = min(max(n, 1), far); c == 0 {
			lo[n]++
		} else if c == 1 {
			co[n]++
		}
	}
	looks := 0.0
	lastBefore(d, 1, func(i int) {
		if i < 0 || d.Events[i].After.Bid == 0 || d.Events[i].After.Ask == 0 {
			return
		}
		looks++
		t := d.Events[i].After
		for k, l := range d.Bids(i) {
			a := d.Asks(i)[k]
			if n := (int(t.Ask) - int(l.Price)) / int(d.Tick); l.Qty > 0 && n >= 1 && n <= far {
				qty[n] += float64(l.Qty) / 2
			}
			if n := (int(a.Price) - int(t.Bid)) / int(d.Tick); a.Qty > 0 && n >= 1 && n <= far {
				qty[n] += float64(a.Qty) / 2
			}
		}
	})
	for k := range size {
		size[k] /= count[k]
	}
	p := flow.DefaultParams()
	p.Limit.Rates, p.Cancel.Rates = nil, nil
	p.Limit.Levels = far
	for total, sum := mean(lo[:])*float64(len(lo)), 0.0; p.Limit.Levels > 1 && sum+lo[p.Limit.Levels] < 0.005*total; p.Limit.Levels-- {
		sum += lo[p.Limit.Levels]
	}
	last := 0.1
	for n := 1; n <= p.Limit.Levels; n++ {
		p.Limit.Rates = append(p.Limit.Rates, lo[n]/d.Seconds()/2)
		if q := qty[n] / looks / size[0]; q > 0 && co[n] > 0 {
			last = co[n] / (2 * q * d.Seconds()) * size[1] / size[0]
		}
		p.Cancel.Rates = append(p.Cancel.Rates, min(max(last, 1e-3), 1e3))
	}
	p.Market.Rate = count[2] / d.Seconds() / 2 * size[2] / size[0]
	p.Cancel.Partial, p.Cancel.Replace = 0, 0
	p.Size.LimitMu, p.Size.LimitSigma = math.Log(size[0]), 0
	p.Size.MarketMu, p.Size.MarketSigma = math.Log(size[0]), 0
	if sizes {
		fitSizes(d, &p)
	}
	p.Book.Attributed = 0
	for i := range d.Events {
		if m := midOf(d.Events[i].After); m > 0 {
			p.Book.Mid = math.Round(m/100) / 100
			break
		}
	}
	arrivals := 0.0
	for _, r := range p.Limit.Rates {
		arrivals += r
	}
	// So that rates are per second: the flow's own count of events per unit of time.
	p.Activity.EventsPerSecond = 2*arrivals + 2*p.Market.Rate + 2*max(arrivals-p.Market.Rate, 0)
	m := &Model{Name: "poisson", Symbol: d.Symbol}
	m.Make = func(seed uint64) (exchange.Flow, error) {
		return flow.NewPoisson(flow.PoissonConfig{Seed: seed, Params: &p})
	}
	m.Fast = func() (exchange.Flow, error) {
		return flow.NewPoisson(flow.PoissonConfig{Seed: 1, Params: &p, EventsPerSecond: 1000})
	}
	return m
}

// fitSizes sets lognormal sizes of limit and market orders.
func fitSizes(d *record.Day, p *flow.Params) {
	var logs [2][]float64
	for i := range d.Events {
		if e := &d.Events[i]; e.Size > 0 && e.Kind == record.Add {
			logs[0] = append(logs[0], math.Log(float64(e.Size)))
		} else if e.Size > 0 && e.Kind == record.Execute {
			logs[1] = append(logs[1], math.Log(float64(e.Size)))
		}
	}
	p.Size.LimitMu, p.Size.LimitSigma = mean(logs[0]), math.Sqrt(variance(logs[0]))
	p.Size.MarketMu, p.Size.MarketSigma = mean(logs[1]), math.Sqrt(variance(logs[1]))
}
