package desk

import (
	"slipstream/fix"
	"slipstream/internal/market"
)

// OrdRejReason(103) and CxlRejReason(102) "other", from FIX 4.4 on.
const other = 99

// ordRejReason maps a reason to OrdRejReason(103). FIX 4.2 ends at 8: what is beyond
// becomes 0, broker option, and Text(58) tells.
func (v Version) ordRejReason(r fix.Reason) int {
	code := 0 // broker option
	switch r {
	case fix.ReasonUnknownSymbol:
		code = 1
	case fix.ReasonExchangeClosed:
		code = 2
	case fix.ReasonExceedsLimit, fix.ReasonDenied, fix.ReasonRate, fix.ReasonOpenOrders:
		code = 3
	case fix.ReasonTooLate:
		code = 4
	case fix.ReasonUnknownOrder:
		code = 5
	case fix.ReasonDuplicateClOrdID:
		code = 6
	case fix.ReasonStale:
		code = 8
	case fix.ReasonUnsupported:
		code = 11
	case fix.ReasonBadQty:
		code = 13
	case fix.ReasonUnknownAccount:
		code = 15
	case fix.ReasonBadPrice, fix.ReasonBadTime, fix.ReasonMissingField:
		code = other
	}
	if v == FIX42 && code > 8 {
		return 0
	}
	return code
}

// cxlRejReason maps a reason to CxlRejReason(102). FIX 4.2 ends at 3: what is beyond
// becomes 2, broker option.
func (v Version) cxlRejReason(r fix.Reason) int {
	code := other
	switch r {
	case fix.ReasonTooLateToCancel:
		code = 0
	case fix.ReasonUnknownOrder, fix.ReasonUnknownSymbol:
		code = 1
	case fix.ReasonNotAllowed, fix.ReasonNotReady, fix.ReasonKilled, fix.ReasonShutdown, fix.ReasonRestart, fix.ReasonFull,
		fix.ReasonNotAuthorized, fix.ReasonByDesk:
		code = 2
	case fix.ReasonPending:
		code = 3
	case fix.ReasonDuplicateClOrdID:
		code = 6
	}
	if v == FIX42 && code > 3 {
		return 2
	}
	return code
}

// businessRejectReason maps a reason to BusinessRejectReason(380). FIX 4.2 has no 6.
func (v Version) businessRejectReason(r fix.Reason) int {
	switch r {
	case fix.ReasonUnknownOrder:
		return 1
	case fix.ReasonUnknownSymbol:
		return 2
	case fix.ReasonUnsupportedMsg:
		return 3
	case fix.ReasonNotReady, fix.ReasonFull, fix.ReasonShutdown, fix.ReasonRate:
		return 4
	case fix.ReasonMissingField:
		return 5
	case fix.ReasonNotAuthorized:
		if v == FIX42 {
			return 3 // "unsupported message type": here it is
		}
		return 6
	}
	return 0
}

// restatementReason maps a reason to ExecRestatementReason(378), for 150=D and for
// cancels that nobody asked for. FIX 4.2 ends at 5.
func (v Version) restatementReason(r fix.Reason) int {
	const brokerOption = 4
	switch {
	case v == FIX42:
	case r == fix.ReasonVenueReject, r == fix.ReasonVenueRestated, r == fix.ReasonExchangeClosed:
		return 8 // market option
	case r == fix.ReasonNotReady, r == fix.ReasonShutdown, r == fix.ReasonRestart:
		return 7 // cancel on system failure
	}
	return brokerOption
}

// execType is ExecType(150). FIX 4.2 has no trade, correction, bust or status: it
// tells them by ExecTransType(20), and ExecType is what the order has become.
func (v Version) execType(r *fix.Report) byte {
	if v != FIX42 {
		return byte(r.ExecType)
	}
	switch r.ExecType {
	case fix.ExecTrade:
		if r.CumQty >= r.OrderQty {
			return '2'
		}
		return '1'
	case fix.ExecCorrect, fix.ExecBust, fix.ExecStatus:
		return v.ordStatus(r)
	}
	return byte(r.ExecType)
}

// execTransType is ExecTransType(20) of FIX 4.2.
func execTransType(t fix.ExecType) byte {
	switch t {
	case fix.ExecBust:
		return '1'
	case fix.ExecCorrect:
		return '2'
	case fix.ExecStatus:
		return '3'
	}
	return '0'
}

// ordStatus is OrdStatus(39). FIX 4.2 calls an order that was replaced and has not
// traded Replaced(5).
func (v Version) ordStatus(r *fix.Report) byte {
	if v == FIX42 && r.Replaced && r.OrdStatus == fix.StatusNew {
		return '5'
	}
	return byte(r.OrdStatus)
}

// side is Side(54); 7, undisclosed, where there is none.
func side(s market.Side) int {
	if s == 0 {
		return 7
	}
	return int(s)
}
