package engine

import (
	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/internal/market"
	"slipstream/risk"
)

// What trades do to child, parent and gate. Each fill is kept (fills.go), so that what
// the venue takes back later is taken back exactly, once, from whoever it was booked to.

// fill books the rise of CumQty. If the report is a trade of less than that, reports were
// missed: the rest is a fill of its own, implied, at the price that AvgPx(6) leaves it.
func (e *Engine) fill(p *parent, c *child, i int32, r *venue.ExecReport) {
	rise := r.CumQty - c.cum
	told := market.Qty(0)
	if r.ExecType == fix.ExecTrade && r.LastQty > 0 && r.LastQty <= rise && r.LastPx > 0 {
		told = r.LastQty
	}
	if missed := rise - told; missed > 0 {
		e.stats.ImpliedFills++
		px := e.impliedPrice(c, r, missed, told)
		k := e.book(p, c, i, missed, px, 0, true)
		if told == 0 && r.ExecType == fix.ExecTrade {
			e.execIDs.name(r.ExecIDHash, k) // a part of this trade was told before
			if k != noFill {
				e.execIDs.fills[k].traded = r.LastQty
			}
		}
	}
	if told > 0 {
		k := e.book(p, c, i, told, r.LastPx, r.LastLiq, false)
		e.execIDs.name(r.ExecIDHash, k)
	}
}

// book counts one fill on child, parent and gate, keeps it, and reports it.
func (e *Engine) book(p *parent, c *child, i int32, qty market.Qty, px market.Price, liq byte, implied bool) int32 {
	before := c.leaves()
	c.cum += qty
	c.top = max(c.top, c.cum)
	c.nominal.addProduct(px, qty)
	p.cum += qty
	p.nominal.addProduct(px, qty)
	open := c.state != childClosed
	if open {
		p.open += c.leaves() - before
	} else if c.doubt { // the venue had said that it never had this order
		e.suspect(qty, px, c)
	}
	e.position(p, c.id, open, c.inst, c.side, qty, px)
	e.stats.Fills++
	e.stats.FilledQty += qty
	if over := max(0, p.cum-max(p.terms.qty, p.cum-qty)); over > 0 {
		e.stats.Overfill += over
		e.suspect(qty, px, c)
	}
	k := e.execIDs.add(fill{
		first: c.first, child: i, parent: int32(p.id - 1), older: c.fills, inst: c.inst, side: c.side,
		implied: implied, traded: qty, qty: qty, px: px,
	})
	serial := e.reportFill(p, qty, px, liq)
	if k != noFill {
		e.execIDs.fills[k].serial = serial
		c.fills = k
	}
	return k
}

// position tells the gate of qty shares of a child that is open, or has ended; a gate that
// halts over it stops new orders.
func (e *Engine) position(p *parent, id venue.ChildID, open bool, inst market.InstrumentID, side market.Side, qty market.Qty, px market.Price) {
	switch {
	case qty == 0:
	case !open:
		e.gate.FilledClosed(uint32(p.id), inst, side, qty)
	case !e.gate.Filled(uint64(id), qty, px):
		e.gate.FilledUnknown(inst, side, qty)
	}
	if e.gate.Halted() != risk.NotHalted {
		e.setPosture(PostureUnknown, true)
	}
}

// suspect stops new orders until a person has looked.
func (e *Engine) suspect(qty market.Qty, px market.Price, c *child) {
	id := int64(0)
	if c != nil {
		id = int64(c.id)
	}
	e.event(EvFillUnknown, int64(qty), int64(px), id)
	e.setPosture(PostureUnknown, true)
}

// impliedPrice is the mean price of qty shares that no report told, from AvgPx(6) before
// and now; told shares of the report at hand have their own price. Where the venue does
// not say, the order's own price is nearest.
func (e *Engine) impliedPrice(c *child, r *venue.ExecReport, qty, told market.Qty) market.Price {
	var total uint128
	total.addProduct(r.AvgPx, r.CumQty)
	known := c.nominal
	known.addProduct(r.LastPx, told)
	px := r.AvgPx
	if !total.less(known) {
		rest := total.minus(known)
		px = rest.over(qty)
	}
	if px = c.withinLimit(px, e.cfg.Instruments[c.inst].Tick); px <= 0 {
		return c.price
	}
	return px
}

