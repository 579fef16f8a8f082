package session_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/quickfixgo/quickfix"
	"golang.org/x/sys/unix"

	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// BenchmarkSessionRoundTrip: from an order's Reserve to its decoded ExecutionReport, over
// TCP on the loopback, two threads. session: our session on both ends. echo: a peer that
// sends back as many bytes and looks at none. Both spin on non-blocking sockets. quickfixgo: its
// initiator and acceptor, memory stores, as they come. The three take turns, roundTrips each, so
// that what else the machine does hits them alike; percentiles are of single round trips.
// x-echo is ours as a multiple of the echo's, x-faster how many times ours quickfixgo takes.
func BenchmarkSessionRoundTrip(b *testing.B) {
	var echo, ours, quick trips
	trip, stop := startQuickfixgo(b)
	defer stop()
	quick.run(b, roundWarmup, 0, trip)
	for b.Loop() {
		benchEcho(b, &echo)
		benchSession(b, &ours)
		quick.run(b, roundTrips/10, roundTrips, trip)
	}
	echo.report(b, "echo")
	ours.report(b, "session")
	quick.report(b, "quickfixgo")
	for _, q := range []struct {
		name string
		at   float64
	}{{"p50", 0.50}, {"p99", 0.99}} {
		b.ReportMetric(ours.at(q.at)/echo.at(q.at), q.name+"-x-echo")
		b.ReportMetric(quick.at(q.at)/ours.at(q.at), q.name+"-x-faster")
	}
	// Where other programs take the processors away for milliseconds, the p99 of all trips is
	// theirs; that of the median turn is ours.
	b.ReportMetric(ours.turnP99(), "session-turn-p99-us")
	b.ReportMetric(ours.turnP99()/echo.turnP99(), "turn-p99-x-echo")
	b.ReportMetric(quick.turnP99()/ours.turnP99(), "turn-p99-x-faster")
	b.ReportMetric(float64(ours.mallocs)/float64(len(ours.samples)), "session-allocs/trip")
	b.ReportMetric(0, "ns/op")
}

const (
	roundWarmup = 2000 // round trips before the clock counts
	roundTrips  = 2000 // of each peer in its turn
)

// trips are round trips of one peer, in nanoseconds.
type trips struct {
	samples []int64
	p99s    []int64 // of each turn
	mallocs uint64
	sorted  bool
}

// run makes round trips: warm of them are not counted.
func (t *trips) run(b *testing.B, warm, n int, trip func() error) {
	b.Helper()
	t.samples = slices.Grow(t.samples, n)
	var before, after runtime.MemStats
	runtime.GC() // what another peer left behind is not this one's
	for i := range warm + n {
		if i == warm {
			runtime.ReadMemStats(&before)
		}
		begin := time.Now()
		if err := trip(); err != nil {
			b.Fatal(err)
		}
		if took := int64(time.Since(begin)); i >= warm {
			t.samples = append(t.samples, took)
		}
	}
	runtime.ReadMemStats(&after)
	if n > 0 {
		turn := slices.Clone(t.samples[len(t.samples)-n:])
		slices.Sort(turn)
		t.p99s = append(t.p99s, turn[n*99/100])
		t.mallocs += after.Mallocs - before.Mallocs
	}
}

// at is a percentile in microseconds.
func (t *trips) at(q float64) float64 {
	if !t.sorted {
		slices.Sort(t.samples)
		t.sorted = true
	}
	return float64(t.samples[int(q*float64(len(t.samples)-1))]) / 1000
}

// turnP99 is the median over the turns of a turn's p99, in microseconds.
func (t *trips) turnP99() float64 {
	slices.Sort(t.p99s)
	return float64(t.p99s[len(t.p99s)/2]) / 1000
}

func (t *trips) report(b *testing.B, peer string) {
	b.ReportMetric(t.at(0.50), peer+"-p50-us")
	b.ReportMetric(t.at(0.99), peer+"-p99-us")
	b.ReportMetric(t.at(0.999), peer+"-p99.9-us")
}

