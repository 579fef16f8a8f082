package session

import (
	"errors"
	"fmt"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Config is what does not change while a Session lives. Default fills the numbers.
type Config struct {
	Role         Role   // Initiator, the zero value, or Acceptor
	BeginString  string // "FIX.4.2", "FIX.4.4" or "FIXT.1.1"
	ApplVerID    string // DefaultApplVerID(1137) of both Logons, "9" = 5.0SP2; FIXT.1.1 only
	SenderCompID string // ours, 1 to 32 bytes
	TargetCompID string // the peer's, 1 to 32 bytes
	Username     string // Username(553) of the Logon; empty = not sent, not asked for
	Password     string // Password(554) of the Logon; empty = not sent, not asked for

	HeartBtIntS        uint32         // HeartBtInt(108), seconds, 1 to 3600; an Acceptor takes the initiator's
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

	Dictionary     *Dictionary  // what fields and messages must look like; nil = the application judges
	Store          Store        // what a ResendRequest is answered from; nil = one gap fill for all
	ResendAgeNanos market.Nanos // stored messages older than this are gap-filled, never resent; 0 = all are
	EarlyBytes     int          // messages beyond a gap kept until it is filled; 0 = dropped, they come again
	ResendChunk    uint64       // most messages one ResendRequest asks for; 0 = all

	NextExpected  bool     // NextExpectedMsgSeqNum(789) in the Logon, in place of a ResendRequest after it
	LastProcessed bool     // LastMsgSeqNumProcessed(369) in every header of the session's own messages
	ResetOnLogon  bool     // both numbers start at 1 with every Logon; an Initiator says so with 141=Y
	AcceptReset   bool     // ResetSeqNumFlag(141)=Y of the peer is followed: without it, refused, or a sequence loss
	TrustLength   bool     // a wrong BodyLength(9) costs all it claims, as in QuickFIX (wire.Claimed)
	Schedule      Schedule // when the session may be up; zero = always
}

// Role says who sends the first Logon.
type Role uint8

const (
	Initiator Role = iota // connects and sends the first Logon: towards a venue
	Acceptor              // waits for the Logon: towards a desk
)

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
	want(c.Role <= Acceptor, "Role is %d, want 0 or 1", c.Role)
	fixt := c.BeginString == "FIXT.1.1"
	want(fixt || c.BeginString == "FIX.4.2" || c.BeginString == "FIX.4.4",
		"BeginString is %q, want FIX.4.2, FIX.4.4 or FIXT.1.1", c.BeginString)
	want(!fixt || isText(c.ApplVerID, 1, 4), "ApplVerID %q: FIXT.1.1 wants 1 to 4 printable bytes", c.ApplVerID)
	want(fixt || c.ApplVerID == "", "ApplVerID %q: only with FIXT.1.1", c.ApplVerID)
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
	want(c.ResendAgeNanos >= 0, "ResendAgeNanos is %d, want >= 0", c.ResendAgeNanos)
	want(c.Store == nil || c.OutputBytes >= AdminReserveBytes+c.MaxAppBytes+resentMore,
		"OutputBytes is %d, with a Store want %d+MaxAppBytes", c.OutputBytes, AdminReserveBytes+resentMore)
	want(c.EarlyBytes == 0 || c.EarlyBytes >= c.MaxMessageBytes && c.EarlyBytes <= 1<<30,
		"EarlyBytes is %d, want 0, or MaxMessageBytes to 1 GiB", c.EarlyBytes)
	want(c.ResendChunk <= 1_000_000, "ResendChunk is %d, want at most 1000000", c.ResendChunk)
	if err := c.Schedule.Validate(); err != nil {
		faults = append(faults, err)
	}
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