// withinLimit moves an implied price that lies beyond the order's by less than a tick
// to it: AvgPx(6) is rounded, and the difference of two means magnifies that.
func (c *child) withinLimit(px, tick market.Price) market.Price {
	worst := c.limit
	if c.replID != 0 {
		worst = worse(c.side, worst, c.replPrice)
	}
	beyond := (px - worst) * market.Price(c.side.Sign())
	if beyond > 0 && beyond < tick {
		return worst
	}
	return px
}

// onTradeChange takes a bust (150=H) or a correction (G). ExecRefID(19) names the trade;
// what CumQty(14) says besides is taken as of any report.
func (e *Engine) onTradeChange(r *venue.ExecReport, fresh bool) {
	i := e.childOf(r)
	if !fresh {
		e.stats.DuplicateReports++
		e.event(EvFillDuplicate, int64(r.ChildID), int64(r.ExecIDHash), 0)
		return
	}
	k := e.execIDs.find(r.ExecRefHash)
	if k >= 0 && i >= 0 && !e.isOf(k, i) {
		k = noFill // the trade is of another order than the report
	}
	switch {
	case k >= 0 && r.ExecType == fix.ExecCorrect:
		e.correct(k, r)
	case k >= 0:
		e.bust(k, r)
	default:
		e.unmatched(i, r)
	}
	if i < 0 {
		return
	}
	c := &e.children.slab[i]
	p := &e.parents[c.parent]
	if r.HasCumQty && r.CumQty > c.cum {
		e.fill(p, c, i, r)
	} else if r.HasCumQty && r.CumQty < c.cum { // another change was missed
		if c.state != childClosed {
			e.inDoubt(c)
		} else { // of an order that has ended nobody can ask
			e.suspect(c.cum-r.CumQty, 0, c)
		}
	}
	e.restate(p, c, i, r)
	if c.state == childClosed && !r.OrdStatus.Terminal() && r.LeavesQty > 0 {
		e.reopened(p, c, i, r.LeavesQty)
	} else {
		e.childState(p, c, i, r, fresh)
	}
	if p.phase != done {
		e.drive(p, ByVenue)
	}
}

// isOf reports whether the fill k is one of the child in slot i.
func (e *Engine) isOf(k, i int32) bool {
	f := &e.execIDs.fills[k]
	return f.child == i && f.first == e.children.slab[i].first
}

// bust takes a trade back. A part of it may have been told as an implied fill.
func (e *Engine) bust(k int32, r *venue.ExecReport) {
	f := &e.execIDs.fills[k]
	qty, booked := f.traded, f.qty
	f.traded = 0
	if booked > 0 {
		e.unbook(k, min(qty, booked))
	}
	if rest := qty - booked; rest > 0 && f.parent >= 0 {
		e.unbookOf(f.child, f.first, rest, true)
	}
}

// unmatched is a bust or correction of a trade that no report told. What CumQty(14) says is
// gone comes off the child's implied fills, of which it must have been one; nothing, if the
// trade was never counted. Otherwise the newest fills go, so that the sums agree, and a
// person must look.
func (e *Engine) unmatched(i int32, r *venue.ExecReport) {
	if i < 0 {
		e.stats.UnknownReports++
		e.suspect(r.LastQty, r.LastPx, nil)
		return
	}
	c, gone := &e.children.slab[i], r.LastQty
	if r.HasCumQty {
		gone = c.cum - r.CumQty
	}
	bust := r.ExecType == fix.ExecBust
	if bust && gone <= 0 && r.HasCumQty {
		return
	}
	held := market.Qty(0)
	for k := c.fills; k != noFill; k = e.execIDs.fills[k].older {
		if f := &e.execIDs.fills[k]; f.implied {
			held += f.qty
		}
	}
	if !bust || gone <= 0 || held < gone {
		e.suspect(r.LastQty, r.LastPx, c)
		held = 0
	}
	if gone > 0 && (r.HasCumQty || held > 0) {
		e.unbookOf(i, c.first, gone, held > 0)
	}
}

