package flow

import (
	"math"

	"slipstream/internal/market"
)

// The streams of one side. Sides: of the order for limits and cancels, of the
// aggressor for hidden, market and split. A stream has a unit-rate clock and random
// draws of its own, so that what another stream does never shifts them.
const (
	sImprove = iota // a limit order inside the spread
	sJoin           // at the touch
	sDeep           // behind it
	sCancelTouch
	sCancelDeep
	sHidden // a trade with interest that is not displayed
	sMarket // a marketable order
	sSplit  // a marketable order that is part of a larger one
	perSide
)

const streams = 2 * perSide

// model are ReactiveParams made ready to draw from.
type model struct {
	p         *ReactiveParams
	rates     [][]([perSide]float64) // [spread class][imbalance bin]
	classOf   [maxTicks + 1]uint8    // by spread in ticks
	volFactor [maxVolumeClasses][perSide]float64
	improve   []alias // by spread class
	deep      alias
	sizes     [perSide]alias
	rank      [1024]float32 // quantiles of the rank of an order that is canceled
	fleeting  [perSide]uint64
	lifetimes []market.Nanos

	againDelay, refillDelay, snipeDelay []market.Nanos

	partial uint64
	replace uint64
	takeAll uint64
	sweep   uint64

	nTau    int
	decay   [kernels]float64 // 1/tau, per ns
	tau     [kernels]float64 // ns
	nuA     [kernels]float64 // nu times the weight
	jump    [kernels]float64 // seconds to the -1
	most    [kernels]float64 // cap of a kernel
	flowDec [kernels]float64 // per ns
	flowW   [kernels]float64
	forget  [kernels]float64 // factor of an owner's volume per grain
}

func share(v float64) uint64 { return uint64(math.Round(v * (1 << 32))) }

func newModel(p *ReactiveParams) *model {
	m := &model{p: p}
	tables, factors, _ := p.tables()
	m.rates = make([][][perSide]float64, len(p.State.Spread)+1)
	for c := range m.rates {
		m.rates[c] = make([][perSide]float64, p.State.Imbalance)
		for i := range m.rates[c] {
			r := &m.rates[c][i]
			for s := range sSplit {
				r[s] = tables[s][c][i]
			}
			r[sSplit] = r[sMarket] * p.Splitting.Share
			r[sMarket] *= 1 - p.Splitting.Share
		}
	}
	for v := range len(p.State.Volume) + 1 {
		for s := range sSplit {
			m.volFactor[v][s] = factors[s][v]
		}
		m.volFactor[v][sSplit] = factors[sMarket][v]
	}
	for t := range m.classOf {
		for _, top := range p.State.Spread {
			if t > top {
				m.classOf[t]++
			}
		}
	}
	m.distances()
	z := &p.Sizes
	for s, v := range [perSide]*Sizes{&z.Improve, &z.Join, &z.Deep, nil, nil, &z.Hidden, &z.Market, &z.Market} {
		if v != nil {
			shares := make([]uint32, len(v.Shares))
			for i := range shares {
				shares[i] = uint32(v.Shares[i])
			}
			m.sizes[s] = newAlias(shares, v.Weights)
		}
	}
	m.cancels()
	m.kernels()
	return m
}

// distances makes the tables of where orders arrive; behind what the file lists the
// deep ones follow a power law that continues it.
func (m *model) distances() {
	d := &m.p.Distance
	count := func(n int) []uint32 {
		v := make([]uint32, n)
		for i := range v {
			v[i] = uint32(i + 1)
		}
		return v
	}
	for _, row := range d.Improve {
		m.improve = append(m.improve, newAlias(count(len(row)), row))
	}
	w := append([]float64(nil), d.Deep...)
	// The last quarter of the list sets the level of the tail.
	n := len(w)
	last := w[n-max(n/4, 1):]
	level := sumOf(last) / float64(len(last)) * math.Pow(float64(n)-float64(len(last)-1)/2, d.TailPower)
	for i := n + 1; i <= d.Max; i++ {
		w = append(w, level*math.Pow(float64(i), -d.TailPower))
	}
	m.deep = newAlias(count(len(w)), w)
}

func (m *model) cancels() {
	p := m.p
	for i := range m.rank {
		u := (float64(i) + 0.5) / float64(len(m.rank))
		if k := p.Cancel.Kappa; math.Abs(k) > 1e-6 {
			u = math.Log(1+u*(math.Exp(k)-1)) / k
		}
		m.rank[i] = float32(u)
	}
	m.partial, m.replace = share(p.Cancel.Partial), share(p.Cancel.Replace)
	m.takeAll, m.sweep = share(p.Market.TakeAll), share(p.Market.Sweep)
	m.fleeting[sImprove], m.fleeting[sJoin], m.fleeting[sDeep] = share(p.Fleeting.Improve), share(p.Fleeting.Join), share(p.Fleeting.Deep)
	nanos := func(seconds []float64) (v []market.Nanos) {
		for _, s := range seconds {
			v = append(v, market.Nanos(math.Round(s*1e9)))
		}
		return v
	}
	f := &p.Flicker
	m.lifetimes = nanos(p.Fleeting.Quantiles)
	m.againDelay, m.refillDelay, m.snipeDelay = nanos(f.AgainDelay), nanos(f.RefillDelay), nanos(f.SnipeDelay)
}

func (m *model) kernels() {
	p := m.p
	m.nTau = len(p.Hawkes.Tau)
	for j, tau := range p.Hawkes.Tau {
		m.tau[j] = tau * 1e9
		m.decay[j] = 1 / m.tau[j]
		m.nuA[j] = p.Hawkes.Nu * p.Hawkes.Weight[j]
		m.jump[j] = 1 / tau
		m.most[j] = 1e5 / max(m.nuA[j], 1e-9)
	}
	for k, tau := range p.Impact.Memory {
		m.forget[k] = math.Exp(-float64(grain) / 1e9 / tau)
	}
	// (1+t/tau)^-beta is a Gamma mixture of exponentials; its density on a logarithmic
	// grid of decay times from 10 ms to 1000 s gives the weights.
	sum := 0.0
	for k := range kernels {
		theta := 0.01 * math.Pow(1e5, float64(k)/(kernels-1))
		u := p.Feedback.Tau / theta
		m.flowDec[k] = 1 / (theta * 1e9)
		m.flowW[k] = math.Pow(u, p.Feedback.Beta) * math.Exp(-u)
		sum += m.flowW[k]
	}
	for k := range m.flowW {
		m.flowW[k] /= max(sum, 1e-300)
	}
}
