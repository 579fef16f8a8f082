package loop

import (
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix"
	"slipstream/internal/market"
)

// What happens as room runs out, in this order. Cancels and kills always pass.
//
//	journal ring  3/4 full   new orders stop (InJournalFull)
//	              7/8 full   the feed is not read: the kernel keeps, then drops, the
//	                         arbiter sees a gap and asks for it
//	              full       steps go on and are not recorded: a hole, counted and logged
//	              1/2 full   new orders may go again (InJournalOK)
//	report ring   full       reports go to the spill, new orders stop (InJournalFull)
//	report spill  1/2 full   desk commands and the venue's stream wait (kill and
//	                         shutdown do not); the kernel pushes back on the venue
//	              full       reports are lost, counted and logged (EvReportRing)
//	              empty      everything goes on (InJournalOK)

// feedHeld says that the journal ring keeps its last eighth for the rest.
func (l *Loop) feedHeld() bool { return l.journal.Free() < l.journal.Cap()/8 }

// spillHeld says that reports must not become more.
func (l *Loop) spillHeld() bool { return l.spill.n >= len(l.spill.buf)/2 }

// backpressure looks at both rings once a turn and tells the core what changed.
func (l *Loop) backpressure(now market.Nanos) {
	free, size := l.journal.Free(), l.journal.Cap()
	switch {
	case !l.journalFull && free < size/4:
		l.journalFull = true
		l.event(journal.EvJournalFull, int64(free), 0, 0)
	case l.journalFull && free > size/2:
		l.journalFull = false
		l.event(journal.EvJournalOK, int64(free), 0, 0)
	}
	if lost := l.journal.Lost(); lost != l.lostSeen && free > size/8 {
		l.event(journal.EvJournalHole, int64(lost-l.lostSeen), int64(lost), 0)
		l.count.add(JournalLost, lost-l.lostSeen)
		l.lostSeen = lost
	}
	l.spill.drain(l.reports)
	switch {
	case l.heldSince == 0 && l.spill.n > 0:
		l.heldSince = now
		l.event(journal.EvReportsHeld, int64(l.spill.n), 0, 0)
	case l.heldSince != 0 && l.spill.n == 0:
		l.event(journal.EvReportsReleased, int64(now-l.heldSince), 0, 0)
		l.heldSince = 0
	}
	blocked := l.journalFull || l.heldSince != 0
	if blocked == l.blocked {
		return
	}
	l.blocked = blocked
	if blocked {
		l.input(engine.InJournalFull, 0, nil, nil)
	} else {
		l.input(engine.InJournalOK, 0, nil, nil)
	}
}

// deliver passes reports on, in order: to the ring, to the spill, or, with both
// full, nowhere but to the journal, with an event that says so.
func (l *Loop) deliver(reports []fix.Report) {
	lost := 0
	for i := range reports {
		if l.spill.n == 0 && l.reports.Push(&reports[i]) {
			continue
		}
		if !l.spill.push(&reports[i]) {
			lost++
			continue
		}
		l.count.add(ReportsSpilled, 1)
	}
	l.count.add(Reports, uint64(len(reports)))
	if lost > 0 {
		l.count.add(ReportsLost, uint64(lost))
		l.event(engine.EvReportRing, int64(lost), 0, 0)
	}
}
