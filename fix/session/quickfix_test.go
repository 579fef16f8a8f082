package session_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/store/file"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// bound is the longest any step may take.
const bound = 10 * time.Second

// acceptor is a real quickfixgo venue: it answers every order with ExecType New.
type acceptor struct {
	t    *testing.T
	id   quickfix.SessionID
	acc  *quickfix.Acceptor
	addr string

	mu      sync.Mutex
	admin   map[string]int    // MsgType of admin messages received -> count
	orders  map[string]string // ClOrdID -> MsgSeqNum of D received
	tests   map[string]int    // TestReqID of heartbeats received -> count
	rejects []string          // what quickfixgo refused or we rejected
	execs   int
}

// startAcceptor starts a venue on a port of the kernel's choice, with its numbers in dir.
func startAcceptor(t *testing.T, dir, sender string) *acceptor {
	t.Helper()
	dict, err := filepath.Abs("../venue/testdata/FIX44-orders.xml")
	if err != nil {
		t.Fatal(err)
	}
	// quickfixgo wants to know the port of the listener it is given.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	settings, err := quickfix.ParseSettings(strings.NewReader(fmt.Sprintf(
		"[DEFAULT]\nConnectionType=acceptor\nSocketAcceptPort=%d\nFileStorePath=%s\nFileStoreSync=N\nDataDictionary=%s\n"+
			"[SESSION]\nBeginString=FIX.4.4\nSenderCompID=VENUE\nTargetCompID=%s\nTimeStampPrecision=MICROS\n",
		listener.Addr().(*net.TCPAddr).Port, dir, dict, sender)))
	if err != nil {
		t.Fatal(err)
	}
	a := &acceptor{t: t, id: quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "VENUE", TargetCompID: sender},
		admin: map[string]int{}, orders: map[string]string{}, tests: map[string]int{}}
	if a.acc, err = quickfix.NewAcceptor(a, file.NewStoreFactory(settings), settings, quickfix.NewNullLogFactory()); err != nil {
		t.Fatal(err)
	}
	a.addr = listener.Addr().String()
	a.acc.SetNewListenerCallback(func(string, *tls.Config) (net.Listener, error) { return listener, nil })
	if err := a.acc.Start(); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *acceptor) OnCreate(quickfix.SessionID) {}
func (a *acceptor) OnLogon(quickfix.SessionID)  {}
func (a *acceptor) OnLogout(quickfix.SessionID) {}
func (a *acceptor) ToAdmin(m *quickfix.Message, _ quickfix.SessionID) {
	if typ, _ := m.Header.GetString(35); typ == "3" {
		a.note(m.String())
	}
}
func (a *acceptor) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }

func (a *acceptor) note(reject string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rejects = append(a.rejects, strings.ReplaceAll(reject, "\x01", "|"))
}

func (a *acceptor) FromAdmin(m *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	typ, _ := m.Header.GetString(35)
	if typ == "3" {
		a.note(m.String())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.admin[typ]++
	if id, err := m.Body.GetString(112); err == nil && typ == "0" {
		a.tests[id]++
	}
	return nil
}

func (a *acceptor) FromApp(m *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	id, _ := m.Body.GetString(11)
	seq, _ := m.Header.GetString(34)
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, dup := a.orders[id]; dup {
		a.rejects = append(a.rejects, "order "+id+" came twice")
	}
	a.orders[id] = seq
	go a.report(id) // not under the session's locks
	return nil
}

// report sends an ExecutionReport for an order; while logged out quickfixgo keeps it for a resend.
func (a *acceptor) report(clOrdID string) {
	a.mu.Lock()
	a.execs++
	n := a.execs
	a.mu.Unlock()
	m := quickfix.NewMessage()
	m.Header.SetString(35, "8")
	for tag, v := range map[quickfix.Tag]string{37: "1", 11: clOrdID, 17: fmt.Sprint("E", n), 150: "0", 39: "0", 55: "AMZN",
		54: "1", 38: "100", 151: "100", 14: "0", 6: "0"} {
		m.Body.SetString(tag, v)
	}
	a.send(m)
}

func (a *acceptor) send(m *quickfix.Message) {
	if err := quickfix.SendToTarget(m, a.id); err != nil {
		a.note(err.Error())
	}
}

// got reads something under the lock.
func got[T any](a *acceptor, read func() T) T {
	a.mu.Lock()
	defer a.mu.Unlock()
	return read()
}

// link runs a session over a socket with the wall clock plus skip.
type link struct {
	t      *testing.T
	s      *session.Session
	enc    *venue.Encoder
	conn   net.Conn
	chunks chan []byte
	skip   market.Nanos
	next   venue.ChildID
	acks   map[venue.ChildID]int
	events map[session.EventCode]int
	msg    venue.ExecReport
}

func newLink(t *testing.T, st *session.State, sender string) *link {
	t.Helper()
	cfg := session.Default()
	cfg.SenderCompID, cfg.TargetCompID = sender, "VENUE"
	s, err := session.New(cfg, st)
	if err != nil {
		t.Fatal(err)
	}
	vc := venue.Default()
	vc.SenderCompID, vc.TargetCompID = sender, "VENUE"
	l := &link{t: t, s: s, next: venue.ChildIDBase(s.Epoch()), acks: map[venue.ChildID]int{}, events: map[session.EventCode]int{}}
	if l.enc, err = venue.NewEncoder(vc, l.now(), s.Epoch()); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *link) now() market.Nanos { return market.Nanos(time.Now().UnixNano()) + l.skip }

// dial connects and logs on. quickfixgo refuses connections until the whole second after
// its start, so a refused one is tried again, as the live loop does.
func (l *link) dial(addr string) {
	l.t.Helper()
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	limit := time.After(bound)
	for !l.logon(addr) {
		l.hangUp()
		select {
		case <-retry.C:
		case <-limit:
			l.t.Fatalf("no logon within %v", bound)
		}
	}
	l.until("the end of the gap", l.s.CaughtUp)
}

// logon connects; false if the venue closes the connection before its Logon.
func (l *link) logon(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		l.t.Fatal(err)
	}
	chunks := make(chan []byte, 1024)
	l.conn, l.chunks = conn, chunks
	go func() {
		defer close(chunks)
		for {
			b := make([]byte, 4096)
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			chunks <- b[:n]
		}
	}()
	l.s.Connected(l.now())
	l.flush()
	limit := time.After(bound)
	for !l.s.Active() {
		select {
		case b, ok := <-chunks:
			if !ok {
				return false
			}
			l.receive(b)
		case <-limit:
			l.t.Fatalf("no logon within %v", bound)
		}
	}
	return true
}

