package tca

import (
	"math"
	"slices"
)

// Report is the analysis of a set of parents.
type Report struct {
	Parents []Result `json:"parent_reports"`
	ByAlgo  []Totals `json:"by_algo"` // in order of the algorithms' names
	Total   Totals   `json:"total"`
}

// Totals sums up parents. Means are weighted by notional: the money of all of them
// over the base of all of them. Parents that filled nothing count, with their
// opportunity cost.
type Totals struct {
	Algo            string  `json:"algo"` // "all" for the total
	Parents         int     `json:"parents"`
	Complete        int     `json:"complete"` // of them, filled to the last share
	NotionalUSD     float64 `json:"notional_usd"`
	ISBps           Number  `json:"is_bps"`
	TradingBps      Number  `json:"trading_bps"`
	SpreadBps       Number  `json:"spread_bps"`
	DriftBps        Number  `json:"drift_bps"`
	OpportunityBps  Number  `json:"opportunity_bps"`
	FeesBps         Number  `json:"fees_bps"`
	DelayBps        Number  `json:"delay_bps"`
	ISUSD           Number  `json:"is_usd"`
	ISStdBps        Number  `json:"is_std_bps"`        // between parents, each counted once; null below two
	ISWorstBps      Number  `json:"is_worst_bps"`      // the costliest parent
	ISCVaR95Bps     Number  `json:"is_cvar95_bps"`     // mean of the costliest 5 %, at least one parent
	VWAPSlippageBps Number  `json:"vwap_slippage_bps"` // weighted by filled notional
	Completion      Number  `json:"completion"`        // filled over ordered notional at arrival prices
	PassiveShare    Number  `json:"passive_fill_share"`
	Participation   Number  `json:"participation"` // weighted by filled notional
	Fills           int     `json:"fills"`
	Children        int     `json:"children"`
	Cancels         int     `json:"cancels"`
}

// NewReport sums up results.
func NewReport(results []Result) *Report {
	r := &Report{Parents: results, Total: total("all", results)}
	byAlgo := map[string][]Result{}
	for i := range results {
		byAlgo[results[i].Algo] = append(byAlgo[results[i].Algo], results[i])
	}
	names := make([]string, 0, len(byAlgo))
	for name := range byAlgo {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		r.ByAlgo = append(r.ByAlgo, total(name, byAlgo[name]))
	}
	return r
}

func total(name string, results []Result) Totals {
	t := Totals{Algo: name, Parents: len(results)}
	var s Split
	var completion, vwap, passive, participation mean
	costs := make([]float64, 0, len(results))
	for i := range results {
		r := &results[i]
		s.add(&r.Split)
		filled := float64(r.FilledQty) * r.ArrivalMid
		completion.add(Known(r.Completion), float64(r.Qty)*r.ArrivalMid)
		vwap.add(r.VWAPSlippageBps, filled)
		passive.add(r.PassiveShare, filled)
		participation.add(r.Participation, filled)
		if r.FilledQty == r.Qty {
			t.Complete++
		}
		t.Fills += r.Fills
		t.Children += r.Children
		t.Cancels += r.Cancels
		if r.ISBps.OK {
			costs = append(costs, r.ISBps.V)
		}
	}
	t.NotionalUSD = s.AtArrival.Float()
	t.ISBps = s.Shortfall().bps(s.AtArrival)
	t.TradingBps = s.Trading.bps(s.AtArrival)
	t.SpreadBps = s.Spread.bps(s.AtArrival)
	t.DriftBps = s.Drift.bps(s.AtArrival)
	t.OpportunityBps = s.Opportunity.bps(s.AtArrival)
	t.FeesBps = s.Fees.bps(s.AtArrival)
	t.DelayBps = s.Delay.bps(s.AtArrival)
	t.ISUSD = Known(s.Shortfall().Float())
	t.ISStdBps, t.ISWorstBps, t.ISCVaR95Bps = spreadOf(costs)
	t.VWAPSlippageBps, t.Completion = vwap.value(), completion.value()
	t.PassiveShare, t.Participation = passive.value(), participation.value()
	return t
}

func (s *Split) add(o *Split) {
	s.Delay = s.Delay.Add(o.Delay)
	s.Trading = s.Trading.Add(o.Trading)
	s.Opportunity = s.Opportunity.Add(o.Opportunity)
	s.Fees = s.Fees.Add(o.Fees)
	s.Spread = s.Spread.Add(o.Spread)
	s.Drift = s.Drift.Add(o.Drift)
	s.AtArrival = s.AtArrival.Add(o.AtArrival)
	s.AtDecision = s.AtDecision.Add(o.AtDecision)
}

// mean is a weighted mean of what is known.
type mean struct{ sum, weight float64 }

func (m *mean) add(n Number, weight float64) {
	if n.OK {
		m.sum += n.V * weight
		m.weight += weight
	}
}

func (m *mean) value() Number { return ratio(m.sum, m.weight) }

// spreadOf is the sample standard deviation, the largest, and the mean of the largest 5 %.
func spreadOf(costs []float64) (std, worst, cvar Number) {
	n := len(costs)
	if n == 0 {
		return
	}
	slices.Sort(costs)
	var sum, squares, tail float64
	for _, c := range costs {
		sum += c
	}
	for _, c := range costs {
		squares += (c - sum/float64(n)) * (c - sum/float64(n))
	}
	if n > 1 {
		std = Known(math.Sqrt(squares / float64(n-1)))
	}
	k := max(1, n/20)
	for _, c := range costs[n-k:] {
		tail += c
	}
	return std, Known(costs[n-1]), Known(tail / float64(k))
}
