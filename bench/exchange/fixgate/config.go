package fixgate

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	gateway "slipstream/fix/desk"
)

// Session is one member of the exchange. Its index plus one is its owner number, so
// the order must not change over a restart.
type Session struct {
	SenderCompID string          // the exchange's
	TargetCompID string          // the member's
	MPID         string          // attribution of its orders on the feed; up to 4 bytes, empty = none
	Version      gateway.Version // zero = FIX 4.4
}

// Config of a Gate. Start from DefaultConfig.
type Config struct {
	Listen   string // TCP address; port 0 lets the kernel choose
	Sessions []Session
	// StateDir keeps sequence numbers, messages and the count of Execs sent; empty =
	// memory. It belongs to one event log: keep or remove both together.
	StateDir string
	Sync     bool // survive a power cut, not only a kill
	// CancelOnDisconnect cancels a member's live orders when its session ends, except
	// when the gate itself closes.
	CancelOnDisconnect bool
	TimePrecision      string        // MILLIS, MICROS or NANOS
	CloseTimeout       time.Duration // for the queue to empty, for Logout, and for what is left
	ExecsMax           int           // Execs that wait to be sent
	ClOrdIDsMax        int           // ClOrdIDs remembered; new ones are rejected beyond
	Guard              gateway.GuardConfig
	TLS                *tls.Config                       // nil = clear text
	Log                func(event, session, text string) // must not block; may be nil
}

// DefaultConfig has every bound filled; Listen and Sessions are the caller's.
func DefaultConfig() Config {
	return Config{
		TimePrecision: "NANOS", CloseTimeout: 3 * time.Second, ExecsMax: 1 << 17, ClOrdIDsMax: 1 << 20,
		Guard: gateway.DefaultGuardConfig(),
	}
}

// Validate reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("fixgate: "+format, args...))
		}
	}
	fault(c.Listen == "", "Listen is empty")
	fault(len(c.Sessions) == 0, "no sessions")
	seen := make(map[Session]bool)
	for i, s := range c.Sessions {
		fault(s.SenderCompID == "" || s.TargetCompID == "", "session %d: a CompID is empty", i)
		fault(len(s.MPID) > 4, "session %d: MPID %q has more than 4 bytes", i, s.MPID)
		s.MPID, s.Version = "", 0
		fault(seen[s], "session %d: %s and %s are configured twice", i, s.SenderCompID, s.TargetCompID)
		seen[s] = true
	}
	switch c.TimePrecision {
	case "MILLIS", "MICROS", "NANOS":
	default:
		fault(true, "TimePrecision %q; it must be MILLIS, MICROS or NANOS", c.TimePrecision)
	}
	fault(c.CloseTimeout < 10*time.Millisecond || c.CloseTimeout > time.Minute, "CloseTimeout is %v; it must be 10ms to 1m", c.CloseTimeout)
	fault(c.ExecsMax < 1, "ExecsMax is %d; it must be above 0", c.ExecsMax)
	fault(c.ClOrdIDsMax < 1, "ClOrdIDsMax is %d; it must be above 0", c.ClOrdIDsMax)
	return errors.Join(errs...)
}
