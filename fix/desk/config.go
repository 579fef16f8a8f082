package desk

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"slipstream/fix"
	"slipstream/internal/market"
)

// Session is one desk. Its index in Config.Sessions is fix.Command.Desk.
type Session struct {
	Version      Version
	SenderCompID string // ours: TargetCompID(56) of the desk's messages
	TargetCompID string // the desk's: SenderCompID(49) of its messages
	// Password, if set, must be Password(554) of the Logon.
	Password string
	// Accounts, if any, are the only ones accepted in Account(1).
	Accounts []string
	Limits   Limits
	// DropCopy makes it a read-only session: copies of the reports of the desks whose
	// TargetCompID is in CopyOf, of all if that is empty. It may send no order.
	DropCopy bool
	CopyOf   []string
	// EchoAll lets reports repeat all that an order carried of strategies, also what the
	// version's own ExecutionReport (8) does not have: the desk's dictionary must have it.
	EchoAll bool
	// CertName, if set, must be the common name or a DNS name of the certificate that
	// the peer shows; it needs Config.TLS with client certificates.
	CertName string
}

// Config of a Gateway. Start from DefaultConfig.
type Config struct {
	Listen   string // TCP address; port 0 lets the kernel choose
	TLS      *tls.Config
	Sessions []Session // 1 to 64
	// StoreDir keeps sequence numbers and messages of all sessions; empty = memory,
	// and every start begins with sequence numbers 1.
	StoreDir string
	// Zone is where the days of Limits begin at midnight; nil is UTC.
	Zone *time.Location
	// StoreSync makes each stored message survive a power cut: about 3 fsync each.
	StoreSync   bool
	Instruments []market.Instrument
	// DefaultAlgo is for orders without TargetStrategy(847); NoAlgo refuses them.
	DefaultAlgo market.Algo
	LastMkt     string // LastMkt(30) of fills, a MIC; empty = left out
	// TimePrecision of SendingTime(52) and TransactTime(60): MILLIS as FIX 4.4 has
	// it, or MICROS or NANOS by agreement.
	TimePrecision string
	StaleAfter    time.Duration // oldest TransactTime(60) accepted, 1 s to 1 day
	StartGrace    time.Duration // how long ago EffectiveTime(168) may be, 0 to 1 day
	HeartBtMax    time.Duration // longest HeartBtInt(108) accepted, 1 s to 1 h
	CloseTimeout  time.Duration // for Logout, and again for what is left, 10 ms to 1 min
	Remember      int           // orders whose OrderID, status and echoed tags are kept, 1 to 1<<20, in equal parts for each desk
	Guard         GuardConfig

	// Submit takes a validated command; false means that the queue is full. It is
	// called on one goroutine per session and must not block.
	Submit func(*fix.Command) bool
	// Log hears "in", "out", "event", "guard" and "alert" with the session (or peer) and a
	// text, '|' for SOH, secrets blanked. It is called on the sessions' goroutines
	// and must not block. May be nil.
	Log func(event, session, text string)
	// LogMessages has every message logged, "in" and "out"; without it they cost nothing.
	LogMessages bool
	// Now is the clock for ages and for TransactTime(60) of the gateway's own
	// answers. The session layer has its own.
	Now func() time.Time
}

// DefaultConfig has every bound filled; Listen, Sessions, Instruments and Submit are the
// caller's. A connection is paced to 1000 messages a second.
func DefaultConfig() Config {
	guard := DefaultGuardConfig()
	guard.MessagesPerSecond = 1000
	return Config{
		StoreSync: true, TimePrecision: "MILLIS", StaleAfter: time.Minute, StartGrace: time.Minute,
		HeartBtMax: 5 * time.Minute, CloseTimeout: 5 * time.Second, Remember: 1 << 16,
		Guard: guard, Now: time.Now,
	}
}

const sessionsMax = 64

