package loop

import (
	"bytes"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix"
	"slipstream/internal/market"
)

func TestARefusedVenueIsTriedAgainUntilItIsUp(t *testing.T) {
	r := newRig(t, newCore(nil), nil)
	addr := r.Loop.cfg.VenueAddr
	_ = r.venue.Close()
	r.start()
	e := r.event(journal.EvVenueConnectFail)
	if unix.Errno(e.B) != unix.ECONNREFUSED || e.A != 1 {
		t.Errorf("the event says attempt %d, errno %v", e.A, unix.Errno(e.B))
	}
	eventually(t, "three refusals", func() bool { return r.Counters()[VenueConnectFails] >= 3 })
	var err error
	var ln net.Listener
	eventually(t, "the venue's port again", func() bool {
		ln, err = net.Listen("tcp4", addr)
		return err == nil
	})
	r.venue = ln.(*net.TCPListener)
	t.Cleanup(func() { _ = ln.Close() })
	r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 1)
	if !r.Connected() {
		t.Error("Connected is false while it is")
	}
	r.stop()
	if c := r.Counters(); c[VenueConnects] != 1 || c[VenueDisconnects] != 1 {
		t.Errorf("%d connects, %d disconnects", c[VenueConnects], c[VenueDisconnects])
	}
}

func TestBackoffDoublesUpToItsBound(t *testing.T) {
	v := venueLink{first: 100, last: 700, backoff: 100}
	var waits []market.Nanos
	for range 5 {
		waits = append(waits, v.retry(1000, false))
	}
	if !slices.Equal(waits, []market.Nanos{100, 200, 400, 700, 700}) {
		t.Errorf("waits %v", waits)
	}
	if w := v.retry(0, true); w != 100 {
		t.Errorf("after a connection that held: %d", w)
	}
}

// TestAlternateAddressesAreTriedInTurn: where nobody listens, and where the connection does
// not hold, the next one is tried.
func TestAlternateAddressesAreTriedInTurn(t *testing.T) {
	dead, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first := dead.Addr().String()
	_ = dead.Close() // nobody else is given the port at once
	r := newRig(t, newCore(nil), func(c *Config) { c.VenueAddr, c.VenueMore = first, []string{c.VenueAddr} }).start()
	c := r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 1)
	if fails := r.Counters()[VenueConnectFails]; fails == 0 {
		t.Error("the first address was not tried")
	}
	fails := r.Counters()[VenueConnectFails]
	_ = c.Close()
	r.wait("InVenueDown", engine.InVenueDown, 1)
	r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 2)
	if after := r.Counters()[VenueConnectFails]; after == fails {
		t.Error("after a connection that did not hold the next address was not tried")
	}
}

// TestACoreThatStaysDownIsNotConnected: a latched sequence loss, or the session's hours.
func TestACoreThatStaysDownIsNotConnected(t *testing.T) {
	var up atomic.Bool
	r := newRig(t, newCore(func(_ *engine.Input, fx *engine.Effects) { fx.StayDown = !up.Load() }), nil).start()
	eventually(t, "some turns", func() bool { return r.core.saw(engine.InTimer) > 20 })
	if c := r.Counters(); c[VenueConnects]+c[VenueConnectFails] != 0 || r.core.saw(engine.InVenueUp) != 0 {
		t.Fatalf("%d connects, %d failed, while the core wants none", c[VenueConnects], c[VenueConnectFails])
	}
	up.Store(true)
	r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 1)
}

func TestAResetInTheMiddleOfAMessageIsDownThenUpAgain(t *testing.T) {
	r := newRig(t, newCore(nil), nil).start()
	c := r.accept()
	if _, err := c.Write([]byte("8=FIX.4.4|9=")); err != nil {
		t.Fatal(err)
	}
	r.wait("the first half", engine.InVenueBytes, 1)
	_ = c.SetLinger(0)
	_ = c.Close() // RST
	r.wait("InVenueDown", engine.InVenueDown, 1)
	if e := r.event(journal.EvVenueDisconnected); unix.Errno(e.A) != unix.ECONNRESET || e.B != 12 {
		t.Errorf("the event says errno %v after %d bytes", unix.Errno(e.A), e.B)
	}
	c = r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 2)
	_ = c.Close() // FIN
	r.wait("InVenueDown", engine.InVenueDown, 2)
	r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 3)
	r.stop()
	want := []engine.Kind{engine.InVenueUp, engine.InVenueBytes, engine.InVenueDown, engine.InVenueUp,
		engine.InVenueDown, engine.InVenueUp, engine.InCommand}
	if got := r.inputs(); !slices.Equal(got, want) {
		t.Errorf("inputs %v, want %v", got, want)
	}
}

// flood writes blocks of a counting pattern whenever a command comes, and on
// InVenueDrained says so with "END".
func flood(block int) (*scriptCore, *bytes.Buffer) {
	var sent bytes.Buffer // the core's thread, then the test's after Done
	next := byte(0)
	ended := false
	return newCore(func(in *engine.Input, fx *engine.Effects) {
		switch {
		case in.Kind == engine.InCommand && in.Command.Kind == fix.NewParent:
			for range block {
				fx.Venue = append(fx.Venue, next)
				next++
			}
			fx.NewOrders = 1
		case in.Kind == engine.InVenueDrained && !ended:
			ended = true
			fx.Venue = append(fx.Venue, "END"...)
		}
		sent.Write(fx.Venue)
	}), &sent
}

