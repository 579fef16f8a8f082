package tca

import "slipstream/internal/market"

// turnover is volume and turnover of a set of trades.
type turnover struct {
	qty   market.Qty
	value Money
}

func (t *turnover) add(q market.Qty, px market.Price) {
	t.qty += q
	t.value = t.value.Add(paid(px, q))
}

// vwap is in currency units; undefined without volume.
func (t *turnover) vwap() Number { return ratio(t.value.Float(), float64(t.qty)) }

// volume fills the VWAPs, the slippage against them and the participation. The tape
// has our own trades; what is left without them is the market of the others.
func (r *Result) volume(cfg Config, p *Parent, m Market) {
	from, to := p.ArrivalNanos, p.EndNanos
	last := from
	var own turnover // our fills within the interval
	for i := range p.Fills {
		f := &p.Fills[i]
		last = max(last, f.Nanos)
		if f.Nanos >= from && f.Nanos <= to {
			own.add(f.Qty, f.Price)
		}
	}
	var all, done turnover
	m.EachTrade(from, max(to, last), func(t Trade) {
		if t.Nanos <= to {
			all.add(t.Qty, t.Price)
		}
		if t.Nanos <= last {
			done.add(t.Qty, t.Price)
		}
	})
	others := turnover{all.qty - own.qty, all.value.Sub(own.value)}
	r.OwnTradesMissing = others.qty < 0 || others.value.Sign() < 0

	r.MarketQty, r.VWAP = all.qty, all.vwap()
	r.VWAPSlippageBps = slippage(p.Side, r.AvgPx, r.VWAP)
	r.VWAPDoneSlippageBps = slippage(p.Side, r.AvgPx, done.vwap())
	if !r.OwnTradesMissing {
		r.VWAPExclSlippageBps = slippage(p.Side, r.AvgPx, others.vwap())
	}
	r.Participation = ratio(float64(r.FilledQty), float64(all.qty))
	r.buckets(cfg.Bucket, p, m)
}

// slippage is how much worse an average price was than a VWAP, in bps of the VWAP.
func slippage(side market.Side, avg, vwap Number) Number {
	if !avg.OK || !vwap.OK || vwap.V == 0 {
		return Number{}
	}
	return Known(1e4 * float64(side.Sign()) * (avg.V - vwap.V) / vwap.V)
}

// buckets fills the realised participation per bucket of time after arrival.
func (r *Result) buckets(length market.Nanos, p *Parent, m Market) {
	if length <= 0 {
		return
	}
	own := map[market.Nanos]market.Qty{}
	for i := range p.Fills {
		if f := &p.Fills[i]; f.Nanos >= p.ArrivalNanos {
			own[(f.Nanos-p.ArrivalNanos)/length] += f.Qty
		}
	}
	var shares []float64
	bucket, volume := market.Nanos(0), market.Qty(0)
	flush := func() {
		if volume > 0 {
			shares = append(shares, float64(own[bucket])/float64(volume))
		}
		volume = 0
	}
	m.EachTrade(p.ArrivalNanos, p.EndNanos, func(t Trade) {
		if b := (t.Nanos - p.ArrivalNanos) / length; b != bucket {
			flush()
			bucket = b
		}
		volume += t.Qty
	})
	flush()
	r.ParticipationP95 = quantile(shares, 0.95)
	r.ParticipationMax = quantile(shares, 1)
}
