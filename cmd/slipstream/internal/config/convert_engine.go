package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"slipstream/engine"
	"slipstream/engine/loop"
	"slipstream/feed/arbiter"
	"slipstream/feed/book"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// EngineConfig is the core's configuration for a run that began at start, by the wall
// clock. The same file and the same start give the same one, so that a journal, which
// carries both, can be replayed.
func (c *Daemon) EngineConfig(start market.Nanos) (engine.Config, error) {
	out := engine.Default()
	out.Instruments = MarketInstruments(c.Instruments)
	out.Arbiter = c.Feed.arbiterConfig()
	out.Book = book.Config{Instruments: out.Instruments, MaxOrders: int(c.Feed.MaxOrders), MaxLevels: int(c.Feed.MaxLevels), MaxOwn: int(c.Engine.MaxChildren)}
	out.Session = c.Venue.SessionConfig()
	out.Venue = c.Venue.EncoderConfig()
	out.Risk = c.RiskConfig()
	out.Date = start - start%market.Day

	e := &c.Engine
	out.MaxParents, out.MaxChildren, out.MaxFills = int(e.MaxParents), int(e.MaxChildren), int(e.MaxFills)
	out.SliceNanos, out.HorizonNanos = market.Nanos(e.Slice)*market.Second, market.Nanos(e.Horizon)*market.Second
	out.MinSpacingNanos, out.IntervalNanos = ms(e.MinSpacing), ms(e.Interval)
	if e.Recover == "resume" {
		out.Recover = engine.RecoverResume
	}
	out.UrgencyMilli, out.PostOnly = uint32(e.Urgency), e.PostOnly
	for i := range c.Desk.Sessions {
		out.MaxOpen = append(out.MaxOpen, int(c.Desk.Sessions[i].MaxOpen))
	}
	out.AckTimeoutNanos, out.FeedSilentNanos = ms(c.Venue.AckTimeout), ms(c.Feed.SilentAfter)
	out.CancelsOnDisconnect, out.CancelAfterNanos = c.Venue.CancelOnDisc, ms(c.Venue.CancelAfter)

	var err error
	if out.Session.Schedule, err = c.Venue.Schedule.session(time.Unix(0, int64(start))); err != nil {
		return out, err
	}
	midnight, err := c.Feed.Midnight(time.Unix(0, int64(start)))
	if err != nil {
		return out, err
	}
	out.Profile, err = e.Profile(midnight)
	return out, err
}

func (f *Feed) arbiterConfig() arbiter.Config {
	out := arbiter.Config{
		HoldPackets:       int(f.HoldPackets),
		GapWaitNanos:      market.Nanos(f.GapWait) * market.Microsecond,
		RequestEveryNanos: ms(f.RequestEach),
	}
	copy(out.Session[:], f.Session)
	if f.Recovery != "" {
		out.RequestTries = int(f.RequestMax)
	}
	return out
}

// LoopConfig is the live loop's configuration; the addresses are numeric.
func (c *Daemon) LoopConfig() (loop.Config, error) {
	out := loop.Default()
	var err error
	if out.VenueAddr, err = numeric("venue.address", c.Venue.Address); err != nil {
		return out, err
	}
	for _, a := range strings.Fields(c.Venue.Alternates) {
		if a, err = numeric("venue.alternates", a); err != nil {
			return out, err
		}
		out.VenueMore = append(out.VenueMore, a)
	}
	if out.VenueTLS, err = c.Venue.TLSConfig(); err != nil {
		return out, fmt.Errorf("venue.tls: %w", err)
	}
	if c.Feed.Recovery != "" {
		if out.RecoveryAddr, err = numeric("feed.recovery", c.Feed.Recovery); err != nil {
			return out, err
		}
	}
	out.BackoffMin, out.BackoffMax = ms(c.Venue.Reconnect), ms(c.Venue.ReconnectMax)
	out.CPU = int(c.Process.CPU)
	out.Idle = map[string]loop.Idle{"auto": loop.IdleAuto, "spin": loop.IdleSpin, "poll": loop.IdlePoll}[c.Process.Idle]
	out.Commands, out.Reports = int(c.Process.Commands), int(c.Process.Reports)
	return out, out.Validate()
}

// numeric is what the loop can connect to. Names are not looked up: an answer that
// changes, or comes late, has no place in front of an order.
func numeric(key, address string) (string, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || ap.Port() == 0 {
		return "", fmt.Errorf("%s %q: want a numeric address and a port above 0, as in \"127.0.0.1:9001\"", key, address)
	}
	return address, nil
}

// Journal is the folder of the journal.
func (p *Process) Journal() string {
	if p.JournalDir != "" {
		return p.JournalDir
	}
	return filepath.Join(p.StateDir, "journal")
}

// SessionID is the MoldUDP64 session of the exchange's file.
func (l *Lines) SessionID() (id moldudp64.SessionID) {
	copy(id[:], l.Session)
	return id
}
