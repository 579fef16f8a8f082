package loop

import (
	"testing"

	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix"
	"slipstream/internal/market"
)

// TestTurnAllocatesNothing drives the loop's own turn, in this goroutine, through
// a trading sequence on real sockets: packets on both lines that lead to orders,
// the venue's answers, commands, reports, a partial write, a lost connection and
// the next one. The peers are raw descriptors, so that all allocations of the
// process are the loop's.
func TestTurnAllocatesNothing(t *testing.T) {
	a, b := newLine(t), newLine(t)
	order := make([]byte, 180)
	burst := false
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		switch in.Kind {
		case engine.InPacket:
			fx.Venue, fx.NewOrders = append(fx.Venue, order...), 1
			fx.Decisions = append(fx.Decisions, engine.Decision{Now: in.Now})
		case engine.InVenueBytes, engine.InCommand:
			fx.Reports = append(fx.Reports, fix.Report{Nanos: in.Now})
			fx.Events = append(fx.Events, engine.Event{Now: in.Now, Code: engine.EvParentAccepted})
			if burst {
				fx.Venue = fx.Venue[:cap(fx.Venue)]
			}
		}
	})
	r := newRig(t, core, func(c *Config) {
		c.VenueSndBuf = 8192
		c.PendingBytes = 1 << 20
		c.BackoffMin, c.BackoffMax = market.Millisecond, market.Millisecond
	}, a, b)
	peer, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(peer)
	if err := unix.Bind(peer, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	rawSetInt(peer, unix.SOL_SOCKET, unix.SO_RCVBUF, 8192)
	if err := unix.Listen(peer, 8); err != nil {
		t.Fatal(err)
	}
	sa, _ := unix.Getsockname(peer)
	r.Loop.venue.addrs[0].v4.Port = uint16(sa.(*unix.SockaddrInet4).Port)>>8 | uint16(sa.(*unix.SockaddrInet4).Port)<<8

	ta, tb := sender(t, a), sender(t, b)
	packet, answer, sink := make([]byte, 300), make([]byte, 250), make([]byte, 1<<16)
	cmd := fix.Command{Kind: fix.NewParent, OrderQty: 5}
	l := r.Loop
	conn := -1
	failed := false
	until := func(ok func() bool) {
		for range 200_000 {
			if ok() {
				return
			}
			if !l.turn() {
				l.sleep()
			}
			for _, more := r.ring.Read(); more; _, more = r.ring.Read() {
				r.ring.Release()
			}
			var rep fix.Report
			for l.PollReport(&rep) {
			}
		}
		failed = true
	}
	var goal int64
	sawUp := func() bool { return core.saw(engine.InVenueUp) >= goal }
	sawPackets := func() bool { return core.saw(engine.InPacket) >= goal }
	sawBytes := func() bool { return core.saw(engine.InVenueBytes) >= goal }
	sawCommand := func() bool { return core.saw(engine.InCommand) >= goal }
	sawBlocked := func() bool { return core.saw(engine.InVenueBlocked) >= goal }
	sawDown := func() bool { return core.saw(engine.InVenueDown) >= goal }
	sawDrained := func() bool {
		for n := 1; n > 0; {
			n, _ = rawRead(conn, sink)
		}
		return core.saw(engine.InVenueDrained) >= goal
	}
	day := func() {
		goal = core.saw(engine.InVenueUp) + 1
		if conn >= 0 {
			goal--
		}
		until(sawUp)
		if conn < 0 {
			n, _, e := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(peer), 0, 0, unix.SOCK_NONBLOCK, 0, 0)
			if e != 0 {
				failed = true
				return
			}
			conn = int(n)
		}
		for range 20 {
			goal = core.saw(engine.InPacket) + 2
			ta.Send(packet)
			tb.Send(packet)
			until(sawPackets)
			goal = core.saw(engine.InVenueBytes) + 1
			_, _ = rawSend(conn, answer)
			until(sawBytes)
			_, _ = rawRead(conn, sink)
		}
		goal = core.saw(engine.InCommand) + 1
		l.Submit(&cmd)
		until(sawCommand)
		burst = true
		goal = core.saw(engine.InVenueBlocked) + 1
		l.Submit(&cmd)
		until(sawBlocked)
		burst = false
		goal = core.saw(engine.InVenueDrained) + 1
		until(sawDrained)
		goal = core.saw(engine.InVenueDown) + 1
		rawClose(conn)
		conn = -1
		until(sawDown)
	}
	l.begin()
	day()
	allocs := testing.AllocsPerRun(5, day)
	if failed {
		t.Fatal("the sequence did not go through")
	}
	if allocs != 0 {
		t.Errorf("%v allocations in one trading sequence", allocs)
	}
	c := l.Counters()
	if c[NewOrders] < 7*40 || c[VenuePartial] < 7 || c[VenueConnects] < 7 || c[JournalLost] != 0 || l.journal.Lost() != 0 {
		t.Errorf("the sequence was not one of trading: %v", c)
	}
	l.finished = true
	l.end()
	r.event(journal.EvLoopStopped)
}
