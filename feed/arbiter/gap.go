package arbiter

import (
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// gapState is the first gap: it starts at Arbiter.avail.
type gapState struct {
	open  bool
	until uint64       // end of the gap that since is about
	since market.Nanos // when it was first seen
	endAt market.Nanos // when Arbiter.end last rose
	real  uint64       // what misses below this is missing on both lines, or was dropped

	asked    bool         // a request is out
	askedAt  market.Nanos // when
	askedTo  uint64       // one past what it asked for
	askedFor uint64       // avail at that time
	tries    int          // requests since avail last moved
	chunk    uint64       // messages of the next request
}

// lostQueue holds the ranges given up until TakeLost; a gap is not given up while it
// is full.
type lostQueue struct {
	at   [16]struct{ from, n uint64 }
	head int
	n    int
}

func (q *lostQueue) full() bool { return q.n == len(q.at) }

func (q *lostQueue) push(from, n uint64) {
	if q.n > 0 {
		if last := &q.at[(q.head+q.n-1)%len(q.at)]; last.from+last.n == from {
			last.n += n
			return
		}
	}
	q.at[(q.head+q.n)%len(q.at)] = struct{ from, n uint64 }{from, n}
	q.n++
}

// TakeLost gives the next range of messages that was given up, once each: the books
// are stale from here on. Call it until ok is false.
func (a *Arbiter) TakeLost() (from, n uint64, ok bool) {
	q := &a.lost
	if q.n == 0 {
		return 0, 0, false
	}
	r := q.at[q.head]
	q.head = (q.head + 1) % len(q.at)
	q.n--
	return r.from, r.n, true
}

// Gap is the first open gap, real or not: n messages from the sequence from on.
func (a *Arbiter) Gap() (from, n uint64) { return a.avail, a.gapEnd() - a.avail }

// Trusted is false while a real gap is open: messages are known to be missing.
func (a *Arbiter) Trusted() bool { return a.avail >= a.gap.real }

// gapEnd is one past the first gap's last message, avail when there is no gap.
func (a *Arbiter) gapEnd() uint64 {
	if a.held.n != 0 {
		return a.slots[a.held.get(0)].seq
	}
	return a.end
}

// real notes that what misses below to will not come by itself.
func (a *Arbiter) real(to uint64) { a.gap.real = max(a.gap.real, to) }

// assess judges the first gap, and the ones behind it when it is given up.
func (a *Arbiter) assess(now market.Nanos) {
	g := &a.gap
	for {
		until := a.gapEnd()
		if a.avail >= until {
			g.open, g.asked, g.tries = false, false, 0
			return
		}
		if !g.open || a.avail >= g.until {
			g.since = g.endAt
			if a.held.n != 0 {
				g.since = a.slots[a.held.get(0)].recv
			}
		}
		g.open, g.until = true, until
		if g.asked && a.avail != g.askedFor {
			g.tries, g.askedFor = 0, a.avail
			g.chunk = uint64(a.cfg.RequestMessages)
		}
		a.judge(now, until)
		if !a.giveUp(now, until) {
			return
		}
	}
}

// judge decides whether the gap is real.
func (a *Arbiter) judge(now market.Nanos, until uint64) {
	switch {
	case a.avail < a.gap.real:
	case a.lineEnd[0] >= until && a.lineEnd[1] >= until:
		a.real(until)
		a.stats.GapsBothLines++
	case now-a.gap.since >= a.cfg.GapWaitNanos:
		a.real(until)
		a.stats.GapsTimeout++
	}
}

// giveUp skips what was asked for in vain; true when it did.
func (a *Arbiter) giveUp(now market.Nanos, until uint64) bool {
	g := &a.gap
	if a.avail >= g.real || a.lost.full() {
		return false
	}
	to := until
	if a.cfg.RequestTries == 0 {
		if now-g.since < a.cfg.GapWaitNanos {
			return false
		}
	} else {
		if !g.asked || g.tries < a.cfg.RequestTries || now-g.askedAt < a.cfg.RequestEveryNanos {
			return false
		}
		to = min(to, g.askedTo)
	}
	n := to - a.avail
	a.lost.push(a.avail, n)
	a.stats.Lost += n
	a.stats.LostRanges++
	a.avail = to
	if a.drained() {
		a.next = to
	}
	a.merge()
	// The next range is asked for at once, and twice as much of it: a server that is
	// gone must not hold up a long gap one small range at a time.
	g.asked, g.tries = false, 0
	g.chunk = min(2*g.chunk, limitRequest)
	return true
}

// Request appends a packet for the retransmission server to dst when one is due: at
// once for a real gap, again after RequestEveryNanos without the answer, and at once
// for the next part of a long gap when the last part is complete.
func (a *Arbiter) Request(now market.Nanos, dst []byte) ([]byte, bool) {
	g := &a.gap
	if a.avail >= g.real || a.avail >= a.gapEnd() || !a.known {
		return dst, false
	}
	if g.asked && a.avail < g.askedTo && now-g.askedAt < a.cfg.RequestEveryNanos {
		return dst, false
	}
	if g.tries >= a.cfg.RequestTries {
		return dst, false
	}
	r := moldudp64.Request{Session: a.session, Sequence: a.avail, Count: uint16(min(a.gapEnd()-a.avail, g.chunk))}
	g.asked, g.askedAt, g.askedFor, g.askedTo = true, now, a.avail, a.avail+uint64(r.Count)
	g.tries++
	a.stats.Requests++
	return r.Append(dst), true
}

// Deadline is when Timer has something to do at the latest; ok is false while there
// is nothing to wait for.
func (a *Arbiter) Deadline() (at market.Nanos, ok bool) {
	g := &a.gap
	switch {
	case !g.open:
		return 0, false
	case a.avail >= g.real || a.cfg.RequestTries == 0:
		return g.since + a.cfg.GapWaitNanos, true
	case g.asked:
		return g.askedAt + a.cfg.RequestEveryNanos, true
	}
	return g.since, true
}
