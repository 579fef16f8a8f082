package engine

import (
	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
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
	fresh, full := e.execIDs.insert(r.ExecIDHash)
	if full {
		e.event(EvTableFull, 2, 0, 0)
	}
	if r.CumQty > c.cum {
		e.fill(p, c, i, r)
	} else if r.ExecType == fix.ExecTrade || !fresh {
		e.stats.DuplicateReports++
		e.event(EvFillDuplicate, int64(c.id), int64(r.ExecIDHash), 0)
	}
	if r.ExecType == fix.ExecBust || r.ExecType == fix.ExecCorrect {
		e.event(EvFillUnknown, int64(r.LastQty), int64(r.LastPx), int64(c.id))
		e.setPosture(PostureUnknown, true) // accounts no longer agree: a person must look
	}
	e.childState(p, c, i, r)
	if p.phase != done {
		cause := ByVenue
		if r.ExecType == fix.ExecTrade {
			cause = ByFill
		}
		e.drive(p, cause)
	}
}

// childState moves the child on. A report whose OrdStatus is terminal ends it,
// whatever its ExecType.
func (e *Engine) childState(p *parent, c *child, i int32, r *venue.ExecReport) {
	if c.state == childClosed {
		return
	}
	if r.VenueOrderID != 0 && !r.OrdStatus.Terminal() {
		c.venueRef = r.VenueOrderID
	}
	if r.ExecType == fix.ExecReplaced && c.newID != 0 && r.ChildID == c.newID {
		e.gate.Replaced(uint64(c.id), uint64(c.newID))
		c.oldID, c.id, c.newID = c.id, c.newID, 0
		p.open += r.OrderQty - c.qty
		c.price, c.qty, c.state = c.newPrice, r.OrderQty, childLive
	}
	switch {
	case r.OrdStatus.Terminal():
		if r.OrdStatus == fix.StatusRejected && r.ExecType == fix.ExecRejected {
			e.stats.Rejects++
			p.rejects = min(p.rejects+1, 10)
			e.event(EvChildReject, int64(c.id), int64(r.OrdRejReason), int64(p.id))
		}
		e.closeChild(i)
		return
	case r.ExecType == fix.ExecStatus:
		e.confirmed(c)
	case r.ExecType == fix.ExecNew && c.state == childPendingNew:
		c.state = childLive
		p.rejects = 0
	case c.state == childPendingNew && r.ExecType == fix.ExecTrade:
		c.state = childLive
	}
}

// fill books the rise of CumQty on child, parent and gate, and reports it.
func (e *Engine) fill(p *parent, c *child, i int32, r *venue.ExecReport) {
	qty, px := r.CumQty-c.cum, r.LastPx
	if r.ExecType != fix.ExecTrade || r.LastQty != qty {
		// Reports were missed: the price is what the venue's AvgPx says of the rest.
		px = impliedPrice(c, r, qty)
		e.stats.ImpliedFills++
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
		e.setPosture(PostureUnknown, true)
	}
	e.stats.Fills++
	e.stats.FilledQty += qty
	e.stats.Overfill += max(0, p.cum-max(p.terms.qty, p.cum-qty))
	e.reportFill(p, qty, px, r.LastLiq)
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

// onRequestRefused: the venue refused a cancel or a replace. If it calls the
// order terminal we have not been told how it ended, so we ask.
func (e *Engine) onRequestRefused(id venue.ChildID, status fix.OrdStatus) {
	i := e.children.find(id)
	if i < 0 || e.children.slab[i].state == childClosed {
		return
	}
	c := &e.children.slab[i]
	p := &e.parents[c.parent]
	switch c.state {
	case childPendingReplace:
		e.gate.ReplaceRejected(uint64(c.id), uint64(c.newID))
		c.state, c.newID = childLive, 0
	case childPendingCancel:
		c.state, c.newID = childLive, 0
	case childPendingNew:
		e.stats.Rejects++
		p.rejects = min(p.rejects+1, 10)
		e.event(EvChildReject, int64(c.id), 0, int64(p.id))
		e.closeChild(i)
		e.drive(p, ByVenue)
		return
	}
	p.rejects = min(p.rejects+1, 10)
	if status != fix.StatusNew && status != fix.StatusPartiallyFilled {
		e.needStatus(c)
	}
	e.drive(p, ByVenue)
}

// onSessionReject: Reject(3) names our message by its MsgSeqNum; that request failed.
func (e *Engine) onSessionReject(seq uint64) {
	for i := range e.children.slab {
		c := &e.children.slab[i]
		if c.seq == seq && c.pending() {
			id := c.id
			if c.newID != 0 {
				id = c.newID
			}
			e.onRequestRefused(id, fix.StatusNew)
			return
		}
	}
}

func seqOf(m *wire.Message) int64 {
	seq, _ := m.MsgSeqNum()
	return int64(seq)
}
