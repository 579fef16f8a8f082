package fix

import "slipstream/internal/market"

// ClOrdIDMax is the longest ClOrdID(11) accepted from a desk, in bytes.
const ClOrdIDMax = 47

// ClOrdID is a desk's order identifier, kept by value.
type ClOrdID struct {
	N uint8
	B [ClOrdIDMax]byte
}

// MakeClOrdID copies s; ok is false when it does not fit or is empty.
func MakeClOrdID(s string) (id ClOrdID, ok bool) {
	if s == "" || len(s) > ClOrdIDMax {
		return id, false
	}
	id.N = uint8(copy(id.B[:], s))
	return id, true
}

func (c *ClOrdID) Bytes() []byte { return c.B[:c.N] }
func (c ClOrdID) String() string { return string(c.B[:c.N]) }

// CommandKind says what a desk, or an operator, wants.
type CommandKind uint8

const (
	NoCommand        CommandKind = iota
	NewParent                    // NewOrderSingle (D)
	ReplaceParent                // OrderCancelReplaceRequest (G)
	CancelParent                 // OrderCancelRequest (F)
	Kill                         // operator: no new orders, cancel all; latched
	Rearm                        // operator: lift Kill
	Shutdown                     // operator: cancel all children, then log out
	SwapPolicy                   // operator: LEARNED parents follow the policy that ClOrdID names from now on
	StatusParent                 // OrderStatusRequest (H): of the order that ClOrdID names
	MassStatus                   // OrderMassStatusRequest (AF): of the desk's open orders
	MassCancel                   // OrderMassCancelRequest (q): of the desk's open orders
	CommandKindCount             // number of kinds; not a kind
)

// Command is one validated request. Desk, ClOrdID and the numbers were checked
// for form by the gateway; the engine judges them against its state.
type Command struct {
	Kind       CommandKind
	Desk       uint8 // index of the desk session; reports go back to it
	Algo       market.Algo
	Tactic     market.Tactic
	Side       market.Side
	OrdType    byte // OrdType(40): '1' market, '2' limit
	PossResend bool // PossResend(97)=Y
	HasTactic  bool // the request names Tactic; a replace that does not leaves it as it is
	// Instrument and, above, Side: of AF and q they narrow the request down;
	// NoInstrument and 0 mean all.
	Instrument market.InstrumentID
	_          [2]byte
	// SeqNum is MsgSeqNum(34) of the desk's message, for RefSeqNum(45) of a reject.
	SeqNum uint32
	// ParticipationPpm is the POV target, and otherwise a cap; parts per million
	// of market volume including ours; 0 = none given.
	ParticipationPpm uint32
	// UrgencyMilli is kappa*T of Almgren-Chriss in thousandths; 0 = the default.
	UrgencyMilli  uint32
	OrderQty      market.Qty   // OrderQty(38), shares
	Price         market.Price // Price(44); 0 when OrdType is '1'
	StartNanos    market.Nanos // EffectiveTime(168); 0 = now
	EndNanos      market.Nanos // ExpireTime(126); 0 = the configured default horizon
	TransactNanos market.Nanos // TransactTime(60), stamped by the desk
	OrderID       uint64       // OrderID(37) of an H that has no ClOrdID
	ClOrdID       ClOrdID      // ClOrdID(11)
	OrigClOrdID   ClOrdID      // OrigClOrdID(41) on G and F
	ReqID         ClOrdID      // OrdStatusReqID(790) on H, MassStatusReqID(584) on AF
}
