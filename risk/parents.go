package risk

import "slipstream/internal/market"

// CheckParent judges a parent's terms at acceptance (C13), without recording
// anything; 0 means it may be opened. A parent with a limit price is valued at
// that, a sell at the mid if that is higher; one without a limit is valued at mid
// + collar, so it needs a usable reference, and is denied without one.
func (g *Gate) CheckParent(now market.Nanos, t *ParentTerms, ref *Reference) Deny {
	d := g.latch
	if (t.Side != market.Buy && t.Side != market.Sell) || t.EndNanos <= t.StartNanos {
		d |= DenyMalformed
	}
	if now >= t.EndNanos {
		d |= DenyParentWindow
	}
	in := g.at(t.Instrument)
	if in == nil || !in.set {
		return d | DenyNoLimits
	}
	d |= in.checkForm(t.Qty, t.Price)
	if t.Qty > g.parentLimits.MaxParentQty {
		d |= DenyParentMaxQty
	}
	c, usable := in.collar(now, ref)
	if !usable && t.Price == 0 {
		d |= DenyReference
	}
	if over(t.Qty, c.value(t.Side, t.Price), g.parentLimits.MaxParentNotional) {
		d |= DenyParentNotional
	}
	return d
}

// OpenParent records a parent under id if CheckParent allows it and the table has
// room; children may be sent from then on. It returns what denied it, or 0.
func (g *Gate) OpenParent(now market.Nanos, id uint32, t *ParentTerms, ref *Reference) Deny {
	d := g.CheckParent(now, t, ref)
	if len(g.freeParent) == 0 || g.parent(id) != nil {
		d |= DenyParentTable
	}
	if d != 0 {
		return d
	}
	n := len(g.freeParent) - 1
	slot := g.freeParent[n]
	g.freeParent = g.freeParent[:n]
	g.parents[slot] = parent{id: id, terms: *t}
	g.byParent.put(uint64(id)+1, slot)
	return 0
}

// AmendParent replaces the terms of an open parent; instrument and side stay. Terms
// that only tighten are always taken, also under kill and without a reference: the
// reduction may not wait. Others pass CheckParent first. Terms below what is open
// already are taken too: nothing more is sent until enough was canceled. It
// returns what denied it, or 0.
func (g *Gate) AmendParent(now market.Nanos, id uint32, t *ParentTerms, ref *Reference) Deny {
	p := g.parent(id)
	if p == nil || p.closed {
		return DenyUnknownParent
	}
	if t.Instrument != p.terms.Instrument || t.Side != p.terms.Side {
		return DenyParentTerms
	}
	if !t.tightens(&p.terms) {
		if d := g.CheckParent(now, t, ref); d != 0 {
			return d
		}
	}
	p.terms = *t
	return 0
}

// tightens reports whether t allows nothing that old does not.
func (t *ParentTerms) tightens(old *ParentTerms) bool {
	if t.Qty > old.Qty || t.Qty < 0 || t.StartNanos < old.StartNanos || t.EndNanos > old.EndNanos || t.Price < 0 {
		return false
	}
	switch {
	case old.Price == 0:
		return true
	case t.Price == 0:
		return false
	case t.Side == market.Buy:
		return t.Price <= old.Price
	}
	return t.Price >= old.Price
}

// CloseParent ends a parent: no new order or replace for it passes any more. Its count
// is kept until its last child is closed; until then the id cannot be opened again.
func (g *Gate) CloseParent(id uint32) {
	s := g.byParent.get(uint64(id) + 1)
	if s < 0 {
		return
	}
	g.parents[s].closed = true
	g.releaseParent(s)
}

// releaseParent frees the slot of a closed parent without children.
func (g *Gate) releaseParent(s int32) {
	p := &g.parents[s]
	if !p.closed || p.live != 0 {
		return
	}
	g.byParent.del(uint64(p.id) + 1)
	g.freeParent = append(g.freeParent, s)
}
