package session

import (
	"errors"
	"fmt"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Config is what does not change while a Session lives. Default fills the numbers.
type Config struct {
	BeginString  string // "FIX.4.4"
	SenderCompID string // ours, 1 to 32 bytes
	TargetCompID string // the venue's, 1 to 32 bytes
	Username     string // Username(553) of the Logon; empty = not sent
	Password     string // Password(554) of the Logon; empty = not sent

	HeartBtIntS        uint32         // HeartBtInt(108), seconds, 1 to 3600
	LogonTimeoutNanos  market.Nanos   // from Connected to the Logon of the venue, > 0
	LogoutTimeoutNanos market.Nanos   // from our Logout to the venue's, > 0
	ResendTimeoutNanos market.Nanos   // a gap that makes no progress is asked for again after this, > 0
	ResendTries        int            // ResendRequests for one gap before the connection is dropped, 1 to 100
	MaxSkewNanos       market.Nanos   // greatest distance of SendingTime(52) from now; 0 = not checked
	TimePrecision      wire.Precision // of SendingTime(52) and OrigSendingTime(122)

	MaxMessageBytes int    // longest message received, 512 to 65535
	MaxAppBytes     int    // longest message that Reserve has room for, 256 to 65535
	InputBytes      int    // bytes kept between Receive and Next, >= 2*MaxMessageBytes
	OutputBytes     int    // bytes kept between Commit and Consumed, >= AdminReserveBytes + MaxAppBytes
	SkipOut         uint64 // numbers left out at start because State may be older than the last send
}

// AdminReserveBytes of the output are kept for the session's own messages, so
// that a full output refuses orders and still answers the venue.
const AdminReserveBytes = 4096

// Default is a Config for FIX 4.4 without the CompIDs.
func Default() Config {
	return Config{
		BeginString:        "FIX.4.4",
		HeartBtIntS:        30,
		LogonTimeoutNanos:  10 * market.Second,
		LogoutTimeoutNanos: 2 * market.Second,
		ResendTimeoutNanos: 30 * market.Second,
		ResendTries:        3,
		MaxSkewNanos:       120 * market.Second,
		TimePrecision:      wire.Micros,
		MaxMessageBytes:    8 << 10,
		MaxAppBytes:        1 << 10,
		InputBytes:         256 << 10,
		OutputBytes:        64 << 10,
	}
}

const compIDMax = 32

// Validate reports every fault of c at once.
func (c *Config) Validate() error {
	var faults []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("session: "+format, args...))
		}
	}
	want(c.BeginString == "FIX.4.4", "BeginString is %q, want FIX.4.4", c.BeginString)
	want(isText(c.SenderCompID, 1, compIDMax), "SenderCompID %q: want 1 to %d printable bytes", c.SenderCompID, compIDMax)
	want(isText(c.TargetCompID, 1, compIDMax), "TargetCompID %q: want 1 to %d printable bytes", c.TargetCompID, compIDMax)
	want(isText(c.Username, 0, 64), "Username: want at most 64 printable bytes")
	want(isText(c.Password, 0, 64), "Password: want at most 64 printable bytes")
	want(c.HeartBtIntS >= 1 && c.HeartBtIntS <= 3600, "HeartBtIntS is %d, want 1 to 3600", c.HeartBtIntS)
	want(c.LogonTimeoutNanos > 0, "LogonTimeoutNanos is %d, want > 0", c.LogonTimeoutNanos)
	want(c.LogoutTimeoutNanos > 0, "LogoutTimeoutNanos is %d, want > 0", c.LogoutTimeoutNanos)
	want(c.ResendTimeoutNanos > 0, "ResendTimeoutNanos is %d, want > 0", c.ResendTimeoutNanos)
	want(c.ResendTries >= 1 && c.ResendTries <= 100, "ResendTries is %d, want 1 to 100", c.ResendTries)
	want(c.MaxSkewNanos >= 0, "MaxSkewNanos is %d, want >= 0", c.MaxSkewNanos)
	switch c.TimePrecision {
	case wire.Seconds, wire.Millis, wire.Micros, wire.Nanos:
	default:
		want(false, "TimePrecision is %d, want 0, 3, 6 or 9", c.TimePrecision)
	}
	want(c.MaxMessageBytes >= 512 && c.MaxMessageBytes <= wire.MaxMessage,
		"MaxMessageBytes is %d, want 512 to %d", c.MaxMessageBytes, wire.MaxMessage)
	want(c.MaxAppBytes >= 256 && c.MaxAppBytes <= wire.MaxMessage,
		"MaxAppBytes is %d, want 256 to %d", c.MaxAppBytes, wire.MaxMessage)
	want(c.InputBytes >= 2*max(c.MaxMessageBytes, 512) && c.InputBytes <= 1<<30,
		"InputBytes is %d, want 2*MaxMessageBytes to 1 GiB", c.InputBytes)
	want(c.OutputBytes >= AdminReserveBytes+c.MaxAppBytes && c.OutputBytes <= 1<<30,
		"OutputBytes is %d, want %d+MaxAppBytes to 1 GiB", c.OutputBytes, AdminReserveBytes)
	want(c.SkipOut <= 1_000_000, "SkipOut is %d, want at most 1000000", c.SkipOut)
	return errors.Join(faults...)
}

// isText wants n printable ASCII bytes, min to max, so that no SOH enters a header.
func isText(s string, min, max int) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) >= min && len(s) <= max
}
