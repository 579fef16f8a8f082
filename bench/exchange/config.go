package exchange

import (
	"errors"
	"fmt"

	"slipstream/feed/itch"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// Flow is background order flow that drives a Market's Matcher. It may read the
// Market but no clock and no global random source.
type Flow interface {
	// Fingerprint identifies model, parameters, seed and data. The event log
	// keeps it: a log is replayed only with the flow it was written with.
	Fingerprint() string
	// Open builds the book at the start of the session. The Matcher publishes
	// nothing meanwhile; the Market then publishes the book it finds.
	Open(m *Market) error
	// Next is the time of the next event, never before the one before it; ok is
	// false when there is none any more. It may be called often: it changes nothing.
	Next() (at market.Nanos, ok bool)
	// Apply applies the event that Next announced, and moves on.
	Apply(m *Market)
}

// Config describes a Market. The zero value of a bound means its default.
type Config struct {
	// Instruments in the order of their IDs: Instruments[i].ID == i. Tick must be
	// a multiple of 1e-4. Orders of the background need not keep to tick and lot.
	Instruments []market.Instrument
	Flow        Flow // nil: no background
	// Midnight is the start of the exchange's day; ITCH timestamps count from it.
	Midnight market.Nanos
	// Start is the session's first instant, within the day that Midnight starts.
	Start market.Nanos
	// Session is the MoldUDP64 session, the same after a restart from a log.
	Session moldudp64.SessionID
	// SelfMatch is for requests that name none. Default: CancelResting.
	SelfMatch SelfMatch
	MaxQty    market.Qty   // largest order, shares; default 1,000,000, at most 2^31-1
	MaxPrice  market.Price // highest limit; default 199,999.99
	MaxOrders int          // resting orders of all instruments; default 262,144
	MaxLevels int          // price levels of all instruments; default 65,536
	MaxOwn    int          // own orders that are live or remembered; default 65,536
	// StoreMessages bounds the messages kept for retransmission; default 4,194,304.
	// The oldest go first.
	StoreMessages int
	// StatEntries bounds the trade log and the touch log of each instrument;
	// default 4,194,304. The oldest go first.
	StatEntries int
}

const maxInstruments = 4096

// withDefaults fills the zero bounds.
func (c Config) withDefaults() Config {
	def := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	def(&c.MaxOrders, 1<<18)
	def(&c.MaxLevels, 1<<16)
	def(&c.MaxOwn, 1<<16)
	def(&c.StoreMessages, 1<<22)
	def(&c.StatEntries, 1<<22)
	if c.MaxQty == 0 {
		c.MaxQty = 1_000_000
	}
	if c.MaxPrice == 0 {
		c.MaxPrice = 199_999_99 * (market.PriceUnit / 100)
	}
	if c.SelfMatch == SelfMatchDefault {
		c.SelfMatch = CancelResting
	}
	return c
}

// Validate judges a Config after its defaults and reports every fault at once.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	fault := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("exchange: "+format, args...))
		}
	}
	fault(len(c.Instruments) > 0 && len(c.Instruments) <= maxInstruments,
		"%d instruments: want 1 to %d", len(c.Instruments), maxInstruments)
	seen := map[market.Symbol]bool{}
	for i := range c.Instruments {
		in := &c.Instruments[i]
		fault(int(in.ID) == i, "instrument %s has ID %d at index %d", in.Symbol, in.ID, i)
		fault(in.Symbol.Len() > 0 && !seen[in.Symbol], "instrument %d: symbol %q is empty or twice", i, in.Symbol)
		seen[in.Symbol] = true
		fault(in.Tick > 0 && in.Tick%market.ITCHUnit == 0, "instrument %s: tick %d is not a positive multiple of 1e-4", in.Symbol, in.Tick)
		fault(in.Lot > 0 && in.Lot <= c.MaxQty, "instrument %s: lot %d is not within 1 and MaxQty", in.Symbol, in.Lot)
	}
	fault(c.Start >= c.Midnight && c.Start-c.Midnight < market.Day, "start is not within the day of midnight")
	fault(c.MaxQty > 0 && c.MaxQty <= 1<<31-1, "MaxQty %d: want 1 to 2^31-1", c.MaxQty)
	fault(c.MaxPrice > 0 && c.MaxPrice <= market.Price(1<<32-2)*market.ITCHUnit, "MaxPrice %d does not fit Price(4)", c.MaxPrice)
	fault(c.SelfMatch <= CancelBothMatched, "SelfMatch %d is unknown", c.SelfMatch)
	for _, b := range []struct {
		name string
		v    int
	}{{"MaxOrders", c.MaxOrders}, {"MaxLevels", c.MaxLevels}, {"MaxOwn", c.MaxOwn},
		{"StoreMessages", c.StoreMessages}, {"StatEntries", c.StatEntries}} {
		fault(b.v > 0 && b.v <= 1<<28, "%s %d: want 1 to 2^28", b.name, b.v)
	}
	return errors.Join(errs...)
}

// latest is the last instant that a 48-bit ITCH timestamp and the day allow.
func (c *Config) latest() market.Nanos {
	return c.Midnight + min(market.Day, market.Nanos(itch.MaxTimestamp)) - 1
}
