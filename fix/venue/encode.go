package venue

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// AppendNew appends a whole NewOrderSingle (D) with MsgSeqNum seq, stamped now:
//
//	11 [1] 21=1 55 54 60 38 40 [44] 59 [18=6]
func (e *Encoder) AppendNew(dst []byte, seq uint64, now market.Nanos, o *NewOrder) []byte {
	from := len(dst)
	dst = e.appendClOrdID(e.head(dst, kindNew, seq, now), o.Child)
	dst = append(dst, e.handl...)
	return e.terms(dst, from, now, &o.Symbol, o.Side, o.Qty, o.Price, o.TIF, o.PostOnly)
}

// AppendReplace appends a whole OrderCancelReplaceRequest (G):
//
//	11 41 [37] [1] 21=1 55 54 60 38 40 [44] 59 [18=6]
func (e *Encoder) AppendReplace(dst []byte, seq uint64, now market.Nanos, o *Replace) []byte {
	from := len(dst)
	dst = e.appendClOrdID(e.head(dst, kindReplace, seq, now), o.Child)
	dst = e.appendClOrdID(append(dst, "\x0141="...), o.Orig)
	if o.VenueOrderID != 0 {
		dst = wire.AppendUint(append(dst, "\x0137="...), o.VenueOrderID)
	}
	dst = append(dst, e.handl...)
	return e.terms(dst, from, now, &o.Symbol, o.Side, o.Qty, o.Price, o.TIF, o.PostOnly)
}

// AppendCancel appends a whole OrderCancelRequest (F):
//
//	11 41 [37] 55 54 60 [38]
func (e *Encoder) AppendCancel(dst []byte, seq uint64, now market.Nanos, o *Cancel) []byte {
	from := len(dst)
	dst = e.appendClOrdID(e.head(dst, kindCancel, seq, now), o.Child)
	dst = e.appendClOrdID(append(dst, "\x0141="...), o.Orig)
	if o.VenueOrderID != 0 {
		dst = wire.AppendUint(append(dst, "\x0137="...), o.VenueOrderID)
	}
	dst = appendSymbol(append(dst, "\x0155="...), &o.Symbol)
	dst = append(dst, '\x01', '5', '4', '=', '0'+byte(o.Side), '\x01', '6', '0', '=')
	dst = e.clock.Append(dst, now, e.time)
	if o.Qty > 0 {
		dst = e.qty(append(dst, "\x0138="...), o.Qty)
	}
	return e.finish(append(dst, wire.SOH), from)
}

// AppendStatus appends a whole OrderStatusRequest (H):
//
//	11 [37] 55 54
func (e *Encoder) AppendStatus(dst []byte, seq uint64, now market.Nanos, o *Status) []byte {
	from := len(dst)
	dst = e.appendClOrdID(e.head(dst, kindStatus, seq, now), o.Child)
	if o.VenueOrderID != 0 {
		dst = wire.AppendUint(append(dst, "\x0137="...), o.VenueOrderID)
	}
	dst = appendSymbol(append(dst, "\x0155="...), &o.Symbol)
	return e.finish(append(dst, '\x01', '5', '4', '=', '0'+byte(o.Side), wire.SOH), from)
}

// AppendBusinessReject appends a whole BusinessMessageReject (j) of the venue's message
// refSeq, whose MsgType is refType, cut to 8 bytes:
//
//	45 372 380
func (e *Encoder) AppendBusinessReject(dst []byte, seq uint64, now market.Nanos, refSeq uint64, refType []byte, reason uint64) []byte {
	from := len(dst)
	dst = e.head(dst, kindReject, seq, now)
	dst = dst[:len(dst)-len(firstTag)]
	dst = wire.AppendUint(append(dst, "45="...), refSeq)
	dst = append(append(dst, "\x01372="...), refType[:min(len(refType), 8)]...)
	dst = wire.AppendUint(append(dst, "\x01380="...), reason)
	return e.finish(append(dst, wire.SOH), from)
}

// BusinessRejectReason(380) of what we send.
const (
	RejectOther        = 0
	RejectUnsupported  = 3 // MsgType not supported
	RejectMissingField = 5 // a conditionally required field is missing
)

// terms appends what D and G have in common from the value of 55, and finishes.
func (e *Encoder) terms(dst []byte, from int, now market.Nanos, symbol *market.Symbol,
	side market.Side, qty market.Qty, price market.Price, tif TimeInForce, postOnly bool) []byte {
	dst = appendSymbol(dst, symbol)
	dst = append(dst, '\x01', '5', '4', '=', '0'+byte(side), '\x01', '6', '0', '=')
	dst = e.clock.Append(dst, now, e.time)
	dst = e.qty(append(dst, "\x0138="...), qty)
	if price == 0 {
		dst = append(dst, "\x0140=1"...)
	} else {
		dst = wire.AppendPrice(append(dst, "\x0140=2\x0144="...), price)
	}
	if tif == 0 {
		tif = Day
	}
	dst = append(dst, '\x01', '5', '9', '=', byte(tif), '\x01')
	if postOnly {
		dst = append(dst, "18=6\x01"...)
	}
	return e.finish(dst, from)
}

func appendSymbol(dst []byte, s *market.Symbol) []byte { return append(dst, s[:s.Len()]...) }
