package fixgate

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"slipstream/bench/exchange"
	"slipstream/feed/moldudp64"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// venueEnv makes the test binary a venue process: its value is the state folder.
const venueEnv = "FIXGATE_TEST_VENUE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(venueEnv); dir != "" {
		if err := venueProcess(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// venueProcess runs a venue until its standard input ends, or it is killed.
func venueProcess(dir string) error {
	v, err := openVenue(dir, func(*Config) {})
	if err != nil {
		return err
	}
	fmt.Println(v.gate.Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return v.close()
}

// noLine is a multicast line to nowhere.
type noLine struct{}

func (noLine) Send([]byte) error { return nil }
func (noLine) Close() error      { return nil }

// venue is a running exchange with its gate.
type venue struct {
	gate *Gate
	live *exchange.Live
	done chan error
}

func openVenue(dir string, edit func(*Config)) (*venue, error) {
	cfg := DefaultConfig()
	cfg.Listen = "127.0.0.1:0"
	cfg.Sessions = []Session{{SenderCompID: "XSIM", TargetCompID: "ALFA"}, {SenderCompID: "XSIM", TargetCompID: "BETA", MPID: "BETA"}}
	cfg.StateDir = dir
	edit(&cfg)
	g, err := New(cfg)
	if err != nil {
		return nil, err
	}
	midnight := market.Nanos(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).UnixNano())
	lc := exchange.LiveConfig{
		Market: exchange.Config{
			Instruments: []market.Instrument{{Symbol: market.MakeSymbol("AMZN"), Tick: market.PriceUnit / 100, Lot: 1}},
			Midnight:    midnight, Start: midnight + 10*3600*market.Second, Session: moldudp64.MakeSession("S1"),
		},
		Linger: -1, OnExecs: g.OnExecs,
		Lines: [2]exchange.LineConfig{{Sender: noLine{}}, {Sender: noLine{}}},
	}
	if dir != "" {
		lc.StateDir = dir + "/log"
	}
	live, err := exchange.OpenLive(lc)
	if err != nil {
		return nil, err
	}
	v := &venue{gate: g, live: live, done: make(chan error, 1)}
	go func() {
		_, err := live.Run(context.Background())
		v.done <- err
	}()
	return v, g.Start(live)
}

func (v *venue) close() error {
	v.live.Stop()
	if err := <-v.done; err != nil {
		return err
	}
	return v.gate.Close()
}

func startVenue(t *testing.T, edit func(*Config)) *venue {
	t.Helper()
	v, err := openVenue("", edit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// child is a venue in a process of its own.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	addr  string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), venueEnv+"="+dir)
	c.cmd.Stderr = os.Stderr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdin = in
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the venue process: %v", err)
	}
	c.addr = strings.TrimSpace(line)
	return c
}

// kill ends the process by SIGKILL.
func (c *child) kill() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	}
}

// peer is a raw FIX client, so that the test owns the sequence numbers.
type peer struct {
	t     *testing.T
	conn  net.Conn
	buf   []byte
	name  string
	begin string // BeginString(8)
	seq   int    // next MsgSeqNum(34) to send
	in    int    // MsgSeqNum of the last message received
}

func dial(t *testing.T, addr, name string, seq int) *peer {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &peer{t: t, conn: c, name: name, begin: "FIX.4.4", seq: seq}
}

func logon(t *testing.T, addr, name string) *peer {
	t.Helper()
	p := dial(t, addr, name, 1)
	p.send("A", "98=0|108=60|141=Y|")
	if m := p.recv(); m["35"] != "A" {
		t.Fatalf("logon of %s was answered by %v", name, m)
	}
	return p
}

func (p *peer) send(msgType, body string) {
	p.t.Helper()
	p.sendWith(msgType, "", body)
}

func (p *peer) sendWith(msgType, header, body string) {
	p.t.Helper()
	now := time.Now().UTC().Format("20060102-15:04:05.000")
	inner := fmt.Sprintf("35=%s|49=%s|56=XSIM|34=%d|52=%s|%s%s", msgType, p.name, p.seq, now, header, body)
	if _, err := p.conn.Write([]byte(frame(p.begin, inner))); err != nil {
		p.t.Fatal(err)
	}
	p.seq++
}

func frame(begin, inner string) string {
	inner = strings.ReplaceAll(inner, "|", "\x01")
	msg := fmt.Sprintf("8=%s\x019=%d\x01%s", begin, len(inner), inner)
	return fmt.Sprintf("%s10=%03d\x01", msg, wire.CheckSum([]byte(msg)))
}

func (p *peer) recvRaw() []byte {
	p.t.Helper()
	for {
		n, fault := wire.Frame(p.buf, 1<<16)
		if fault != wire.FaultNone {
			p.t.Fatalf("the gate sent %q: %v", p.buf, fault)
		}
		if n > 0 {
			raw := p.buf[:n]
			p.buf = p.buf[n:]
			return raw
		}
		if err := p.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			p.t.Fatal(err)
		}
		chunk := make([]byte, 4096)
		k, err := p.conn.Read(chunk)
		if k == 0 {
			p.t.Fatalf("%s waits for a message: %v", p.name, err)
		}
		p.buf = append(p.buf, chunk[:k]...)
	}
}

// recv reads one message as a map of tag to value.
func (p *peer) recv() map[string]string {
	p.t.Helper()
	m := map[string]string{}
	for _, f := range strings.Split(string(p.recvRaw()), "\x01") {
		if tag, value, ok := strings.Cut(f, "="); ok {
			m[tag] = value
		}
	}
	_, _ = fmt.Sscan(m["34"], &p.in)
	return m
}

// want reads one message and compares some of its fields, "tag=value|...".
func (p *peer) want(fields string) map[string]string {
	p.t.Helper()
	m := p.recv()
	for _, f := range strings.Split(strings.Trim(fields, "|"), "|") {
		tag, value, _ := strings.Cut(f, "=")
		if m[tag] != value {
			p.t.Fatalf("%s: %s=%q, want %q, in %v", p.name, tag, m[tag], value, m)
		}
	}
	return m
}

func limit(id, side, qty, px, more string) string {
	return fmt.Sprintf("11=%s|55=AMZN|54=%s|38=%s|40=2|44=%s|60=20260302-10:00:00.000|%s", id, side, qty, px, more)
}

func cancel(id, orig, side string) string {
	return fmt.Sprintf("11=%s|41=%s|55=AMZN|54=%s|60=20260302-10:00:00.000|", id, orig, side)
}