// socketPair is a TCP connection over the loopback, both ends non-blocking, no delay.
func socketPair(b *testing.B) (client, server int) {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(err)
	must(unix.Bind(l, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	must(unix.Listen(l, 1))
	addr, err := unix.Getsockname(l)
	must(err)
	client, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(err)
	must(unix.Connect(client, addr))
	server, _, err = unix.Accept4(l, unix.SOCK_CLOEXEC)
	must(err)
	must(unix.Close(l))
	for _, fd := range []int{client, server} {
		must(unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1))
		must(unix.SetNonblock(fd, true))
	}
	return client, server
}

var errClosed = errors.New("the other end closed")

// read is one non-blocking read: 0 bytes if there are none.
func read(fd int, buf []byte) (int, error) {
	n, _, e := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)))
	switch {
	case e == unix.EAGAIN || e == unix.EINTR:
		return 0, nil
	case e != 0:
		return 0, e
	case n == 0:
		return 0, errClosed
	}
	return int(n), nil
}

// write is one non-blocking write; these messages always fit the socket's buffer.
func write(fd int, b []byte) error {
	n, _, e := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if e != 0 {
		return e
	}
	if int(n) != len(b) {
		return errors.New("a partial write")
	}
	return nil
}

// far runs the other end on a thread of its own until the socket closes.
func far(b *testing.B, serve func() error) (wait func()) {
	b.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		done <- serve()
	}()
	return func() {
		b.Helper()
		if err := <-done; err != errClosed && err != unix.ECONNRESET {
			b.Error(err)
		}
	}
}

const (
	orderBytes  = 178 // as the session benchmark's order and report have
	reportBytes = 257
)

func benchEcho(b *testing.B, t *trips) {
	client, server := socketPair(b)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	wait := far(b, func() error {
		in, out := make([]byte, 4096), make([]byte, reportBytes)
		for got := 0; ; {
			n, err := read(server, in)
			if err != nil {
				return err
			}
			if got += n; got == orderBytes {
				got = 0
				if err := write(server, out); err != nil {
					return err
				}
			}
		}
	})
	in, out := make([]byte, 4096), make([]byte, orderBytes)
	t.run(b, roundTrips/10, roundTrips, func() error {
		if err := write(client, out); err != nil {
			return err
		}
		for got := 0; got < reportBytes; {
			n, err := read(client, in)
			if err != nil {
				return err
			}
			got += n
		}
		return nil
	})
	_ = unix.Close(client)
	wait()
	_ = unix.Close(server)
}

// spin is a session on a socket: read, take, write, never wait.
type spin struct {
	fd  int
	s   *session.Session
	buf []byte
}

func (p *spin) now() market.Nanos { return market.Nanos(time.Now().UnixNano()) }

func (p *spin) flush() error {
	if b := p.s.Output(); len(b) > 0 {
		if err := write(p.fd, b); err != nil {
			return err
		}
		p.s.Consumed(len(b))
	}
	return nil
}

// poll reads once.
func (p *spin) poll() (bool, error) {
	n, err := read(p.fd, p.buf)
	if n == 0 {
		return false, err
	}
	p.s.Receive(p.now(), p.buf[:n])
	return true, nil
}

