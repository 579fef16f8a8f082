package engine

import (
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/internal/market"
	"slipstream/risk"
)

// After every reconnect the venue is asked for the status of each open child, and
// no new order leaves until all have been answered: orders in flight at the cut
// may or may not have arrived, and nothing is inferred (reference fix.md 1.7.12).

// sessionState follows the session after each Step.
func (e *Engine) sessionState() {
	for {
		ev, ok := e.sess.NextEvent()
		if !ok {
			break
		}
		e.event(EvSession, int64(ev.Code), int64(ev.Seq), ev.Arg)
		if e.posture&PostureVenue != 0 {
			continue // its end starts a reconcile
		}
		switch ev.Code {
		case session.EventSequenceReset, session.EventNumbersReset:
			e.startReconcile() // reports may have been skipped
		case session.EventRejectSent:
			e.askAll() // what we could not take may have been a report
		}
	}
	if why, dropped := e.sess.Dropped(); dropped {
		if !e.closing {
			e.closing = true
			e.event(EvSessionDown, int64(why), 0, 0)
		}
		e.fx.CloseVenue = true
	}
	e.stayDown()
	active := e.sess.Active() && e.sess.CaughtUp()
	if active && e.posture&PostureVenue != 0 {
		e.event(EvSessionUp, int64(e.sess.NextOut()), int64(e.sess.NextIn()), 0)
		e.startReconcile()
		e.expectCanceled()
		e.setPosture(PostureVenue, false)
	} else if !active && e.posture&PostureVenue == 0 {
		e.setPosture(PostureVenue, true)
	}
	if active && e.posture&PostureReconcile != 0 {
		e.askStatus()
	}
}

// stayDown keeps the loop from connecting where the session would be dropped at once.
func (e *Engine) stayDown() {
	why, may := e.sess.MayConnect(e.now)
	e.fx.StayDown = !may
	if may || e.linkUp {
		e.toldDown = session.WhyNone
	} else if e.toldDown != why {
		e.toldDown = why
		e.event(EvSessionDown, int64(why), 0, 0)
	}
}

func (e *Engine) onVenueDown() {
	if e.linkUp {
		e.downAt = e.now
	}
	e.linkUp = false
	e.sess.Disconnected(e.now)
	e.setPosture(PostureBlocked, false)
}

// startReconcile marks every open child. Only a parent that is not done has any.
func (e *Engine) startReconcile() {
	n := 0
	for _, k := range e.active {
		for i := e.parents[k].children; i >= 0; i = e.children.slab[i].next {
			n++
			e.mark(&e.children.slab[i])
		}
	}
	e.stats.Reconciles++
	e.event(EvReconciled, int64(n), 0, 0)
	e.setPosture(PostureReconcile, e.unsure > 0)
}

// expectCanceled marks what the venue was to take back when the connection ended.
func (e *Engine) expectCanceled() {
	if !e.cfg.CancelsOnDisconnect || e.downAt == 0 || e.now-e.downAt < e.cfg.CancelAfterNanos {
		return
	}
	for _, k := range e.active {
		for i := e.parents[k].children; i >= 0; i = e.children.slab[i].next {
			e.children.slab[i].gone = true
		}
	}
}

// needStatus asks about one child, outside a reconnect.
func (e *Engine) needStatus(c *child) {
	e.mark(c)
	e.setPosture(PostureReconcile, true)
}

// inDoubt asks about one child, unless it is being asked about.
func (e *Engine) inDoubt(c *child) {
	if !c.ask {
		e.needStatus(c)
	}
}

// askAll asks about every open child that is not being asked about.
func (e *Engine) askAll() {
	for _, k := range e.active {
		for i := e.parents[k].children; i >= 0; i = e.children.slab[i].next {
			e.inDoubt(&e.children.slab[i])
		}
	}
}

// mark has the child asked about at the end of this Step.
func (e *Engine) mark(c *child) {
	if !c.ask {
		c.ask = true
		e.unsure++
	}
	c.asked, e.askAt = 0, 0
}

