package accept

import (
	"math"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// order is a metaorder: equal marketable children in the middle of equal slots.
type order struct {
	side  market.Side
	qty   float64      // shares
	over  market.Nanos // duration
	child float64      // shares of a child, unless that makes more than one in ten seconds
}

// children is their number.
func (o *order) children() int {
	most := max(int(o.over/(10*market.Second)), 1)
	return min(max(int(math.Round(o.qty/o.child)), 1), most)
}

// looks is the number of instants within a duration at which a path is looked at; each
// look is the mean of the mid over its last steps, two minutes of half an hour, so that
// the spread's flicker averages out.
const (
	looks   = 10
	grain   = 15 // steps from look to look
	glances = 10 // of the last steps that a look is the mean of
)

// path is the market's mid at the start and at each of looks instants per duration, for as
// many durations as asked for.
type path struct {
	mid    []float64
	filled float64
}

// run executes an order in a market from now on; a qty of 0 only looks.
func run(m *exchange.Market, o order, durations int) path {
	start, n := m.Now(), 0
	if o.qty > 0 {
		n = o.children()
	}
	p := path{mid: make([]float64, 0, looks*durations+1)}
	next, sent := 0, 0.0
	var seen []float64
	for k := range looks*durations*grain + 1 {
		until := start + market.Nanos(k)*o.over/(looks*grain)
		for next < n {
			at := start + market.Nanos((float64(next)+0.5)/float64(n)*float64(o.over))
			if at > until {
				break
			}
			next++
			want := math.Round(o.qty*float64(next)/float64(n)) - sent
			sent += want
			m.Advance(at)
			p.filled += take(m, o.side, want)
		}
		m.Advance(until)
		if mid := midNow(m); !math.IsNaN(mid) {
			seen = append(seen, mid)
		}
		if k%grain == 0 {
			p.mid = append(p.mid, mean(seen[max(len(seen)-glances, 0):]))
			seen = seen[:0]
		}
	}
	return p
}

// take sends a market order and returns what it filled.
func take(m *exchange.Market, side market.Side, qty float64) float64 {
	filled, _ := takeFor(m, side, qty)
	return filled
}

// takeFor is take with what the fills cost, in 1e-4 of the currency: negative for a sale.
func takeFor(m *exchange.Market, side market.Side, qty float64) (filled, cost float64) {
	if qty < 1 {
		return 0, 0
	}
	m.ClearExecs()
	m.Do(&exchange.Request{Kind: exchange.KindNew, Side: side, Type: exchange.OrdMarket, Owner: 1, ClientRef: uint64(m.Now()), Qty: market.Qty(qty)})
	for _, e := range m.Execs() {
		if e.Kind == exchange.ExecTrade && e.Owner == 1 {
			filled += float64(e.LastQty)
			cost += float64(e.LastQty) * float64(e.LastPx/market.ITCHUnit) * float64(side.Sign())
		}
	}
	m.ClearExecs()
	return filled, cost
}

// midNow is the mid in 1e-4; NaN when a side is empty.
func midNow(m *exchange.Market) float64 {
	bid, ask := m.Touch(0)
	if bid.Price == 0 || ask.Price == 0 {
		return math.NaN()
	}
	return (float64(bid.Price) + float64(ask.Price)) / 2
}

// impactOf is the mid with an order over the mid without it at each look, in basis points
// and in the order's direction.
func impactOf(side market.Side, with, without path) []float64 {
	out := make([]float64, len(with.mid))
	for k := range out {
		out[k] = 1e4 * float64(side.Sign()) * math.Log(with.mid[k]/without.mid[k])
	}
	return out
}

// impacts are the mid with the order over the mid without it, in basis points and in the
// order's direction, of the same seed: [order][seed][look].
func (mo *Model) impacts(orders []order, seeds int, durations int, from, to market.Nanos) (out [][][]float64, filled []float64, err error) {
	out, filled = make([][][]float64, len(orders)), make([]float64, len(orders))
	for seed := range seeds {
		// Starts spread over the hours used; the side turns.
		long := market.Nanos(0)
		for _, o := range orders {
			long = max(long, o.over*market.Nanos(durations))
		}
		slots := max(int((to-from)/long), 1)
		at := from + market.Nanos(seed%slots)*long
		bases := map[market.Nanos]path{}
		for i, o := range orders {
			base, ok := bases[o.over]
			if !ok {
				m, err := mo.market(uint64(seed)+1000, at)
				if err != nil {
					return nil, nil, err
				}
				base = run(m, order{over: o.over}, durations)
				bases[o.over] = base
			}
			m, err := mo.market(uint64(seed)+1000, at)
			if err != nil {
				return nil, nil, err
			}
			if seed%2 == 1 {
				o.side = o.side.Opposite()
			}
			with := run(m, o, durations)
			out[i] = append(out[i], impactOf(o.side, with, base))
			filled[i] += with.filled / float64(seeds)
		}
	}
	return out, filled, nil
}

// Curve is impact against size.
type Curve struct {
	Share   []float64 // of the day's volume
	Impact  []float64 // at the end of the order, basis points
	SE      []float64
	Later   []float64 // as long again after the end
	Delta   float64   // exponent, by least squares in logarithms
	Y       float64   // impact / (sigma (Q/V)^Delta)
	Lo, Hi  float64   // 95 % of Delta over seeds
	Dropped int       // sizes without a positive mean impact
}

// fitCurve fits impact at one look over sizes; units are the seeds that count.
func fitCurve(share []float64, diffs [][][]float64, look int, sigma float64, units []int) (delta, y float64, impact []float64) {
	var lx, ly []float64
	for i := range share {
		v, n := 0.0, 0.0
		for _, u := range units {
			if x := diffs[i][u][look]; !math.IsNaN(x) { // a side of the book was empty
				v += x
				n++
			}
		}
		v /= n
		impact = append(impact, v)
		if v > 0 {
			lx, ly = append(lx, math.Log(share[i])), append(ly, math.Log(v/sigma))
		}
	}
	if len(lx) < 3 {
		return math.NaN(), math.NaN(), impact
	}
	l := OLS(lx, ly)
	return l.Slope, math.Exp(l.Intercept), impact
}

// standardError is that of the mean over seeds at one look.
func standardError(diffs [][]float64, look int) float64 {
	var v []float64
	for _, d := range diffs {
		if !math.IsNaN(d[look]) {
			v = append(v, d[look])
		}
	}
	return math.Sqrt(variance(v) / float64(len(v)))
}

// fit makes the curve of one duration; sigma is the day's volatility in basis points.
func fit(share []float64, diffs [][][]float64, sigma float64) Curve {
	seeds := len(diffs[0])
	all := make([]int, seeds)
	for i := range all {
		all[i] = i
	}
	c := Curve{Share: share}
	c.Delta, c.Y, c.Impact = fitCurve(share, diffs, looks, sigma, all)
	_, _, c.Later = fitCurve(share, diffs, 2*looks, sigma, all)
	for i := range share {
		c.SE = append(c.SE, standardError(diffs[i], looks))
		if c.Impact[i] <= 0 {
			c.Dropped++
		}
	}
	c.Lo, c.Hi = Bootstrap(seeds, 1000, 0.95, func(units []int) float64 {
		d, _, _ := fitCurve(share, diffs, looks, sigma, units)
		return d
	})
	return c
}