// hangUp closes the socket as a network failure does.
func (l *link) hangUp() {
	l.conn.Close()
	l.s.Disconnected(l.now())
	l.drainEvents()
}

func (l *link) drainEvents() {
	for {
		e, ok := l.s.NextEvent()
		if !ok {
			return
		}
		l.events[e.Code]++
	}
}

// until runs the session until cond holds.
func (l *link) until(what string, cond func() bool) {
	l.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(bound)
	for {
		l.flush()
		l.drainEvents()
		if cond() {
			return
		}
		select {
		case b, ok := <-l.chunks:
			if !ok {
				l.t.Fatalf("the venue closed the connection while waiting for %s", what)
			}
			l.receive(b)
		case <-tick.C:
			l.s.Timer(l.now())
		case <-limit:
			why, _ := l.s.Dropped()
			l.t.Fatalf("no %s within %v (dropped: %v, numbers %d out, %d in)", what, bound, why, l.s.NextOut(), l.s.NextIn())
		}
	}
}

func (l *link) flush() {
	if b := l.s.Output(); len(b) > 0 {
		if _, err := l.conn.Write(b); err != nil {
			l.t.Fatal(err)
		}
		l.s.Consumed(len(b))
	}
}

func (l *link) receive(b []byte) {
	l.s.Receive(l.now(), b)
	for {
		m, ok := l.s.Next(l.now())
		if !ok {
			return
		}
		if fault := venue.DecodeExecReport(m, &l.msg); m.Type1() != '8' || fault != wire.FaultNone || l.msg.ExecType != fix.ExecNew {
			l.t.Fatalf("unexpected message, fault %v: %s", fault, strings.ReplaceAll(string(m.Raw), "\x01", "|"))
		}
		l.acks[l.msg.ChildID]++
	}
}

// order sends one order.
func (l *link) order() venue.ChildID {
	l.t.Helper()
	dst, seq, ok := l.s.Reserve(l.now())
	if !ok {
		l.t.Fatal("Reserve refused")
	}
	l.next++
	dst = l.enc.AppendNew(dst, seq, l.now(), &venue.NewOrder{Child: l.next, Symbol: market.MakeSymbol("AMZN"), Side: market.Buy,
		Qty: 100, Price: 187_250000000})
	if !l.s.Commit(l.now(), dst) {
		l.t.Fatal("Commit refused")
	}
	return l.next
}

// acked waits for the venue's answer to each of ids.
func (l *link) acked(ids ...venue.ChildID) {
	l.t.Helper()
	l.until("acknowledgement", func() bool {
		for _, id := range ids {
			if l.acks[id] != 1 {
				return false
			}
		}
		return true
	})
}

