package session

import (
	"fmt"

	"slipstream/internal/market"
)

// Schedule is when the session may be up, in a local time that is a fixed distance
// from UTC: the edge gives the offset of the day (no time zone rules here). The zero
// Schedule is always open.
//
// Daily: a window opens at StartS of each day of Days and closes at the next EndS,
// on the following day if EndS is not after StartS. Weekly: one window, from StartS
// of StartDay to EndS of EndDay.
type Schedule struct {
	On           bool
	Weekly       bool
	StartS, EndS uint32  // seconds of the local day, below 86400; equal = a whole day, or week
	StartDay     Weekday // Weekly only
	EndDay       Weekday // Weekly only
	Days         uint8   // daily only: bit 0 is Monday; 0 = every day
	OffsetS      int32   // local time minus UTC, seconds, at most a day either way
	ResetNumbers bool    // both numbers start at 1 in every window, as agreed with the peer
	SayReset     bool    // and an Initiator's first Logon of the window says so, by 141=Y
}

// Weekday counts from Monday.
type Weekday uint8

const (
	Monday Weekday = iota
	Tuesday
	Wednesday
	Thursday
	Friday
	Saturday
	Sunday
)

const (
	dayS  = 86400
	weekS = 7 * dayS
)

// Validate reports what is out of range.
func (c *Schedule) Validate() error {
	if c.StartS >= dayS || c.EndS >= dayS || c.StartDay > Sunday || c.EndDay > Sunday ||
		c.Days > 127 || c.OffsetS > dayS || c.OffsetS < -dayS {
		return fmt.Errorf("session: Schedule %+v: want seconds below 86400, days 0 to 6, an offset within a day", *c)
	}
	return nil
}

// Open says whether the session may be up at now.
func (c *Schedule) Open(now market.Nanos) bool {
	_, _, open := c.window(now)
	return open
}

// window is the window around now: its start and end in seconds since the Unix
// epoch, UTC. Without a Schedule it is open and has neither.
func (c *Schedule) window(now market.Nanos) (start, end int64, open bool) {
	if !c.On {
		return 0, 0, true
	}
	local := floorDiv(int64(now), int64(market.Second)) + int64(c.OffsetS)
	period, from, to := int64(dayS), int64(c.StartS), int64(c.EndS)
	phase := local
	if c.Weekly {
		period = weekS
		from += int64(c.StartDay) * dayS
		to += int64(c.EndDay) * dayS
		phase += 3 * dayS // 1970-01-01 was a Thursday
	}
	length := (to - from + period) % period
	if length == 0 {
		length = period
	}
	into := floorMod(phase-from, period)
	start = local - into
	day := uint(floorMod(floorDiv(start, dayS)+3, 7))
	open = into < length && (c.Weekly || c.Days == 0 || c.Days>>day&1 != 0)
	return start - int64(c.OffsetS), start - int64(c.OffsetS) + length, open
}

func floorDiv(a, b int64) int64 { return (a - floorMod(a, b)) / b }

func floorMod(a, b int64) int64 { return (a%b + b) % b }
