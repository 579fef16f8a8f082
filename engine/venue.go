package engine

import (
	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
	"slipstream/risk"
)

// onVenueBytes runs the session over the bytes and handles each message of the
// application in sequence.
func (e *Engine) onVenueBytes(b []byte) {
	for len(b) > 0 {
		n := min(len(b), e.chunk)
		e.sess.Receive(e.now, b[:n])
		for {
			m, ok := e.sess.Next(e.now)
			if !ok {
				break
			}
			e.onVenueMessage(m)
		}
		b = b[n:]
	}
}

func (e *Engine) onVenueMessage(m *wire.Message) {
	switch m.Type1() {
	case '8':
		if f := venue.DecodeExecReport(m, &e.er); f != wire.FaultNone {
			e.event(EvChildUnknown, 0, int64(f), seqOf(m))
			e.setPosture(PostureUnknown, true) // it may have been a fill
			return
		}
		e.onExecReport(&e.er)
	case '9':
		var r venue.CancelReject
		if f := venue.DecodeCancelReject(m, &r); f == wire.FaultNone && r.Known {
			e.onRequestRefused(r.ChildID, r.OrdStatus)
			return
		}
		e.event(EvChildUnknown, 0, 0, seqOf(m))
	case '3':
		var r venue.Reject
		if f := venue.DecodeReject(m, &r); f == wire.FaultNone {
			e.onSessionReject(r.RefSeqNum)
		}
	case 'j':
		var r venue.BusinessReject
		if f := venue.DecodeBusinessReject(m, &r); f != wire.FaultNone {
			return
		}
		if r.RefMsgType == 'H' {
			return // a status request: it is sent again after AckTimeoutNanos
		}
		if r.Known {
			e.onRequestRefused(r.ChildID, 0)
		} else if r.RefSeqNum != 0 {
			e.onSessionReject(r.RefSeqNum)
		}
	}
}

// onExecReport applies one ExecutionReport. CumQty(14) is the venue's own count,
// so a fill is the rise of CumQty: a repeated report raises nothing, and a report
// that was lost shows as a larger rise.
func (e *Engine) onExecReport(r *venue.ExecReport) {
	i := int32(-1)
	if r.Known {
		i = e.children.find(r.ChildID)
		if i < 0 && r.OrigChildID != 0 {
			i = e.children.find(r.OrigChildID)
		}
	}
	if i < 0 {
		e.onUnknownReport(r)
		return
	}
	c := &e.children.slab[i]
	p := &e.parents[c.parent]
	fresh := e.isFresh(r)
	if r.OrderQty > c.qty && c.state != childClosed {
		e.grown(p, c, r.OrderQty)
	}
	if r.CumQty > c.cum {
		e.fill(p, c, r)
	} else if r.ExecType == fix.ExecTrade || !fresh {
		e.stats.DuplicateReports++
		e.event(EvFillDuplicate, int64(c.id), int64(r.ExecIDHash), 0)
	}
	if r.ExecType == fix.ExecTrade && r.CumQty < r.LastQty {
		e.event(EvFillUnknown, int64(r.LastQty), int64(r.LastPx), int64(c.id))
		e.setPosture(PostureUnknown, true) // its CumQty is missing or wrong
	}
	if r.ExecType == fix.ExecBust || r.ExecType == fix.ExecCorrect {
		e.event(EvFillUnknown, int64(r.LastQty), int64(r.LastPx), int64(c.id))
		e.setPosture(PostureUnknown, true) // accounts no longer agree: a person must look
	}
	e.childState(p, c, i, r, fresh)
	if p.phase != done {
		cause := ByVenue
		if r.ExecType == fix.ExecTrade {
			cause = ByFill
		}
		e.drive(p, cause)
	}
}

// isFresh reports whether the report was not seen before, and remembers it.
func (e *Engine) isFresh(r *venue.ExecReport) bool {
	if r.ExecType == fix.ExecStatus || r.ExecIDHash == 0 {
		return true // an answer to our question, or nothing to know it by
	}
	fresh, full := e.execIDs.insert(r.ExecIDHash)
	if full {
		e.event(EvTableFull, 2, 0, 0)
	}
	return fresh
}

