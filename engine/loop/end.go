package loop

import (
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/internal/market"
)

// end closes everything in order, each wait bounded: the rest of the venue's
// bytes, the reports that nobody took yet, the closing mark.
func (l *Loop) end() {
	l.endVenue()
	l.endReports()
	clean := int64(0)
	if l.finished {
		clean = 1
	}
	l.event(journal.EvLoopStopped, clean, 0, 0)
	l.until(market.Second, func() bool { return l.journal.PutMark(l.last, true) })
	if l.recovery >= 0 {
		rawClose(l.recovery)
		l.recovery = -1
	}
	l.count.add(JournalLost, l.journal.Lost()-l.lostSeen)
	l.clean.Store(l.finished)
	l.submit.Lock() // a Submit under way is over before commands can no longer arrive
	l.ended.Store(true)
	l.submit.Unlock()
}

func (l *Loop) endVenue() {
	v := &l.venue
	switch v.state {
	case linkConnecting:
		rawClose(v.fd)
	case linkUp, linkClosing:
		l.until(v.linger, func() bool {
			if v.unsent() == 0 {
				return true
			}
			drained, e := v.flush()
			return drained || e != 0
		})
		unsent := v.unsent()
		v.close()
		l.up.Store(false)
		l.count.add(VenueDisconnects, 1)
		l.event(journal.EvVenueDisconnected, -1, v.readAll, int64(unsent))
	}
	v.state, v.fd = linkIdle, -1
	if v.tls != nil {
		v.tls.close()
	}
}

// endReports waits for PollReport to make room for what is in the spill.
func (l *Loop) endReports() {
	l.until(l.cfg.ReportNanos, func() bool {
		l.spill.drain(l.reports)
		return l.spill.n == 0
	})
	if l.spill.n > 0 {
		l.count.add(ReportsLost, uint64(l.spill.n))
		l.event(engine.EvReportRing, int64(l.spill.n), 0, 0)
	}
}

// until tries f every millisecond, for at most d.
func (l *Loop) until(d market.Nanos, f func() bool) {
	for by := l.stamp() + d; !f() && l.last < by; {
		l.wait(0, market.Millisecond)
	}
}
