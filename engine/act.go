package engine

import (
	"slipstream/fix/venue"
	"slipstream/internal/market"
	"slipstream/risk"
)

// act turns a proposal into at most a few child messages, inside the envelope.
// It reports whether anything was sent or denied, so that spacing applies.
func (e *Engine) act(p *parent, v *View, want *Proposal, cause Cause) bool {
	switch want.Action {
	case Rest, Improve:
		return e.rest(p, v, want.Qty, want.Action, cause)
	case Cross:
		px, ok := crossPrice(v)
		if !ok { // the limit forbids it: rest at the limit instead
			return e.rest(p, v, v.Next-v.Cum, Rest, cause)
		}
		if want.Pull && p.open > 0 {
			return e.pull(p)
		}
		qty := e.bounded(p, want.Qty, px, v)
		if qty < v.Lot {
			return false
		}
		return e.sendNew(p, v, qty, px, Cross, cause)
	}
	return false
}

// rest wants total to rest at the near touch. A child at another price is moved
// first; children in the right place keep their queue position.
func (e *Engine) rest(p *parent, v *View, total market.Qty, a Action, cause Cause) bool {
	px := restPrice(v, a == Improve)
	if px <= 0 {
		return false
	}
	for i := p.children; i >= 0; i = e.children.slab[i].next {
		c := &e.children.slab[i]
		if !c.resting || c.state != childLive || c.price == px || c.leaves() == 0 {
			continue
		}
		if c.replID != 0 { // an unanswered replace may come true yet: no second one
			return e.now >= c.retryAt && e.sendCancel(p, i)
		}
		return e.sendReplace(p, v, i, px, cause)
	}
	qty := e.bounded(p, total-p.open, px, v)
	if qty < v.Lot {
		return false
	}
	return e.sendNew(p, v, qty, px, a, cause)
}

// pull takes back every open child that can be taken back now. One whose cancel was
// refused is left in peace for a while: a venue that refuses all cancels must not
// use up the message rate.
func (e *Engine) pull(p *parent) bool {
	if !e.sess.Active() {
		return false
	}
	sent := false
	for i := p.children; i >= 0; i = e.children.slab[i].next {
		c := &e.children.slab[i]
		if c.state == childLive && (c.resting || c.stray) && e.now >= c.retryAt {
			sent = e.sendCancel(p, i) || sent
		}
	}
	return sent
}

// decision opens the audit record of one child message; nil when there is no
// room for it, and then nothing may be sent.
func (e *Engine) decision(p *parent, v *View, a Action, cause Cause) *Decision {
	n := len(e.fx.Decisions)
	if n == cap(e.fx.Decisions) {
		e.stats.Held++
		return nil
	}
	e.fx.Decisions = e.fx.Decisions[:n+1]
	d := &e.fx.Decisions[n]
	*d = Decision{
		Now: e.now, Parent: p.id, Cum: p.cum, Open: p.open, FeedSeq: e.arb.NextSeq() - 1,
		Instrument: p.inst, Side: p.side, Action: a, Cause: cause, Algo: p.algo,
	}
	if v != nil {
		d.Bid, d.Ask, d.Target = v.Bid, v.Ask, v.Next
	}
	return d
}

// check asks the gate, and counts and logs a denial.
func (e *Engine) check(p *parent, d *Decision, o *risk.Order) bool {
	ref := e.reference(p.inst)
	deny := e.gate.Check(e.now, o, &ref)
	d.Deny = uint64(deny)
	if deny == 0 {
		return true
	}
	e.stats.Denied++
	p.rejects = min(p.rejects+1, 10)
	e.event(EvDenied, int64(p.id), int64(deny), int64(o.Child))
	return false
}

// sendNew sends one child: Cross is an IOC limit at the far touch, the rest are
// day limits. The gate is told before the bytes can leave.
func (e *Engine) sendNew(p *parent, v *View, qty market.Qty, px market.Price, a Action, cause Cause) bool {
	d := e.decision(p, v, a, cause)
	if d == nil {
		return false
	}
	d.Qty, d.Price = qty, px
	id := e.children.nextID()
	if e.children.full() || id == 0 {
		e.event(EvTableFull, 1, 0, 0)
		return true
	}
	o := risk.Order{Kind: risk.KindNew, Child: uint64(id), Parent: uint32(p.id), Instrument: p.inst, Side: p.side, Qty: qty, Price: px}
	if !e.check(p, d, &o) {
		return true
	}
	dst, seq, ok := e.sess.Reserve(e.now)
	if !ok {
		e.stats.Held++
		return true
	}
	c, i := e.children.take(id)
	in := &e.cfg.Instruments[p.inst]
	order := venue.NewOrder{Child: c.id, Symbol: in.Symbol, Side: p.side, Qty: qty, Price: px, TIF: venue.Day}
	if a == Cross {
		order.TIF = venue.IOC
	} else {
		order.PostOnly = e.cfg.PostOnly
	}
	e.gate.Sent(e.now, &o)
	e.sess.Commit(e.now, e.enc.AppendNew(dst, seq, e.now, &order))
	d.Child = uint64(c.id)
	e.sentAs(seq, c.id)
	c.since, c.state = e.now, childPendingNew
	c.side, c.inst, c.price, c.limit, c.qty, c.sent, c.resting = p.side, p.inst, px, px, qty, qty, a != Cross
	e.link(p, c, i)
	e.fx.NewOrders++
	e.stats.Children++
	return true
}

