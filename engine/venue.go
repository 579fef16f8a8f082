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
			e.onBadReport(m, &e.er, f)
			return
		}
		e.onExecReport(&e.er)
	case '9':
		e.onCancelReject(m)
	case '3':
		var r venue.Reject
		if f := venue.DecodeReject(m, &r); f == wire.FaultNone {
			e.onSessionReject(r.RefSeqNum, r.Reason)
		}
	case 'j':
		e.onBusinessReject(m)
	case 'r':
		e.onMassCancelReport(m)
	case 'h':
		e.onTradingSession(m)
	default:
		e.unsupported(m)
	}
}

// onBadReport: an ExecutionReport that cannot be read may have told a fill. If its order
// is open, the venue is asked for the truth; otherwise a person must look.
func (e *Engine) onBadReport(m *wire.Message, r *venue.ExecReport, f wire.Fault) {
	i := e.childOf(r)
	if i >= 0 && e.children.slab[i].state != childClosed {
		c := &e.children.slab[i]
		e.event(EvChildUnknown, int64(c.id), int64(f), seqOf(m))
		e.inDoubt(c)
	} else {
		e.event(EvChildUnknown, 0, int64(f), seqOf(m))
		e.setPosture(PostureUnknown, true)
	}
	reason := uint64(venue.RejectOther)
	if f == wire.FaultMissing {
		reason = venue.RejectMissingField
	}
	e.refuseMessage(m, reason)
}

// childOf is the child that a report is about; -1 = none of ours.
func (e *Engine) childOf(r *venue.ExecReport) int32 {
	if !r.Known {
		return -1
	}
	i := e.children.find(r.ChildID)
	if i < 0 && r.OrigChildID != 0 {
		i = e.children.find(r.OrigChildID)
	}
	return i
}

// onExecReport applies one ExecutionReport. CumQty(14) is the venue's own count,
// so a fill is the rise of CumQty: a repeated report raises nothing, and a report
// that was lost shows as a larger rise. Only a bust or a correction lowers it.
func (e *Engine) onExecReport(r *venue.ExecReport) {
	told := e.execIDs.find(r.ExecIDHash)
	fresh := e.isFresh(r)
	if r.ExecType == fix.ExecBust || r.ExecType == fix.ExecCorrect {
		e.onTradeChange(r, fresh)
		return
	}
	i := e.childOf(r)
	if i < 0 {
		e.onUnknownReport(r, fresh)
		return
	}
	c := &e.children.slab[i]
	p := &e.parents[c.parent]
	if r.ExecType == fix.ExecReplaced && fresh && r.ChildID != c.replID && e.children.find(r.ChildID) < 0 {
		e.adoptReplace(p, c, i, r)
	}
	if r.OrderQty > max(c.sent, c.replQty) && c.state != childClosed {
		e.grown(p, c, r.OrderQty)
	}
	if r.ExecType == fix.ExecRestated && fresh {
		e.restate(p, c, i, r)
	}
	// A trade that was told by this very report before may have been busted since. One that
	// raises CumQty above all that was ever counted is another, whatever its ExecID.
	again := (told == toldBefore || told >= 0 && e.isOf(told, i)) && r.CumQty <= c.top
	switch {
	case r.CumQty > c.cum && !again:
		e.fill(p, c, i, r)
	case r.ExecType == fix.ExecTrade || !fresh:
		e.stats.DuplicateReports++
		e.event(EvFillDuplicate, int64(c.id), int64(r.ExecIDHash), 0)
		if fresh {
			e.execIDs.name(r.ExecIDHash, toldBefore)
		}
	}
	if r.ExecType == fix.ExecTrade && r.CumQty < r.LastQty {
		e.suspect(r.LastQty, r.LastPx, c) // its CumQty is missing or wrong
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
	case c.state == childPendingNew && isAccepted(r.OrdStatus):
		c.state = childLive
		if r.ExecType == fix.ExecNew {
			p.rejects = 0
		}
	}
}

// isAccepted reports whether an order in this state, which is not terminal, was taken by
// the venue: stopped and suspended ones are open, whatever they may do.
func isAccepted(s fix.OrdStatus) bool {
	switch s {
	case fix.StatusNew, fix.StatusPartiallyFilled, fix.StatusStopped, fix.StatusSuspended:
		return true
	}
	return false
}

// replaced: the order has its new name, quantity and price.
func (e *Engine) replaced(p *parent, c *child) {
	e.gate.Replaced(uint64(c.id), uint64(c.replID))
	before := c.leaves()
	c.oldID, c.id, c.replID, c.askRepl = c.id, c.replID, 0, false
	c.price, c.limit = c.replPrice, c.replPrice
	c.qty, c.sent, c.replQty = c.replQty, c.replQty, 0
	p.open += c.leaves() - before
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

// onUnknownReport: a report for an order that is not ours to know. A fill in it
// is counted as a position first, then everything stops (fix.md 4.4).
func (e *Engine) onUnknownReport(r *venue.ExecReport, fresh bool) {
	e.stats.UnknownReports++
	e.event(EvChildUnknown, int64(r.ChildID), int64(r.ExecType), int64(r.OrdStatus))
	e.onStray(r)
	if r.LastQty <= 0 || r.ExecType != fix.ExecTrade || !fresh {
		return
	}
	for k := range e.cfg.Instruments {
		if e.cfg.Instruments[k].Symbol == r.Symbol {
			id := market.InstrumentID(k)
			e.gate.FilledUnknown(id, r.Side, r.LastQty)
			e.execIDs.name(r.ExecIDHash, e.execIDs.add(fill{
				child: -1, parent: -1, older: noFill, inst: id, side: r.Side, traded: r.LastQty, qty: r.LastQty, px: r.LastPx,
			}))
		}
	}
	e.suspect(r.LastQty, r.LastPx, nil)
}

func seqOf(m *wire.Message) int64 {
	seq, _ := m.MsgSeqNum()
	return int64(seq)
}
