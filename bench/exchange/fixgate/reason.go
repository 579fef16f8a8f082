package fixgate

import "slipstream/bench/exchange"

// execType is ExecType(150) of an Exec that becomes an 8.
func execType(x *exchange.Exec) byte {
	switch x.Kind {
	case exchange.ExecAccepted:
		return '0'
	case exchange.ExecTrade:
		return 'F'
	case exchange.ExecReplaced:
		return '5'
	case exchange.ExecCanceled:
		if x.Reason == exchange.ReasonEndOfSession {
			return 'C'
		}
		return '4'
	case exchange.ExecBusted:
		return 'H'
	case exchange.ExecCorrected:
		return 'G'
	case exchange.ExecStatus:
		return 'I'
	}
	return '8'
}

// ordStatus is OrdStatus(39). A day order that the session's end takes has expired.
func ordStatus(s exchange.Status, why exchange.Reason) byte {
	switch s {
	case exchange.StatusNew:
		return '0'
	case exchange.StatusPartiallyFilled:
		return '1'
	case exchange.StatusFilled:
		return '2'
	case exchange.StatusCanceled:
		if why == exchange.ReasonEndOfSession {
			return 'C'
		}
		return '4'
	}
	return '8'
}

// ordRejReason is OrdRejReason(103).
func ordRejReason(r exchange.Reason) int {
	switch r {
	case exchange.ReasonUnknownSymbol:
		return rejUnknownSymbol
	case exchange.ReasonClosed, exchange.ReasonHalted:
		return 2 // exchange closed
	case exchange.ReasonDuplicate:
		return rejDuplicate
	case exchange.ReasonUnsupported, exchange.ReasonBadSide:
		return rejUnsupported
	case exchange.ReasonBadQty:
		return rejBadQty
	case exchange.ReasonFull:
		return 0 // exchange option
	}
	return rejOther
}

// cxlRejReason is CxlRejReason(102).
func cxlRejReason(r exchange.Reason) int {
	switch r {
	case exchange.ReasonTooLate:
		return 0
	case exchange.ReasonUnknownOrder:
		return cxlUnknownOrder
	case exchange.ReasonDuplicate:
		return cxlDuplicate
	case exchange.ReasonClosed, exchange.ReasonHalted, exchange.ReasonFull, exchange.ReasonUnsupported:
		return 2 // exchange option
	}
	return cxlOther
}
