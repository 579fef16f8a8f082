package exchange

import "slipstream/internal/market"

// ExecKind says what an Exec reports.
type ExecKind uint8

const (
	NoExec             ExecKind = iota
	ExecAccepted                // a New was accepted; trades, if any, follow
	ExecRejected                // a New was rejected, see Reason
	ExecTrade                   // one fill of one order
	ExecCanceled                // the order is out of the market, see Reason
	ExecReplaced                // a Replace was accepted; trades, if any, follow
	ExecCancelRejected          // a Cancel or Replace was rejected, see Reason; the order is as it was
	ExecStatus                  // the answer to a Status request
	ExecBusted                  // a trade of the order was taken back: LastQty at LastPx
	ExecCorrected               // a trade of the order has the price LastPx now
)

// Status is an order's state after what the Exec reports.
type Status uint8

const (
	StatusNone            Status = iota // unknown order
	StatusNew                           // working, nothing executed
	StatusPartiallyFilled               // working, CumQty > 0
	StatusFilled
	StatusCanceled
	StatusRejected
)

// IsTerminal reports whether an order in this state can no longer trade.
func (s Status) IsTerminal() bool { return s >= StatusFilled }

// Liquidity says which side of a trade an order was on.
type Liquidity uint8

const (
	LiquidityNone    Liquidity = 0
	LiquidityAdded   Liquidity = 1 // it rested; LastLiquidityInd(851)=1
	LiquidityRemoved Liquidity = 2 // it came in; 851=2
)

// Reason says why a request was rejected or an order was canceled.
type Reason uint8

const (
	ReasonNone Reason = iota
	// Of rejects.
	ReasonUnknownSymbol // Instrument is not configured
	ReasonClosed        // before the open or after the close
	ReasonHalted        // trading in the instrument is halted; cancels still pass
	ReasonBadSide
	ReasonBadQty      // not positive, over MaxQty, or not a multiple of the lot
	ReasonBadPrice    // not positive, over MaxPrice, or not a multiple of the tick
	ReasonUnsupported // unknown kind or type, or a combination without meaning (post-only IOC)
	ReasonPostOnly    // a post-only order would trade
	ReasonDuplicate   // ClientRef is zero or belongs to a live order
	ReasonFull        // a table of fixed size is full
	ReasonUnknownOrder
	ReasonTooLate // the order is finished
	// Of cancels.
	ReasonRequested     // by a Cancel
	ReasonIOC           // an IOC's rest
	ReasonFOK           // a FOK that could not be filled at once
	ReasonNoLiquidity   // a market order's rest
	ReasonSelfMatch     // self-match prevention
	ReasonBelowExecuted // a Replace to at most the executed quantity
	ReasonEndOfSession
	ReasonCount // number of reasons; not a reason
)

var reasonText = [ReasonCount]string{
	"", "unknown symbol", "market closed", "trading halted", "bad side", "bad quantity",
	"bad price", "unsupported order characteristic", "post-only order would trade",
	"duplicate client reference", "order table full", "unknown order", "order already finished",
	"requested", "immediate-or-cancel remainder", "fill-or-kill not fillable", "no liquidity",
	"self-match prevention", "replaced to at most the executed quantity", "end of session",
}

func (r Reason) String() string {
	if r < ReasonCount {
		return reasonText[r]
	}
	return "unknown reason"
}

// Exec is one report about an order of an owner other than 0, or the answer to
// a request. Fixed size, pointer-free. Quantities and prices are the order's
// state after the event.
//
// Refs: ClientRef and Token are those of the request that the Exec answers
// (New, Replace, Cancel, Status); on an Exec that answers none (trades,
// unsolicited cancels) they are the order's current ones. OrigClientRef and
// OrigToken are the order's before the request, on answers to Replace, Cancel
// and Status.
type Exec struct {
	Kind       ExecKind
	Reason     Reason
	Status     Status
	Liquidity  Liquidity // on trades
	Side       market.Side
	Type       OrdType
	TIF        TIF
	RequestOf  Kind // kind of the request this answers; NoRequest = unsolicited
	Replayed   bool // made while a log was replayed: it may have been sent before the kill
	Instrument market.InstrumentID
	Owner      uint32
	// Serial counts Execs from 1 without gaps, the same in every replay; 0 on
	// ExecStatus, which is not repeatable.
	Serial        uint64
	OrderID       uint64 // ITCH order reference, also of orders that never rest; 0 on rejects
	OrigOrderID   uint64 // on ExecReplaced: the reference before; equal when priority was kept
	ClientRef     uint64
	OrigClientRef uint64
	MatchNumber   uint64 // on trades, busts and corrections; the same as on the tape
	RefSerial     uint64 // on busts and corrections: Serial of the last Exec about that trade
	OrderQty      market.Qty
	CumQty        market.Qty
	LeavesQty     market.Qty // 0 when terminal
	LastQty       market.Qty
	Price         market.Price // limit; 0 on market orders
	LastPx        market.Price
	AvgPx         market.Price // of CumQty, rounded half up to 1e-9
	// Bid and Ask are the touch just before the event that caused this Exec;
	// 0 = none. The basis of arrival mid and spread in TCA.
	Bid, Ask  market.Price
	Nanos     market.Nanos // exchange time
	Token     Token
	OrigToken Token
}