// sendReplace moves a resting child to another price; its quantity stays, so
// leaves, and with them every sum, stay too.
func (e *Engine) sendReplace(p *parent, v *View, i int32, px market.Price, cause Cause) bool {
	c := &e.children.slab[i]
	d := e.decision(p, v, Reprice, cause)
	if d == nil {
		return false
	}
	d.Qty, d.Price, d.OrigChild = c.qty, px, uint64(c.id)
	id := e.children.nextID()
	if id == 0 {
		e.event(EvTableFull, 1, 0, 0)
		return true
	}
	o := risk.Order{Kind: risk.KindReplace, Child: uint64(id), OrigChild: uint64(c.id), Parent: uint32(p.id), Instrument: p.inst, Side: p.side, Qty: c.qty, Price: px}
	if !e.check(p, d, &o) {
		return true
	}
	dst, seq, ok := e.sess.Reserve(e.now)
	if !ok {
		e.stats.Held++
		return true
	}
	e.gate.Sent(e.now, &o)
	e.sess.Commit(e.now, e.enc.AppendReplace(dst, seq, e.now, &venue.Replace{
		Child: id, Orig: c.id, VenueOrderID: c.venueRef, Symbol: e.cfg.Instruments[p.inst].Symbol,
		Side: c.side, Qty: c.qty, Price: px, TIF: venue.Day, PostOnly: e.cfg.PostOnly,
	}))
	d.Child = uint64(id)
	e.children.alias(id, i)
	c.replID, c.replPrice, c.replQty, c.askRepl = id, px, c.qty, false
	e.sentAs(seq, id)
	c.since, c.state = e.now, childPendingReplace
	e.fx.NewOrders++
	e.stats.Replaces++
	return true
}

// sendCancel takes one child back. Nothing but the message-rate reserve of the
// gate can stop a cancel.
func (e *Engine) sendCancel(p *parent, i int32) bool {
	c := &e.children.slab[i]
	d := e.decision(p, nil, CancelChild, ByTimer)
	if d == nil {
		return false
	}
	id := e.children.nextID()
	if id == 0 {
		return false
	}
	d.OrigChild, d.Qty, d.Price = uint64(c.id), c.leaves(), c.price
	o := risk.Order{Kind: risk.KindCancel, Child: uint64(id), OrigChild: uint64(c.id), Parent: uint32(p.id), Instrument: c.inst, Side: c.side}
	if !e.check(p, d, &o) {
		return true
	}
	dst, seq, ok := e.sess.Reserve(e.now)
	if !ok {
		e.stats.Held++
		return false
	}
	e.gate.Sent(e.now, &o)
	e.sess.Commit(e.now, e.enc.AppendCancel(dst, seq, e.now, &venue.Cancel{
		Child: id, Orig: c.id, VenueOrderID: c.venueRef, Symbol: e.cfg.Instruments[c.inst].Symbol, Side: c.side, Qty: c.qty,
	}))
	d.Child = uint64(id)
	e.children.alias(id, i)
	e.sentAs(seq, id)
	c.cxlID, c.since = id, e.now
	if c.state != childClosed { // one that came back to life is no longer followed
		c.state = childPendingCancel
	}
	e.stats.Cancels++
	return true
}

// link puts a new child at the head of its parent's list.
func (e *Engine) link(p *parent, c *child, i int32) {
	c.parent, c.prev, c.next = int32(p.id-1), -1, p.children
	if p.children >= 0 {
		e.children.slab[p.children].prev = i
	}
	p.children = i
	p.nOpen++
	p.open += c.leaves()
}

// closeChild ends a child. Its slot stays readable until it is needed.
func (e *Engine) closeChild(i int32) {
	c := &e.children.slab[i]
	if c.state == childClosed || c.state == childFree {
		return
	}
	p := &e.parents[c.parent]
	if c.prev >= 0 {
		e.children.slab[c.prev].next = c.next
	} else {
		p.children = c.next
	}
	if c.next >= 0 {
		e.children.slab[c.next].prev = c.prev
	}
	p.nOpen--
	p.open -= c.leaves()
	if c.ask {
		c.ask = false
		e.unsure--
	}
	e.gate.Closed(uint64(c.id))
	c.state = childClosed
	e.children.release(i)
}
