package fix

import "slipstream/internal/market"

// ReportKind is the message a Report becomes.
type ReportKind uint8

const (
	NoReport         ReportKind = iota
	ExecReport                  // ExecutionReport (8)
	CancelReject                // OrderCancelReject (9)
	BusinessReject              // BusinessMessageReject (j)
	MassCancelReport            // OrderMassCancelReport (r)
)

// ExecType is ExecType(150) of FIX 4.4.
type ExecType byte

const (
	ExecNew           ExecType = '0'
	ExecDone          ExecType = '3'
	ExecCanceled      ExecType = '4'
	ExecReplaced      ExecType = '5'
	ExecPendingCancel ExecType = '6'
	ExecStopped       ExecType = '7'
	ExecRejected      ExecType = '8'
	ExecSuspended     ExecType = '9'
	ExecPendingNew    ExecType = 'A'
	ExecCalculated    ExecType = 'B'
	ExecExpired       ExecType = 'C'
	ExecRestated      ExecType = 'D'
	ExecPendReplace   ExecType = 'E'
	ExecTrade         ExecType = 'F'
	ExecCorrect       ExecType = 'G'
	ExecBust          ExecType = 'H'
	ExecStatus        ExecType = 'I'
)

// OrdStatus is OrdStatus(39).
type OrdStatus byte

const (
	StatusNew             OrdStatus = '0'
	StatusPartiallyFilled OrdStatus = '1'
	StatusFilled          OrdStatus = '2'
	StatusDoneForDay      OrdStatus = '3'
	StatusCanceled        OrdStatus = '4'
	StatusPendingCancel   OrdStatus = '6'
	StatusStopped         OrdStatus = '7' // guaranteed a price by the venue; still open
	StatusRejected        OrdStatus = '8'
	StatusSuspended       OrdStatus = '9' // open, and cannot trade for now
	StatusPendingNew      OrdStatus = 'A'
	StatusCalculated      OrdStatus = 'B' // completed for the day
	StatusExpired         OrdStatus = 'C'
	StatusPendingReplace  OrdStatus = 'E'
)

// Terminal reports whether an order in this state can no longer trade.
func (s OrdStatus) Terminal() bool {
	switch s {
	case StatusFilled, StatusDoneForDay, StatusCanceled, StatusRejected, StatusCalculated, StatusExpired:
		return true
	}
	return false
}

// Report is one message to a desk. Quantities are the parent's, in shares.
type Report struct {
	Kind       ReportKind
	Desk       uint8
	ExecType   ExecType
	OrdStatus  OrdStatus
	Reason     Reason
	ResponseTo byte // CxlRejResponseTo(434): '1' for F, '2' for G; on a status 'H' or 'A' (AF), 0 for a possible resend
	OrdType    byte
	LastLiq    byte // LastLiquidityInd(851): 1 added, 2 removed; 0 unknown
	Algo       market.Algo
	Side       market.Side
	Instrument market.InstrumentID
	Replaced   bool // the order was replaced at least once: FIX 4.2 says 39=5 until it trades
	_          [3]byte
	// Count is how many orders a mass request is about: TotNumReports(911) of a mass
	// status, TotalAffectedOrders(533) of a mass cancel. Left is, of a mass status,
	// how many reports are still to come; of a mass cancel, how many of the desk's
	// orders were ending already and are not counted.
	Count, Left uint32
	RefSeqNum   uint32 // RefSeqNum(45) of a BusinessReject; 0 = left out
	_           [4]byte
	ExecRef     uint64 // Serial that a bust or a correction is about: ExecRefID(19)
	Serial      uint64 // unique over the daemon's life; ExecID(17) is made of it
	ParentID    uint64 // OrderID(37); 0 = "NONE"
	OrderQty    market.Qty
	CumQty      market.Qty
	LeavesQty   market.Qty
	LastQty     market.Qty
	Price       market.Price
	LastPx      market.Price
	AvgPx       market.Price // rounded half up to 1e-9
	Nanos       market.Nanos // TransactTime(60), stamped by the engine
	ClOrdID     ClOrdID
	OrigClOrdID ClOrdID
	ReqID       ClOrdID // OrdStatusReqID(790) or MassStatusReqID(584) of a status
}
