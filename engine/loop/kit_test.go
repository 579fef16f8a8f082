package loop

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/feed/receive"
	"slipstream/fix"
	"slipstream/internal/market"
)

const patience = 10 * time.Second // bound of every wait

// eventually waits until ok holds, for a bounded time.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	by := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(by) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		<-tick.C
	}
}

// scriptCore answers inputs as a function says and keeps what it saw.
type scriptCore struct {
	react func(in *engine.Input, fx *engine.Effects)
	fx    engine.Effects
	last  market.Nanos
	back  atomic.Bool // time went back
	seen  [engine.KindCount]atomic.Int64
}

func newCore(react func(in *engine.Input, fx *engine.Effects)) *scriptCore {
	return &scriptCore{react: react, fx: engine.Effects{
		Venue: make([]byte, 0, 1<<16), FeedRequest: make([]byte, 0, 64), Reports: make([]fix.Report, 0, 4),
		Decisions: make([]engine.Decision, 0, 16), Events: make([]engine.Event, 0, 16),
	}}
}

func (c *scriptCore) Step(in *engine.Input) *engine.Effects {
	if in.Now < c.last {
		c.back.Store(true)
	}
	c.last = in.Now
	fx := &c.fx
	*fx = engine.Effects{Venue: fx.Venue[:0], FeedRequest: fx.FeedRequest[:0], Reports: fx.Reports[:0],
		Decisions: fx.Decisions[:0], Events: fx.Events[:0], Timer: in.Now + market.Millisecond}
	if in.Kind == engine.InCommand && in.Command.Kind == fix.Shutdown {
		fx.Done = true
	}
	if c.react != nil {
		c.react(in, fx)
	}
	c.seen[in.Kind].Add(1)
	return fx
}

func (c *scriptCore) saw(k engine.Kind) int64 { return c.seen[k].Load() }

var (
	loopback = netip.MustParseAddr("127.0.0.1")
	group    = netip.MustParseAddr("239.255.78.1")
)

// newLine is a real multicast line on the loopback interface, on a port that the
// kernel picked.
func newLine(t testing.TB) *receive.Receiver {
	t.Helper()
	r, err := receive.Open(receive.Config{Group: group, InterfaceAddr: loopback, RcvBuf: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// sender sends to a line.
func sender(t testing.TB, r *receive.Receiver) *receive.Sender {
	t.Helper()
	s, err := receive.NewSender(group, r.Addr().Port(), loopback)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// rig is a loop with a venue's listener and a journal whose records are kept.
type rig struct {
	*Loop
	t       testing.TB
	core    *scriptCore
	ring    *ring.Bytes
	venue   *net.TCPListener
	records [][]byte // drained so far
}

func newRig(t testing.TB, core *scriptCore, change func(*Config), lines ...Line) *rig {
	t.Helper()
	ln, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	cfg := Default()
	cfg.VenueAddr = ln.Addr().String()
	cfg.Idle = IdlePoll
	cfg.BackoffMin, cfg.BackoffMax = 5*market.Millisecond, 20*market.Millisecond
	cfg.StopNanos, cfg.ReportNanos = 2*market.Second, 100*market.Millisecond
	if change != nil {
		change(&cfg)
	}
	r, err := ring.NewBytes(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	var ab [2]Line
	copy(ab[:], lines)
	l, err := New(cfg, core, journal.NewWriter(r), ab[0], ab[1])
	if err != nil {
		t.Fatal(err)
	}
	return &rig{Loop: l, t: t, core: core, ring: r, venue: ln}
}

func (r *rig) start() *rig {
	r.t.Helper()
	if err := r.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		select {
		case <-r.Done():
		default:
			_ = r.Stop()
		}
		if r.core.back.Load() {
			r.t.Error("an input's time is before the one in front of it")
		}
	})
	return r
}

// accept takes the loop's next connection.
func (r *rig) accept() *net.TCPConn {
	r.t.Helper()
	if err := r.venue.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	c, err := r.venue.AcceptTCP()
	if err != nil {
		r.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// drain takes what is in the journal ring.
func (r *rig) drain() {
	for b, ok := r.ring.Read(); ok; b, ok = r.ring.Read() {
		r.records = append(r.records, append([]byte(nil), b...))
		r.ring.Release()
	}
}

// event is the first event with this code in the journal, waited for.
func (r *rig) event(code engine.EventCode) engine.Event {
	r.t.Helper()
	var e engine.Event
	next := 0
	eventually(r.t, "an event in the journal", func() bool {
		r.drain()
		for ; next < len(r.records); next++ {
			var rec journal.Record
			if journal.DecodeRecord(r.records[next], &rec) && rec.Kind == journal.Event &&
				journal.GetEvent(rec.Payload, &e) && e.Code == code {
				return true
			}
		}
		return false
	})
	return e
}

// inputs lists the kinds of inputs in the journal, timers and packets apart.
func (r *rig) inputs() (kinds []engine.Kind) {
	r.drain()
	for _, b := range r.records {
		var rec journal.Record
		if journal.DecodeRecord(b, &rec) && rec.Kind == journal.Input {
			if k := engine.Kind(rec.Sub); k != engine.InTimer && k != engine.InPacket {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds
}

func (r *rig) stop() {
	r.t.Helper()
	if err := r.Stop(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) wait(what string, k engine.Kind, n int64) {
	r.t.Helper()
	eventually(r.t, what, func() bool { return r.core.saw(k) >= n })
}

var (
	_ Core = (*engine.Engine)(nil)
	_ Line = (*receive.Receiver)(nil)
)