func TestAPartialWriteIsKeptAndWrittenLater(t *testing.T) {
	core, sent := flood(32 << 10)
	r := newRig(t, core, func(c *Config) { c.VenueSndBuf = 4096; c.PendingBytes = 1 << 20 })
	setRcvBuf(t, r.venue, 4096)
	r.start()
	c := r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 1)
	submitted := 0
	eventually(t, "InVenueBlocked", func() bool { // the peer does not read
		if core.saw(engine.InVenueBlocked) == 0 && submitted < 30 {
			submitted++
			r.Submit(&fix.Command{Kind: fix.NewParent})
		}
		return core.saw(engine.InVenueBlocked) > 0
	})
	r.Submit(&fix.Command{Kind: fix.NewParent}) // while blocked: behind the rest
	submitted++
	r.wait("the commands", engine.InCommand, int64(submitted))
	if core.saw(engine.InVenueDrained) != 0 {
		t.Fatal("drained, and nobody has read")
	}
	got := make(chan []byte)
	go func() {
		var all []byte
		buf := make([]byte, 8192)
		for !bytes.HasSuffix(all, []byte("END")) {
			n, err := c.Read(buf)
			all = append(all, buf[:n]...)
			if err != nil {
				break
			}
		}
		got <- all
	}()
	r.wait("InVenueDrained", engine.InVenueDrained, 1)
	all := <-got
	r.stop()
	if !bytes.Equal(all, sent.Bytes()) {
		t.Errorf("the venue read %d bytes, %d were sent, or others", len(all), sent.Len())
	}
	// The END may itself have met a full socket: each blockage is said once, and its end once.
	if b, d := core.saw(engine.InVenueBlocked), core.saw(engine.InVenueDrained); b > 2 || d > b {
		t.Errorf("InVenueBlocked came %d times, InVenueDrained %d", b, d)
	}
	if r.Counters()[VenuePartial] == 0 || r.Counters()[VenueBytesOut] != uint64(sent.Len()) {
		t.Errorf("counters %v", r.Counters())
	}
}

func setRcvBuf(t *testing.T, ln *net.TCPListener, n int) {
	t.Helper()
	raw, err := ln.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, n) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPeerThatNeverReadsLosesTheConnectionNotOurMemory(t *testing.T) {
	core, _ := flood(32 << 10)
	r := newRig(t, core, func(c *Config) { c.VenueSndBuf = 4096; c.PendingBytes = 48 << 10 })
	setRcvBuf(t, r.venue, 4096)
	r.start()
	r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 1)
	eventually(t, "InVenueDown", func() bool {
		r.Submit(&fix.Command{Kind: fix.NewParent})
		r.drain()
		return core.saw(engine.InVenueDown) > 0
	})
	r.event(journal.EvVenueOverflow)
	r.wait("the end of the blockage", engine.InVenueDrained, 1)
	r.accept() // and it comes back
	r.wait("InVenueUp", engine.InVenueUp, 2)
	r.stop()
}

func TestTheEngineCanCloseTheVenueAndTheLastBytesArrive(t *testing.T) {
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		if in.Kind == engine.InVenueBytes {
			fx.Venue = append(fx.Venue, "LOGOUT"...)
			fx.CloseVenue = true
		}
	})
	r := newRig(t, core, nil).start()
	c := r.accept()
	if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(c)
	if err != nil || string(all) != "LOGOUT" {
		t.Errorf("the venue read %q, %v", all, err)
	}
	r.wait("InVenueDown", engine.InVenueDown, 1)
	if e := r.event(journal.EvVenueDisconnected); e.A != -1 {
		t.Errorf("the event says %d, not that we closed", e.A)
	}
	r.stop()
}

func TestBytesWithoutAConnectionAreCountedAndSaid(t *testing.T) {
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		if in.Kind == engine.InCommand {
			fx.Venue = append(fx.Venue, "lost"...)
		}
	})
	r := newRig(t, core, nil)
	_ = r.venue.Close()
	r.start()
	r.Submit(&fix.Command{Kind: fix.NewParent})
	if e := r.event(journal.EvVenueUnsent); e.A != 4 {
		t.Errorf("%d bytes", e.A)
	}
	r.stop()
}

func TestAVenueThatDoesNotAnswerTheConnectIsGivenUp(t *testing.T) {
	// A listener with a full backlog drops SYNs: the connect hangs.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, _ := unix.Getsockname(fd)
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: sa.(*unix.SockaddrInet4).Port}
	for range 4 {
		if c, err := net.DialTimeout("tcp4", addr.String(), 100*time.Millisecond); err == nil {
			defer c.Close()
		}
	}
	r := newRig(t, newCore(nil), func(c *Config) {
		c.VenueAddr = addr.String()
		c.ConnectNanos = 30 * market.Millisecond
	}).start()
	if e := r.event(journal.EvVenueConnectFail); unix.Errno(e.B) != unix.ETIMEDOUT {
		t.Errorf("errno %v", unix.Errno(e.B))
	}
	r.stop()
}
