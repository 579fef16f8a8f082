package engine

// startShutdown: no new orders, every child is taken back, parents end as
// canceled (unsolicited), then the session logs out.
func (e *Engine) startShutdown() {
	if e.stopping {
		return
	}
	e.stopping = true
	e.setPosture(PostureShutdown, true)
	for _, i := range e.active {
		if p := &e.parents[i]; p.phase != canceling {
			p.phase = stopping
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
	if e.loggedOut && !e.sess.Active() {
		e.fx.Done = true
	}
}
