package tca

import "slipstream/internal/market"

// spreads fills the effective spread and, for each horizon, how it divides into the
// realised spread and the markout. Only fills with a mid before them count, and for
// a horizon only those whose horizon lies within the data.
func (r *Result) spreads(cfg Config, p *Parent, m Market) {
	var effective, base Money
	for i := range p.Fills {
		if before, ok := m.MidBefore(p.Fills[i].Nanos); ok {
			effective = effective.Add(effectiveSpread(p.Side, &p.Fills[i], before))
			base = base.Add(atMid(before, p.Fills[i].Qty))
		}
	}
	r.EffectiveSpreadBps = effective.bps(base)
	r.Markouts = make([]Markout, 0, len(cfg.Horizons))
	for _, h := range cfg.Horizons {
		r.Markouts = append(r.Markouts, markout(p, m, h))
	}
}

func markout(p *Parent, m Market, horizon market.Nanos) Markout {
	out := Markout{HorizonMs: int64(horizon / market.Millisecond)}
	var realised, moved, base Money
	for i := range p.Fills {
		f := &p.Fills[i]
		before, ok := m.MidBefore(f.Nanos)
		after, within := m.MidAt(f.Nanos + horizon)
		if !ok || !within {
			continue
		}
		realised = realised.Add(effectiveSpread(p.Side, f, after))
		moved = moved.Add(atMid(2*(after-before), f.Qty).signed(p.Side))
		base = base.Add(atMid(before, f.Qty))
		out.Qty += f.Qty
	}
	out.RealisedSpreadBps, out.MarkoutBps = realised.bps(base), moved.bps(base)
	return out
}

// effectiveSpread is twice the signed distance of a fill from a mid.
func effectiveSpread(side market.Side, f *Fill, mid Mid) Money {
	one := paid(f.Price, f.Qty).Sub(atMid(mid, f.Qty)).signed(side)
	return one.Add(one)
}
