package book

import "slipstream/internal/market"

// Change says what one message did.
type Change struct {
	Instrument market.InstrumentID // market.NoInstrument when it concerns none of ours
	Flags      Flags
	Fault      Fault // why, with Bad or Full
}

// Flags of a Change.
type Flags uint8

const (
	Touch   Flags = 1 << iota // a best price or the quantity at it changed
	Trade                     // volume was added to Traded or to the crosses
	State                     // a trading state, or the system's, changed
	Unknown                   // not one of our instruments, or a type that is not ITCH 5.0
	Bad                       // malformed or inconsistent; the instrument is Suspect
	Full                      // a slab is full: an order was not stored, the instrument is Stale
)

// Fault is why a message was not applied, or not as it stands.
type Fault uint8

const (
	FaultNone         Fault = iota
	FaultShape              // length does not fit the type
	FaultUnknownRef         // no such order open
	FaultDuplicateRef       // an order with this reference is open already
	FaultOtherStock         // the order, or the symbol named, is not of this Stock Locate
	FaultSide               // neither 'B' nor 'S'
	FaultZeroQty            // zero shares in a message that needs some
	FaultOverfill           // more shares executed or canceled than open: the order is removed
	FaultState              // a trading state that ITCH does not have
	FaultLateLocate         // a locate was learned after messages with it had been passed over
	FaultOrdersFull         // MaxOrders
	FaultLevelsFull         // MaxLevels
	FaultCount              // number of faults; not a fault
)

var faultText = [FaultCount]string{
	"", "wrong length for the message type", "unknown order reference", "duplicate order reference",
	"order of another stock", "bad side", "zero quantity", "more than is open",
	"bad trading state", "locate learned late", "order slab full", "level slab full",
}

func (f Fault) String() string {
	if f < FaultCount {
		return faultText[f]
	}
	return "unknown fault"
}

// Trust is how far a book may be believed. It only worsens, until SetTrust or Reset.
type Trust uint8

const (
	Good    Trust = iota
	Suspect       // a message did not fit the book
	Stale         // messages or orders are known to be missing
)

func (t Trust) String() string {
	switch t {
	case Good:
		return "good"
	case Suspect:
		return "suspect"
	}
	return "stale"
}

// TradingState is the state of an instrument, from H and h messages.
type TradingState uint8

const (
	NoState   TradingState = iota // none was sent yet
	Trading                       // 'T'
	QuoteOnly                     // 'Q'
	Paused                        // 'P'
	Halted                        // 'H', or an operational halt of Nasdaq's
)

func (s TradingState) String() string {
	switch s {
	case Trading:
		return "trading"
	case QuoteOnly:
		return "quote-only"
	case Paused:
		return "paused"
	case Halted:
		return "halted"
	}
	return "no-state"
}
