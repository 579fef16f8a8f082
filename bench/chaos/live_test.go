package chaos

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"slipstream/fix/session"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// bound is the longest any step of a live case may take.
const bound = 100 * time.Second

// liveOrders is how many orders a live day has.
const liveOrders = 10

var flagWaves = flag.Int("chaos.waves", 1, "how often TestLive plays its cases, each time at other bytes")

// flagCases is how many cases each role has in a wave of TestLive, in turn of each fault:
// sessions with quickfixgo at the same time.
var flagCases = flag.Int("chaos.cases", 30, "cases of each role in a wave of TestLive, a multiple of 10")

// liveFaults are the faults of TestLive: the crash is ours.
var liveFaults = [...]Fault{Cut, CrashClient, Truncate, Duplicate, Delay}

// link is our session on a socket with a fault at a byte: of what we send (out) or of
// what we get.
type link struct {
	t      *testing.T
	name   string
	s      *session.Session
	st     session.State
	cfg    session.Config
	fault  Fault
	cutOut bool
	left   int // bytes until the fault
	left0  int // at the start
	struck bool
	drop   int          // bytes that still vanish, Truncate
	held   market.Nanos // until when nothing passes, Delay; real time
	skip   market.Nanos // our clock is ahead by this
	waits  []byte       // what came meanwhile
	conn   net.Conn
	chunks chan []byte
	take   func(*wire.Message) error
	act    func(now market.Nanos)
	err    error
	grow   grow
	judge  judge
	tail   []byte // of what came, to find a ResendRequest in two parts
}

func (l *link) now() market.Nanos { return market.Nanos(time.Now().UnixNano()) + l.skip }

// crash says that our process dies with the connection.
func (l *link) crash() bool { return l.fault == CrashClient }

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

// strike is the fault at the byte of the case; b is what went in its direction last.
// Vanished bytes are fewer than a message has, so that no two are spliced to one.
func (l *link) strike(b []byte) (again []byte) {
	l.struck = true
	switch l.fault {
	case Cut:
		l.hangUp()
	case CrashClient:
		l.start() // before the connection ends: the dead process learns of nothing
		l.hangUp()
	case Truncate:
		l.drop = 1 + l.left0%50
	case Duplicate:
		return bytes.Clone(b[max(0, bytes.LastIndex(b, []byte("8=FIX"))):])
	case Delay: // a moment for them, most of a minute for us: our timers run
		l.held = market.Nanos(time.Now().UnixNano()) + 100*market.Millisecond
		l.skip += 50 * market.Second
	}
	return nil
}

// vanish takes away what Truncate still drops.
func (l *link) vanish(b []byte) []byte {
	n := min(l.drop, len(b))
	l.drop -= n
	return b[n:]
}

func (l *link) waiting() bool {
	return l.held != 0 && market.Nanos(time.Now().UnixNano()) < l.held
}

// flush writes the output, with the fault at its byte.
func (l *link) flush() {
	for l.conn != nil && len(l.s.Output()) > 0 && l.err == nil && !(l.cutOut && l.waiting()) {
		b := bytes.Clone(l.s.Output())
		if l.err = l.judge.read(b, func(string, ...any) {}); l.err != nil {
			return
		}
		l.s.Consumed(len(b))
		var rest []byte
		now := l.cutOut && !l.struck && len(b) >= l.left
		if now {
			b, rest = b[:l.left], b[l.left:]
		} else if l.cutOut {
			l.left -= len(b)
			if l.struck {
				b = l.vanish(b)
			}
		}
		_, err := l.conn.Write(b)
		if now {
			rest = append(l.strike(b), rest...)
			if l.conn == nil {
				return
			}
			// Delay: what is left of this write goes at once, the next ones wait.
			_, err = l.conn.Write(l.vanish(rest))
		}
		if err != nil {
			l.hangUp()
		}
	}
	if l.err == nil {
		l.err = l.grow.check(&l.st)
	}
}

// receive hands bytes to the session, with the fault at its byte.
func (l *link) receive(b []byte) {
	if !l.cutOut && l.waiting() {
		l.waits = append(l.waits, b...)
		return
	}
	b, l.waits = append(l.waits, b...), nil
	now := !l.cutOut && !l.struck && len(b) >= l.left
	var rest []byte
	if now {
		b, rest = b[:l.left], b[l.left:]
	} else if !l.cutOut {
		l.left -= len(b)
		if l.struck {
			b = l.vanish(b)
		}
	}
	l.hand(b)
	if now {
		rest = append(l.strike(b), rest...)
		if l.conn == nil {
			return
		}
		if rest = l.vanish(rest); l.waiting() {
			l.waits = rest
			return
		}
		l.hand(rest)
	}
}

// count counts quickfixgo's ResendRequests for the judge: after another one numbers may
// come again though a new message went out since.
func (l *link) count(b []byte) {
	request := []byte("\x0135=2\x01")
	l.tail = append(l.tail, b...)
	l.judge.asked += bytes.Count(l.tail, request)
	l.tail = l.tail[:copy(l.tail, l.tail[max(0, len(l.tail)-len(request)+1):])]
}