func benchSession(b *testing.B, t *trips) {
	clientFD, serverFD := socketPair(b)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cc, sc := session.Default(), session.Default()
	cc.SenderCompID, cc.TargetCompID = "SLIP", "VENUE"
	sc.Role, sc.SenderCompID, sc.TargetCompID = session.Acceptor, "VENUE", "SLIP"
	sc.Store, sc.ResendAgeNanos = session.NewMemory(1<<12, 1<<20), 60*market.Second
	cs, err := session.New(cc, new(session.State))
	if err != nil {
		b.Fatal(err)
	}
	ss, err := session.New(sc, new(session.State))
	if err != nil {
		b.Fatal(err)
	}
	client := &spin{clientFD, cs, make([]byte, 8192)}
	server := &spin{serverFD, ss, make([]byte, 8192)}
	wait := far(b, func() error { return serveReports(server) })

	ec := venue.Default()
	ec.SenderCompID, ec.TargetCompID = "SLIP", "VENUE"
	enc, err := venue.NewEncoder(ec, client.now(), cs.Epoch())
	if err != nil {
		b.Fatal(err)
	}
	cs.Connected(client.now())
	for !cs.CaughtUp() {
		if err := client.flush(); err != nil {
			b.Fatal(err)
		}
		if _, err := client.poll(); err != nil {
			b.Fatal(err)
		}
		cs.Next(client.now())
	}
	order := venue.NewOrder{Child: venue.ChildIDBase(cs.Epoch()), Symbol: market.MakeSymbol("AMZN"), Side: market.Buy,
		Qty: 100, Price: 187_250000000}
	var report venue.ExecReport
	sent, got := 0, 0
	t.run(b, roundTrips/10, roundTrips, func() error {
		order.Child++
		now := client.now()
		dst, seq, ok := cs.Reserve(now)
		if !ok {
			return errors.New("Reserve refused")
		}
		dst = enc.AppendNew(dst, seq, now, &order)
		sent = len(dst)
		if !cs.Commit(now, dst) {
			return errors.New("Commit refused")
		}
		if err := client.flush(); err != nil {
			return err
		}
		for {
			some, err := client.poll()
			if err != nil {
				return err
			}
			if !some {
				continue
			}
			if m, ok := cs.Next(client.now()); ok {
				got = len(m.Raw)
				if fault := venue.DecodeExecReport(m, &report); fault != wire.FaultNone || report.ChildID != order.Child {
					return fmt.Errorf("report of %d for order %d, %v", report.ChildID, order.Child, fault)
				}
				return nil
			}
		}
	})
	if d := sent - orderBytes; d > 12 || d < -12 {
		b.Errorf("an order has %d bytes, the echo sends %d", sent, orderBytes)
	}
	if d := got - reportBytes; d > 12 || d < -12 {
		b.Errorf("a report has %d bytes, the echo sends %d", got, reportBytes)
	}
	_ = unix.Close(clientFD)
	wait()
	_ = unix.Close(serverFD)
}

// serveReports answers every order with a fill.
func serveReports(p *spin) error {
	p.s.Connected(p.now())
	for {
		some, err := p.poll()
		if err != nil {
			return err
		}
		if !some {
			continue
		}
		now := p.now()
		for m, ok := p.s.Next(now); ok; m, ok = p.s.Next(now) {
			dst, seq, ok := p.s.Reserve(now)
			if !ok {
				return errors.New("Reserve refused")
			}
			if !p.s.Commit(now, appendReport(dst, seq, now, m)) {
				return errors.New("Commit refused")
			}
		}
		if err := p.flush(); err != nil {
			return err
		}
	}
}

// appendReport is a fill of the order m, with all fields FIX 4.4 requires.
func appendReport(dst []byte, seq uint64, now market.Nanos, m *wire.Message) []byte {
	id, _ := m.Get(wire.TagClOrdID)
	dst = append(dst, "8=FIX.4.4\x019=000\x0135=8\x0134="...)
	dst = wire.AppendPadded(dst, seq, 9)
	dst = append(dst, "\x0149=VENUE\x0152="...)
	dst = wire.AppendTime(dst, now, wire.Micros)
	dst = append(dst, "\x0156=SLIP\x016=187.25\x0111="...)
	dst = append(dst, id...)
	dst = append(dst, "\x0114=100\x0117="...)
	dst = wire.AppendPadded(dst, seq, 12)
	dst = append(dst, "\x0131=187.25\x0132=100\x0137="...)
	dst = wire.AppendPadded(dst, seq, 12)
	dst = append(dst, "\x0138=100\x0139=2\x0144=187.25\x0154=1\x0155=AMZN\x0160="...)
	dst = wire.AppendTime(dst, now, wire.Micros)
	dst = append(dst, "\x01150=F\x01151=0\x01851=1\x01"...)
	const body = len("8=FIX.4.4\x019=000\x01")
	n := uint64(len(dst) - body)
	wire.AppendPadded(dst[:body-4], n, 3)
	return wire.AppendTrailer(dst, 0)
}

// qfEnd is a quickfixgo application that hands messages on.
type qfEnd struct {
	logon  chan struct{}
	onApp  func(*quickfix.Message, quickfix.SessionID)
	logged bool
}

func (e *qfEnd) OnCreate(quickfix.SessionID) {}
func (e *qfEnd) OnLogon(quickfix.SessionID) {
	if !e.logged {
		e.logged = true
		close(e.logon)
	}
}
func (e *qfEnd) OnLogout(quickfix.SessionID)                       {}
func (e *qfEnd) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (e *qfEnd) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (e *qfEnd) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return nil
}
func (e *qfEnd) FromApp(m *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	e.onApp(m, id)
	return nil
}

