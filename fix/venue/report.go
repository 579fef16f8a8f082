package venue

import (
	"slipstream/fix"
	"slipstream/internal/market"
)

// ExecReport is an ExecutionReport (8). Slices are borrowed from the message.
type ExecReport struct {
	ChildID       ChildID // of ClOrdID(11); 0 when not Known
	OrigChildID   ChildID // of OrigClOrdID(41); 0 when none or foreign
	Known         bool    // ClOrdID has our form: look ChildID up, it may still be unknown
	HasCumQty     bool    // CumQty(14) was given
	HasLeavesQty  bool    // LeavesQty(151) was given
	ExecType      fix.ExecType
	OrdStatus     fix.OrdStatus
	Side          market.Side // 0 when missing
	LastLiq       byte        // LastLiquidityInd(851): 1 added, 2 removed, 3 routed out; 0 unknown
	OrdRejReason  uint16      // OrdRejReason(103); 0 also when missing
	Restatement   uint16      // ExecRestatementReason(378); 0 also when missing
	Symbol        market.Symbol
	VenueOrderID  uint64       // OrderID(37) as decimal number; 0 when it is none
	ExecIDHash    uint64       // of ExecID(17): the dedupe key of fills; 0 only when missing
	ExecRefHash   uint64       // of ExecRefID(19), the report that a bust or correction is about; 0 only when missing
	OrderQty      market.Qty   // OrderQty(38)
	CumQty        market.Qty   // CumQty(14)
	LeavesQty     market.Qty   // LeavesQty(151)
	LastQty       market.Qty   // LastQty(32)
	Price         market.Price // Price(44); 0 when missing
	LastPx        market.Price // LastPx(31)
	AvgPx         market.Price // AvgPx(6), cut to 1e-9
	TransactNanos market.Nanos // TransactTime(60); 0 when missing
	ClOrdID       []byte       // ClOrdID(11) as received
	OrderID       []byte       // OrderID(37) as received
	ExecID        []byte       // ExecID(17) as received
	ExecRefID     []byte       // ExecRefID(19) as received
	Text          []byte       // Text(58)
}

// CancelReject is an OrderCancelReject (9).
type CancelReject struct {
	ChildID      ChildID // of ClOrdID(11): the request refused
	OrigChildID  ChildID // of OrigClOrdID(41): the order it was about
	Known        bool    // ClOrdID has our form
	HasReason    bool    // CxlRejReason(102) was given
	OrdStatus    fix.OrdStatus
	ResponseTo   byte   // CxlRejResponseTo(434): '1' for F, '2' for G; 0 when missing
	CxlRejReason uint16 // CxlRejReason(102); 0 also when missing
	VenueOrderID uint64 // OrderID(37) as decimal number; 0 when it is none ("NONE")
	Text         []byte
}

// Reject is a session-level Reject (3) of one of our messages.
type Reject struct {
	RefSeqNum  uint64 // RefSeqNum(45): MsgSeqNum of our message
	RefTagID   uint32 // RefTagID(371); 0 when missing
	RefMsgType byte   // RefMsgType(372) if it is one byte; 0 otherwise
	Reason     uint16 // SessionRejectReason(373); 99 when missing
	Text       []byte
}

// BusinessReject is a BusinessMessageReject (j).
type BusinessReject struct {
	RefSeqNum  uint64  // RefSeqNum(45); 0 when missing
	ChildID    ChildID // of BusinessRejectRefID(379); 0 when not Known
	Known      bool    // 379 has the form of our ClOrdID
	RefMsgType byte    // RefMsgType(372) if it is one byte; 0 otherwise
	Reason     uint16  // BusinessRejectReason(380)
	Text       []byte
}

// MassCancelReport is an OrderMassCancelReport (r).
type MassCancelReport struct {
	Response byte   // MassCancelResponse(531): '0' = refused, otherwise what was canceled
	Affected uint64 // TotalAffectedOrders(533); 0 also when missing
	Reason   uint16 // MassCancelRejectReason(532); 0 also when missing
}

// SessionStatus is TradSesStatus(340).
type SessionStatus byte

const (
	SessionUnknown  SessionStatus = 0
	SessionHalted   SessionStatus = 1
	SessionOpen     SessionStatus = 2
	SessionClosed   SessionStatus = 3
	SessionPreOpen  SessionStatus = 4
	SessionPreClose SessionStatus = 5
	SessionRefused  SessionStatus = 6 // a request for it was rejected
)

// TradingSession is a TradingSessionStatus (h).
type TradingSession struct {
	Status    SessionStatus
	HasSymbol bool // it is about Symbol alone, otherwise about all
	Symbol    market.Symbol
}
