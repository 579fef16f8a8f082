package fixgate

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// A venue killed by SIGKILL comes back with its session, its book and its ClOrdIDs.
func TestVenueKilledAndRestartedResumesTheSession(t *testing.T) {
	dir := t.TempDir()
	first := startChild(t, dir)
	a := logon(t, first.addr, "ALFA")
	a.send("D", limit("A1", "1", "100", "10.00", ""))
	a.want("150=0|11=A1|17=1|37=1")
	a.send("D", limit("A2", "1", "50", "9.99", ""))
	a.want("150=0|11=A2|17=2|37=2")
	a.send("G", "41=A2|"+limit("A3", "1", "60", "9.99", ""))
	a.want("150=5|11=A3|41=A2|17=3|37=3")
	first.kill()

	second := startChild(t, dir)
	b := dial(t, second.addr, "ALFA", a.seq)
	b.in = a.in
	b.send("A", "98=0|108=60|")
	if m := b.want("35=A"); m["34"] != strconv.Itoa(a.in+1) && m["34"] != strconv.Itoa(a.in+2) {
		t.Fatalf("after message %d the Logon has %s", a.in, m["34"])
	}
	// The last Exec was sent before the kill; the gate may not know, and then says so.
	b.send("1", "112=SYNC|")
	for m := b.recv(); m["112"] != "SYNC"; m = b.recv() {
		if m["17"] != "3" || m["97"] != "Y" {
			t.Fatalf("an Exec that was sent before the kill came again as %v", m)
		}
	}
	// The book is the one before the kill, and so are the ClOrdIDs.
	b.send("D", limit("A1", "1", "100", "10.00", ""))
	b.want("150=8|103=6|39=0|37=1")
	b.send("H", "11=A2|55=AMZN|54=1|")
	b.want("150=I|39=0|37=3|38=60|11=A2")
	b.sendWith("D", "97=Y|", limit("A1", "1", "100", "10.00", ""))
	b.want("150=I|39=0|37=1|11=A1|151=100")
	b.send("F", cancel("A4", "A3", "1"))
	b.want("150=4|11=A4|41=A3|37=3|17=4")
	b.send("D", limit("A5", "1", "1", "10.00", ""))
	b.want("150=0|11=A5|17=5")
}

// fakeExchange takes requests and forgets them.
type fakeExchange struct {
	full     bool
	requests chan exchange.Request
}

func newFake() *fakeExchange { return &fakeExchange{requests: make(chan exchange.Request, 64)} }

func (f *fakeExchange) Submit(q *exchange.Request) bool {
	if f.full {
		return false
	}
	f.requests <- *q
	return true
}

func (f *fakeExchange) Now() market.Nanos { return 1 }
func (f *fakeExchange) Instruments() []market.Instrument {
	return []market.Instrument{{Symbol: market.MakeSymbol("AMZN"), Tick: 1, Lot: 1}}
}

