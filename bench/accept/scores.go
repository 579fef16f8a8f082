package accept

import (
	"math"

	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// score is one of LOB-Bench's scores: a figure per event or window, compared as it is,
// or within groups of a condition.
type score struct {
	name   string
	of     func(*record.Day) []float64
	by     grouping
	cond   func(*record.Day) []float64 // one for each of of; nil: none
	condBy grouping
}

// perEvent is a figure of the book after each event.
func perEvent(f func(d *record.Day, i int) float64) func(*record.Day) []float64 {
	return func(d *record.Day) []float64 {
		out := make([]float64, len(d.Events))
		for i := range out {
			out[i] = f(d, i)
		}
		return out
	}
}

// orders is a figure of each event of some kinds on one side.
func orders(side market.Side, add bool, f func(d *record.Day, e *record.Event) float64) func(*record.Day) []float64 {
	return func(d *record.Day) (out []float64) {
		for i := range d.Events {
			e := &d.Events[i]
			if e.Side == side && (add && e.Kind == record.Add || !add && (e.Kind == record.Cancel || e.Kind == record.Delete)) {
				out = append(out, f(d, e))
			}
		}
		return out
	}
}

// toMid is how far an order is from the mid after the event, in ticks.
func toMid(d *record.Day, e *record.Event) float64 {
	return math.Abs(float64(e.Price)-midOf(e.After)) / float64(d.Tick)
}

func levelOf(_ *record.Day, e *record.Event) float64 { return float64(max(e.Level, 1)) }

// volumes are the shares of visible executions in each second that has some, times 60.
func volumes(d *record.Day) (out []float64) {
	sec, sum := uint64(0), 0.0
	for i := range d.Events {
		e := &d.Events[i]
		if e.Kind != record.Execute {
			continue
		}
		if s := e.Nanos / 1e9; s != sec {
			if sum > 0 {
				out = append(out, 60*sum)
			}
			sec, sum = s, 0
		}
		sum += float64(e.Size)
	}
	if sum > 0 {
		out = append(out, 60*sum)
	}
	return out
}

// flowWindow is how many events LOB-Bench averages order flow imbalance over.
const flowWindow = 100

// flows are the rolling means of order flow imbalance and, for each, the sign of the
// mid's change at the event that follows.
func flows(d *record.Day) (v []float64, next []float64) {
	sum := 0.0
	at := func(i int) float64 { return flowOf(d.Events[i].Before, d.Events[i].After) }
	for i := range d.Events {
		sum += at(i)
		if i >= flowWindow {
			sum -= at(i - flowWindow)
		}
		if i+1 < len(d.Events) && i+1 >= flowWindow {
			a, b := midOf(d.Events[i+1].Before), midOf(d.Events[i+1].After)
			v = append(v, sum/flowWindow)
			switch {
			case b > a:
				next = append(next, 1)
			case b < a:
				next = append(next, -1)
			default:
				next = append(next, 0)
			}
		}
	}
	return v, next
}

// flowBefore are the flows before a move of one sign.
func flowBefore(sign float64) func(*record.Day) []float64 {
	return func(d *record.Day) (out []float64) {
		v, next := flows(d)
		for i := range v {
			if next[i] == sign {
				out = append(out, v[i])
			}
		}
		return out
	}
}

// volatility of each event is that of its five minutes: the deviation of one-second
// returns, in basis points.
func volatility(d *record.Day) []float64 {
	const stretch = 300
	var by []float64
	r := Mids(d, 1)
	for lo := 0; lo < len(r); lo += stretch {
		var v []float64
		for i := lo + 1; i < min(lo+stretch, len(r)); i++ {
			if x := 1e4 * math.Log(r[i]/r[i-1]); !math.IsNaN(x) {
				v = append(v, x)
			}
		}
		s := 0.0
		if len(v) > 0 {
			s = math.Sqrt(variance(v))
		}
		by = append(by, s)
	}
	out := make([]float64, len(d.Events))
	for i := range out {
		k := int((d.Events[i].Nanos - d.Start) / (stretch * 1e9))
		out[i] = by[min(k, len(by)-1)]
	}
	return out
}

func askQty(d *record.Day, i int) float64 { return float64(d.Events[i].After.AskQty) }
func bidQty(d *record.Day, i int) float64 { return float64(d.Events[i].After.BidQty) }

// timeOfDay is LOB-Bench's: 24 limits from midnight to midnight make 23 groups.
func timeOfDay(d *record.Day, i int) float64 {
	return math.Floor(float64(d.Events[i].Nanos) / (24 * 3600e9 / 23))
}

// scores are all of LOB-Bench's (run_bench.py, eval.py), with the levels that the record
// has in place of ten, and volatility by five minutes of the day in place of by sequence.
var scores = []score{
	{name: "spread", of: perEvent(spreadTicks), by: byValue},
	{name: "orderbook imbalance", of: perEvent(imbalance)},
	{name: "log inter-arrival time", of: Gaps},
	{name: "log time to cancel", of: TimesToCancel},
	{name: "ask volume at touch", of: perEvent(askQty)},
	{name: "bid volume at touch", of: perEvent(bidQty)},
	{name: "ask volume", of: perEvent(func(d *record.Day, i int) float64 { return depthOf(d.Asks(i)) })},
	{name: "bid volume", of: perEvent(func(d *record.Day, i int) float64 { return depthOf(d.Bids(i)) })},
	{name: "limit ask depth", of: orders(market.Sell, true, toMid)},
	{name: "limit bid depth", of: orders(market.Buy, true, toMid)},
	{name: "cancel ask depth", of: orders(market.Sell, false, toMid)},
	{name: "cancel bid depth", of: orders(market.Buy, false, toMid)},
	{name: "limit ask level", of: orders(market.Sell, true, levelOf), by: byValue},
	{name: "limit bid level", of: orders(market.Buy, true, levelOf), by: byValue},
	{name: "cancel ask level", of: orders(market.Sell, false, levelOf), by: byValue},
	{name: "cancel bid level", of: orders(market.Buy, false, levelOf), by: byValue},
	{name: "volume per minute", of: volumes},
	{name: "order flow imbalance", of: func(d *record.Day) []float64 { v, _ := flows(d); return v }},
	{name: "order flow imbalance | up", of: flowBefore(1)},
	{name: "order flow imbalance | stay", of: flowBefore(0)},
	{name: "order flow imbalance | down", of: flowBefore(-1)},
	// Under a condition what has no values of its own to count goes by tenths.
	{name: "ask volume at touch | spread", of: perEvent(askQty), by: byDecile, cond: perEvent(spreadTicks), condBy: byValue},
	{name: "spread | time", of: perEvent(spreadTicks), by: byDecile, cond: perEvent(timeOfDay), condBy: byValue},
	{name: "spread | volatility", of: perEvent(spreadTicks), by: byValue, cond: volatility, condBy: byDecile},
}

// Score is one score of a model against the data.
type Score struct {
	Name  string   `json:"name"`
	L1    Num      `json:"l1"`
	L1CI  Interval `json:"l1_ci"`
	W1    Num      `json:"w1"` // unconditional scores only
	W1CI  Interval `json:"w1_ci"`
	Floor Num      `json:"floor"` // L1 between the halves of the day
	Base  Num      `json:"cst"`   // L1 of Cont-Stoikov-Talreja
}

// sampled is the score of one stretch.
func (s *score) sampled(d *record.Day) sample {
	x := sample{v: s.of(d)}
	if s.cond != nil {
		x.cond = s.cond(d)
	}
	return x
}

// all is the score of a set.
func (s *score) all(of Set) (x sample) {
	for _, d := range of {
		y := s.sampled(d)
		x.v, x.cond = append(x.v, y.v...), append(x.cond, y.cond...)
	}
	return x
}

// l1 compares two sets by a score.
func (s *score) l1(a, b Set) float64 { return l1Of(s.all(a), s.all(b), s.by, s.condBy) }
