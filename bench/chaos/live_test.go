package chaos

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"slipstream/fix/session"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// bound is the longest any step of a live case may take.
const bound = 20 * time.Second

// liveOrders is how many orders a live day has.
const liveOrders = 10

// liveCases is how many cases each role has in TestLive.
const liveCases = 32

// link is our session on a socket that is cut at a byte: of what we send
// (out) or of what we get.
type link struct {
	t      *testing.T
	name   string
	s      *session.Session
	st     session.State
	cfg    session.Config
	cutOut bool
	left   int  // bytes until the cut
	crash  bool // and our process dies
	struck bool
	conn   net.Conn
	chunks chan []byte
	take   func(*wire.Message) error
	act    func(now market.Nanos)
	err    error
	grow   grow
	judge  judge
}

func (l *link) now() market.Nanos { return market.Nanos(time.Now().UnixNano()) }

func (l *link) start() {
	if l.s, l.err = session.New(l.cfg, &l.st); l.judge.sent == nil {
		l.judge.sent = map[uint64]string{}
	}
}

// use takes a new connection; first are bytes read from it already.
func (l *link) use(conn net.Conn, first []byte) {
	chunks := make(chan []byte, 256)
	l.conn, l.chunks = conn, chunks
	l.judge.newConnection()
	if len(first) > 0 {
		chunks <- first
	}
	go func() {
		defer close(chunks)
		for {
			b := make([]byte, 2048)
			n, err := conn.Read(b)
			if n > 0 {
				chunks <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	l.s.Connected(l.now())
}

// hangUp ends the connection.
func (l *link) hangUp() {
	if l.conn == nil {
		return
	}
	_ = l.conn.Close()
	for range l.chunks { // the reader ends with the socket
	}
	l.conn = nil
	l.s.Disconnected(l.now())
}

// strike cuts the connection at the byte of the case.
func (l *link) strike() {
	l.struck = true
	l.hangUp()
	if l.crash {
		l.start()
	}
}

// flush writes the output, up to the byte of the case.
func (l *link) flush() {
	for l.conn != nil && len(l.s.Output()) > 0 && l.err == nil {
		b := l.s.Output()
		if l.err = l.judge.read(b, func(string, ...any) {}); l.err != nil {
			return
		}
		cut := l.cutOut && !l.struck && len(b) >= l.left
		if cut {
			b = b[:l.left]
		} else if l.cutOut {
			l.left -= len(b)
		}
		_, err := l.conn.Write(b)
		l.s.Consumed(len(l.s.Output()))
		if cut {
			l.strike()
		} else if err != nil {
			l.hangUp()
		}
	}
	if l.err == nil {
		l.err = l.grow.check(&l.st)
	}
}

// receive hands bytes to the session, up to the byte of the case.
func (l *link) receive(b []byte) {
	cut := !l.cutOut && !l.struck && len(b) >= l.left
	if cut {
		b = b[:l.left]
	} else if !l.cutOut {
		l.left -= len(b)
	}
	l.s.Receive(l.now(), b)
	for {
		m, ok := l.s.Next(l.now())
		if !ok || l.err != nil {
			break
		}
		l.err = l.take(m)
	}
	if cut {
		l.strike()
	}
}

// run turns the session until done, with connections from connect.
func (l *link) run(connect func() (net.Conn, []byte, error), done func() bool) error {
	defer l.hangUp()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	backoff := time.NewTicker(30 * time.Millisecond)
	defer backoff.Stop()
	limit := time.After(bound)
	for l.err == nil {
		if l.conn == nil {
			<-backoff.C // the peer may still have the connection that was cut, and refuses
			conn, first, err := connect()
			if err != nil {
				return err
			}
			l.use(conn, first)
		}
		l.act(l.now())
		l.s.Timer(l.now())
		l.flush()
		if why, dropped := l.s.Dropped(); dropped {
			if why == session.WhySequenceLoss {
				return fmt.Errorf("stopped for a sequence loss")
			}
			l.hangUp()
			continue
		}
		if l.conn == nil {
			continue
		}
		if done() {
			return l.err
		}
		select {
		case b, ok := <-l.chunks:
			if !ok {
				l.hangUp()
				continue
			}
			l.receive(b)
		case <-tick.C:
		case <-limit:
			return fmt.Errorf("the day does not end: numbers %d out, %d in, up %v", l.s.NextOut(), l.s.NextIn(), l.s.Active())
		}
	}
	return l.err
}

// liveVersions are spoken in turn: FIX 4.2, 4.4, and 5.0SP2 over FIXT.1.1.
var liveVersions = []struct{ begin, appl, settings string }{
	{"FIX.4.2", "", "BeginString=FIX.4.2\n"},
	{"FIX.4.4", "", "BeginString=FIX.4.4\n"},
	{"FIXT.1.1", "9", "BeginString=FIXT.1.1\nDefaultApplVerID=FIX.5.0SP2\n"},
}

func liveConfig(role session.Role, i int, ours, theirs string) session.Config {
	c := session.Default()
	v := liveVersions[i%len(liveVersions)]
	c.BeginString, c.ApplVerID = v.begin, v.appl
	c.Role, c.SenderCompID, c.TargetCompID, c.TimePrecision = role, ours, theirs, wire.Millis
	c.HeartBtIntS = 5
	if role == session.Acceptor {
		c.Store, c.ResendAgeNanos = session.NewMemory(256, 64<<10), 3600*market.Second
		c.EarlyBytes = 16 << 10
	}
	return c
}

// TestLive cuts our sessions with real quickfixgo peers, in both roles.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("real time and a real engine: not with -short")
	}
	if *flagCase != "" {
		t.Skip("a pure case is asked for")
	}
	t.Run("roles", func(t *testing.T) {
		t.Run("we are the initiator", func(t *testing.T) { t.Parallel(); asInitiator(t) })
		t.Run("we are the acceptor", func(t *testing.T) { t.Parallel(); asAcceptor(t) })
	})
}

// place spreads the cases over both directions of a day of bytes bytes.
func place(l *link, i, outBytes, inBytes int) {
	l.cutOut, l.crash = i%2 == 0, i%4 >= 2
	bytes := inBytes
	if l.cutOut {
		bytes = outBytes
	}
	l.left = 1 + bytes*(i/2)/(liveCases/2) + i%7
}

func asInitiator(t *testing.T) {
	names := make([]string, liveCases)
	for i := range names {
		names[i] = fmt.Sprintf("C%02d", i)
	}
	qf := startVenue(t, names)
	var wg sync.WaitGroup // goroutines, since parallel tests are as many as processors
	for i, name := range names {
		wg.Go(func() {
			l := &link{t: t, name: name, cfg: liveConfig(session.Initiator, i, name, "VENUE")}
			l.start()
			place(l, i, 1300, 3000)
			app := &client{orders: liveOrders, state: map[string]byte{}, fills: map[string]int{}}
			l.take = app.take
			l.act = func(now market.Nanos) {
				p := &side{cfg: l.cfg, s: l.s}
				app.act(now, p)
			}
			book := qf.books[name]
			err := l.run(func() (net.Conn, []byte, error) {
				conn, err := dial(qf.addr, l)
				return conn, nil, err
			}, func() bool { return app.done() && l.s.CaughtUp() && book.delivered(app.fills) })
			if err != nil {
				t.Errorf("%s, out %v, crash %v: %v", name, l.cutOut, l.crash, err)
				return
			}
			if !l.struck {
				t.Errorf("%s: the fault did not strike: %d bytes left", name, l.left)
			}
			book.verdict(t, app, l.crash)
		})
	}
	wg.Wait()
	qf.acc.Stop()
	t.Logf("%d cases", liveCases)
}

// dial connects; quickfixgo refuses until its session has started and while it still has
// the connection that was cut, so a connection that is closed before any byte came is tried again.
func dial(addr string, _ *link) (net.Conn, error) {
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	limit := time.After(bound)
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn, nil
		}
		select {
		case <-retry.C:
		case <-limit:
			return nil, err
		}
	}
}

