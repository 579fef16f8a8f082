package engine

import "slipstream/fix"

// startShutdown: no new orders, every child is taken back, parents end as
// canceled (unsolicited), then the session logs out.
func (e *Engine) startShutdown() {
	if e.stopping {
		return
	}
	e.stopping = true
	e.setPosture(PostureShutdown, true)
	for _, i := range e.active {
		p := &e.parents[i]
		was := p.phase
		if was != canceling {
			p.phase = stopping
		}
		if was == replacing {
			e.refuseChange(p, fix.ReplaceParent, fix.ReasonShutdown)
		}
	}
	e.driveAll(ByDesk)
}

// shutdownStep goes on with it at the end of each Step.
func (e *Engine) shutdownStep() {
	if !e.stopping {
		return
	}
	if len(e.active) == 0 && !e.loggedOut {
		e.loggedOut = true
		e.sess.Logout(e.now, "end of day")
	}
	if _, dropped := e.sess.Dropped(); e.loggedOut && (dropped || !e.linkUp) {
		e.ended = true // the venue answered the Logout, did not in time, or is not there
	}
	e.fx.Done = e.ended
}
