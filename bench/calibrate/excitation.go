package calibrate

import (
	"math"

	"slipstream/bench/flow/record"
)

// excitation fits the self-excitation by expectation-maximisation on the event times
// (A. Veen, F. Schoenberg, JASA 103, 2008), given the intraday curve, and the regimes
// on the minutes' counts.
func (f *fit) excitation() {
	var t []float64
	trade := int32(0)
	for i := range f.w.Events {
		e := &f.w.Events[i]
		if e.Kind == record.Delete && e.Age >= 0 && float64(e.Age)/1e9 < fleetingMax {
			continue // they follow their Add by a clock of their own
		}
		if e.Trade > 0 {
			if e.Trade == trade {
				continue
			}
			trade = e.Trade
		}
		t = append(t, float64(e.Nanos)/1e9)
	}
	f.hawkes(t)
	f.regimes(t)
}

func (f *fit) hawkes(t []float64) {
	h := &f.p.Hawkes
	n := len(h.Tau)
	end := float64(f.w.End) / 1e9
	alpha := make([]float64, n)
	for j := range alpha {
		alpha[j] = 0.6 / float64(n)
	}
	base := 0.4 * float64(len(t)) / (end - f.o.From)
	curve := func(at float64) float64 {
		c := &f.p.Intraday
		return c.Curve[min(max(int((at-c.From)/c.Bin), 0), len(c.Curve)-1)]
	}
	area := 0.0
	for at := f.o.From; at < end; at++ {
		area += curve(at)
	}
	r := make([]float64, n)
	got := make([]float64, n)
	for range 40 {
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
			alpha[j] = got[j] / max(room, 1)
		}
	}
	sum := 0.0
	for _, a := range alpha {
		sum += a
	}
	h.Nu = min(sum, 0.9)
	for j := range alpha {
		h.Weight[j] = alpha[j] / sum
	}
}

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
	// Half of the spread of the levels: the other half is the self-excitation's, which
	// was fitted on the same counts.
	norm := 0.0
	for i := range mean {
		activity = append(activity, math.Exp((mean[i]-mean[1])/2))
		dwell = append(dwell, min(max(60/max(1-stay[i], 1e-3), 60), 3600))
	}
	// The chain moves to neighbours: the share of time in each from the flows' balance.
	w := []float64{0.5 * dwell[0] / dwell[1], 1, 0.5 * dwell[2] / dwell[1]}
	sum := w[0] + w[1] + w[2]
	for i := range w {
		norm += w[i] / sum * activity[i]
	}
	for i := range activity {
		activity[i] /= norm
		f.p.Regime.Vol[i] = math.Sqrt(activity[i])
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
