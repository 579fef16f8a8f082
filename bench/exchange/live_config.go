package exchange

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// LineConfig is one multicast line.
type LineConfig struct {
	Group  netip.AddrPort // multicast group and port
	Faults Faults
	Sender LineSender // used instead of a socket to Group when not nil
}

// LiveConfig describes a running exchange. The zero value of a field means its
// default.
type LiveConfig struct {
	Market Config
	// StateDir keeps the event log; "" for none: then nothing survives a restart.
	StateDir string
	// Sync makes every log record durable against a crash of the machine.
	Sync bool
	// Speed is exchange seconds per wall second, 0.001 to 1000; default 1.
	Speed float64
	// SpeedFromOrder keeps to the wall's pace until the first request of a member, and to
	// Speed from then on.
	SpeedFromOrder bool
	// Duration of the session in wall time, counted from Run; 0: until Stop.
	Duration time.Duration
	// Linger is how long lines and retransmission server stay after the end of the
	// session, wall time; default 1 s, negative: not at all.
	Linger time.Duration
	// Heartbeat is the longest silence of a line; default 1 s.
	Heartbeat time.Duration
	// Lease is how far ahead of the clock a time mark is written, wall time; default
	// 250 ms. After a kill the exchange's clock goes on up to one lease later.
	Lease time.Duration
	Lines [2]LineConfig
	// FaultSeed decides the lines' faults.
	FaultSeed uint64
	// Interface is the address of the interface the lines use; default 127.0.0.1.
	Interface netip.Addr
	// Retransmit is where the retransmission server listens; default 127.0.0.1:0,
	// a port the kernel picks (RetransmitAddr).
	Retransmit netip.AddrPort
	// RetransmitRate bounds the server, packets per second; default 20,000.
	RetransmitRate int
	// RetransmitPackets bounds one answer; default 64.
	RetransmitPackets int
	// QueueLen bounds the requests that wait; default 4,096. Submit is refused beyond.
	QueueLen int
	// OnExecs gets the Execs, see OrderEntry; may be nil.
	OnExecs func([]Exec)
}

func (c LiveConfig) withDefaults() LiveConfig {
	dur := func(p *time.Duration, v time.Duration) {
		if *p == 0 {
			*p = v
		}
	}
	num := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	if c.Speed == 0 {
		c.Speed = 1
	}
	dur(&c.Linger, time.Second)
	dur(&c.Heartbeat, time.Second)
	dur(&c.Lease, 250*time.Millisecond)
	num(&c.RetransmitRate, 20_000)
	num(&c.RetransmitPackets, 64)
	num(&c.QueueLen, 4096)
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if !c.Interface.IsValid() {
		c.Interface = loopback
	}
	if !c.Retransmit.IsValid() {
		c.Retransmit = netip.AddrPortFrom(loopback, 0)
	}
	return c
}

// Validate judges a LiveConfig after its defaults and reports every fault at once.
func (c LiveConfig) Validate() error {
	c = c.withDefaults()
	errs := []error{c.Market.Validate()}
	fault := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("exchange: "+format, args...))
		}
	}
	fault(c.Speed >= 0.001 && c.Speed <= 1000, "speed %g: want 0.001 to 1000", c.Speed)
	fault(c.Duration >= 0, "duration %s is negative", c.Duration)
	fault(c.Heartbeat >= time.Millisecond, "heartbeat %s: want at least 1 ms", c.Heartbeat)
	fault(c.Lease >= time.Millisecond && c.Lease <= time.Minute, "lease %s: want 1 ms to 1 min", c.Lease)
	fault(c.RetransmitRate > 0 && c.RetransmitPackets > 0, "retransmission rate and packets must be positive")
	fault(c.QueueLen > 0 && c.QueueLen <= 1<<20, "queue length %d: want 1 to 2^20", c.QueueLen)
	for i, l := range c.Lines {
		f := l.Faults
		fault(max(f.LossPpm, f.DupPpm, f.ReorderPpm) <= 1_000_000, "line %c: a fault probability is over 1", 'A'+i)
	}
	return errors.Join(errs...)
}
