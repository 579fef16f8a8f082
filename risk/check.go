package risk

import (
	"math/bits"

	"slipstream/internal/market"
)

// Check judges one order message at now; 0 means it may be sent. It is pure. All
// controls that can be evaluated are: without a known parent, instrument or
// original order, those that need it are left out, and its own bit is set.
//
// Cancels see nothing but the message rate, and status requests the rate and the
// reserve: both pass under kill and halt.
func (g *Gate) Check(now market.Nanos, o *Order, ref *Reference) Deny {
	switch o.Kind {
	case KindNew, KindReplace:
	case KindCancel:
		return g.checkRate(now)
	case KindStatus:
		return g.checkRate(now) | g.checkReserve(now, 0)
	default:
		return DenyMalformed
	}
	d := g.latch | g.checkRate(now)
	if o.Side != market.Buy && o.Side != market.Sell {
		d |= DenyMalformed
	}
	if o.Child <= g.lastChild {
		d |= DenyDuplicate
	}
	// add is what the message adds to the worst case. The bound keeps sums inside
	// int64, and is above every limit.
	add := min(max(o.Qty, 0), MaxQty+1)
	if o.Kind == KindNew {
		d |= g.checkReserve(now, 1)
		if len(g.freeChild) == 0 {
			d |= DenyOpenOrders
		}
	} else {
		d |= g.checkReserve(now, 0)
		c := g.child(o.OrigChild)
		if c == nil {
			d |= DenyUnknownChild
		} else {
			d |= g.checkReplace(o, c)
			add = max(0, add-c.qty)
		}
	}
	if p := g.parent(o.Parent); p == nil || p.closed {
		d |= DenyUnknownParent
	} else {
		d |= p.check(now, o, add)
	}
	in := g.at(o.Instrument)
	if in == nil || !in.set {
		return d | DenyNoLimits
	}
	return d | in.check(now, o, ref, add)
}

// checkRate is C21.
func (g *Gate) checkRate(now market.Nanos) Deny {
	if len(g.rate.log) != 0 && g.rate.full(now, len(g.rate.log)) {
		return DenyMessageRate
	}
	return 0
}

// checkReserve is C23: after a message that opens more orders, max(reserve, open
// orders) messages must be left in the window, so that every order can be canceled.
func (g *Gate) checkReserve(now market.Nanos, more int) Deny {
	keep := max(g.reserve, g.Open()+more)
	if len(g.rate.log) != 0 && g.rate.full(now, len(g.rate.log)-keep) {
		return DenyCancelReserve
	}
	return 0
}

// checkReplace is what a replace must keep of the order it replaces.
func (g *Gate) checkReplace(o *Order, c *child) Deny {
	var d Deny
	if c.pendID != 0 {
		d |= DenyPendingReplace
	}
	if c.id != o.OrigChild {
		d |= DenyUnknownChild // named by its pending replace, which may be rejected yet
	}
	if c.instrument != o.Instrument || c.side != o.Side || g.parents[c.parent].id != o.Parent {
		d |= DenyParentTerms
	}
	if o.Qty <= c.cum {
		d |= DenyLot
	}
	return d
}

// check is parent containment (C16).
func (p *parent) check(now market.Nanos, o *Order, add market.Qty) Deny {
	var d Deny
	t := &p.terms
	if o.Instrument != t.Instrument || o.Side != t.Side {
		d |= DenyParentTerms
	}
	if p.cum+p.open+add > t.Qty {
		d |= DenyParentQty
	}
	if t.Price != 0 {
		if o.Price == 0 || (t.Side == market.Buy && o.Price > t.Price) || (t.Side == market.Sell && o.Price < t.Price) {
			d |= DenyParentPrice
		}
	}
	if now < t.StartNanos || now > t.EndNanos {
		d |= DenyParentWindow
	}
	return d
}

// check is the instrument's own controls.
func (in *instrument) check(now market.Nanos, o *Order, ref *Reference, add market.Qty) Deny {
	d := in.checkForm(o.Qty, o.Price)
	l := &in.limits
	if o.Qty > l.MaxOrderQty {
		d |= DenyOrderQty
	}
	c, usable := in.collar(now, ref)
	if !usable {
		d |= DenyReference
	} else if !c.holds(o.Side, o.Price) && (o.Price != 0 || !l.AllowMarket) {
		d |= DenyCollar
	}
	if over(o.Qty, c.value(o.Side, o.Price), l.MaxOrderNotional) {
		d |= DenyOrderNotional
	}
	if o.Side == market.Buy {
		if in.position+in.openBuys+add > l.MaxLong {
			d |= DenyMaxLong
		}
	} else if in.position-in.openSells-add < -l.MaxShort {
		d |= DenyMaxShort
	}
	return d
}

// checkForm is lot, tick and sign of an order or a parent.
func (in *instrument) checkForm(q market.Qty, p market.Price) Deny {
	var d Deny
	if q <= 0 || (in.lot != 1 && q%in.lot != 0) {
		d |= DenyLot
	}
	if p < 0 || p > MaxPrice || p%in.tick != 0 {
		d |= DenyTick
	}
	return d
}

// over reports whether q x p is above limit, by 128-bit product. A negative factor
// is out of any limit.
func over(q market.Qty, p market.Price, limit int64) bool {
	if q < 0 || p < 0 {
		return true
	}
	hi, lo := bits.Mul64(uint64(q), uint64(p))
	return hi != 0 || lo > uint64(limit)
}
