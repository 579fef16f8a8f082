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
	if base := venue.ChildIDBase(e.sess.Epoch()); r.ChildID > base && r.ChildID <= e.children.last {
		return // of this run: it has ended, and is remembered no more
	}
	var s *stray
	for i := range e.strays {
		switch at := &e.strays[i]; {
		case at.id == r.ChildID || r.OrigChildID != 0 && at.id == r.OrigChildID:
			s = at
		case s == nil && at.id == 0:
			s = at
		}
	}
	switch {
	case s == nil:
		e.event(EvTableFull, straysFullAt, 0, 0)
		return
	case r.OrdStatus.Terminal():
		*s = stray{}
		return
	case s.id == 0:
		*s = stray{id: r.ChildID, at: e.now}
		e.setPosture(PostureUnknown, true)
	}
	s.id, s.ref, s.sym, s.side = r.ChildID, r.VenueOrderID, r.Symbol, r.Side
	e.cancelStray(s)
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
	if e.now < s.at || s.tries >= strayTries || (s.side != market.Buy && s.side != market.Sell) {
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