func asAcceptor(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, liveCases)
	conns := map[string]chan greeted{}
	for i := range names {
		names[i] = fmt.Sprintf("D%02d", i)
		conns[names[i]] = make(chan greeted, 16)
	}
	go route(listener, conns)
	qf := startDesks(t, listener.Addr().(*net.TCPAddr), names)
	var wg sync.WaitGroup // goroutines, since parallel tests are as many as processors
	for i, name := range names {
		wg.Go(func() {
			l := &link{t: t, name: name, cfg: liveConfig(session.Acceptor, i, "VENUE", name)}
			l.start()
			place(l, i, 3000, 1300)
			app := &venue{orders: map[string]int{}, fills: map[string]bool{}}
			l.take = app.takeAgain
			l.act = func(now market.Nanos) { app.act(now, &side{cfg: l.cfg, s: l.s}) }
			desk := qf.desks[name]
			err := l.run(func() (net.Conn, []byte, error) {
				select {
				case g := <-conns[name]:
					return g.Conn, g.first, nil
				case <-time.After(bound):
					return nil, nil, fmt.Errorf("quickfixgo does not connect")
				}
			}, func() bool {
				return len(app.orders) == liveOrders && len(app.queue) == 0 && desk.delivered(app.fills)
			})
			if err != nil {
				t.Errorf("%s, out %v, crash %v: %v; %d orders came", name, l.cutOut, l.crash, err, len(app.orders))
				return
			}
			if !l.struck {
				t.Errorf("%s: the fault did not strike: %d bytes left", name, l.left)
			}
			for id, n := range app.orders {
				if n != 1 && !l.crash {
					t.Errorf("order %s was delivered %d times", id, n)
				}
			}
			desk.verdict(t, app)
		})
	}
	wg.Wait()
	qf.init.Stop()
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}

// takeAgain is take for a venue that drops orders it has: a crash of ours between the message
// and its number brings it again (rule 11), with a PossDup of quickfixgo's resend.
func (v *venue) takeAgain(m *wire.Message) error {
	id, _ := m.Get(wire.TagClOrdID)
	if m.Type1() == 'D' && v.orders[string(id)] > 0 {
		v.orders[string(id)]++
		return nil
	}
	if m.Type1() != 'D' {
		return v.take(m)
	}
	v.orders[string(id)]++
	v.report(string(id), "0", "0")
	for range fillsPerOrder {
		v.report(string(id), "F", "1")
	}
	return nil
}

// greeted is a connection and what was read from it to know whose it is.
type greeted struct {
	net.Conn
	first []byte
}

// route gives every connection to the session its Logon names.
func route(listener net.Listener, conns map[string]chan greeted) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			b := make([]byte, 0, 4096)
			for {
				n, err := conn.Read(b[len(b):cap(b)])
				b = b[:len(b)+n]
				if k, _ := wire.Frame(b, 4096); k > 0 {
					var m wire.Message
					if wire.Parse(b[:k], &m) == wire.FaultNone {
						id, _ := m.Get(wire.TagSenderCompID)
						if ch := conns[string(id)]; ch != nil {
							ch <- greeted{conn, b}
							return
						}
					}
				}
				if err != nil || n == 0 && len(b) == cap(b) {
					_ = conn.Close()
					return
				}
			}
		}()
	}
}
