package arbiter

import (
	"errors"
	"fmt"

	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// Config is how an Arbiter waits and asks. Zero fields take the defaults named here.
type Config struct {
	// Session is the session to follow; zero learns it from the first packet.
	Session moldudp64.SessionID
	// FollowNewSession starts over when another session appears on a live line after
	// the end of this one, or after SessionSilenceNanos without a packet of it. Off,
	// another session's packets are counted and dropped for ever.
	FollowNewSession    bool
	SessionSilenceNanos market.Nanos // default 1 s

	// StartSequence is the first sequence number wanted. Default 1: who joins late
	// asks the retransmission server for all that was missed.
	StartSequence uint64

	// HoldPackets bounds the packets kept while a gap is open or Next is not called;
	// each takes MaxPacket bytes. Default 1024.
	HoldPackets int
	// MaxPacket is the longest datagram taken, in bytes. Default 1472.
	MaxPacket int

	// GapWaitNanos is how long a gap may be a mere reordering, or one line ahead of
	// the other. Default 2 ms.
	GapWaitNanos market.Nanos
	// RequestEveryNanos is how long an answer is waited for before the same messages
	// are asked for again. Default 5 ms.
	RequestEveryNanos market.Nanos
	// RequestTries is how often one range is asked for without any answer before it
	// is lost; 0 means there is no retransmission server.
	RequestTries int
	// RequestMessages is the most one request asks for; the server answers in several
	// packets, so they should fit its and our socket buffers. Default 512.
	RequestMessages int
}

const (
	limitHold     = 1 << 16
	limitPacket   = 1 << 16
	limitRequest  = moldudp64.EndOfSession - 1
	minPacketSize = 64
)

func (c Config) filled() Config {
	if c.SessionSilenceNanos == 0 {
		c.SessionSilenceNanos = market.Second
	}
	if c.StartSequence == 0 {
		c.StartSequence = 1
	}
	if c.HoldPackets == 0 {
		c.HoldPackets = 1024
	}
	if c.MaxPacket == 0 {
		c.MaxPacket = 1472
	}
	if c.GapWaitNanos == 0 {
		c.GapWaitNanos = 2 * market.Millisecond
	}
	if c.RequestEveryNanos == 0 {
		c.RequestEveryNanos = 5 * market.Millisecond
	}
	if c.RequestMessages == 0 {
		c.RequestMessages = 512
	}
	return c
}

// Validate judges every field and reports all faults at once.
func (c Config) Validate() error {
	c = c.filled()
	var errs []error
	in := func(name string, have, lo, hi int64) {
		if have < lo || have > hi {
			errs = append(errs, fmt.Errorf("arbiter: %s %d is not in %d..%d", name, have, lo, hi))
		}
	}
	in("HoldPackets", int64(c.HoldPackets), 1, limitHold)
	in("MaxPacket", int64(c.MaxPacket), minPacketSize, limitPacket)
	in("GapWaitNanos", int64(c.GapWaitNanos), 1, int64(market.Day))
	in("RequestEveryNanos", int64(c.RequestEveryNanos), 1, int64(market.Day))
	in("SessionSilenceNanos", int64(c.SessionSilenceNanos), 1, int64(market.Day))
	in("RequestTries", int64(c.RequestTries), 0, 1<<20)
	in("RequestMessages", int64(c.RequestMessages), 1, limitRequest)
	return errors.Join(errs...)
}

// clamped brings a Config that Validate would refuse into its bounds.
func (c Config) clamped() Config {
	c = c.filled()
	c.HoldPackets = min(max(c.HoldPackets, 1), limitHold)
	c.MaxPacket = min(max(c.MaxPacket, minPacketSize), limitPacket)
	c.GapWaitNanos = min(max(c.GapWaitNanos, 1), market.Day)
	c.RequestEveryNanos = min(max(c.RequestEveryNanos, 1), market.Day)
	c.SessionSilenceNanos = min(max(c.SessionSilenceNanos, 1), market.Day)
	c.RequestTries = min(max(c.RequestTries, 0), 1<<20)
	c.RequestMessages = min(max(c.RequestMessages, 1), limitRequest)
	return c
}
