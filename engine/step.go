package engine

import "slipstream/internal/market"

// Step applies one Input and returns what must be done about it. The stages of a
// packet are named as the folders are: feed, book, decide, envelope, risk, fix.
func (e *Engine) Step(in *Input) *Effects {
	e.begin(in.Now)
	switch in.Kind {
	case InPacket:
		e.onPacket(int(in.Line), in.Bytes)
	case InVenueBytes:
		e.onVenueBytes(in.Bytes)
	case InVenueUp:
		e.linkUp, e.closing = true, false
		e.sess.Connected(e.now)
	case InVenueDown:
		e.onVenueDown()
	case InCommand:
		e.onCommand(in.Command)
	case InTimer:
		e.onTimer()
	case InVenueBlocked:
		e.setPosture(PostureBlocked, true)
	case InVenueDrained:
		e.setPosture(PostureBlocked, false)
	case InJournalFull:
		e.setPosture(PostureJournal, true)
	case InJournalOK:
		e.setPosture(PostureJournal, false)
	}
	return e.end()
}

func (e *Engine) begin(now market.Nanos) {
	e.now = max(e.now, now)
	e.sess.Consumed(len(e.fx.Venue)) // the loop has taken what the last Step gave
	e.fx.Venue = nil
	e.fx.FeedRequest = e.fx.FeedRequest[:0]
	e.fx.Reports = e.fx.Reports[:0]
	e.fx.Decisions = e.fx.Decisions[:0]
	e.fx.Events = e.fx.Events[:0]
	e.fx.NewOrders = 0
	e.fx.CloseVenue, e.fx.StayDown = false, false
	e.fx.Done = false
	e.stats.Steps++
	if e.takenOver {
		e.takenOver = false
		e.startTakenOver()
	}
}

func (e *Engine) end() *Effects {
	e.sessionState()
	e.shutdownStep()
	e.fx.Venue = e.sess.Output()
	e.fx.Timer = e.nextTimer()
	return &e.fx
}

// onTimer does what is due by now: the session's heartbeats, the feed's gap
// requests, parents whose slice or interval has come, orders without an answer.
func (e *Engine) onTimer() {
	e.sess.Timer(e.now)
	e.arb.Timer(e.now)
	e.afterFeed()
	e.askOverdue()
	e.cancelStrays()
	for i := 0; i < len(e.active); {
		p := &e.parents[e.active[i]]
		if p.due <= e.now {
			e.drive(p, ByTimer)
		}
		if p.phase != done { // drive removes a done parent from active
			i++
		}
	}
	e.nextDue = never
	for _, i := range e.active {
		e.nextDue = min(e.nextDue, e.parents[i].due)
	}
}

// nextTimer is the earliest time at which a timer has something to do, or earlier: a
// parent's due time may have moved back since (drive only lowers nextDue), and the
// timer that finds nothing then puts it right. So a Step does not look at every parent.
func (e *Engine) nextTimer() market.Nanos {
	return max(min(e.now+timerMax, e.nextDue), e.now+timerMin)
}

const (
	never    = market.Nanos(1<<63 - 1)
	timerMax = 5 * market.Millisecond
	timerMin = 50 * market.Microsecond
)

// driveAll looks at every active parent.
func (e *Engine) driveAll(cause Cause) {
	for i := 0; i < len(e.active); {
		p := &e.parents[e.active[i]]
		e.drive(p, cause)
		if p.phase != done {
			i++
		}
	}
}
