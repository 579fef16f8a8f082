package engine

import (
	"slipstream/fix/venue"
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
	}
	if why, dropped := e.sess.Dropped(); dropped {
		if !e.fx.CloseVenue {
			e.event(EvSessionDown, int64(why), 0, 0)
		}
		e.fx.CloseVenue = true
	}
	active := e.sess.Active() && e.sess.CaughtUp()
	if active && e.posture&PostureVenue != 0 {
		e.event(EvSessionUp, int64(e.sess.NextOut()), int64(e.sess.NextIn()), 0)
		e.startReconcile()
		e.setPosture(PostureVenue, false)
	} else if !active && e.posture&PostureVenue == 0 {
		e.setPosture(PostureVenue, true)
	}
	if active && e.posture&PostureReconcile != 0 {
		e.askStatus()
	}
}

func (e *Engine) onVenueDown() {
	e.sess.Disconnected(e.now)
	e.setPosture(PostureBlocked, false)
}

// startReconcile marks every open child.
func (e *Engine) startReconcile() {
	n := 0
	for i := range e.children.slab {
		c := &e.children.slab[i]
		if c.state == childFree || c.state == childClosed {
			continue
		}
		n++
		if !c.ask {
			c.ask = true
			e.unsure++
		}
		c.since = 0 // ask now
	}
	e.stats.Reconciles++
	e.event(EvReconciled, int64(n), 0, 0)
	e.setPosture(PostureReconcile, e.unsure > 0)
}

// needStatus asks about one child, outside a reconnect.
func (e *Engine) needStatus(c *child) {
	if !c.ask {
		c.ask = true
		e.unsure++
	}
	c.since = 0
	e.setPosture(PostureReconcile, true)
}

// askStatus sends an OrderStatusRequest for each marked child that was not asked
// within AckTimeoutNanos.
func (e *Engine) askStatus() {
	if e.unsure == 0 {
		e.setPosture(PostureReconcile, false)
		return
	}
	for i := range e.children.slab {
		c := &e.children.slab[i]
		if !c.ask || (c.since != 0 && e.now-c.since < e.cfg.AckTimeoutNanos) {
			continue
		}
		o := risk.Order{Kind: risk.KindStatus, OrigChild: c.id}
		dst, seq, ok := e.sess.Reserve(e.now)
		if !ok || e.gate.Check(e.now, &o, nil) != 0 {
			return // the next Step goes on
		}
		e.gate.Sent(e.now, &o)
		e.sess.Commit(e.now, e.enc.AppendStatus(dst, seq, e.now, &venue.Status{
			Child: c.id, VenueOrderID: c.venueRef, Symbol: e.cfg.Instruments[c.inst].Symbol, Side: c.side,
		}))
		c.since = e.now
		e.stats.StatusRequests++
	}
}

// confirmed is called for a status report that says the child is open: requests
// that were in flight at the cut did not arrive.
func (e *Engine) confirmed(c *child) {
	if !c.ask {
		return
	}
	c.ask = false
	e.unsure--
	if c.state == childPendingReplace {
		e.gate.ReplaceRejected(uint64(c.id), uint64(c.newID))
	}
	c.state, c.newID = childLive, 0
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
			if c.pending() && !c.ask && e.now-c.since > e.cfg.AckTimeoutNanos {
				e.needStatus(c)
			}
		}
	}
}
