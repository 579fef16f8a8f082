package engine

import (
	"slipstream/fix"
	"slipstream/internal/market"
)

// Effects is what one Step wants done. Slices are owned by the Engine and valid
// until the next Step; none grows past its capacity.
type Effects struct {
	Venue       []byte       // bytes for the venue's stream, in order
	FeedRequest []byte       // one datagram for the retransmission server; empty = none
	Reports     []fix.Report // for the desks, in order
	Decisions   []Decision   // for the journal: what was decided and why
	Events      []Event      // for the log
	NewOrders   int          // new or replaced child orders in Venue (latency is measured on these)
	CloseVenue  bool         // close the venue's transport
	StayDown    bool         // do not connect to the venue: a sequence loss is latched, or its session's hours are over
	Done        bool         // after Shutdown: everything is terminal and logged out
	Timer       market.Nanos // call Step with InTimer at this time at the latest
}

// Action is what was decided for a parent.
type Action uint8

const (
	Hold        Action = iota
	Rest               // rest at the near touch
	Improve            // rest one tick inside the spread
	Cross              // take the far touch
	Reprice            // move a resting child to another price
	CancelChild        // take a resting child back
)

// Cause is the kind of event that led to a decision.
type Cause uint8

const (
	ByTimer Cause = iota
	ByTouch       // a packet changed the touch
	ByTrade       // a packet showed a trade
	ByFill        // a child was filled
	ByVenue       // another report of the venue
	ByDesk        // a command
)

// Decision is the audit record of one proposed child message: what was known,
// what was wanted, and the risk gate's verdict. Fixed size, pointer-free.
type Decision struct {
	Now        market.Nanos
	Parent     uint64
	Child      uint64 // ChildID; 0 when denied
	OrigChild  uint64
	Deny       uint64 // risk.Deny bits; 0 = allowed
	Qty        market.Qty
	Price      market.Price // 0 = market
	Bid, Ask   market.Price // the touch as the book had it
	Target     market.Qty   // what the schedule wanted done by now
	Cum        market.Qty
	Open       market.Qty // open child quantity before this
	FeedSeq    uint64     // MoldUDP64 sequence of the last message applied
	Instrument market.InstrumentID
	Side       market.Side
	Action     Action
	Cause      Cause
	Algo       market.Algo
	_          [2]byte
}

// EventCode names a log event; the names are stable (docs/logs.md).
type EventCode uint16

const (
	NoEvent            EventCode = iota
	EvSessionUp                  // A: next MsgSeqNum out, B: next in
	EvSessionDown                // A: session.Why
	EvSession                    // A: session.EventCode, B: MsgSeqNum, C: argument
	EvFeedGap                    // A: first missing sequence, B: count; on both lines
	EvFeedRecovered              // A: next sequence
	EvFeedLost                   // A: first lost sequence, B: count
	EvFeedEnded                  // A: last sequence
	EvBookSuspect                // A: instrument
	EvParentAccepted             // A: parent, B: OrderQty, C: algo
	EvParentRejected             // B: fix.Reason
	EvParentReplaced             // A: parent, B: OrderQty
	EvParentDone                 // A: parent, B: CumQty, C: OrdStatus
	EvParentFallback             // A: parent; a policy fell back to its schedule
	EvChildReject                // A: child, B: OrdRejReason
	EvChildUnknown               // A: child or 0; a report for an order we do not know
	EvFillUnknown                // A: LastQty, B: LastPx; new orders stop
	EvFillDuplicate              // A: child, B: ExecID hash
	EvDenied                     // A: parent, B: risk.Deny, C: ChildID or 0
	EvKill                       // A: 1 on, 0 off
	EvPosture                    // A: engine.Posture bits before, B: after
	EvReconciled                 // A: children asked, B: children ended by the answer
	EvTableFull                  // A: which table
	EvReportRing                 // reports were dropped: must never happen
	EvPolicySwapped              // A: 1 found, 0 unknown; LEARNED parents follow it from now on
	EvShadowDiffers              // A: parent, B: action<<8 | challenger action, C: challenger quantity
	EvFillBusted                 // A: parent, B: shares taken back, C: price
	EvFillCorrected              // A: parent, B: LastQty, C: LastPx as they are now
	EvChildRestated              // A: child, B: OrderQty, C: ExecRestatementReason(378)
	EvChildReopened              // A: child, B: LeavesQty; an order that had ended works again
	EvCancelExpected             // A: child; open although the venue cancels on disconnect
	EvCancelRejected             // A: child, B: CxlRejReason(102), C: OrdStatus(39)
	EvVenueMassCancel            // A: MassCancelResponse(531), B: TotalAffectedOrders(533), C: reason (532)
	EvTradingSession             // A: instrument or -1 = all, B: TradSesStatus(340)
	EvVenueReject                // A: RefSeqNum(45), B: reason (373, or 380 of a j), C: child or 0
	EvVenueUnsupported           // A: first byte of MsgType, B: MsgSeqNum; answered by j 380=3
	EvTakenOver                  // A: parents open, B: children open, C: RecoverMode; orders of the run before
	EvStray                      // A: child, B: the cancel; an open order at the venue that this run does not know
	EventCodeCount               // number of codes; not a code
)

// Event is one line for the log, with up to three numbers. Fixed size.
type Event struct {
	Now     market.Nanos
	Code    EventCode
	_       [6]byte
	A, B, C int64
}