// startQuickfixgo starts its initiator and acceptor; trip is a round trip.
func startQuickfixgo(b *testing.B) (trip func() error, stop func()) {
	b.Helper()
	acc, addr := startQuickfix(b, &qfEnd{logon: make(chan struct{}), onApp: func(m *quickfix.Message, id quickfix.SessionID) {
		clOrdID, _ := m.Body.GetString(11)
		r := quickfix.NewMessage()
		r.Header.SetString(35, "8")
		for tag, v := range reportFields {
			r.Body.SetString(tag, v)
		}
		r.Body.SetString(11, clOrdID)
		_ = quickfix.SendToTarget(r, id) // a report that is lost shows as a time-out
	}})
	reports := make(chan string, 1)
	end := &qfEnd{logon: make(chan struct{}), onApp: func(m *quickfix.Message, _ quickfix.SessionID) {
		id, _ := m.Body.GetString(11)
		reports <- id
	}}
	settings, err := quickfix.ParseSettings(strings.NewReader(fmt.Sprintf("[DEFAULT]\nSocketConnectHost=127.0.0.1\nSocketConnectPort=%d\n"+
		"HeartBtInt=30\nReconnectInterval=1\n[SESSION]\nBeginString=FIX.4.4\nSenderCompID=ROUND\nTargetCompID=TRIP\n", addr)))
	if err != nil {
		b.Fatal(err)
	}
	init, err := quickfix.NewInitiator(end, quickfix.NewMemoryStoreFactory(), settings, quickfix.NewNullLogFactory())
	if err != nil {
		b.Fatal(err)
	}
	if err := init.Start(); err != nil {
		b.Fatal(err)
	}
	select {
	case <-end.logon:
	case <-time.After(bound):
		b.Fatal("no logon")
	}
	id := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "ROUND", TargetCompID: "TRIP"}
	n := 0
	limit := time.NewTimer(time.Hour)
	trip = func() error {
		n++
		want := fmt.Sprintf("S261103%013d", n)
		m := quickfix.NewMessage()
		m.Header.SetString(35, "D")
		for tag, v := range orderFields {
			m.Body.SetString(tag, v)
		}
		m.Body.SetString(11, want)
		if err := quickfix.SendToTarget(m, id); err != nil {
			return err
		}
		limit.Reset(bound)
		select {
		case got := <-reports:
			if got != want {
				return fmt.Errorf("report of %s for order %s", got, want)
			}
			return nil
		case <-limit.C:
			return errors.New("no report")
		}
	}
	return trip, func() { init.Stop(); acc.Stop() }
}

var (
	orderFields = map[quickfix.Tag]string{21: "1", 38: "100", 40: "2", 44: "187.25", 54: "1", 55: "AMZN", 59: "0",
		60: "20261103-14:30:00.000000"}
	reportFields = map[quickfix.Tag]string{6: "187.25", 14: "100", 17: "000000000001", 31: "187.25", 32: "100", 37: "000000000001",
		38: "100", 39: "2", 44: "187.25", 54: "1", 55: "AMZN", 60: "20261103-14:30:00.000000", 150: "F", 151: "0", 851: "1"}
)

// startQuickfix starts an acceptor for the session ROUND-TRIP.
func startQuickfix(b *testing.B, app quickfix.Application) (acc *quickfix.Acceptor, port int) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	port = listener.Addr().(*net.TCPAddr).Port
	settings, err := quickfix.ParseSettings(strings.NewReader(fmt.Sprintf("[DEFAULT]\nSocketAcceptPort=%d\n"+
		"[SESSION]\nBeginString=FIX.4.4\nSenderCompID=TRIP\nTargetCompID=ROUND\n", port)))
	if err != nil {
		b.Fatal(err)
	}
	if acc, err = quickfix.NewAcceptor(app, quickfix.NewMemoryStoreFactory(), settings, quickfix.NewNullLogFactory()); err != nil {
		b.Fatal(err)
	}
	acc.SetNewListenerCallback(func(string, *tls.Config) (net.Listener, error) { return listener, nil })
	if err := acc.Start(); err != nil {
		b.Fatal(err)
	}
	return acc, port
}
