package arbiter

import (
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// admit says whether a packet is of our session, learning or following one.
func (a *Arbiter) admit(now market.Nanos, line int, id moldudp64.SessionID) bool {
	if a.known && id == a.session {
		return true
	}
	if line == LineRecovery {
		a.foreign(id)
		return false
	}
	if !a.known {
		a.session, a.known = id, true
		return true
	}
	if !a.mayRoll(now) {
		a.foreign(id)
		return false
	}
	if a.avail < a.end {
		a.lost.push(a.avail, a.end-a.avail)
		a.stats.Lost += a.end - a.avail
		a.stats.LostRanges++
	}
	a.session = id
	a.stats.Rolls++
	a.restart()
	return true
}

// mayRoll is true when this session is over or silent, everything it gave was taken,
// and a range that it still misses can be reported.
func (a *Arbiter) mayRoll(now market.Nanos) bool {
	if !a.cfg.FollowNewSession || !a.drained() || (a.avail < a.end && a.lost.full()) {
		return false
	}
	return a.Ended() || !a.started || now-a.lastAny >= a.cfg.SessionSilenceNanos
}

// foreign remembers which session it was, as a hash: names are not ours to log raw.
func (a *Arbiter) foreign(id moldudp64.SessionID) {
	h := uint64(0xCBF29CE484222325)
	for _, c := range id {
		h = (h ^ uint64(c)) * 0x100000001B3
	}
	a.stats.ForeignSession = h
}
