package calibrate

import (
	"math"

	"slipstream/bench/flow/record"
)

// excitation fits the self-excitation by expectation-maximisation on the event times
// (A. Veen, F. Schoenberg, JASA 103, 2008), given the intraday curve, and the regimes
// on the minutes' counts.
func (f *fit) excitation() {
	t := eventTimes(f.w)
	h := &f.p.Hawkes
	f.alpha = f.excite(t, float64(f.w.Start)/1e9, float64(f.w.End)/1e9)
	f.setAlpha(f.alpha)
	f.auxiliary = append([]float64(nil), f.alpha...)
	h.Nu = min(h.Nu, nuMax)
	f.regimes(t)
}

// nuMax bounds the mean number of events that one event brings about.
const nuMax = 0.925

// eventTimes are the times of what has a clock of its own: not of the fleeting orders'
// deletes, which follow their Adds, and once of a trade, in seconds.
func eventTimes(d *record.Day) (t []float64) {
	trade := int32(0)
	for i := range d.Events {
		e := &d.Events[i]
		if e.Kind == record.Delete && e.Age >= 0 && float64(e.Age)/1e9 < fleetingMax {
			continue
		}
		if e.Trade > 0 {
			if e.Trade == trade {
				continue
			}
			trade = e.Trade
		}
		t = append(t, float64(e.Nanos)/1e9)
	}
	return t
}

// setAlpha makes nu and weights of the kernels' branching numbers.
func (f *fit) setAlpha(alpha []float64) {
	h := &f.p.Hawkes
	h.Nu = sum(alpha)
	for j := range alpha {
		h.Weight[j] = alpha[j] / h.Nu
	}
	h.Nu = min(h.Nu, nuMax)
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}

// excite fits the branching number of each kernel to event times.
func (f *fit) excite(t []float64, from, end float64) []float64 {
	h := &f.p.Hawkes
	n := len(h.Tau)
	alpha := make([]float64, n)
	for j := range alpha {
		alpha[j] = 0.6 / float64(n)
	}
	base := 0.4 * float64(len(t)) / (end - from)
	curve := func(at float64) float64 {
		c := &f.p.Intraday
		return c.Curve[min(max(int((at-c.From)/c.Bin), 0), len(c.Curve)-1)]
	}
	area := 0.0
	for at := from; at < end; at++ {
		area += curve(at)
	}
	r := make([]float64, n)
	got := make([]float64, n)
	for range 30 {
		clear(r)
		clear(got)
		fresh := 0.0
		for i := range t {
			if i > 0 {
				dt := t[i] - t[i-1]
				for j := range r {
					r[j] = (r[j] + 1) * math.Exp(-dt/h.Tau[j])
				}
			}
			mu := base * curve(t[i])
			lambda := mu
			for j := range r {
				lambda += alpha[j] / h.Tau[j] * r[j]
			}
			fresh += mu / lambda
			for j := range r {
				got[j] += alpha[j] / h.Tau[j] * r[j] / lambda
			}
		}
		base = fresh / area
		for j := range alpha {
			room := 0.0
			// Only the last events miss part of their kernel.
			for i := len(t) - 1; i >= 0; i-- {
				miss := math.Exp(-(end - t[i]) / h.Tau[j])
				if miss < 1e-6 {
					room += float64(i + 1)
					break
				}
				room += 1 - miss
			}
			alpha[j] = max(got[j]/max(room, 1), 1e-4)
		}
	}
	return alpha
}

// matchExcitation moves the kernels so that the same estimator finds in the simulated
// hours what it finds in the day (C. Gourieroux, A. Monfort, E. Renault, "Indirect
// inference", J. Applied Econometrics 8, 1993): redraws and fleeting orders dilute it.
func (f *fit) matchExcitation(days []*record.Day) {
	mean := make([]float64, len(f.alpha))
	for _, d := range days {
		for j, a := range f.excite(eventTimes(d), float64(d.Start)/1e9, float64(d.End)/1e9) {
			mean[j] += a / float64(len(days))
		}
	}
	for j := range f.alpha {
		f.alpha[j] *= min(max(math.Pow(f.auxiliary[j]/mean[j], 0.7), 0.6), 1.7)
	}
	if s := sum(f.alpha); s > nuMax {
		for j := range f.alpha {
			f.alpha[j] *= nuMax / s
		}
	}
	f.setAlpha(f.alpha)
}

// dwellMin is the shortest mean stay in a regime, seconds. The day's estimate is shorter,
// for it takes bursts in; volatility remembers for hours.
const dwellMin = 2000

