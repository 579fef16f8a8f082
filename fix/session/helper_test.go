package session

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// t0 is when the tests' sessions connect.
var t0 = market.Nanos(time.Date(2026, 11, 3, 14, 30, 0, 0, time.UTC).UnixNano())

func testConfig() Config {
	c := Default()
	c.SenderCompID, c.TargetCompID, c.TimePrecision = "SLIP", "VENUE", wire.Millis
	return c
}

// rig is a session, its clock, and a peer that is a script of bytes.
type rig struct {
	t   testing.TB
	s   *Session
	st  *State
	now market.Nanos
}

func newRig(t testing.TB, cfg Config, st *State) *rig {
	t.Helper()
	s, err := New(cfg, st)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, s: s, st: st, now: t0}
}

// logon brings a new session up, both numbers at 2.
func logon(t testing.TB, cfg Config) *rig {
	t.Helper()
	r := newRig(t, cfg, new(State))
	r.connect(1)
	return r
}

// connect connects and answers the Logon with number seq.
func (r *rig) connect(seq int) {
	r.t.Helper()
	r.s.Connected(r.now)
	r.sent()
	r.peer("A", seq, "98=0|108=30|")
	if !r.s.Active() {
		why, _ := r.s.Dropped()
		r.t.Fatalf("not active after logon: %v", why)
	}
	r.events()
}

// peer lets the venue send one message; fields are those after the header.
func (r *rig) peer(typ string, seq int, fields string) []string {
	r.t.Helper()
	return r.raw(r.message(typ, seq, "", fields))
}

// message is a message of the venue; head is put between 35 and 49.
func (r *rig) message(typ string, seq int, head, fields string) []byte {
	at := string(wire.AppendTime(nil, r.now, wire.Millis))
	return frame("FIX.4.4", fmt.Sprintf("35=%s|34=%d|%s49=VENUE|52=%s|56=SLIP|%s", typ, seq, head, at, fields))
}

// raw feeds bytes and gives what the application got, as "type/number".
func (r *rig) raw(b []byte) []string {
	r.t.Helper()
	r.s.Receive(r.now, b)
	return r.drain()
}

func (r *rig) drain() (got []string) {
	for {
		m, ok := r.s.Next(r.now)
		if !ok {
			return got
		}
		seq, _ := m.MsgSeqNum()
		got = append(got, string(m.Type())+"/"+strconv.FormatUint(seq, 10))
	}
}

// sent takes the output as golden text: '|' for SOH.
func (r *rig) sent() string {
	b := bars(r.s.Output())
	r.s.Consumed(len(r.s.Output()))
	return b
}

// order sends one application message.
func (r *rig) order() uint64 {
	r.t.Helper()
	dst, seq, ok := r.s.Reserve(r.now)
	if !ok {
		r.t.Fatal("Reserve refused")
	}
	if !r.s.Commit(r.now, appendOrder(dst, seq)) {
		r.t.Fatal("Commit refused")
	}
	return seq
}

// appendOrder appends an application message with number seq.
func appendOrder(dst []byte, seq uint64) []byte {
	from := len(dst)
	dst = append(dst, "8=FIX.4.4\x019=0000\x0135=D\x0134="...)
	dst = wire.AppendUint(dst, seq)
	dst = append(dst, "\x0149=SLIP\x0152=20261103-14:30:00.000\x0156=VENUE\x0111=X\x01"...)
	body := len(dst) - from - len("8=FIX.4.4\x019=0000\x01")
	wire.AppendPadded(dst[:from+12], uint64(body), 4)
	return wire.AppendTrailer(dst, from)
}

// events takes the events as "code/seq/arg".
func (r *rig) events() (got []string) {
	for {
		e, ok := r.s.NextEvent()
		if !ok {
			return got
		}
		got = append(got, fmt.Sprintf("%v/%d/%d", e.Code, e.Seq, e.Arg))
	}
}

// wait lets time pass and calls Timer.
func (r *rig) wait(d market.Nanos) {
	r.now += d
	r.s.Timer(r.now)
}

func (r *rig) wantDropped(want Why) {
	r.t.Helper()
	if got, _ := r.s.Dropped(); got != want {
		r.t.Errorf("dropped for %v, want %v", got, want)
	}
}

func (r *rig) wantNumbers(out, in uint64) {
	r.t.Helper()
	if r.s.NextOut() != out || r.s.NextIn() != in {
		r.t.Errorf("numbers are %d out, %d in; want %d, %d", r.s.NextOut(), r.s.NextIn(), out, in)
	}
}

// want compares golden text; each line of want is one message without 8, 9 and 10,
// which are checked by framing.
func (r *rig) want(lines ...string) {
	r.t.Helper()
	var got []string
	out := r.s.Output()
	for len(out) > 0 {
		n, fault := wire.Frame(out, 4096)
		if n == 0 || fault != wire.FaultNone {
			r.t.Fatalf("output is not a stream of messages: %v in %q", fault, bars(out))
		}
		text := bars(out[:n])
		text = text[strings.Index(text, "|35=")+1:]
		got = append(got, text[:len(text)-len("10=000|")])
		out = out[n:]
	}
	r.s.Consumed(len(r.s.Output()))
	if g, w := strings.Join(got, "\n"), strings.Join(lines, "\n"); g != w {
		r.t.Errorf("sent\n%s\nwant\n%s", g, w)
	}
}

func wantList(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func bars(b []byte) string { return strings.ReplaceAll(string(b), "\x01", "|") }

// frame makes a message of a body written with '|' for SOH.
func frame(version, body string) []byte {
	body = strings.ReplaceAll(body, "|", "\x01")
	return wire.AppendTrailer([]byte("8="+version+"\x019="+strconv.Itoa(len(body))+"\x01"+body), 0)
}
