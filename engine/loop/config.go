package loop

import (
	"crypto/tls"
	"errors"
	"fmt"
	"runtime"

	"slipstream/internal/market"
)

// Idle is what a turn does when nothing happened.
type Idle uint8

const (
	IdleAuto Idle = iota // IdleSpin with two CPUs or more, otherwise IdlePoll
	IdleSpin             // the next turn begins at once: a CPU of its own
	IdlePoll             // ppoll on all sockets, for at most PollNanos
)

// Config of a Loop. Addresses are numeric.
type Config struct {
	VenueAddr string   // host:port of the venue's FIX acceptor
	VenueMore []string // others of the same session, tried in turn when one cannot be reached
	// VenueTLS makes the connection by TLS, in goroutines outside the loop's thread; nil =
	// plain TCP. Without a ServerName the address must be in the venue's certificate.
	VenueTLS       *tls.Config
	VenueLog       func(text string) // why TLS failed; any goroutine; nil = nobody hears it
	VenueSndBuf    int               // SO_SNDBUF, bytes; 0 = the kernel's choice
	VenueRcvBuf    int               // SO_RCVBUF, bytes; 0 = the kernel's choice
	VenueReadBytes int               // one read of the stream, 512..65536 bytes
	PendingBytes   int               // bound of bytes a partial write leaves; beyond it the connection is closed
	ConnectNanos   market.Nanos      // longest connect
	BackoffMin     market.Nanos      // wait before the second attempt; doubles up to BackoffMax
	BackoffMax     market.Nanos      // longest wait; a connection that held this long starts over at BackoffMin
	LingerNanos    market.Nanos      // longest wait for pending bytes when the connection is closed in order
	UserTimeoutMs  int               // TCP_USER_TIMEOUT: unacknowledged data for so long breaks the connection; 0 = the kernel's

	DatagramBytes int    // longest datagram of a line; a longer one is cut, and the arbiter drops it
	RecoveryAddr  string // host:port of the MoldUDP64 retransmission server; "" = none

	CPU       int          // the hot thread's CPU; -1 = not pinned
	Idle      Idle         // what an idle turn does
	PollNanos market.Nanos // IdlePoll: longest sleep, 50 us..1 ms

	TimerMax    market.Nanos // InTimer at least this often
	MarkInputs  int          // a Mark after so many inputs
	Commands    int          // desk commands that may wait; power of two
	Reports     int          // reports that may wait for PollReport; power of two
	SpillMin    int          // reports the loop keeps when that is full; raised to four times what one step may give
	BurstPer    int          // datagrams per line (one recvmmsg), and desk commands, taken in one turn
	StopNanos   market.Nanos // longest wait of Stop for the engine to be done
	ReportNanos market.Nanos // longest wait at the end for PollReport to take what is left
}

// Default gives every number its default; addresses are the caller's.
func Default() Config {
	return Config{
		VenueReadBytes: 16 << 10, PendingBytes: 256 << 10,
		ConnectNanos: 2 * market.Second, BackoffMin: 100 * market.Millisecond, BackoffMax: 2 * market.Second,
		LingerNanos: 250 * market.Millisecond, UserTimeoutMs: 10_000,
		DatagramBytes: 2048,
		CPU:           -1, PollNanos: 200 * market.Microsecond,
		TimerMax: 10 * market.Millisecond, MarkInputs: 1 << 16,
		Commands: 1024, Reports: 4096, SpillMin: 8192, BurstPer: 16,
		StopNanos: 5 * market.Second, ReportNanos: market.Second,
	}
}

// Validate reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	in := func(name string, v, lo, hi int64) {
		if v < lo || v > hi {
			errs = append(errs, fmt.Errorf("loop: %s %d is not in %d..%d", name, v, lo, hi))
		}
	}
	power := func(name string, v int) {
		if v < 2 || v > 1<<20 || v&(v-1) != 0 {
			errs = append(errs, fmt.Errorf("loop: %s %d is not a power of two in 2..%d", name, v, 1<<20))
		}
	}
	span := func(name string, v, lo, hi market.Nanos) { in(name, int64(v), int64(lo), int64(hi)) }
	if _, err := parseAddress(c.VenueAddr); err != nil {
		errs = append(errs, fmt.Errorf("%w (VenueAddr)", err))
	}
	for _, addr := range c.VenueMore {
		if _, err := parseAddress(addr); err != nil {
			errs = append(errs, fmt.Errorf("%w (VenueMore)", err))
		}
	}
	if c.RecoveryAddr != "" {
		if _, err := parseAddress(c.RecoveryAddr); err != nil {
			errs = append(errs, fmt.Errorf("%w (RecoveryAddr)", err))
		}
	}
	in("VenueSndBuf", int64(c.VenueSndBuf), 0, 1<<30)
	in("VenueRcvBuf", int64(c.VenueRcvBuf), 0, 1<<30)
	in("VenueReadBytes", int64(c.VenueReadBytes), 512, 1<<16)
	in("PendingBytes", int64(c.PendingBytes), 1<<10, 1<<30)
	in("UserTimeoutMs", int64(c.UserTimeoutMs), 0, 3_600_000)
	span("ConnectNanos", c.ConnectNanos, market.Millisecond, 60*market.Second)
	span("BackoffMin", c.BackoffMin, market.Millisecond, 60*market.Second)
	span("BackoffMax", c.BackoffMax, c.BackoffMin, 600*market.Second)
	span("LingerNanos", c.LingerNanos, 0, 10*market.Second)
	span("PollNanos", c.PollNanos, 50*market.Microsecond, market.Millisecond)
	span("TimerMax", c.TimerMax, 100*market.Microsecond, market.Second)
	span("StopNanos", c.StopNanos, market.Millisecond, 600*market.Second)
	span("ReportNanos", c.ReportNanos, 0, 60*market.Second)
	in("CPU", int64(c.CPU), -1, 1023)
	in("Idle", int64(c.Idle), 0, int64(IdlePoll))
	in("MarkInputs", int64(c.MarkInputs), 1, 1<<30)
	in("SpillMin", int64(c.SpillMin), 16, 1<<20)
	in("DatagramBytes", int64(c.DatagramBytes), 64, 1<<16)
	in("BurstPer", int64(c.BurstPer), 1, 1024)
	power("Commands", c.Commands)
	power("Reports", c.Reports)
	return errors.Join(errs...)
}

// spins says whether an idle turn spins.
func (c *Config) spins() bool {
	if c.Idle == IdleAuto {
		return runtime.NumCPU() >= 2 && runtime.GOMAXPROCS(0) >= 2
	}
	return c.Idle == IdleSpin
}
