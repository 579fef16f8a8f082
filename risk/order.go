package risk

import "slipstream/internal/market"

// Bounds of what the gate counts, so that no sum leaves int64.
const (
	// MaxQty is the largest quantity of an order, a parent or a limit, in shares.
	MaxQty market.Qty = 1 << 40
	// MaxPrice is the largest price of an order or a reference (1.15e9 currency units).
	MaxPrice market.Price = 1 << 60
	// maxPosition is where a position saturates, in shares.
	maxPosition market.Qty = 1 << 61
)

// Kind is the kind of an order message.
type Kind uint8

const (
	NoKind      Kind = iota
	KindNew          // NewOrderSingle (D)
	KindReplace      // OrderCancelReplaceRequest (G)
	KindCancel       // OrderCancelRequest (F): only the message rate is checked
	KindStatus       // OrderStatusRequest (H): message rate and cancel reserve only
)

func (k Kind) String() string {
	switch k {
	case KindNew:
		return "new"
	case KindReplace:
		return "replace"
	case KindCancel:
		return "cancel"
	case KindStatus:
		return "status"
	}
	return "no-kind"
}

// Order is one message that is about to be sent. For KindCancel and KindStatus only
// Kind, Child and OrigChild are read.
type Order struct {
	Kind       Kind
	Side       market.Side
	Instrument market.InstrumentID
	Parent     uint32       // the parent's id, as given to OpenParent
	Child      uint64       // ChildID of this message; above every one sent before
	OrigChild  uint64       // on a replace or cancel, the order it acts on
	Qty        market.Qty   // OrderQty(38), shares; on a replace the new total, what is filled included
	Price      market.Price // limit price; 0 = market
}

// Reference is the market as the book has it, own orders included. A nil
// *Reference is no reference.
type Reference struct {
	Bid, Ask market.Price // best prices; 0 = none
	// Nanos is when the book last changed or was confirmed (a heartbeat of the feed
	// confirms), by the engine's clock: never the exchange's stamp.
	Nanos   market.Nanos
	Trusted bool // no gap open, book not suspect or stale, trading state allows orders
}

// ParentTerms is what a parent order allows its children.
type ParentTerms struct {
	Instrument market.InstrumentID
	Side       market.Side
	Qty        market.Qty   // shares, all children together
	Price      market.Price // limit for every child; 0 = none
	StartNanos market.Nanos // no new order or replace before
	EndNanos   market.Nanos // no new order or replace after; later than StartNanos
}