// TestAgainstQuickfixgo: one session through a day of trouble with an independent engine, which
// validates every message against a dictionary.
func TestAgainstQuickfixgo(t *testing.T) {
	dir, st := t.TempDir(), new(session.State)
	a := startAcceptor(t, dir, "SLIPQF")
	l := newLink(t, st, "SLIPQF")
	l.dial(a.addr)

	t.Log("orders are acknowledged")
	l.acked(l.order(), l.order(), l.order())

	t.Log("the venue's TestRequest is answered with its TestReqID")
	probe := quickfix.NewMessage()
	probe.Header.SetString(35, "1")
	probe.Body.SetString(112, "ping-7")
	a.send(probe)
	l.until("heartbeat at the venue", func() bool { return got(a, func() int { return a.tests["ping-7"] }) == 1 })

	t.Log("after 40 s of silence we probe, and quickfixgo answers")
	in := l.s.NextIn()
	l.skip += 40 * market.Second
	l.s.Timer(l.now())
	l.until("answer to our TestRequest", func() bool { return l.s.NextIn() > in && l.events[session.EventTestRequest] == 1 })

	t.Log("an order lost on the way is filled by a gap, not resent")
	lost := l.order()
	l.s.Consumed(len(l.s.Output()))
	after := l.order() // shows the gap; lies in the filled range itself
	l.until("ResendRequest of quickfixgo", func() bool { return l.events[session.EventGapFillSent] == 1 })
	l.acked(l.order())

	t.Log("what the venue sends while we are away comes with a resend, once")
	l.hangUp()
	away := venue.ChildIDBase(l.s.Epoch()) + 1
	seqBefore := l.s.NextIn()
	offline := quickfix.NewMessage()
	offline.Header.SetString(35, "8")
	id := clOrdID(t, l, away)
	delete(l.acks, away)
	for tag, v := range map[quickfix.Tag]string{37: "1", 11: id, 17: "AWAY", 150: "0", 39: "0", 55: "AMZN", 54: "1", 38: "100",
		151: "100", 14: "0", 6: "0"} {
		offline.Body.SetString(tag, v)
	}
	a.send(offline)
	l.dial(a.addr)
	l.acked(away)
	if l.events[session.EventGap] == 0 || l.s.NextIn() < seqBefore+2 {
		t.Errorf("the report came without a gap: numbers %d before, %d after", seqBefore, l.s.NextIn())
	}

	t.Log("our process restarts: numbers go on, the epoch grows")
	out, in, epoch := l.s.NextOut(), l.s.NextIn(), l.s.Epoch()
	l.conn.Close() // as a crash: Disconnected is not called
	l = newLink(t, st, "SLIPQF")
	if l.s.NextOut() != out || l.s.NextIn() != in || l.s.Epoch() != epoch+1 {
		t.Errorf("after the restart: %d out, %d in, epoch %d; want %d, %d, %d", l.s.NextOut(), l.s.NextIn(), l.s.Epoch(), out, in, epoch+1)
	}
	l.dial(a.addr)
	l.acked(l.order(), l.order())

	t.Log("the venue restarts: numbers go on")
	l.hangUp()
	orders := got(a, func() int { return len(a.orders) })
	rejects := got(a, func() []string { return a.rejects })
	a.acc.Stop()
	b := startAcceptor(t, dir, "SLIPQF")
	l.dial(b.addr)
	l.acked(l.order())

	t.Log("logout")
	l.s.Logout(l.now(), "end of day")
	l.until("logout", func() bool { why, ok := l.s.Dropped(); return ok && why == session.WhyLoggedOut })
	l.hangUp()
	b.acc.Stop()

	rejects = append(rejects, got(b, func() []string { return b.rejects })...)
	if len(rejects) > 0 {
		t.Errorf("refused or repeated: %s", strings.Join(rejects, "\n"))
	}
	if want := 3 + 1 + 2; orders != want {
		t.Errorf("the venue got %d orders, want %d: the lost one and the one behind it stay lost", orders, want)
	}
	for _, id := range []venue.ChildID{lost, after} {
		if _, came := a.orders[clOrdID(t, l, id)]; came {
			t.Errorf("order %d, which was filled by a gap, reached the venue", id)
		}
	}
	if n := got(a, func() int { return a.admin["4"] }); n == 0 {
		t.Error("quickfixgo saw no SequenceReset")
	}
}

// clOrdID is the text of id on the wire.
func clOrdID(t *testing.T, l *link, id venue.ChildID) string {
	t.Helper()
	var m wire.Message
	if fault := wire.Parse(l.enc.AppendStatus(nil, 1, l.now(), &venue.Status{Child: id, Symbol: market.MakeSymbol("A"), Side: market.Buy}), &m); fault != wire.FaultNone {
		t.Fatal(fault)
	}
	v, _ := m.Get(wire.TagClOrdID)
	return string(v)
}