// askStatus sends an OrderStatusRequest for each marked child that was not asked
// within AckTimeoutNanos.
func (e *Engine) askStatus() {
	if e.unsure == 0 {
		e.setPosture(PostureReconcile, false)
		return
	}
	if e.now < e.askAt {
		return
	}
	for _, k := range e.active {
		for i := e.parents[k].children; i >= 0; i = e.children.slab[i].next {
			c := &e.children.slab[i]
			if !c.ask || (c.asked != 0 && e.now-c.asked < e.cfg.AckTimeoutNanos) {
				continue
			}
			if !e.sendStatus(c) {
				e.askAt = e.now + e.cfg.MinSpacingNanos // no room now
				return
			}
		}
	}
	e.askAt = e.now + e.cfg.AckTimeoutNanos/4
}

// sendStatus asks about one child under the name it should have.
func (e *Engine) sendStatus(c *child) bool {
	id, ref := c.id, c.venueRef
	if c.askRepl {
		id, ref = c.replID, 0
	}
	o := risk.Order{Kind: risk.KindStatus, OrigChild: uint64(id)}
	dst, seq, ok := e.sess.Reserve(e.now)
	if !ok || e.gate.Check(e.now, &o, nil) != 0 {
		return false
	}
	e.gate.Sent(e.now, &o)
	e.sess.Commit(e.now, e.enc.AppendStatus(dst, seq, e.now, &venue.Status{
		Child: id, VenueOrderID: ref, Symbol: e.cfg.Instruments[c.inst].Symbol, Side: c.side,
	}))
	c.asked = e.now
	e.stats.StatusRequests++
	return true
}

// onStatus takes the answer to a status request. It counts only under the name that
// the order has now: between question and answer a replace may have come true, and
// then "unknown" is said of a name, not of the order.
func (e *Engine) onStatus(p *parent, c *child, i int32, r *venue.ExecReport) {
	unknown := r.OrdStatus == fix.StatusRejected
	if !unknown && r.HasCumQty && r.CumQty < c.cum && e.takenBack(c, i, r.CumQty) {
		return
	}
	switch {
	case r.ChildID == c.replID && !unknown:
		e.replaced(p, c)
	case r.ChildID == c.replID && c.askRepl: // unknown by both names
	case r.ChildID != c.id:
		c.asked, e.askAt = 0, 0 // ask again, by its present name
		return
	case unknown && c.replID != 0:
		c.askRepl = true
		c.asked, e.askAt = 0, 0
		return
	}
	switch {
	case r.OrdStatus.Terminal():
		c.doubt = unknown
		e.closeChild(i)
	case c.ask:
		e.confirmed(p, c, i, r.OrdStatus)
	}
}

// takenBack: the venue counts less than we do. The answer may be older than a report that
// came before it, so it is asked for again; said twice, a bust was never told: the newest
// fills are taken back, and a person must look. It reports whether the answer is put off.
func (e *Engine) takenBack(c *child, i int32, cum market.Qty) bool {
	if c.short != cum+1 {
		c.short = cum + 1
		e.needStatus(c)
		return true
	}
	c.short = 0
	e.suspect(c.cum-cum, 0, c)
	e.unbookOf(i, c.first, c.cum-cum, false)
	return false
}

// confirmed is called for a status report that says the child is open. What it was
// sent before that is not in effect: a cancel may be tried again, and a replace that
// is unanswered may still come true (child.replID).
func (e *Engine) confirmed(p *parent, c *child, i int32, s fix.OrdStatus) {
	c.ask, c.askRepl = false, false
	e.unsure--
	c.since = e.now
	switch s {
	case fix.StatusPendingNew, fix.StatusPendingCancel, fix.StatusPendingReplace:
		// the venue is at it: its answer is waited for again
	default:
		c.state = childLive
		if c.gone {
			e.event(EvCancelExpected, int64(c.id), 0, 0)
		}
		if c.gone || !c.resting {
			c.stray, c.gone = true, false
			e.sendCancel(p, i)
		}
	}
	if e.unsure == 0 {
		e.setPosture(PostureReconcile, false)
	}
}

// askOverdue asks about orders whose answer is late. It infers nothing.
func (e *Engine) askOverdue() {
	if e.posture&PostureVenue != 0 || e.now < e.nextOverdue {
		return
	}
	e.nextOverdue = e.now + e.cfg.AckTimeoutNanos/4
	for _, k := range e.active {
		p := &e.parents[k]
		for i := p.children; i >= 0; i = e.children.slab[i].next {
			c := &e.children.slab[i]
			if (c.pending() || !c.resting) && !c.ask && e.now-c.since > e.cfg.AckTimeoutNanos {
				e.needStatus(c)
			}
		}
	}
}
