package desk

import (
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"slipstream/fix"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// testNow is the gateway's business clock in tests.
var testNow = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

var testInstruments = []market.Instrument{
	{ID: 0, Symbol: market.MakeSymbol("AMZN"), Tick: market.PriceUnit / 100, Lot: 1},
	{ID: 1, Symbol: market.MakeSymbol("LOTS"), Tick: market.PriceUnit / 100, Lot: 100},
}

// commands hears what the gateway submits, per desk.
type commands struct {
	mu   sync.Mutex
	byID map[string]fix.Command
}

func (c *commands) submit(cmd *fix.Command) bool {
	id := cmd.ClOrdID.String()
	if strings.HasPrefix(id, "FULL") {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID[id] = *cmd
	return true
}

func (c *commands) get(id string) (fix.Command, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cmd, ok := c.byID[id]
	return cmd, ok
}

// shared is one gateway for most tests, since a quickfixgo session takes up to a
// second to start. Each test has a desk of its own.
var shared struct {
	once sync.Once
	g    *Gateway
	got  *commands
	err  error
	logs logLines
}

// logLines is a Log that a test can look into.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) log(event, session, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, event+" "+session+" "+text)
}

func (l *logLines) contains(s string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, s) {
			return true
		}
	}
	return false
}

const (
	deskForm = iota
	deskCrash
	deskSlow
	deskPassword
	deskCommands
	deskReports
	deskDuplicate
	deskForm42
	deskForm50
	deskCommands42
	deskCommands50
	deskCount
)

var deskNames = [deskCount]string{
	"FORM", "CRASH", "SLOW", "SECRET", "COMMANDS", "REPORTS", "TWICE", "FORM42", "FORM50", "COMMANDS42", "COMMANDS50",
}

func testConfig() Config {
	cfg := DefaultConfig()
	cfg.Listen = "127.0.0.1:0"
	cfg.Instruments = testInstruments
	cfg.Now = func() time.Time { return testNow }
	cfg.Guard.FirstMessageWait = time.Second
	cfg.Guard.WriteWait = 200 * time.Millisecond
	cfg.Guard.SendBufferBytes = 16 << 10
	cfg.LogMessages = true
	return cfg
}

