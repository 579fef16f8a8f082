package fix

// Reason says why a command was refused or an order ended. One code inside;
// fix/desk maps it to OrdRejReason(103), CxlRejReason(102) or
// BusinessRejectReason(380) and a Text(58) for each FIX version.
type Reason uint8

const (
	ReasonNone             Reason = iota
	ReasonUnknownSymbol           // 103=1
	ReasonExchangeClosed          // 103=2
	ReasonExceedsLimit            // 103=3: a limit of the risk gate, at acceptance
	ReasonTooLate                 // 103=4: the end time has passed
	ReasonDuplicateClOrdID        // 103=6, 102=6
	ReasonStale                   // 103=8
	ReasonUnsupported             // 103=11: algorithm or parameter
	ReasonBadQty                  // 103=13: zero, negative, not a multiple of the lot
	ReasonBadPrice                // 103=99: not a multiple of the tick, or missing on a limit order
	ReasonBadTime                 // 103=99: end not after start
	ReasonTooLateToCancel         // 102=0: already finished
	ReasonUnknownOrder            // 102=1
	ReasonNotAllowed              // 102=2: symbol, side, algorithm or another fixed term changed
	ReasonPending                 // 102=3: a change is pending already
	ReasonKilled                  // 103=0: the kill switch is on
	ReasonNotReady                // 103=0: venue down, feed suspect, or recovering
	ReasonFull                    // 103=0: a table of fixed size is full
	ReasonDenied                  // the risk gate denied every child
	ReasonVenueReject             // the venue rejected or canceled, unsolicited
	ReasonEndOfParent             // end time reached with quantity left
	ReasonByDesk                  // the desk asked for it
	ReasonShutdown                // the daemon is stopping
	ReasonUnsupportedMsg          // 380=3
	ReasonMissingField            // 380=5, 103=99: a conditionally required field is missing
	ReasonNotAuthorized           // 380=6
	ReasonUnknownAccount          // 103=15
	ReasonRate                    // 103=3; 380=4 to an AF: more a second than the desk may send
	ReasonVenueRestated           // 378=8: the venue changed or took back a trade
	ReasonOpenOrders              // 103=3: as many orders open as the desk may have
	ReasonRestart                 // 378=7: the daemon was started again
	ReasonCount                   // number of reasons; not a reason
)

var reasonText = [ReasonCount]string{
	"", "unknown symbol", "exchange closed", "exceeds a risk limit", "too late to enter",
	"duplicate ClOrdID", "stale order", "unsupported order characteristic", "bad OrderQty",
	"bad Price", "bad start or end time", "too late to cancel", "unknown order",
	"change not allowed", "a change is already pending", "kill switch is on",
	"daemon not ready", "order table full", "denied by the risk gate", "rejected by the venue",
	"end time reached", "requested by the desk", "daemon shutting down",
	"message type not supported", "conditionally required field missing", "not authorized",
	"unknown account", "too many orders a second", "changed by the venue",
	"as many orders are open as max_open_parents of the desk allows: cancel one, or wait for its end",
	"canceled after a restart",
}

func (r Reason) String() string {
	if r < ReasonCount {
		return reasonText[r]
	}
	return "unknown reason"
}
