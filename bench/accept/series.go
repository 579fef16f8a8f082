package accept

import (
	"math"

	"slipstream/bench/flow/record"
)

// Set is one or more stretches of the same market.
type Set []*record.Day

// each concatenates what f finds in each stretch.
func (s Set) each(f func(*record.Day) []float64) (out []float64) {
	for _, d := range s {
		out = append(out, f(d)...)
	}
	return out
}

// per is the list of what f finds in each stretch.
func (s Set) per(f func(*record.Day) []float64) (out [][]float64) {
	for _, d := range s {
		out = append(out, f(d))
	}
	return out
}

// average is the mean over stretches of a figure of each.
func (s Set) average(f func(*record.Day) float64) float64 {
	v := make([]float64, 0, len(s))
	for _, d := range s {
		if x := f(d); !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	return mean(v)
}

func midOf(t record.Touch) float64 {
	m, ok := t.Mid2()
	if !ok {
		return math.NaN()
	}
	return float64(m) / 2
}

// lastBefore calls f with each instant of a grid after the start and the index of the
// last event before it, -1 when there is none.
func lastBefore(d *record.Day, step float64, f func(i int)) {
	ns := uint64(step * 1e9)
	i := 0
	for at := d.Start + ns; at <= d.End; at += ns {
		for i < len(d.Events) && d.Events[i].Nanos < at {
			i++
		}
		f(i - 1)
	}
}

// Mids are the mid prices each step seconds; NaN where there is none.
func Mids(d *record.Day, step float64) (out []float64) {
	lastBefore(d, step, func(i int) {
		if i < 0 {
			out = append(out, math.NaN())
			return
		}
		out = append(out, midOf(d.Events[i].After))
	})
	return out
}

// Returns are the differences of the logarithm of Mids, in basis points, without those
// that have no mid.
func Returns(d *record.Day, step float64) []float64 {
	m := Mids(d, step)
	out := make([]float64, 0, len(m))
	for i := 1; i < len(m); i++ {
		if r := 1e4 * math.Log(m[i]/m[i-1]); !math.IsNaN(r) {
			out = append(out, r)
		}
	}
	return out
}

// touches samples a figure of the book each second.
func touches(f func(d *record.Day, i int) float64) func(*record.Day) []float64 {
	return func(d *record.Day) (out []float64) {
		lastBefore(d, 1, func(i int) {
			if i >= 0 {
				if v := f(d, i); !math.IsNaN(v) {
					out = append(out, v)
				}
			}
		})
		return out
	}
}

func spreadTicks(d *record.Day, i int) float64 {
	t := d.Events[i].After
	if t.Bid == 0 || t.Ask == 0 {
		return math.NaN()
	}
	return (float64(t.Ask) - float64(t.Bid)) / float64(d.Tick)
}

func touchQty(d *record.Day, i int) float64 {
	t := d.Events[i].After
	return float64(t.BidQty) + float64(t.AskQty)
}

func imbalance(d *record.Day, i int) float64 {
	b, a := float64(d.Events[i].After.BidQty), float64(d.Events[i].After.AskQty)
	return (b - a) / (b + a)
}

func depthOf(levels []record.Level) float64 {
	sum := 0.0
	for _, l := range levels {
		sum += float64(l.Qty)
	}
	return sum
}

func depthQty(d *record.Day, i int) float64 { return depthOf(d.Bids(i)) + depthOf(d.Asks(i)) }

// Gaps are the logarithms of the seconds between events, at least a nanosecond.
func Gaps(d *record.Day) []float64 {
	out := make([]float64, 0, len(d.Events))
	for i := 1; i < len(d.Events); i++ {
		ns := max(d.Events[i].Nanos-d.Events[i-1].Nanos, 1)
		out = append(out, math.Log(float64(ns)*1e-9))
	}
	return out
}

// Counts are the numbers of events in windows of step seconds.
func Counts(d *record.Day, step float64) (out []float64) {
	last := -1
	lastBefore(d, step, func(i int) {
		out = append(out, float64(i-last))
		last = i
	})
	return out
}

// firstAges are the logarithms of the age in seconds at the first event of some kinds of
// each order whose Add is in the record, whatever else happened to it before.
func firstAges(d *record.Day, want func(record.Kind) bool) (out []float64) {
	done := make(map[uint64]bool, 1<<12)
	for i := range d.Events {
		if e := &d.Events[i]; e.Age >= 0 && want(e.Kind) && !done[e.Ref] {
			done[e.Ref] = true
			out = append(out, math.Log(float64(max(e.Age, 1))*1e-9))
		}
	}
	return out
}

// TimesToCancel are log ages at an order's first cancel, in part or whole.
func TimesToCancel(d *record.Day) []float64 {
	return firstAges(d, func(k record.Kind) bool { return k == record.Cancel || k == record.Delete })
}

// TimesToFill are log ages at an order's first fill.
func TimesToFill(d *record.Day) []float64 {
	return firstAges(d, func(k record.Kind) bool { return k == record.Execute })
}

// Signs are the signs of visible marketable orders, +1 for a buyer.
func Signs(d *record.Day) (out []float64) {
	last := int32(0)
	for i := range d.Events {
		if e := &d.Events[i]; e.Kind == record.Execute && e.Trade != last {
			last = e.Trade
			out = append(out, float64(e.Aggressor().Sign()))
		}
	}
	return out
}

// MidChanges are the changes of the mid that are not 0, in ticks, event by event.
func MidChanges(d *record.Day) (out []float64) {
	for i := range d.Events {
		a, b := midOf(d.Events[i].Before), midOf(d.Events[i].After)
		if v := (b - a) / float64(d.Tick); v != 0 && !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
}

// TradeReturns are the changes in basis points from trade price to trade price.
func TradeReturns(d *record.Day) (out []float64) {
	last, px := int32(0), 0.0
	for i := range d.Events {
		if e := &d.Events[i]; e.Kind == record.Execute && e.Trade != last {
			if px > 0 {
				out = append(out, 1e4*math.Log(float64(e.Price)/px))
			}
			last, px = e.Trade, float64(e.Price)
		}
	}
	return out
}

// Volume is what traded, in shares, displayed or not.
func Volume(d *record.Day) float64 {
	sum := 0.0
	for i := range d.Events {
		if e := &d.Events[i]; e.Kind == record.Execute || e.Kind == record.Hidden {
			sum += float64(e.Size)
		}
	}
	return sum
}

// Sigma is the standard deviation of returns over step seconds, about zero, in basis
// points per square root of a second.
func Sigma(d *record.Day, step float64) float64 {
	sum, r := 0.0, Returns(d, step)
	for _, x := range r {
		sum += x * x
	}
	return math.Sqrt(sum / float64(len(r)) / step)
}

// Markout is what the mid does within after seconds of each visible fill, seen from the
// resting order and in basis points: negative is adverse. Realised is the same measured
// from the fill's price: what the resting order earned. It starts from the mid before the
// marketable order: what that order swept on its way is part of what its later fills lose.
func Markout(d *record.Day, after float64) (markout, realised []float64) {
	j, ns := 0, uint64(after*1e9)
	trade, was := int32(0), math.NaN()
	for i := range d.Events {
		e := &d.Events[i]
		if e.Kind != record.Execute || e.Nanos+ns > d.End {
			continue
		}
		for j+1 < len(d.Events) && d.Events[j+1].Nanos <= e.Nanos+ns {
			j++
		}
		if e.Trade != trade {
			trade, was = e.Trade, midOf(e.Before)
		}
		is, s := midOf(d.Events[j].After), float64(e.Side.Sign())
		if v := 1e4 * s * (is - was) / was; !math.IsNaN(v) {
			markout = append(markout, v)
			realised = append(realised, 1e4*s*(is-float64(e.Price))/was)
		}
	}
	return markout, realised
}

// OFI regresses the mid's change in ticks on order flow imbalance at the touch over
// windows of step seconds (R. Cont, A. Kukanov, S. Stoikov, 2014), and returns the mean
// size of a side of the touch beside it.
func OFI(d *record.Day, step float64) (fit Line, depth float64, x, y []float64) {
	last, mid, qty, n := 0, math.NaN(), 0.0, 0.0
	lastBefore(d, step, func(to int) {
		sum := 0.0
		for ; last <= to; last++ {
			e := &d.Events[last]
			sum += flowOf(e.Before, e.After)
			qty += float64(e.After.BidQty) + float64(e.After.AskQty)
			n += 2
		}
		if to < 0 {
			return
		}
		is := midOf(d.Events[to].After)
		if v := (is - mid) / float64(d.Tick); !math.IsNaN(v) {
			x, y = append(x, sum), append(y, v)
		}
		mid = is
	})
	return OLS(x, y), qty / n, x, y
}

// flowOf is one event's order flow imbalance.
func flowOf(was, is record.Touch) float64 {
	v := 0.0
	if is.Bid >= was.Bid {
		v += float64(is.BidQty)
	}
	if is.Bid <= was.Bid {
		v -= float64(was.BidQty)
	}
	if is.Ask <= was.Ask {
		v -= float64(is.AskQty)
	}
	if is.Ask >= was.Ask {
		v += float64(was.AskQty)
	}
	return v
}