func (l *link) hand(b []byte) {
	l.count(b)
	l.s.Receive(l.now(), b)
	for {
		m, ok := l.s.Next(l.now())
		if !ok || l.err != nil {
			return
		}
		l.err = l.take(m)
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
			if why == session.WhySequenceLoss && l.fault != Duplicate {
				return fmt.Errorf("stopped for a sequence loss")
			}
			l.hangUp()
			if out, in, _, latched, err := l.st.Numbers(); err == nil && latched {
				l.st.Reset(out, in) // an operator found the numbers right
				l.start()
			}
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
			if len(l.waits) > 0 {
				l.receive(nil)
			}
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

// TestLive plays our sessions with real quickfixgo peers, in both roles, with every fault.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("real time and a real engine: not with -short")
	}
	if *flagCase != "" {
		t.Skip("a pure case is asked for")
	}
	t.Parallel()
	for wave := range *flagWaves {
		t.Run(fmt.Sprint("wave ", wave), func(t *testing.T) {
			t.Run("we are the initiator", func(t *testing.T) { t.Parallel(); asInitiator(t, wave) })
			t.Run("we are the acceptor", func(t *testing.T) { t.Parallel(); asAcceptor(t, wave) })
		})
	}
}

// struck wants the fault in nearly every case: a day may end short of its byte.
func struck(t *testing.T, spared int64) {
	t.Helper()
	t.Logf("%d cases, %d of them without a fault", *flagCases, spared)
	if spared*20 > int64(*flagCases) {
		t.Errorf("the fault did not strike in %d of %d cases", spared, *flagCases)
	}
}

// place spreads the cases of each fault over both directions of a day of so many bytes.
func place(l *link, wave, i, outBytes, inBytes int) {
	l.fault = liveFaults[i%len(liveFaults)]
	k := i / len(liveFaults)
	l.cutOut = k%2 == 0
	size := inBytes
	if l.cutOut {
		size = outBytes
	}
	l.left = 1 + (size*(k/2)/(*flagCases/len(liveFaults)/2)+i%7+11*wave)%size
	l.left0 = l.left
}

func asInitiator(t *testing.T, wave int) {
	names := make([]string, *flagCases)
	for i := range names {
		names[i] = fmt.Sprintf("C%dX%03d", wave, i)
	}
	qf := startVenue(t, names)
	var spared atomic.Int64
	var wg sync.WaitGroup // goroutines, since parallel tests are as many as processors
	for i, name := range names {
		wg.Go(func() {
			l := &link{t: t, name: name, cfg: liveConfig(session.Initiator, i, name, "VENUE")}
			l.start()
			place(l, wave, i, 1300, 3000)
			app := &client{orders: liveOrders, state: map[string]byte{}, fills: map[string]int{}}
			l.take = app.take
			l.act = func(now market.Nanos) {
				p := &side{cfg: l.cfg, s: l.s, judge: judge{sent: l.judge.sent}}
				app.act(now, p)
			}
			book := qf.books[name]
			err := l.run(func() (net.Conn, []byte, error) {
				conn, err := dial(qf.addr, l)
				return conn, nil, err
			}, func() bool { return app.done() && l.s.CaughtUp() && book.delivered(app.fills) })
			if err != nil {
				t.Errorf("%s, out %v, %v: %v", name, l.cutOut, l.fault, err)
				return
			}
			if !l.struck {
				spared.Add(1)
			}
			book.verdict(t, app, l.crash())
		})
	}
	wg.Wait()
	qf.acc.Stop()
	struck(t, spared.Load())
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

func asAcceptor(t *testing.T, wave int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, *flagCases)
	conns := map[string]chan greeted{}
	for i := range names {
		names[i] = fmt.Sprintf("D%dX%03d", wave, i)
		conns[names[i]] = make(chan greeted, 16)
	}
	go route(listener, conns)
	qf := startDesks(t, listener.Addr().(*net.TCPAddr), names)
	var spared atomic.Int64
	var wg sync.WaitGroup // goroutines, since parallel tests are as many as processors
	for i, name := range names {
		wg.Go(func() {
			l := &link{t: t, name: name, cfg: liveConfig(session.Acceptor, i, "VENUE", name)}
			l.start()
			place(l, wave, i, 3000, 1300)
			app := &venue{orders: map[string]int{}, fills: map[string]bool{}}
			l.take = app.takeAgain
			l.act = func(now market.Nanos) { app.act(now, &side{cfg: l.cfg, s: l.s, judge: judge{sent: l.judge.sent}}) }
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
				t.Errorf("%s, out %v, %v: %v; %d orders came", name, l.cutOut, l.fault, err, len(app.orders))
				return
			}
			if !l.struck {
				spared.Add(1)
			}
			for id, n := range app.orders {
				if n != 1 && !l.crash() {
					t.Errorf("order %s was delivered %d times", id, n)
				}
			}
			desk.verdict(t, app)
		})
	}
	wg.Wait()
	qf.init.Stop()
	struck(t, spared.Load())
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
