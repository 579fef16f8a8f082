package engine

import (
	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/internal/market"
	"slipstream/risk"
)

// resize gives an open order another quantity, filled shares included.
func (e *Engine) resize(p *parent, c *child, qty market.Qty) {
	before := c.leaves()
	c.qty = qty
	p.open += c.leaves() - before
}

// grown: the venue works more than was sent. It counts as open at once, and a
// person must look.
func (e *Engine) grown(p *parent, c *child, qty market.Qty) {
	c.sent = qty
	e.resize(p, c, qty)
	e.suspect(qty, 0, c)
}

// restate takes over what a restatement (150=D), bust or correction says the order is
// now: another quantity up to what was sent, another price. A decrease in any other report
// is not believed: it counts as open until the order ends.
func (e *Engine) restate(p *parent, c *child, i int32, r *venue.ExecReport) {
	if c.state == childClosed || r.OrdStatus.Terminal() {
		return
	}
	qty, px := c.qty, c.price
	switch {
	case r.HasLeavesQty && r.HasCumQty:
		qty = r.CumQty + r.LeavesQty
	case r.OrderQty > 0:
		qty = r.OrderQty
	}
	if qty = max(min(qty, c.sent), c.cum); qty != c.qty {
		e.resize(p, c, qty)
		e.gate.Restated(uint64(c.id), qty)
	}
	if r.ExecType == fix.ExecRestated && r.Price > 0 && r.ChildID != c.replID {
		px = r.Price
	}
	if r.ExecType == fix.ExecRestated || qty != c.qty {
		e.event(EvChildRestated, int64(c.id), int64(c.qty), int64(r.Restatement))
	}
	if px == c.price {
		return
	}
	c.price = px // the gate keeps what was sent: a fill beyond that halts it
	if limit := p.terms.limit; limit != 0 && worse(c.side, px, limit) != limit {
		e.sendCancel(p, i)
	}
}

// reopened: an order that had ended works again, for the venue took back a trade of it.
// It counts as open, and is taken back: its parent decides anew. Of a parent that has
// ended, or when its name is taken, nobody can answer for it: a person must look.
func (e *Engine) reopened(p *parent, c *child, i int32, leaves market.Qty) {
	e.event(EvChildReopened, int64(c.id), int64(leaves), 0)
	if _, _, known := e.gate.Parent(uint32(p.id)); !known || p.phase == done || e.children.find(c.id) != i {
		e.suspect(leaves, 0, c)
		e.sendCancel(p, i)
		return
	}
	e.children.retake(i)
	c.state, c.stray, c.doubt, c.replID = childLive, true, false, 0
	c.qty, c.sent = c.cum+leaves, c.cum+leaves
	e.gate.Reopened(&risk.Order{
		Child: uint64(c.id), Parent: uint32(p.id), Instrument: c.inst, Side: c.side, Qty: c.qty, Price: c.limit,
	}, c.cum)
	e.link(p, c, i)
	if e.gate.Halted() != risk.NotHalted || p.phase == working && p.cum+p.open > p.terms.qty {
		e.suspect(leaves, 0, c)
	}
	e.sendCancel(p, i)
}
