package venue

import (
	"encoding/binary"
	"math/bits"

	"slipstream/fix"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// decoder collects the first fault, so that one bad field does not hide the others.
type decoder struct {
	fault wire.Fault
}

func (d *decoder) want(ok bool) {
	if !ok && d.fault == wire.FaultNone {
		d.fault = wire.FaultFormat
	}
}

func (d *decoder) qty(b []byte) market.Qty {
	v, ok := wire.ParseQty(b)
	d.want(ok)
	return v
}

func (d *decoder) price(b []byte) market.Price {
	v, ok := wire.ParsePrice(b)
	d.want(ok)
	return v
}

// small reads a number below 65536.
func (d *decoder) small(b []byte) uint16 {
	v, ok := wire.ParseUint(b)
	ok = ok && v < 1<<16
	d.want(ok)
	if !ok {
		return 0
	}
	return uint16(v)
}

func (d *decoder) char(b []byte) byte {
	d.want(len(b) == 1)
	return b[0]
}

// number is b as a decimal number, 0 if it is none.
func number(b []byte) uint64 {
	v, ok := wire.ParseUint(b)
	if !ok {
		return 0
	}
	return v
}

// symbol is b padded; a longer one gives the zero Symbol, which no instrument has.
func symbol(b []byte) (s market.Symbol) {
	if len(b) > len(s) {
		return s
	}
	s = market.Symbol{' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '}
	copy(s[:], b)
	return s
}

// DecodeExecReport fills r from m. A fault means that ExecType(150) or OrdStatus(39)
// is missing, or that a value is malformed; the other fields are filled in even
// then. Unknown tags are skipped.
func DecodeExecReport(m *wire.Message, r *ExecReport) wire.Fault {
	*r = ExecReport{}
	var d decoder
	trans := byte('0')
	// The first three fields are 8, 9, 35, the last is 10.
	for _, f := range m.Fields[min(3, m.N):max(min(3, m.N), m.N-1)] {
		v := m.Value(f)
		switch f.Tag {
		case wire.TagAvgPx:
			px, ok := wire.ParsePriceTrunc(v)
			r.AvgPx = px
			d.want(ok)
		case wire.TagClOrdID:
			r.ClOrdID = v
			r.ChildID, r.Known = ParseClOrdID(v)
		case wire.TagCumQty:
			r.CumQty, r.HasCumQty = d.qty(v), true
		case wire.TagExecID:
			r.ExecID = v
			r.ExecIDHash = hash(v)
		case wire.TagExecRefID:
			r.ExecRefID = v
			r.ExecRefHash = hash(v)
		case tagExecTransType:
			trans = d.char(v)
		case wire.TagLastPx:
			r.LastPx = d.price(v)
		case wire.TagLastQty:
			r.LastQty = d.qty(v)
		case wire.TagOrderID:
			r.OrderID = v
			r.VenueOrderID = number(v)
		case wire.TagOrderQty:
			r.OrderQty = d.qty(v)
		case wire.TagOrdStatus:
			r.OrdStatus = fix.OrdStatus(d.char(v))
		case wire.TagOrigClOrdID:
			r.OrigChildID, _ = ParseClOrdID(v)
		case wire.TagPrice:
			r.Price = d.price(v)
		case wire.TagSide:
			switch c := d.char(v); c {
			case '1', '2':
				r.Side = market.Side(c - '0')
			case '5', '6': // sell short, sell short exempt
				r.Side = market.Sell
			}
		case wire.TagSymbol:
			r.Symbol = symbol(v)
		case wire.TagText:
			r.Text = v
		case wire.TagTransactTime:
			t, ok := wire.ParseTime(v)
			r.TransactNanos = t
			d.want(ok)
		case wire.TagOrdRejReason:
			r.OrdRejReason = d.small(v)
		case wire.TagExecRestatementReason:
			r.Restatement = d.small(v)
		case wire.TagExecType:
			r.ExecType = fix.ExecType(d.char(v))
		case wire.TagLeavesQty:
			r.LeavesQty, r.HasLeavesQty = d.qty(v), true
		case wire.TagLastLiquidityInd:
			r.LastLiq = liquidity(v)
		}
	}
	if r.ExecType == 0 || r.OrdStatus == 0 {
		return wire.FaultMissing
	}
	if trans != '0' || r.ExecType == '1' || r.ExecType == '2' || r.OrdStatus == '5' {
		r.modernise(trans)
	}
	return d.fault
}

// tagExecTransType is ExecTransType(20) of FIX 4.2; later versions say it in ExecType(150).
const tagExecTransType = 20

// modernise says a FIX 4.2 report in the words of 4.4 (FIX 4.4 Vol 7, "Execution report
// changes"): a fill is 150=F, not 1 or 2; 20=1 is a bust (H), 2 a correction (G), 3 a
// status (I); 39=5 (replaced) is the status the order has after the replace.
func (r *ExecReport) modernise(trans byte) {
	switch trans {
	case '1':
		r.ExecType = fix.ExecBust
	case '2':
		r.ExecType = fix.ExecCorrect
	case '3':
		r.ExecType = fix.ExecStatus
	default:
		if r.ExecType == '1' || r.ExecType == '2' {
			r.ExecType = fix.ExecTrade
		}
	}
	if r.OrdStatus == '5' {
		r.OrdStatus = fix.StatusNew
		if r.CumQty > 0 {
			r.OrdStatus = fix.StatusPartiallyFilled
		}
	}
}

// liquidity is 1 added, 2 removed, 3 routed out; 0 for what we do not know.
func liquidity(b []byte) byte {
	if len(b) == 1 && b[0] >= '1' && b[0] <= '3' {
		return b[0] - '0'
	}
	return 0
}

// DecodeCancelReject fills r from m. A fault as for DecodeExecReport; ClOrdID(11)
// is required.
func DecodeCancelReject(m *wire.Message, r *CancelReject) wire.Fault {
	*r = CancelReject{}
	var d decoder
	hasID := false
	for _, f := range m.Fields[:m.N] {
		v := m.Value(f)
		switch f.Tag {
		case wire.TagClOrdID:
			hasID = true
			r.ChildID, r.Known = ParseClOrdID(v)
		case wire.TagOrigClOrdID:
			r.OrigChildID, _ = ParseClOrdID(v)
		case wire.TagOrderID:
			r.VenueOrderID = number(v)
		case wire.TagOrdStatus:
			r.OrdStatus = fix.OrdStatus(d.char(v))
		case wire.TagText:
			r.Text = v
		case wire.TagCxlRejReason:
			r.CxlRejReason, r.HasReason = d.small(v), true
		case wire.TagCxlRejResponseTo:
			r.ResponseTo = d.char(v)
		}
	}
	if !hasID || r.OrdStatus == 0 {
		return wire.FaultMissing
	}
	return d.fault
}

// noReason is SessionRejectReason(373) "other".
const noReason = 99

// DecodeReject fills r from m. RefSeqNum(45) is required.
func DecodeReject(m *wire.Message, r *Reject) wire.Fault {
	*r = Reject{Reason: noReason}
	var d decoder
	for _, f := range m.Fields[:m.N] {
		v := m.Value(f)
		switch f.Tag {
		case wire.TagRefSeqNum:
			r.RefSeqNum = number(v)
		case wire.TagRefTagID:
			r.RefTagID = uint32(min(number(v), 1<<32-1))
		case wire.TagRefMsgType:
			r.RefMsgType = single(v)
		case wire.TagSessionRejectReason:
			r.Reason = d.small(v)
		case wire.TagText:
			r.Text = v
		}
	}
	if r.RefSeqNum == 0 {
		return wire.FaultMissing
	}
	return d.fault
}

// DecodeBusinessReject fills r from m. RefSeqNum(45) or BusinessRejectRefID(379) is required.
func DecodeBusinessReject(m *wire.Message, r *BusinessReject) wire.Fault {
	*r = BusinessReject{}
	var d decoder
	for _, f := range m.Fields[:m.N] {
		v := m.Value(f)
		switch f.Tag {
		case wire.TagRefSeqNum:
			r.RefSeqNum = number(v)
		case wire.TagBusinessRejectRefID:
			r.ChildID, r.Known = ParseClOrdID(v)
		case wire.TagRefMsgType:
			r.RefMsgType = single(v)
		case wire.TagBusinessRejectReason:
			r.Reason = d.small(v)
		case wire.TagText:
			r.Text = v
		}
	}
	if r.RefSeqNum == 0 && !r.Known {
		return wire.FaultMissing
	}
	return d.fault
}

// Tags of OrderMassCancelReport and TradingSessionStatus.
const (
	tagTradSesStatus       = 340
	tagMassCancelResponse  = 531
	tagMassCancelRejReason = 532
	tagTotalAffectedOrders = 533
)

// DecodeMassCancelReport fills r from m. MassCancelResponse(531) is required.
func DecodeMassCancelReport(m *wire.Message, r *MassCancelReport) wire.Fault {
	*r = MassCancelReport{}
	var d decoder
	for _, f := range m.Fields[:m.N] {
		v := m.Value(f)
		switch f.Tag {
		case tagMassCancelResponse:
			r.Response = d.char(v)
		case tagMassCancelRejReason:
			r.Reason = d.small(v)
		case tagTotalAffectedOrders:
			r.Affected = number(v)
		}
	}
	if r.Response == 0 {
		return wire.FaultMissing
	}
	return d.fault
}

// DecodeTradingSession fills r from m. TradSesStatus(340) is required; FIX 5.0SP2 may
// narrow it down to a Symbol(55).
func DecodeTradingSession(m *wire.Message, r *TradingSession) wire.Fault {
	*r = TradingSession{}
	var d decoder
	found := false
	for _, f := range m.Fields[:m.N] {
		v := m.Value(f)
		switch f.Tag {
		case tagTradSesStatus:
			n := d.small(v)
			r.Status, found = SessionStatus(min(n, 255)), true
		case wire.TagSymbol:
			r.Symbol, r.HasSymbol = symbol(v), true
		}
	}
	if !found {
		return wire.FaultMissing
	}
	return d.fault
}

func single(b []byte) byte {
	if len(b) == 1 {
		return b[0]
	}
	return 0
}

// hash is a 64-bit hash of b, the same in every run; never 0 for a non-empty b. It
// keys the table of fills seen, among ids of one venue: no defence against forgery.
func hash(b []byte) uint64 {
	const k0, k1 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	h := uint64(len(b)) * k1
	for len(b) >= 8 {
		h = mix(h^binary.LittleEndian.Uint64(b), k0)
		b = b[8:]
	}
	if len(b) > 0 {
		h = mix(h^wire.Word(b), k1)
	}
	return max(mix(h, k0), 1)
}

// mix is the folded 128-bit product, as in wyhash.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x2D358DCCAA6C78A5, b)
	return hi ^ lo
}
