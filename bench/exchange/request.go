package exchange

import "slipstream/internal/market"

// Kind says what a Request asks for.
type Kind uint8

const (
	NoRequest   Kind = iota
	KindNew          // enter an order
	KindCancel       // cancel what is left of an order
	KindReplace      // change quantity and price of an order
	KindStatus       // tell an order's state; changes nothing, is not logged
	KindHalt         // operator: halt trading in Instrument
	KindResume       // operator: resume trading in Instrument
	KindBust         // operator: take back the trade whose match number is OrderID
	KindCorrect      // operator: give that trade another Price
)

// OrdType is limit or market.
type OrdType uint8

const (
	OrdLimit OrdType = iota
	OrdMarket
)

// TIF is the time in force.
type TIF uint8

const (
	Day TIF = iota
	IOC     // immediate or cancel
	FOK     // fill or kill
)

// SelfMatch says what happens when an order would trade with a resting order of
// the same non-zero owner.
type SelfMatch uint8

const (
	SelfMatchDefault  SelfMatch = iota // of a Request: the Config's; of a Config: CancelResting
	CancelResting                      // the resting order is canceled, matching goes on
	CancelIncoming                     // what is left of the incoming order is canceled
	CancelBothMatched                  // both are canceled
)

// TokenMax is the longest Token, in bytes.
const TokenMax = 31

// Token is a short opaque byte string of the order-entry side (its ClOrdID). It
// is kept with the order, written to the event log, and echoed in every Exec,
// also in those of a replay; so the order-entry side needs no store of its own
// to know its orders after a restart.
type Token struct {
	N uint8
	B [TokenMax]byte
}

// MakeToken copies s; ok is false when it does not fit.
func MakeToken(s []byte) (t Token, ok bool) {
	if len(s) > TokenMax {
		return t, false
	}
	t.N = uint8(copy(t.B[:], s))
	return t, true
}

// Bytes is the token without padding.
func (t *Token) Bytes() []byte { return t.B[:min(t.N, TokenMax)] }

// Request is one external message to the exchange. Fixed size, pointer-free.
//
// Cancel, Replace and Status address the order by OrderID, or, when OrderID is
// 0, by OrigClientRef, which must then be the order's current ClientRef: so a
// cancel may be sent before the answer to the order it cancels has arrived. In
// both cases Owner must be the order's.
type Request struct {
	Kind       Kind
	Side       market.Side
	Type       OrdType
	TIF        TIF
	PostOnly   bool // reject, rather than trade, if the price would cross; limit and Day only
	SelfMatch  SelfMatch
	Instrument market.InstrumentID
	Owner      uint32 // 0 is the background flow and gets no Execs
	// OrderID is the exchange's order reference, as Exec.OrderID gave it.
	OrderID uint64
	// ClientRef is an opaque token, unique among the live orders of all owners;
	// 0 on a New is refused for owners other than 0.
	ClientRef uint64
	// OrigClientRef addresses an order when OrderID is 0.
	OrigClientRef uint64
	// Qty is the order's quantity in shares. On Replace it is the new total,
	// including what is executed already (FIX OrderQty semantics); at or below
	// the executed quantity the replace cancels the order.
	Qty market.Qty
	// Price is a multiple of the tick and of 1e-4; ignored on market orders.
	Price market.Price
	// MPID, when its first byte is not zero, attributes the order: it is
	// published as F instead of A.
	MPID  [4]byte
	Token Token
}
