package engine

import (
	"errors"
	"fmt"

	"slipstream/feed/arbiter"
	"slipstream/feed/book"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/internal/market"
	"slipstream/policy/schedule"
	"slipstream/risk"
)

// Config is everything an Engine is built from. Two Engines with equal Config and
// equal session.State behave the same; the journal carries it.
type Config struct {
	Instruments []market.Instrument
	Arbiter     arbiter.Config
	Book        book.Config // Instruments is taken from above
	Session     session.Config
	Venue       venue.Config
	Risk        risk.Config

	Date    market.Nanos      // midnight UTC of the trading day, for ClOrdIDs
	Profile *schedule.Profile // intraday volume, for VWAP; nil = flat
	Policy  Policy            // of every algorithm, instead of SchedulePolicy; for simulation and tests
	// FindPolicy gives the policy that a SwapPolicy command names, nil if there is
	// none; LEARNED parents follow it. It must give the same answer in a replay.
	FindPolicy func(name *fix.ClOrdID) Policy
	// MaxOpen are the parents that each desk, by its index, may have open at once; 0, or
	// a desk beyond the list, has no limit of its own.
	MaxOpen     []int
	MaxParents  int // per day; more are rejected (103=0 "order table full")
	MaxChildren int // open at once, and closed ones still remembered
	MaxFills    int // ExecIDs remembered for the day

	SliceNanos      market.Nanos // length of a schedule's slice; cut to a quarter of short windows
	MinSpacingNanos market.Nanos // between two decisions of one parent that send something
	IntervalNanos   market.Nanos // a parent is looked at this often even if nothing happens
	HorizonNanos    market.Nanos // end of a parent that names none
	AckTimeoutNanos market.Nanos // an order without an answer for so long is asked about
	// CancelsOnDisconnect says that the venue takes our orders back when the connection
	// ends, or CancelAfterNanos later. It is asked about them all the same, and one that it
	// calls open then is canceled.
	CancelsOnDisconnect bool
	CancelAfterNanos    market.Nanos
	FeedSilentNanos     market.Nanos // no packet on any line for so long stops new orders
	UrgencyMilli        uint32       // kappa*T of IS when the desk names none, in thousandths
	PostOnly            bool         // rest with ExecInst(18)=6
	Recover             RecoverMode  // of parents that TakeOver brings
}

// Default gives every number its default; instruments, session, venue and limits
// are the caller's.
func Default() Config {
	return Config{
		MaxParents: 1024, MaxChildren: 4096, MaxFills: 1 << 17,
		SliceNanos: 30 * market.Second, MinSpacingNanos: 10 * market.Millisecond,
		IntervalNanos: 500 * market.Millisecond, HorizonNanos: 1800 * market.Second,
		AckTimeoutNanos: 2 * market.Second, FeedSilentNanos: 3 * market.Second,
		UrgencyMilli: 2000, PostOnly: true,
	}
}

// validate reports every fault at once.
func (c *Config) validate() error {
	var errs []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("engine: "+format, args...))
		}
	}
	need(len(c.Instruments) > 0, "no instrument is configured: name at least one")
	for i, in := range c.Instruments {
		need(int(in.ID) == i, "instrument %s: ID %d, want %d (the order of the configuration)", in.Symbol, in.ID, i)
		need(in.Tick > 0 && in.Lot > 0, "instrument %s: tick and lot must be above 0", in.Symbol)
	}
	need(c.MaxParents > 0 && c.MaxParents <= 1<<20, "MaxParents %d is not in 1..%d", c.MaxParents, 1<<20)
	need(c.MaxChildren > 0 && c.MaxChildren <= 1<<20, "MaxChildren %d is not in 1..%d", c.MaxChildren, 1<<20)
	need(c.MaxFills > 0 && c.MaxFills <= 1<<26, "MaxFills %d is not in 1..%d", c.MaxFills, 1<<26)
	need(c.SliceNanos >= market.Millisecond, "SliceNanos %d is below 1 ms", c.SliceNanos)
	need(c.MinSpacingNanos > 0, "MinSpacingNanos must be above 0")
	need(c.IntervalNanos >= market.Millisecond, "IntervalNanos %d is below 1 ms", c.IntervalNanos)
	need(c.HorizonNanos > 0 && c.AckTimeoutNanos > 0 && c.FeedSilentNanos > 0, "HorizonNanos, AckTimeoutNanos and FeedSilentNanos must be above 0")
	return errors.Join(errs...)
}