// grown: the venue works more than was sent. It counts as open at once, and a
// person must look. Less than was sent stays counted as open until the order ends.
func (e *Engine) grown(p *parent, c *child, qty market.Qty) {
	before := c.leaves()
	c.qty = qty
	p.open += c.leaves() - before
	e.event(EvFillUnknown, int64(qty), 0, int64(c.id))
	e.setPosture(PostureUnknown, true)
}

// childState moves the child on. A report whose OrdStatus is terminal ends it,
// whatever its ExecType.
func (e *Engine) childState(p *parent, c *child, i int32, r *venue.ExecReport, fresh bool) {
	terminal := r.OrdStatus.Terminal()
	switch {
	case c.state == childClosed:
		if c.doubt && fresh && !terminal {
			e.revived(p, c, i)
		}
		return
	case r.ExecType == fix.ExecStatus:
		e.onStatus(p, c, i, r)
		return
	case r.ExecType == fix.ExecRejected && r.ChildID != c.id:
		e.onRequestRefused(r.ChildID, 0) // the request is rejected, not the order
		return
	}
	if fresh && !terminal && r.VenueOrderID != 0 && (r.ChildID == c.id || r.ChildID == c.replID) {
		c.venueRef = r.VenueOrderID
	}
	if r.ExecType == fix.ExecReplaced && r.ChildID == c.replID {
		e.replaced(p, c)
	}
	switch {
	case terminal:
		if r.OrdStatus == fix.StatusRejected && r.ExecType == fix.ExecRejected {
			e.stats.Rejects++
			p.rejects = min(p.rejects+1, 10)
			e.event(EvChildReject, int64(c.id), int64(r.OrdRejReason), int64(p.id))
		}
		e.closeChild(i)
	case r.ExecType == fix.ExecNew && c.state == childPendingNew:
		c.state = childLive
		p.rejects = 0
	case c.state == childPendingNew && r.ExecType == fix.ExecTrade:
		c.state = childLive
	}
}

// replaced: the order has its new name and price.
func (e *Engine) replaced(p *parent, c *child) {
	e.gate.Replaced(uint64(c.id), uint64(c.replID))
	c.oldID, c.id, c.replID, c.askRepl = c.id, c.replID, 0, false
	c.price = c.replPrice
	if c.state == childPendingReplace {
		c.state = childLive
		p.rejects = 0
	}
}

// revived: the venue reports as open what it had called unknown. It is at the venue
// and no longer counted: nothing new may leave, and it is canceled.
func (e *Engine) revived(p *parent, c *child, i int32) {
	c.doubt = false
	e.stats.UnknownReports++
	e.event(EvChildUnknown, int64(c.id), int64(p.id), 0)
	e.setPosture(PostureUnknown, true)
	e.sendCancel(p, i)
}

// fill books the rise of CumQty on child, parent and gate, and reports it.
func (e *Engine) fill(p *parent, c *child, r *venue.ExecReport) {
	qty, px := r.CumQty-c.cum, r.LastPx
	if r.ExecType != fix.ExecTrade || r.LastQty != qty {
		// Reports were missed: the price is what the venue's AvgPx says of the rest.
		px = c.withinLimit(impliedPrice(c, r, qty), e.cfg.Instruments[c.inst].Tick)
		e.stats.ImpliedFills++
	}
	if px <= 0 { // the venue does not say: the order's own price is nearest
		px = c.price
	}
	before := c.leaves()
	c.cum += qty
	c.nominal.addProduct(px, qty)
	if c.state != childClosed {
		p.open -= before - c.leaves()
	}
	p.cum += qty
	p.nominal.addProduct(px, qty)
	if !e.gate.Filled(uint64(c.id), qty, px) {
		e.gate.FilledUnknown(c.inst, c.side, qty)
	}
	if e.gate.Halted() != risk.NotHalted {
		e.setPosture(PostureUnknown, true)
	}
	e.stats.Fills++
	e.stats.FilledQty += qty
	e.stats.Overfill += max(0, p.cum-max(p.terms.qty, p.cum-qty))
	e.reportFill(p, qty, px, r.LastLiq)
}