func sharedGateway(t *testing.T) *Gateway {
	t.Helper()
	shared.once.Do(func() {
		shared.got = &commands{byID: map[string]fix.Command{}}
		cfg := testConfig()
		for _, name := range deskNames {
			cfg.Sessions = append(cfg.Sessions, Session{SenderCompID: "GATE", TargetCompID: name})
		}
		cfg.Sessions[deskPassword].Password = "open sesame"
		for _, i := range [...]int{deskForm, deskForm42, deskForm50} {
			cfg.Sessions[i].Accounts = []string{"ACC"}
		}
		for _, i := range [...]int{deskForm42, deskCommands42} {
			cfg.Sessions[i].Version = FIX42
		}
		for _, i := range [...]int{deskForm50, deskCommands50} {
			cfg.Sessions[i].Version = FIX50SP2
		}
		cfg.Submit = shared.got.submit
		cfg.Log = shared.logs.log
		shared.g, shared.err = Open(cfg)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.g
}

// openGateway opens a gateway that is closed, without an error, when the test ends.
func openGateway(t *testing.T, cfg Config) *Gateway {
	t.Helper()
	g, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.g != nil {
		if err := shared.g.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// peer is a raw FIX client, which can send what no engine would.
type peer struct {
	t    testing.TB
	conn net.Conn
	buf  []byte
	name string
	gate string
	seq  int // next MsgSeqNum(34) to send

	version Version
}

func dial(t testing.TB, g *Gateway, name string) *peer {
	t.Helper()
	c, err := net.DialTimeout("tcp", g.Addr().String(), 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	p := &peer{t: t, conn: c, name: name, gate: "GATE", seq: 1}
	for i := range g.desks {
		if g.desks[i].id.TargetCompID == name {
			p.version = g.desks[i].version
		}
	}
	return p
}

// logonBody is a Logon that resets the sequence numbers.
func (p *peer) logonBody() string {
	if p.version == FIX50SP2 {
		return "98=0|108=60|141=Y|1137=9|"
	}
	return "98=0|108=60|141=Y|"
}

// logon dials and logs on with sequence numbers reset.
func logon(t testing.TB, g *Gateway, name string) *peer {
	t.Helper()
	for i := range g.desks { // the peer of an earlier test may be on its way out
		if g.desks[i].id.TargetCompID == name {
			wait(t, name+" to be logged out", func() bool { return !g.IsLoggedOn(i) })
		}
	}
	p := dial(t, g, name)
	p.send("A", p.logonBody())
	if m := p.recv(); m.get(tagMsgType) != "A" {
		t.Fatalf("logon of %s was answered by %v", name, m)
	}
	return p
}

// encode makes a whole message of FIX 4.4; body has '|' for SOH.
func encode(msgType, header, body string) []byte {
	return encodeAs(FIX44, msgType, header, body)
}

func encodeAs(v Version, msgType, header, body string) []byte {
	inner := strings.ReplaceAll("35="+msgType+"|"+header+body, "|", "\x01")
	msg := fmt.Sprintf("8=%s\x019=%d\x01%s", v.BeginString(), len(inner), inner)
	return fmt.Appendf(nil, "%s10=%03d\x01", msg, wire.CheckSum([]byte(msg)))
}

func (p *peer) header() string {
	now := time.Now().UTC().Format("20060102-15:04:05.000")
	return fmt.Sprintf("49=%s|56=%s|34=%d|52=%s|", p.name, p.gate, p.seq, now)
}

func (p *peer) send(msgType, body string) {
	p.t.Helper()
	p.write(encodeAs(p.version, msgType, p.header(), body))
	p.seq++
}

func (p *peer) write(b []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// next reads one message; nil and false when the peer closed the connection.
func (p *peer) next() (raw []byte, ok bool) {
	p.t.Helper()
	for {
		n, fault := wire.Frame(p.buf, 1<<20)
		if fault != wire.FaultNone {
			p.t.Fatalf("gateway sent %q: %v", p.buf, fault)
		}
		if n > 0 {
			raw = p.buf[:n]
			p.buf = p.buf[n:]
			return raw, true
		}
		if err := p.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			p.t.Fatal(err)
		}
		chunk := make([]byte, 4096)
		k, err := p.conn.Read(chunk)
		if k == 0 {
			if ne, isNet := err.(net.Error); isNet && ne.Timeout() {
				p.t.Fatal("the gateway neither answered nor closed the connection")
			}
			return nil, false
		}
		p.buf = append(p.buf, chunk[:k]...)
	}
}

func (p *peer) recvRaw() []byte {
	p.t.Helper()
	raw, ok := p.next()
	if !ok {
		p.t.Fatal("the gateway closed the connection")
	}
	return raw
}

func (p *peer) recv() fields { p.t.Helper(); return parseFields(p.recvRaw()) }

// alive proves that the session still works, by a TestRequest.
func (p *peer) alive(what string) {
	p.t.Helper()
	id := "ALIVE" + strconv.Itoa(p.seq)
	p.send("1", "112="+id+"|")
	for {
		m := p.recv()
		if m.get(tagMsgType) == "0" && m.get(112) == id {
			return
		}
		if m.get(tagMsgType) == "5" {
			p.t.Fatalf("%s: the session was logged out: %v", what, m)
		}
	}
}

// normal rewrites what differs from run to run, and BodyLength and CheckSum with it,
// after wire.Frame has proved the real ones.
func normal(raw []byte) string {
	inner, begin := "", ""
	for _, f := range parseFields(raw) {
		switch f.tag {
		case 8:
			begin = f.value
			continue
		case 9, 10:
			continue
		case 34, 45:
			f.value = "2"
		case 52:
			f.value = "20260302-15:00:00.000"
		case 17, 37, 1369:
			if i := strings.IndexByte(f.value, '-'); i > 0 {
				f.value = f.value[:i] + "-1"
			}
		}
		inner += fmt.Sprintf("%d=%s\x01", f.tag, f.value)
	}
	return show([]byte(encodeInner(begin, inner)))
}

func encodeInner(begin, inner string) string {
	msg := fmt.Sprintf("8=%s\x019=%d\x01%s", begin, len(inner), inner)
	return fmt.Sprintf("%s10=%03d\x01", msg, wire.CheckSum([]byte(msg)))
}

func show(raw []byte) string { return strings.ReplaceAll(string(raw), "\x01", "|") }

// goldenDir is the folder of a version's golden files.
func goldenDir(v Version) string {
	if v == FIX44 {
		return ""
	}
	return v.String()
}

func goldenFile(name string) string {
	return strings.NewReplacer(" ", "-", "'", "", ",", "").Replace(name) + ".txt"
}

// golden compares got with the result part of a file: "input", "----", "result".
func golden(t *testing.T, path, input, got string) {
	t.Helper()
	text := input + "\n----\n" + got + "\n"
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it, then read it)", err)
	}
	if string(want) != text {
		t.Errorf("%s\n got %s\nwant %s", path, text, want)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
