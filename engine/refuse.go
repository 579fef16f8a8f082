package engine

import (
	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
)

// What the venue refuses: by 9, j or a session Reject(3).

// sentMessage is which request a MsgSeqNum of ours carried, for RefSeqNum(45) of a Reject.
type sentMessage struct {
	seq uint64
	id  venue.ChildID
}

// sentMax is how many of our last messages a Reject can be joined with; power of two.
const sentMax = 4096

// sentAs notes the request that went out with seq.
func (e *Engine) sentAs(seq uint64, id venue.ChildID) {
	e.sentLog[seq%sentMax] = sentMessage{seq, id}
}

// CxlRejReason(102) that say something about the order itself.
const (
	cxlTooLate   = 0
	cxlUnknown   = 1
	cxlPending   = 3
	cxlDuplicate = 6
)

// onCancelReject takes OrderCancelReject(9). A venue that knows only the order by its
// name refuses what is pending for it.
func (e *Engine) onCancelReject(m *wire.Message) {
	var r venue.CancelReject
	f := venue.DecodeCancelReject(m, &r)
	id := r.ChildID
	i := e.children.find(id)
	if i < 0 {
		if i = e.children.find(r.OrigChildID); i >= 0 {
			id = e.children.slab[i].request(r.ResponseTo)
		}
	}
	if f != wire.FaultNone || i < 0 {
		e.strayRefused(r.ChildID, r.OrdStatus)
		e.event(EvChildUnknown, int64(r.ChildID), int64(f), seqOf(m))
		return
	}
	c := &e.children.slab[i]
	e.event(EvCancelRejected, int64(c.id), int64(r.CxlRejReason), int64(r.OrdStatus))
	status := r.OrdStatus
	switch r.CxlRejReason {
	case cxlTooLate:
		if !status.Terminal() && r.HasReason {
			status = 0 // finished, and still open by its status: ask
		}
	case cxlUnknown, cxlPending, cxlDuplicate:
		if status != fix.StatusFilled {
			status = 0
		}
	}
	e.onRequestRefused(id, status)
}

// request is the pending request of the kind that CxlRejResponseTo(434) names.
func (c *child) request(responseTo byte) venue.ChildID {
	if responseTo == '2' || responseTo == 0 && c.state == childPendingReplace {
		return c.replID
	}
	return c.cxlID
}

// onBusinessReject takes BusinessMessageReject(j). That of a status request changes
// nothing: it is sent again after AckTimeoutNanos.
func (e *Engine) onBusinessReject(m *wire.Message) {
	var r venue.BusinessReject
	if f := venue.DecodeBusinessReject(m, &r); f != wire.FaultNone {
		return
	}
	e.event(EvVenueReject, int64(r.RefSeqNum), int64(r.Reason), int64(r.ChildID))
	switch {
	case r.RefMsgType == 'H':
	case r.Known:
		e.onRequestRefused(r.ChildID, 0)
	default:
		if id := e.sentWith(r.RefSeqNum); id != 0 {
			e.onRequestRefused(id, 0)
		}
	}
}

// sentWith is the request that our message seq carried; 0 = none, or too long ago.
func (e *Engine) sentWith(seq uint64) venue.ChildID {
	if s := e.sentLog[seq%sentMax]; s.seq == seq {
		return s.id
	}
	return 0
}

// onSessionReject: Reject(3) names our message by its MsgSeqNum; that request failed, and
// its order is as it was.
func (e *Engine) onSessionReject(seq uint64, reason uint16) {
	id := e.sentWith(seq)
	e.event(EvVenueReject, int64(seq), int64(reason), int64(id))
	if id != 0 {
		e.onRequestRefused(id, fix.StatusNew)
	}
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
		before := c.leaves()
		c.replID, c.replQty, c.askRepl = 0, 0, false
		p.open += c.leaves() - before
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
