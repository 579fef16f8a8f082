package engine

import (
	"slipstream/internal/market"
	"slipstream/policy/schedule"
)

// The envelope bounds every proposal, whoever made it: inside the limit price,
// never more than the parent, never above the participation cap, whole lots, and
// only against a two-sided uncrossed book. It runs before, and independently of,
// the risk gate.

// restPrice is where a resting child of the parent belongs: the near touch, one
// tick inside the spread if improve, never beyond the limit; 0 = nowhere. A touch
// between ticks is rounded away from the other side.
func restPrice(v *View, improve bool) market.Price {
	px := v.Bid - v.Bid%v.Tick
	if v.Side == market.Sell {
		px = v.Ask + (v.Tick-v.Ask%v.Tick)%v.Tick
	}
	if improve && v.Ask-v.Bid >= 2*v.Tick {
		px += market.Price(v.Side.Sign()) * v.Tick
	}
	return withinLimit(v, px)
}

// crossPrice is the far touch, rounded outwards to a tick; ok is false when the
// limit forbids it.
func crossPrice(v *View) (px market.Price, ok bool) {
	if v.Side == market.Buy {
		px = v.Ask + (v.Tick-v.Ask%v.Tick)%v.Tick
	} else {
		px = v.Bid - v.Bid%v.Tick
	}
	if px <= 0 {
		return 0, false
	}
	return px, px == withinLimit(v, px)
}

// withinLimit moves px to the parent's limit if it lies beyond it.
func withinLimit(v *View, px market.Price) market.Price {
	switch {
	case v.Limit == 0:
		return px
	case v.Side == market.Buy:
		return min(px, v.Limit)
	}
	return max(px, v.Limit)
}

// bounded cuts a wanted new quantity to what the parent may still take: its free
// quantity, its participation cap, the largest order the risk limits allow (so
// that a big slice goes out in parts instead of being denied), whole lots.
func (e *Engine) bounded(p *parent, want market.Qty, px market.Price, v *View) market.Qty {
	value := px // as the gate values it: a sell at no less than the mid
	if v.Side == market.Sell {
		value = max(px, (v.Bid+v.Ask+1)/2)
	}
	q := min(want, p.free(), e.childMax(p.inst, value))
	if p.terms.ppm > 0 {
		room := schedule.Room(p.terms.ppm, v.MarketQty, p.cum) - p.open
		if p.cum == 0 && p.open == 0 {
			room = max(room, v.Lot) // or a cap could never start
		}
		q = min(q, room)
	}
	q -= q % v.Lot
	return max(0, q)
}

// childMax is the largest quantity valued at px within the limits of one order.
func (e *Engine) childMax(id market.InstrumentID, px market.Price) market.Qty {
	if int(id) >= len(e.cfg.Risk.Limits) || px <= 0 {
		return 0
	}
	l := &e.cfg.Risk.Limits[id]
	return min(l.MaxOrderQty, market.Qty(l.MaxOrderNotional/int64(px)))
}
