package engine

import (
	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/internal/market"
	"slipstream/risk"
)

// A stray is an open order at the venue whose ClOrdID is ours and that this run does not
// know: it was sent by a run whose journal has lost its end with the host's power, or was
// not taken over. Nobody works it, so it is canceled, and new orders wait for a person.

// stray is what is done about one of them.
type stray struct {
	id    venue.ChildID // its ClOrdID; 0 = none
	cxlID venue.ChildID // the last cancel request; 0 = none could be sent yet
	ref   uint64        // OrderID(37); 0 = not told
	sym   market.Symbol
	side  market.Side
	at    market.Nanos // the next cancel not before
	tries uint8
}

const (
	straysMax    = 64 // followed at once
	strayTries   = 20 // cancels for one of them
	straysFullAt = 3  // which table, in EvTableFull
)

// onStray looks at a report of an unknown order.
func (e *Engine) onStray(r *venue.ExecReport) {
	if !r.Known || r.ExecType == fix.ExecRejected || r.ExecType == fix.ExecStatus && r.OrdStatus == fix.StatusRejected {
		return // a request was refused, or a name is unknown: no order
	}
	s := e.strayOf(r)
	switch {
	case s != nil && r.OrdStatus.Terminal():
		*s = stray{}
		return
	case s == nil && (r.OrdStatus.Terminal() || e.ownName(r.ChildID)):
		return // of this run: it has ended, and is remembered no more
	case s == nil:
		for i := range e.strays {
			if e.strays[i].id == 0 {
				s = &e.strays[i]
				break
			}
		}
		if s == nil {
			e.event(EvTableFull, straysFullAt, 0, 0)
			return
		}
		*s = stray{id: r.ChildID, at: e.now}
		e.setPosture(PostureUnknown, true)
	}
	if !e.ownName(r.ChildID) { // or it is that of our cancel
		s.id = r.ChildID
	}
	s.ref, s.sym, s.side = r.VenueOrderID, r.Symbol, r.Side
	e.cancelStray(s)
}

// strayOf is the stray that a report is about; nil = none that is followed.
func (e *Engine) strayOf(r *venue.ExecReport) *stray {
	for i := range e.strays {
		if s := &e.strays[i]; s.id != 0 && (s.id == r.ChildID || s.id == r.OrigChildID || s.cxlID == r.ChildID) {
			return s
		}
	}
	return nil
}

// ownName reports whether this run has given the name.
func (e *Engine) ownName(id venue.ChildID) bool {
	return id > venue.ChildIDBase(e.sess.Epoch()) && id <= e.children.last
}

// adoptReplace: the venue has replaced an order of ours that we know by a request that we do
// not: it was sent in the part of the journal that is lost. The order has that name, quantity
// and price now, or its fills would count as a stranger's, and again as its own.
func (e *Engine) adoptReplace(p *parent, c *child, i int32, r *venue.ExecReport) {
	slot := &e.children.name[uint64(r.ChildID)&e.children.mask]
	if e.ownName(r.ChildID) || c.state == childClosed || c.replID != 0 || slot.id != 0 && e.children.isOpen(slot) {
		return
	}
	qty, px := r.OrderQty, r.Price
	if qty <= 0 {
		qty = c.qty
	}
	if px <= 0 {
		px = c.price
	}
	e.gate.Sent(e.now, &risk.Order{
		Kind: risk.KindReplace, Child: uint64(r.ChildID), OrigChild: uint64(c.id), Parent: uint32(p.id), Instrument: c.inst, Side: c.side, Qty: qty, Price: px,
	})
	e.children.alias(r.ChildID, i)
	before := c.leaves()
	c.replID, c.replPrice, c.replQty = r.ChildID, px, qty
	p.open += c.leaves() - before
	e.event(EvChildUnknown, int64(r.ChildID), int64(r.ExecType), int64(r.OrdStatus))
	e.setPosture(PostureUnknown, true)
}

// cancelStrays goes on with those that are not known to have ended.
func (e *Engine) cancelStrays() {
	for i := range e.strays {
		if s := &e.strays[i]; s.id != 0 {
			e.cancelStray(s)
		}
	}
}

func (e *Engine) cancelStray(s *stray) {
	if e.now < s.at || s.tries >= strayTries || !e.sess.CaughtUp() || (s.side != market.Buy && s.side != market.Sell) {
		return
	}
	id := e.children.nextID()
	o := risk.Order{Kind: risk.KindCancel, Child: uint64(id), OrigChild: uint64(s.id), Side: s.side}
	if id == 0 || e.gate.Check(e.now, &o, nil) != 0 {
		return
	}
	dst, seq, ok := e.sess.Reserve(e.now)
	if !ok {
		return
	}
	e.gate.Sent(e.now, &o)
	e.sess.Commit(e.now, e.enc.AppendCancel(dst, seq, e.now, &venue.Cancel{
		Child: id, Orig: s.id, VenueOrderID: s.ref, Symbol: s.sym, Side: s.side,
	}))
	s.cxlID, s.at = id, e.now+e.cfg.AckTimeoutNanos
	s.tries++
	e.stats.Cancels++
	e.event(EvStray, int64(s.id), int64(id), 0)
}

// strayRefused: the venue refused the cancel named id; it says whether the order has ended.
func (e *Engine) strayRefused(id venue.ChildID, status fix.OrdStatus) {
	for i := range e.strays {
		if s := &e.strays[i]; s.id != 0 && s.cxlID == id && status.Terminal() {
			*s = stray{}
		}
	}
}
