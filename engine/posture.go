package engine

// Posture is why new orders must not leave; 0 = they may. Cancels always may
// (DESIGN rule 5: unknown is a state).
type Posture uint32

const (
	PostureVenue     Posture = 1 << iota // the venue's session is not active
	PostureReconcile                     // the venue has not yet told the state of every child in doubt
	PostureBlocked                       // a write to the venue is partial
	PostureFeed                          // a gap on both lines, or the feed has not started
	PostureSilent                        // no packet on either line for FeedSilentNanos
	PostureFeedEnded                     // the feed's session has ended
	PostureJournal                       // the journal ring is full
	PostureKill                          // the kill switch; latched until Rearm
	PostureUnknown                       // the venue said what cannot be matched, or contradicts what is known; latched
	PostureShutdown                      // the daemon is stopping
	PostureBits      = iota              // number of bits
)

var postureNames = [PostureBits]string{
	"venue", "reconcile", "blocked", "feed", "silent", "feed-ended", "journal", "kill", "unknown-fill", "shutdown",
}

func (p Posture) String() string {
	if p == 0 {
		return "clear"
	}
	s := ""
	for i := range postureNames {
		if p>>i&1 == 1 {
			if s != "" {
				s += "+"
			}
			s += postureNames[i]
		}
	}
	return s
}

// setPosture sets or clears bit and logs the change.
func (e *Engine) setPosture(bit Posture, on bool) {
	before := e.posture
	if on {
		e.posture |= bit
	} else {
		e.posture &^= bit
	}
	if e.posture != before {
		e.event(EvPosture, int64(before), int64(e.posture), 0)
		if e.posture == 0 {
			e.driveAll(ByTimer)
		}
	}
}
