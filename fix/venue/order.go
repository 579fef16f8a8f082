package venue

import "slipstream/internal/market"

// ChildID names a child order: epoch*ChildIDsPerRun + counter, counter from 1.
type ChildID = uint64

// ChildIDsPerRun is how many child orders one run can name.
const ChildIDsPerRun = 100_000_000

// ChildIDBase is the ChildID before the first of the run with this epoch
// (session.Session.Epoch).
func ChildIDBase(epoch uint64) ChildID { return epoch % epochs * ChildIDsPerRun }

// epochs is 36^5: the epochs that five base-36 digits hold.
const epochs = 36 * 36 * 36 * 36 * 36

// TimeInForce is TimeInForce(59).
type TimeInForce byte

const (
	Day TimeInForce = '0'
	IOC TimeInForce = '3' // immediate or cancel
	FOK TimeInForce = '4' // fill or kill
)

// NewOrder becomes a NewOrderSingle (D).
type NewOrder struct {
	Child    ChildID
	Symbol   market.Symbol
	Side     market.Side
	TIF      TimeInForce  // 0 = Day
	PostOnly bool         // ExecInst(18)=6, participate don't initiate
	Qty      market.Qty   // OrderQty(38)
	Price    market.Price // 0 = OrdType(40) market, else limit
}

// Replace becomes an OrderCancelReplaceRequest (G).
type Replace struct {
	Child    ChildID // the new ClOrdID(11)
	Orig     ChildID // OrigClOrdID(41)
	Symbol   market.Symbol
	Side     market.Side
	TIF      TimeInForce
	PostOnly bool
	Qty      market.Qty // the new total OrderQty(38), filled shares included
	Price    market.Price
	// VenueOrderID is sent as OrderID(37) when it is not 0.
	VenueOrderID uint64
}

// Cancel becomes an OrderCancelRequest (F).
type Cancel struct {
	Child        ChildID // ClOrdID(11) of the request
	Orig         ChildID // OrigClOrdID(41)
	Symbol       market.Symbol
	Side         market.Side
	Qty          market.Qty // OrderQty(38) of the order; 0 = not sent
	VenueOrderID uint64     // OrderID(37); 0 = not sent
}

// Status becomes an OrderStatusRequest (H). The answer is an ExecutionReport with
// ExecType(150)=I.
type Status struct {
	Child        ChildID // ClOrdID(11) of the order asked for
	Symbol       market.Symbol
	Side         market.Side
	VenueOrderID uint64 // OrderID(37); 0 = not sent
}
