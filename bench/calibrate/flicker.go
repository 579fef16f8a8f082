package calibrate

import (
	"math"
	"sort"

	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// What happens to a touch within milliseconds of a change is an answer to it: the model
// brings it about by a timer, and the streams' rates must not count it as well.
const (
	answerNanos = 1_000_000 // a quote is renewed, a touch refilled
	snipeNanos  = 5_000_000 // a new touch is taken
)

// flicker estimates the answers, and marks the orders and trades that are such.
func (f *fit) flicker() {
	p := &f.p.Flicker
	f.answers = map[int]bool{}
	var again, same, alone, refill, gone, taken, ticks, plain, first float64
	var againDelay, refillDelay, snipeDelay []float64
	ev := f.w.Events
	// next is the first event within ns after i that makes or takes an order of a side's touch.
	next := func(i int, ns uint64, want func(e *record.Event) bool) int {
		for j := i + 1; j < len(ev) && ev[j].Nanos <= ev[i].Nanos+ns; j++ {
			if want(&ev[j]) {
				return j
			}
		}
		return -1
	}
	for i := range ev {
		e := &ev[i]
		was, is := bestOf(e.Before, e.Side), bestOf(e.After, e.Side)
		if was == 0 || is == 0 || was == is {
			continue
		}
		better := int64(is)-int64(was) > 0 == (e.Side == market.Buy)
		dt := func(j int) float64 { return float64(max(ev[j].Nanos-e.Nanos, 1000)) / 1e9 }
		switch {
		case e.Kind == record.Add && better:
			k := float64(-e.Distance)
			j := next(i, snipeNanos, func(x *record.Event) bool { return x.Kind == record.Execute && x.Ref == e.Ref })
			if k <= 1 {
				first++
				if j >= 0 {
					plain++
				}
				continue
			}
			ticks += k - 1
			alone++
			if j >= 0 {
				taken++
				snipeDelay = append(snipeDelay, dt(j))
				f.answers[j] = true
			}
		case e.Kind == record.Execute && !better:
			gone += math.Abs(float64(int64(was)-int64(is))) / float64(f.w.Tick)
			if j := next(i, answerNanos, func(x *record.Event) bool {
				return x.Kind == record.Add && x.Side == e.Side && x.Price == was
			}); j >= 0 {
				refill++
				refillDelay = append(refillDelay, dt(j))
				f.answers[j] = true
			}
		case e.Kind == record.Delete && !better:
			if _, soon := f.fleeting[e.Ref]; !soon {
				continue
			}
			f.e.Flicker++
			if j := next(i, answerNanos, func(x *record.Event) bool {
				return x.Kind == record.Add && x.Side == e.Side && x.Level == 0
			}); j >= 0 {
				again++
				if ev[j].Price == was {
					same++
				}
				againDelay = append(againDelay, dt(j))
				f.answers[j] = true
			}
		}
	}
	n := max(float64(f.e.Flicker), 1)
	p.Again, p.Same = min(again/n, 0.9), same/max(again, 1)
	p.Refill = min(refill/max(gone, 1), 0.9) // per tick
	// What is taken of those that are a tick better comes by chance.
	p.Snipe = min(max(taken-alone*plain/max(first, 1), 0)/max(ticks, 1), 1)
	p.AgainDelay, p.RefillDelay, p.SnipeDelay = tenths(againDelay), tenths(refillDelay), tenths(snipeDelay)
}

func bestOf(t record.Touch, side market.Side) uint32 {
	if side == market.Buy {
		return t.Bid
	}
	return t.Ask
}

// tenths are ten quantiles; a millisecond where there is nothing.
func tenths(v []float64) []float64 {
	if len(v) < 10 {
		return []float64{1e-3}
	}
	sort.Float64s(v)
	var out []float64
	for k := range 10 {
		out = append(out, v[int((float64(k)+0.5)/10*float64(len(v)))])
	}
	return out
}
