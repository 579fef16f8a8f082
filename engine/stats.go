package engine

import (
	"slipstream/feed/arbiter"
	"slipstream/internal/market"
)

// Stats are counters since New, or since the first of the runs that were taken over; a copy
// may be kept.
type Stats struct {
	Steps, Messages                uint64
	Parents, ParentsDone           uint64
	ParentsRejected                uint64
	ParentsReplaced                uint64
	Children                       uint64 // new child orders sent
	Replaces, Cancels              uint64
	StatusRequests, Reconciles     uint64
	Fills                          uint64
	FilledQty, Overfill            market.Qty
	Busts, Corrections             uint64 // trades that the venue took back, or changed
	Rejects                        uint64 // children the venue rejected
	Denied                         uint64 // child messages the risk gate denied
	Fallbacks, ShadowDiffers       uint64 // parents that fell back; decisions a challenger would have made otherwise
	Held                           uint64 // not sent because the session or a buffer had no room
	DuplicateReports, ImpliedFills uint64
	UnknownReports                 uint64
	EventsDropped, ReportsLost     uint64
	Posture                        Posture
	Feed                           arbiter.Stats
}

// Stats copies the counters; call it on the Engine's goroutine.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Posture = e.posture
	s.Feed = e.arb.Stats()
	return s
}