// unbookOf takes qty back from the child's fills, the newest first; of the implied ones
// only, if so wanted.
func (e *Engine) unbookOf(i int32, first venue.ChildID, qty market.Qty, implied bool) {
	c := &e.children.slab[i]
	if c.first != first {
		return
	}
	for k := c.fills; k != noFill && qty > 0; k = e.execIDs.fills[k].older {
		f := &e.execIDs.fills[k]
		if n := min(qty, f.qty); n > 0 && (f.implied || !implied) {
			f.traded = max(0, f.traded-n)
			e.unbook(k, n)
			qty -= n
		}
	}
}

// unbook takes qty shares of a fill back: from child, parent and gate. The desk hears of
// a bust, or, when a part is left, of a correction to that.
func (e *Engine) unbook(k int32, qty market.Qty) {
	f := &e.execIDs.fills[k]
	px := f.px
	f.qty -= qty
	if f.parent < 0 { // of no order of ours: a position only
		e.gate.Busted(0, 0, f.inst, f.side, qty)
		return
	}
	e.recount(f, qty, px, 0, 0)
	e.stats.Busts++
	p := &e.parents[f.parent]
	if f.qty > 0 {
		e.reportTradeChange(p, f, fix.ExecCorrect, f.qty, px)
		return
	}
	e.reportTradeChange(p, f, fix.ExecBust, qty, px)
}

// recount takes qty at px off child, parent and gate, and puts newQty at newPx on.
func (e *Engine) recount(f *fill, qty market.Qty, px market.Price, newQty market.Qty, newPx market.Price) {
	c, p := &e.children.slab[f.child], &e.parents[f.parent]
	id, open := f.first, false
	if c.first == f.first {
		id, open = c.id, c.state != childClosed
		before := c.leaves()
		c.cum += newQty - qty
		c.top = max(c.top, c.cum)
		c.nominal.subProduct(px, qty)
		c.nominal.addProduct(newPx, newQty)
		if open {
			p.open += c.leaves() - before
		}
	}
	p.cum += newQty - qty
	p.nominal.subProduct(px, qty)
	p.nominal.addProduct(newPx, newQty)
	if qty > 0 {
		e.gate.Busted(uint64(id), uint32(p.id), f.inst, f.side, qty)
	}
	e.position(p, id, open, f.inst, f.side, newQty, newPx)
	e.stats.FilledQty += newQty - qty
}

// correct gives a trade the quantity and price that it has now. A part of it may have been
// told as an implied fill: what is below that comes off there.
func (e *Engine) correct(k int32, r *venue.ExecReport) {
	f := &e.execIDs.fills[k]
	if f.qty == 0 { // it was taken back: there is nothing to correct
		e.suspect(r.LastQty, r.LastPx, nil)
		return
	}
	e.execIDs.name(r.ExecIDHash, k) // what comes next may name it by the correction
	qty, px := f.qty, f.px
	if r.LastQty > 0 {
		qty += r.LastQty - f.traded
		f.traded = r.LastQty
	}
	if r.LastPx > 0 {
		px = r.LastPx
	}
	e.rebook(f, max(0, qty), px)
	if qty < 0 && f.parent >= 0 {
		e.unbookOf(f.child, f.first, -qty, true)
	}
}

// rebook makes qty at px of what was booked of a trade.
func (e *Engine) rebook(f *fill, qty market.Qty, px market.Price) {
	if qty == f.qty && px == f.px {
		return
	}
	was, wasPx := f.qty, f.px
	f.qty, f.px = qty, px
	if f.parent < 0 {
		e.gate.Busted(0, 0, f.inst, f.side, was)
		if qty > 0 {
			e.gate.FilledClosed(0, f.inst, f.side, qty)
		}
		return
	}
	e.recount(f, was, wasPx, qty, px)
	e.stats.Corrections++
	p := &e.parents[f.parent]
	if p.cum > p.terms.qty && qty > was {
		e.stats.Overfill += min(qty-was, p.cum-p.terms.qty)
		e.suspect(qty, px, nil)
	}
	if qty == 0 {
		e.reportTradeChange(p, f, fix.ExecBust, was, wasPx)
		return
	}
	e.reportTradeChange(p, f, fix.ExecCorrect, qty, px)
}
