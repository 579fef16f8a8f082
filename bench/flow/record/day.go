package record

import "slipstream/internal/market"

// Kind is LOBSTER's event type.
type Kind uint8

const (
	Add     Kind = 1 // a new limit order rests
	Cancel  Kind = 2 // part of an order is canceled
	Delete  Kind = 3 // all of it
	Execute Kind = 4 // a resting, visible order trades
	Hidden  Kind = 5 // a trade with interest that was not displayed
	Cross   Kind = 6 // an auction
	Halt    Kind = 7 // the trading state changed
)

func (k Kind) isCancel() bool { return k == Cancel || k == Delete }

// What the Price of a Halt says.
const (
	Quoting uint32 = 0         // quotes are taken again, trading is not
	Resumed uint32 = 1         // trading is open again
	Halted  uint32 = 1<<32 - 1 // LOBSTER's -1
)

// Event is one row.
type Event struct {
	Nanos uint64 // since midnight
	Ref   uint64 // of the order; 0 for Hidden, Cross and Halt
	// Age is the time since the order's Add, ns; -1 when the Add is not in the record.
	// An order that was replaced is a new order.
	Age   int64
	Price uint32 // of the order; of the trade for Hidden and Cross; Halted, Quoting or Resumed
	Size  uint32 // shares added, canceled or executed
	Rest  uint32 // open shares of the order after the event
	// Distance is how many ticks the price is behind the best of its own side as it
	// was before the event; negative inside the spread; NoDistance when that side was
	// empty, and for Cross and Halt.
	Distance int32
	// Level is the place of the price among the own side's occupied levels before the
	// event: 1 is the touch, 0 better than the touch. For a new price it is the place
	// it takes.
	Level int16
	Kind  Kind
	// Side is the resting order's; a buyer who trades at the ask executes a Sell order.
	Side market.Side
	// Replace marks the Delete and the Add that one Replace is made of.
	Replace bool
	// Trade numbers marketable orders from 1: executions of one side at one instant
	// are one order. 0 for other events.
	Trade         int32
	Before, After Touch
}

// NoDistance is the Distance of an event on a side without orders.
const NoDistance = int32(-1 << 31)

// Aggressor is the side of the marketable order of an Execute or Hidden.
func (e *Event) Aggressor() market.Side { return e.Side.Opposite() }

// Touch is the best of both sides; a price of 0 is an empty side.
type Touch struct {
	Bid, Ask       uint32
	BidQty, AskQty uint32
}

// Mid2 is the mid price twice, so that it stays whole; false when a side is empty.
func (t Touch) Mid2() (int64, bool) {
	return int64(t.Bid) + int64(t.Ask), t.Bid != 0 && t.Ask != 0
}

// Qty is the size at the touch of a side.
func (t Touch) Qty(s market.Side) uint32 {
	if s == market.Buy {
		return t.BidQty
	}
	return t.AskQty
}

// Level is one price level; zero when there is none.
type Level struct {
	Price  uint32
	Qty    uint32
	Orders uint32 // in a LOBSTER day those that it tells apart
}

// Day is a recorded stretch.
type Day struct {
	Symbol     string
	Source     string // file or model
	Tick       uint32 // 1e-4
	Levels     int    // of the window
	Start, End uint64 // ns since midnight
	Events     []Event
	// Books are the levels after each event, best first, bids then asks:
	// Books[2*Levels*i:] belongs to Events[i]. Use Bids and Asks.
	Books []Level
}

// Bids are the bid levels after event i, best first; a Level without Qty is none.
func (d *Day) Bids(i int) []Level { return d.Books[2*d.Levels*i:][:d.Levels] }

// Asks are the ask levels after event i.
func (d *Day) Asks(i int) []Level { return d.Books[2*d.Levels*i+d.Levels:][:d.Levels] }

// Seconds is the length of the stretch.
func (d *Day) Seconds() float64 { return float64(d.End-d.Start) / 1e9 }

// Between is the part of the day with from <= Nanos < to; it shares the rows.
func (d *Day) Between(from, to uint64) *Day {
	lo, hi := 0, len(d.Events)
	for lo < hi && d.Events[lo].Nanos < from {
		lo++
	}
	for hi > lo && d.Events[hi-1].Nanos >= to {
		hi--
	}
	part := *d
	part.Start, part.End = max(d.Start, from), min(d.End, to)
	part.Events = d.Events[lo:hi]
	part.Books = d.Books[2*d.Levels*lo : 2*d.Levels*hi]
	return &part
}