func openFake(t *testing.T, dir string, replay int, fake *fakeExchange) *Gate {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Listen, cfg.StateDir = "127.0.0.1:0", dir
	cfg.Sessions = []Session{{SenderCompID: "XSIM", TargetCompID: strings.ReplaceAll(t.Name(), "/", "-")}}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for serial := 1; serial <= replay; serial++ {
		g.OnExecs([]exchange.Exec{accepted(serial, true)})
	}
	if err := g.Start(fake); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// accepted is the Exec of a New with ClOrdID "O<serial>".
func accepted(serial int, replayed bool) exchange.Exec {
	x := exchange.Exec{Kind: exchange.ExecAccepted, Status: exchange.StatusNew, Owner: 1, Serial: uint64(serial),
		ClientRef: uint64(serial), OrderID: uint64(serial), OrderQty: 10, LeavesQty: 10, Price: market.PriceUnit,
		Side: market.Buy, RequestOf: exchange.KindNew, Replayed: replayed}
	x.Token, _ = exchange.MakeToken([]byte("O" + strconv.Itoa(serial)))
	return x
}

// Of five Execs two were counted as sent before the kill: the third may have been
// sent, the others cannot have been.
func TestExecsAreSentAgainExactlyWhenNotSentBefore(t *testing.T) {
	dir := t.TempDir()
	c, err := openCounter(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for serial := uint64(1); serial <= 2; serial++ {
		if err := c.set(serial); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	g := openFake(t, dir, 5, newFake())
	g.OnExecs([]exchange.Exec{accepted(6, false)})
	p := dial(t, g.Addr().String(), t.Name(), 1)
	p.send("A", "98=0|108=60|")
	p.want("35=A")
	// What was made before the Logon comes by a resend, what comes later as it is.
	p.send("2", "7=1|16=0|")
	for serial := 3; serial <= 6; serial++ {
		m := p.recvReport()
		if want := map[bool]string{true: "Y"}[serial == 3]; m["17"] != strconv.Itoa(serial) || m["97"] != want {
			t.Errorf("Exec %d came as %v", serial, m)
		}
	}
	if st := g.Stats(); st.ExecsSent != 4 || st.ExecsResent != 1 || st.ExecsSkipped != 2 {
		t.Errorf("%+v", st)
	}
	p.send("D", limit("O2", "1", "10", "1.00", "")) // known from the replay only
	if m := p.recvReport(); m["103"] != "6" || m["37"] != "2" || m["39"] != "0" {
		t.Errorf("a duplicate of an order before the kill is answered by %v", m)
	}
}

// recvReport skips the gap fills of a resend.
func (p *peer) recvReport() map[string]string {
	p.t.Helper()
	m := p.recv()
	for m["35"] == "4" {
		m = p.recv()
	}
	return m
}

func TestCounterSurvivesATornWrite(t *testing.T) {
	dir := t.TempDir()
	c, err := openCounter(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	for serial := uint64(1); serial <= 7; serial++ {
		if err := c.set(serial); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "execs-sent")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		edit func(b []byte) []byte
		want uint64
	}{
		"as written":      {func(b []byte) []byte { return b }, 7},
		"newer slot torn": {func(b []byte) []byte { binary.LittleEndian.PutUint64(b[slotSize:], 9); return b }, 6},
		"older slot torn": {func(b []byte) []byte { b[3] ^= 1; return b }, 7},
		"short":           {func(b []byte) []byte { return b[:slotSize] }, 6},
		"empty":           {func([]byte) []byte { return nil }, 0},
	} {
		if err := os.WriteFile(path, tc.edit(append([]byte{}, good...)), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := openCounter(dir, false)
		if err != nil {
			t.Fatal(err)
		}
		if c.last != tc.want {
			t.Errorf("%s: %d, want %d", name, c.last, tc.want)
		}
		if err := c.close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStartRefusesAStateOfAnotherLog(t *testing.T) {
	dir := t.TempDir()
	c, err := openCounter(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.set(9), c.close()); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.Listen, cfg.StateDir = "127.0.0.1:0", dir
	cfg.Sessions = []Session{{SenderCompID: "XSIM", TargetCompID: "OTHER"}}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Start(newFake()); !errors.Is(err, ErrState) {
		t.Errorf("error %v", err)
	}
}

func TestFullExchangeIsAnsweredByNotReady(t *testing.T) {
	fake := newFake()
	fake.full = true
	g := openFake(t, "", 0, fake)
	p := logon(t, g.Addr().String(), t.Name())
	p.send("D", limit("X1", "1", "10", "1.00", ""))
	p.want("35=j|380=4|379=X1|372=D")
	p.send("H", "11=X1|55=AMZN|54=1|")
	p.want("35=8|150=I|39=8|103=5")
	fake.full = false
	p.send("D", limit("X1", "1", "10", "1.00", "")) // the ClOrdID is free again
	if q := <-fake.requests; string(q.Token.Bytes()) != "X1" || q.Qty != 10 {
		t.Errorf("%+v", q)
	}
	st := g.Stats()
	for end := time.Now().Add(5 * time.Second); st.Requests == 0 && time.Now().Before(end); st = g.Stats() {
		runtime.Gosched() // it is counted after it was queued
	}
	if st.NotReady != 1 || st.DuplicateClOrdIDs != 0 || st.Requests != 1 {
		t.Errorf("%+v", st)
	}
}

func TestOverflowStopsTheExecs(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Listen, cfg.ExecsMax = "127.0.0.1:0", 2
	cfg.Sessions = []Session{{SenderCompID: "XSIM", TargetCompID: "FLOOD"}}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for serial := 1; serial <= 3; serial++ {
		g.OnExecs([]exchange.Exec{accepted(serial, false)})
	}
	if err := g.Start(newFake()); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); !errors.Is(err, ErrOverflow) {
		t.Errorf("error %v", err)
	}
}

func TestCancelOnDisconnectTakesTheMembersOrders(t *testing.T) {
	v := startVenue(t, func(c *Config) { c.CancelOnDisconnect = true })
	a, b := logon(t, v.gate.Addr().String(), "ALFA"), logon(t, v.gate.Addr().String(), "BETA")
	a.send("D", limit("A1", "1", "100", "10.00", ""))
	a.want("150=0")
	b.send("D", limit("B1", "1", "100", "9.00", ""))
	b.want("150=0")
	a.conn.Close()
	for end := time.Now().Add(20 * time.Second); v.gate.Stats().ExecsSent < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the order was not canceled")
		}
	}
	b.send("H", "11=B1|55=AMZN|54=1|")
	b.want("150=I|39=0")
	c := dial(t, v.gate.Addr().String(), "ALFA", a.seq)
	c.send("A", "98=0|108=60|")
	c.want("35=A")
	c.send("H", "11=A1|55=AMZN|54=1|")
	c.want("150=I|39=4|151=0")
	if st := v.gate.Stats(); st.DisconnectCancels != 1 {
		t.Errorf("%+v", st)
	}
}

func TestConfigSaysWhatIsWrong(t *testing.T) {
	cfg := Config{Sessions: []Session{{"A", "B", "LONGER", 0}, {"A", "B", "", 0}, {}}}
	err := cfg.Validate()
	for _, want := range []string{"Listen", "MPID", "twice", "CompID is empty", "TimePrecision", "CloseTimeout", "ExecsMax", "ClOrdIDsMax"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}