// withinLimit moves an implied price that lies beyond the order's by less than a tick
// to it: AvgPx(6) is rounded, and the difference of two means magnifies that.
func (c *child) withinLimit(px, tick market.Price) market.Price {
	worst := c.price
	if c.replID != 0 {
		worst = worse(c.side, worst, c.replPrice)
	}
	beyond := (px - worst) * market.Price(c.side.Sign())
	if beyond > 0 && beyond < tick {
		return worst
	}
	return px
}

// impliedPrice is the mean price of qty unseen shares, from AvgPx(6) before and now.
func impliedPrice(c *child, r *venue.ExecReport, qty market.Qty) market.Price {
	var total uint128
	total.addProduct(r.AvgPx, r.CumQty)
	if total.hi < c.nominal.hi || (total.hi == c.nominal.hi && total.lo < c.nominal.lo) {
		return r.AvgPx
	}
	rest := uint128{total.hi - c.nominal.hi, total.lo - c.nominal.lo}
	if total.lo < c.nominal.lo {
		rest.hi--
	}
	return rest.over(qty)
}

// onUnknownReport: a report for an order that is not ours to know. A fill in it
// is counted as a position first, then everything stops (fix.md 4.4).
func (e *Engine) onUnknownReport(r *venue.ExecReport) {
	e.stats.UnknownReports++
	e.event(EvChildUnknown, int64(r.ChildID), int64(r.ExecType), int64(r.OrdStatus))
	if r.LastQty <= 0 || r.ExecType != fix.ExecTrade {
		return
	}
	if fresh, _ := e.execIDs.insert(r.ExecIDHash); !fresh {
		return
	}
	for k := range e.cfg.Instruments {
		if e.cfg.Instruments[k].Symbol == r.Symbol {
			e.gate.FilledUnknown(market.InstrumentID(k), r.Side, r.LastQty)
		}
	}
	e.event(EvFillUnknown, int64(r.LastQty), int64(r.LastPx), 0)
	e.setPosture(PostureUnknown, true)
}

// onRequestRefused: the venue refused the request named id. If it calls the order
// terminal and we have not been told how it ended, we ask. A request that was
// answered already, or that no longer matters, changes nothing.
func (e *Engine) onRequestRefused(id venue.ChildID, status fix.OrdStatus) {
	i := e.children.find(id)
	if i < 0 || e.children.slab[i].state == childClosed {
		return
	}
	c := &e.children.slab[i]
	p := &e.parents[c.parent]
	switch {
	case id == c.replID:
		e.gate.ReplaceRejected(uint64(c.id), uint64(id))
		c.replID, c.askRepl = 0, false
		if c.state == childPendingReplace {
			c.state = childLive
		}
	case id == c.cxlID && c.state == childPendingCancel:
		c.state = childLive
	case id == c.id && c.state == childPendingNew:
		e.stats.Rejects++
		p.rejects = min(p.rejects+1, 10)
		e.event(EvChildReject, int64(c.id), 0, int64(p.id))
		c.doubt = true
		e.closeChild(i)
		e.drive(p, ByVenue)
		return
	default:
		return
	}
	p.rejects = min(p.rejects+1, 10)
	c.retryAt = e.now + e.ruleOf(p).MinSpacingNanos<<min(p.rejects, 6)
	switch {
	case status == fix.StatusFilled && c.leaves() == 0:
		e.closeChild(i) // all of it was reported: the refusal tells the rest
	case status != fix.StatusNew && status != fix.StatusPartiallyFilled:
		e.needStatus(c)
	}
	e.drive(p, ByVenue)
}

// onSessionReject: Reject(3) names our message by its MsgSeqNum; that request failed.
func (e *Engine) onSessionReject(seq uint64) {
	for _, k := range e.active {
		for i := e.parents[k].children; i >= 0; i = e.children.slab[i].next {
			c := &e.children.slab[i]
			if c.seq != seq {
				continue
			}
			switch c.state {
			case childPendingNew:
				e.onRequestRefused(c.id, fix.StatusNew)
			case childPendingReplace:
				e.onRequestRefused(c.replID, fix.StatusNew)
			case childPendingCancel:
				e.onRequestRefused(c.cxlID, fix.StatusNew)
			}
			return
		}
	}
}

func seqOf(m *wire.Message) int64 {
	seq, _ := m.MsgSeqNum()
	return int64(seq)
}