// Validate reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("desk: "+format, args...))
		}
	}
	within := func(name string, d, lo, hi time.Duration) {
		fault(d < lo || d > hi, "%s is %v; it must be %v to %v", name, d, lo, hi)
	}
	fault(c.Listen == "", "Listen is empty")
	fault(len(c.Sessions) == 0 || len(c.Sessions) > sessionsMax, "%d sessions; there must be 1 to %d", len(c.Sessions), sessionsMax)
	seen := make(map[[2]string]bool)
	for i, s := range c.Sessions {
		fault(!isCompID(s.SenderCompID) || !isCompID(s.TargetCompID),
			"session %d: CompIDs %q and %q must be 1 to 32 letters, digits, '-', '_' or '.'", i, s.SenderCompID, s.TargetCompID)
		pair := [2]string{s.SenderCompID, s.TargetCompID}
		fault(seen[pair], "session %d: %s and %s are configured twice", i, s.SenderCompID, s.TargetCompID)
		seen[pair] = true
	}
	for i, s := range c.Sessions {
		c.validateSession(i, &s, fault)
	}
	fault(len(c.Instruments) == 0, "no instruments")
	for _, in := range c.Instruments {
		fault(in.Tick <= 0 || in.Lot <= 0, "instrument %s: tick and lot must be above 0", in.Symbol)
	}
	switch c.TimePrecision {
	case "MILLIS", "MICROS", "NANOS":
	default:
		fault(true, "TimePrecision %q; it must be MILLIS, MICROS or NANOS", c.TimePrecision)
	}
	within("StaleAfter", c.StaleAfter, time.Second, 24*time.Hour)
	within("StartGrace", c.StartGrace, 0, 24*time.Hour)
	within("HeartBtMax", c.HeartBtMax, time.Second, time.Hour)
	within("CloseTimeout", c.CloseTimeout, 10*time.Millisecond, time.Minute)
	fault(c.Remember < 1 || c.Remember > 1<<20, "Remember is %d; it must be 1 to %d", c.Remember, 1<<20)
	fault(c.Submit == nil, "Submit is nil")
	fault(c.Now == nil, "Now is nil")
	return errors.Join(errs...)
}

// validateSession judges what one session may do.
func (c *Config) validateSession(i int, s *Session, fault func(bool, string, ...any)) {
	fault(s.Version >= versionCount, "session %d: unknown version %d", i, s.Version)
	fault(len(s.CopyOf) > 0 && !s.DropCopy, "session %d: CopyOf is for drop copies", i)
	for _, name := range s.CopyOf {
		known := false
		for _, other := range c.Sessions {
			known = known || !other.DropCopy && other.TargetCompID == name
		}
		fault(!known, "session %d: CopyOf names %q, which is no desk", i, name)
	}
	for _, symbol := range s.Limits.Symbols {
		known := false
		for _, in := range c.Instruments {
			known = known || in.Symbol.String() == symbol
		}
		fault(!known, "session %d: may trade %q, which is no instrument", i, symbol)
	}
	l := &s.Limits
	fault(l.MaxOrderQty < 0 || l.MaxOrderNotional < 0 || l.MaxNotionalPerDay < 0, "session %d: a limit is below 0", i)
	fault(l.MaxOrdersPerSecond < 0 || l.MaxOrdersPerSecond > 100_000, "session %d: MaxOrdersPerSecond is %d; it must be 0 to 100000", i, l.MaxOrdersPerSecond)
	fault(l.MaxOrdersPerDay < 0 || l.MaxOrdersPerDay > 1_000_000_000, "session %d: MaxOrdersPerDay is %d; it must be 0 to 1000000000", i, l.MaxOrdersPerDay)
	fault(s.CertName != "" && (c.TLS == nil || c.TLS.ClientAuth != tls.RequireAndVerifyClientCert),
		"session %d: CertName needs TLS with client certificates", i)
}

// isCompID bounds what becomes part of a settings line and of a file name.
func isCompID(s string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
	return len(s) >= 1 && len(s) <= 32 && strings.Trim(s, letters) == "" && strings.Trim(s, ".") != ""
}