// regimes fits a three-state hidden Markov model to the log of the minutes' counts,
// the intraday curve taken off (Baum-Welch).
func (f *fit) regimes(t []float64) {
	n := int(f.w.Seconds() / 60)
	x := make([]float64, n)
	for _, at := range t {
		if k := int((at - f.o.From) / 60); k >= 0 && k < n {
			x[k]++
		}
	}
	c := &f.p.Intraday
	for k := range x {
		at := f.o.From + 60*float64(k)
		x[k] = math.Log((x[k] + 1) / c.Curve[min(max(int((at-c.From)/c.Bin), 0), len(c.Curve)-1)])
	}
	mean, stay := baumWelch(x)
	var activity, dwell []float64
	norm := 0.0
	for i := range mean {
		activity = append(activity, math.Exp(mean[i]-mean[1]))
		dwell = append(dwell, min(max(60/max(1-stay[i], 1e-3), dwellMin), 3600))
	}
	// The chain moves to neighbours: the share of time in each from the flows' balance.
	w := []float64{0.5 * dwell[0] / dwell[1], 1, 0.5 * dwell[2] / dwell[1]}
	sum := w[0] + w[1] + w[2]
	for i := range w {
		norm += w[i] / sum * activity[i]
	}
	for i := range activity {
		activity[i] /= norm
		f.p.Regime.Vol[i] = activity[i] * activity[i]
	}
	f.p.Regime.Activity, f.p.Regime.Dwell = activity, dwell
}

// baumWelch gives the states' means, rising, and their probabilities to stay.
func baumWelch(x []float64) (mean, stay []float64) {
	const k = 3
	var all []weighted
	for _, v := range x {
		all = append(all, weighted{v, 1})
	}
	mean = quantiles(all, []float64{0.15, 0.5, 0.85})
	sd := [k]float64{}
	spread := max(mean[2]-mean[0], 0.1)
	var p [k][k]float64
	for i := range k {
		sd[i] = spread / 3
		for j := range k {
			p[i][j] = 0.05
		}
		p[i][i] = 0.9
	}
	n := len(x)
	a, b := grid(n, k), grid(n, k)
	for range 30 {
		like := func(i, t int) float64 {
			z := (x[t] - mean[i]) / sd[i]
			return math.Exp(-z*z/2)/sd[i] + 1e-12
		}
		for t := range n {
			sum := 0.0
			for j := range k {
				v := 1.0 / k
				if t > 0 {
					v = 0
					for i := range k {
						v += a[t-1][i] * p[i][j]
					}
				}
				a[t][j] = v * like(j, t)
				sum += a[t][j]
			}
			for j := range k {
				a[t][j] /= sum
			}
		}
		for t := n - 1; t >= 0; t-- {
			sum := 0.0
			for i := range k {
				v := 1.0
				if t < n-1 {
					v = 0
					for j := range k {
						v += p[i][j] * like(j, t+1) * b[t+1][j]
					}
				}
				b[t][i] = v
				sum += v
			}
			for i := range k {
				b[t][i] /= sum
			}
		}
		var move [k][k]float64
		var w, wx, wxx [k]float64
		for t := range n {
			sum := 0.0
			for i := range k {
				sum += a[t][i] * b[t][i]
			}
			for i := range k {
				g := a[t][i] * b[t][i] / sum
				w[i] += g
				wx[i] += g * x[t]
				wxx[i] += g * x[t] * x[t]
			}
			if t == n-1 {
				break
			}
			sum = 0
			var xi [k][k]float64
			for i := range k {
				for j := range k {
					xi[i][j] = a[t][i] * p[i][j] * like(j, t+1) * b[t+1][j]
					sum += xi[i][j]
				}
			}
			for i := range k {
				for j := range k {
					move[i][j] += xi[i][j] / sum
				}
			}
		}
		for i := range k {
			mean[i] = wx[i] / max(w[i], 1e-9)
			sd[i] = math.Sqrt(max(wxx[i]/max(w[i], 1e-9)-mean[i]*mean[i], 0.01))
			sum := 0.0
			for j := range k {
				move[i][j] += 0.05
				sum += move[i][j]
			}
			for j := range k {
				p[i][j] = move[i][j] / sum
			}
		}
	}
	// Rising order.
	for i := range k {
		for j := i + 1; j < k; j++ {
			if mean[j] < mean[i] {
				mean[i], mean[j] = mean[j], mean[i]
				p[i][i], p[j][j] = p[j][j], p[i][i]
			}
		}
	}
	for i := range k {
		stay = append(stay, p[i][i])
	}
	return mean, stay
}
