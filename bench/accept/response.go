package accept

import (
	"math"

	"slipstream/bench/flow/record"
)

// Classes of events by their effect on the mid: _1 changed it at once, _0 did not.
var classNames = [6]string{"MO_0", "MO_1", "LO_0", "LO_1", "CA_0", "CA_1"}

// classOf is an event's class and the direction that it pushes to; -1 for none.
func classOf(e *record.Event) (class int, sign float64) {
	s := float64(e.Side.Sign())
	switch e.Kind {
	case record.Execute:
		class, sign = 0, -s
	case record.Add:
		class, sign = 2, s
	case record.Cancel, record.Delete:
		class, sign = 4, -s
	default:
		return -1, 0
	}
	if a, ok := e.Before.Mid2(); ok {
		if b, ok := e.After.Mid2(); ok && a != b {
			class++
		}
	}
	return class, sign
}

// Responses are the mean signed changes of the mid, in ticks, from before an event of
// each class to after the event lag-1 later, at lags 1 to lags.
func Responses(s Set, lags int) (r [6][]float64) {
	var n [6][]float64
	for c := range r {
		r[c], n[c] = make([]float64, lags), make([]float64, lags)
	}
	for _, d := range s {
		before, after := make([]float64, len(d.Events)), make([]float64, len(d.Events))
		for i := range d.Events {
			before[i], after[i] = midOf(d.Events[i].Before), midOf(d.Events[i].After)
		}
		for i := range d.Events {
			c, sign := classOf(&d.Events[i])
			if c < 0 || math.IsNaN(before[i]) {
				continue
			}
			sum, cnt := r[c], n[c]
			for l := 0; l < lags && i+l < len(after); l++ {
				if v := after[i+l] - before[i]; v == v {
					sum[l] += sign * v / float64(d.Tick)
					cnt[l]++
				}
			}
		}
	}
	for c := range r {
		for l := range r[c] {
			r[c][l] /= n[c][l]
		}
	}
	return r
}

// between is the mean of |a-b|.
func between(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(a[i] - b[i])
	}
	return sum / float64(len(a))
}
