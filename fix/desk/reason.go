package desk

import "slipstream/fix"

// OrdRejReason(103) and CxlRejReason(102) "other".
const other = 99

// ordRejReason maps a reason to OrdRejReason(103) of FIX 4.4.
func ordRejReason(r fix.Reason) int {
	switch r {
	case fix.ReasonUnknownSymbol:
		return 1
	case fix.ReasonExchangeClosed:
		return 2
	case fix.ReasonExceedsLimit, fix.ReasonDenied:
		return 3
	case fix.ReasonTooLate:
		return 4
	case fix.ReasonDuplicateClOrdID:
		return 6
	case fix.ReasonStale:
		return 8
	case fix.ReasonUnsupported:
		return 11
	case fix.ReasonBadQty:
		return 13
	case fix.ReasonBadPrice, fix.ReasonBadTime, fix.ReasonMissingField:
		return other
	}
	return 0 // broker option
}

// cxlRejReason maps a reason to CxlRejReason(102) of FIX 4.4.
func cxlRejReason(r fix.Reason) int {
	switch r {
	case fix.ReasonTooLateToCancel:
		return 0
	case fix.ReasonUnknownOrder, fix.ReasonUnknownSymbol:
		return 1
	case fix.ReasonNotAllowed, fix.ReasonNotReady, fix.ReasonKilled, fix.ReasonShutdown, fix.ReasonFull:
		return 2
	case fix.ReasonPending:
		return 3
	case fix.ReasonDuplicateClOrdID:
		return 6
	}
	return other
}

// businessRejectReason maps a reason to BusinessRejectReason(380).
func businessRejectReason(r fix.Reason) int {
	switch r {
	case fix.ReasonUnknownOrder:
		return 1
	case fix.ReasonUnknownSymbol:
		return 2
	case fix.ReasonUnsupportedMsg:
		return 3
	case fix.ReasonNotReady, fix.ReasonFull, fix.ReasonShutdown:
		return 4
	case fix.ReasonMissingField:
		return 5
	case fix.ReasonNotAuthorized:
		return 6
	}
	return 0
}

// restatementReason maps a reason to ExecRestatementReason(378), for 150=D and for
// cancels that nobody asked for.
func restatementReason(r fix.Reason) int {
	switch r {
	case fix.ReasonVenueReject, fix.ReasonExchangeClosed:
		return 8 // market option
	case fix.ReasonNotReady, fix.ReasonShutdown:
		return 7 // cancel on system failure
	}
	return 4 // broker option
}
