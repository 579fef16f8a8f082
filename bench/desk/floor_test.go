package desk

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	"slipstream/bench/exchange"
	"slipstream/bench/sim"
	"slipstream/engine"
	"slipstream/fix"
	gateway "slipstream/fix/desk"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// floor is a desk of each FIX version, made of quickfixgo with the standard's dictionaries
// and all its checks, on the real gateway, behind which a whole engine trades with a
// simulated exchange in virtual time.
type floor struct {
	t     *testing.T // the present scenario's
	gate  *gateway.Gateway
	now   atomic.Int64 // virtual, Unix ns
	taken chan fix.Command
	alert chan string
	desks [3]*floorDesk
}

// floorDesk is one of the desks; quickfixgo calls its methods on the session's goroutine.
type floorDesk struct {
	version gateway.Version
	id      quickfix.SessionID
	on      chan struct{}
	in      chan []byte   // application messages and Rejects (3) from the gateway
	refused atomic.Uint32 // Rejects (3) that this desk had to send
}

func (d *floorDesk) OnCreate(quickfix.SessionID)                       {}
func (d *floorDesk) OnLogon(quickfix.SessionID)                        { close(d.on) }
func (d *floorDesk) OnLogout(quickfix.SessionID)                       {}
func (d *floorDesk) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (d *floorDesk) ToAdmin(m *quickfix.Message, _ quickfix.SessionID) { d.countReject(m) }
func (d *floorDesk) countReject(m *quickfix.Message) {
	if m.IsMsgTypeOf("3") {
		d.refused.Add(1)
	}
}

func (d *floorDesk) FromAdmin(m *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	if m.IsMsgTypeOf("3") {
		d.in <- []byte(string(m.Bytes()))
	}
	return nil
}

func (d *floorDesk) FromApp(m *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	d.in <- []byte(string(m.Bytes()))
	return nil
}

// patience bounds every wait.
const patience = 20 * time.Second

func openFloor(t *testing.T) *floor {
	t.Helper()
	f := &floor{t: t, taken: make(chan fix.Command, 1), alert: make(chan string, 1)}
	f.now.Store(int64(sim.Day))
	cfg := gateway.DefaultConfig()
	cfg.Listen, cfg.Instruments, cfg.LastMkt = "127.0.0.1:0", sim.Instruments(1), "XNAS"
	cfg.Now = func() time.Time { return time.Unix(0, f.now.Load()) }
	cfg.Submit = func(c *fix.Command) bool { f.taken <- *c; return true }
	cfg.Log = func(event, _, text string) {
		if event == "alert" {
			f.alert <- text
		}
	}
	specs, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	if err != nil {
		t.Fatal(err)
	}
	spec := func(name string) string { return filepath.Join(strings.TrimSpace(string(specs)), "spec", name) }
	files := [...]string{gateway.FIX42: "FIX42.xml", gateway.FIX44: "FIX44.xml", gateway.FIX50SP2: "FIX50SP2.xml"}
	for i, v := range [...]gateway.Version{gateway.FIX42, gateway.FIX44, gateway.FIX50SP2} {
		f.desks[i] = &floorDesk{version: v, on: make(chan struct{}), in: make(chan []byte, 256)}
		cfg.Sessions = append(cfg.Sessions, gateway.Session{Version: v, SenderCompID: "SLIP", TargetCompID: "RULES" + strconv.Itoa(i)})
	}
	if f.gate, err = gateway.Open(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.gate.Close(); err != nil {
			t.Error(err)
		}
	})
	host, port, _ := strings.Cut(f.gate.Addr().String(), ":")
	for i, d := range f.desks {
		s, ss := quickfix.NewSettings(), quickfix.NewSessionSettings()
		for k, v := range map[string]string{
			config.BeginString: d.version.BeginString(), config.SenderCompID: "RULES" + strconv.Itoa(i), config.TargetCompID: "SLIP",
			config.SocketConnectHost: host, config.SocketConnectPort: port, config.HeartBtInt: "30", config.ResetOnLogon: "Y",
		} {
			ss.Set(k, v)
		}
		if d.version == gateway.FIX50SP2 {
			ss.Set(config.DefaultApplVerID, "9")
			ss.Set(config.TransportDataDictionary, spec("FIXT11.xml"))
			ss.Set(config.AppDataDictionary, spec(files[d.version]))
		} else {
			ss.Set(config.DataDictionary, spec(files[d.version]))
		}
		if d.id, err = s.AddSession(ss); err != nil {
			t.Fatal(err)
		}
		in, err := quickfix.NewInitiator(d, quickfix.NewMemoryStoreFactory(), s, quickfix.NewNullLogFactory())
		if err == nil {
			err = in.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(in.Stop)
	}
	for _, d := range f.desks {
		await(t, d.on, "a Logon of "+d.version.String())
	}
	return f
}

// await takes one value in bounded time.
func await[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case v = <-c:
	case <-limit.C:
		t.Fatalf("%s did not come within %v", what, patience)
	}
	return v
}

// still is a market that stands: ten levels of 300 shares on each side of 100.00.
type still struct{}

func (still) Fingerprint() string        { return "still" }
func (still) Next() (market.Nanos, bool) { return 0, false }
func (still) Apply(*exchange.Market)     {}
func (still) Open(m *exchange.Market) error {
	for k := range uint32(10) {
		m.Limit(0, market.Buy, 99_99_00-100*k, 300, exchange.Day)
		m.Limit(0, market.Sell, 100_01_00+100*k, 300, exchange.Day)
	}
	return nil
}

// step is a desk's message at a time after the market's opening, or, without tags, the
// operator's command.
type step struct {
	ms  int64
	msg string
	cmd fix.CommandKind
}

// talk is one scenario of one desk: what it says and hears, as text.
type talk struct {
	f     *floor
	d     *floorDesk
	desk  uint8
	names string // what '@' in ClOrdIDs stands for: the engine is new, the gateway is not
	start market.Nanos
	first int // MsgSeqNum(34) of the first message heard, less 1
	text  strings.Builder
}

// play runs the steps and gives the whole conversation. Numbers, sending times and the
// gateway's own ExecIDs are made equal from run to run.
func (f *floor) play(t *testing.T, desk int, names string, steps []step, setup func(*sim.Config)) string {
	t.Helper()
	f.t = t
	cfg := sim.Standard(1, 1, still{})
	cfg.LossPpm, cfg.DupPpm, cfg.ReorderPpm, cfg.SplitPpm, cfg.Jitter = 0, 0, 0, 0, 0
	cfg.VenueLatency = 20 * market.Millisecond
	k := &talk{f: f, d: f.desks[desk], desk: uint8(desk), names: names, start: cfg.Exchange.Start}
	for _, s := range steps {
		cfg.Asks = append(cfg.Asks, sim.Ask{At: k.start + market.Nanos(s.ms)*market.Millisecond, Make: func() *fix.Command { return k.say(&s) }})
	}
	cfg.OnEffects = func(in *engine.Input, fx *engine.Effects) {
		f.now.Store(int64(in.Now))
		for i := range fx.Reports {
			f.gate.Deliver(&fx.Reports[i])
			k.hear()
		}
	}
	if setup != nil {
		setup(&cfg)
	}
	w, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(5*market.Second, market.Second); err != nil {
		t.Fatal(err)
	}
	if n := k.d.refused.Swap(0); n > 0 {
		t.Errorf("the desk, with the standard's dictionary, had to refuse %d messages", n)
	}
	return k.text.String()
}

// say sends the step's message and gives the command it became; what the gateway answers
// by itself is heard.
func (k *talk) say(s *step) *fix.Command {
	k.f.t.Helper()
	k.f.now.Store(int64(k.start + market.Nanos(s.ms)*market.Millisecond))
	if s.msg == "" {
		fmt.Fprintf(&k.text, "%5d > operator: %s\n", s.ms, map[fix.CommandKind]string{fix.Kill: "kill", fix.Rearm: "rearm", fix.Shutdown: "shutdown"}[s.cmd])
		return &fix.Command{Kind: s.cmd, Desk: k.desk}
	}
	text := strings.ReplaceAll(s.msg, "@", k.names)
	msg := quickfix.NewMessage()
	body := quickfix.NewRepeatingGroup(957, quickfix.GroupTemplate{quickfix.GroupElement(958), quickfix.GroupElement(959), quickfix.GroupElement(960)})
	var item *quickfix.Group
	var shown []string
	for _, field := range strings.Split(strings.Trim(text, "|"), "|") {
		name, value, _ := strings.Cut(field, "=")
		n, err := strconv.Atoi(name)
		if err != nil {
			k.f.t.Fatalf("step %q", s.msg)
		}
		if ms, isTime := strings.CutPrefix(value, "+"); isTime {
			after, _ := strconv.ParseInt(ms, 10, 64)
			value = k.clock(after)
		}
		shown = append(shown, name+"="+value)
		switch tag := quickfix.Tag(n); n {
		case 35, 97:
			msg.Header.SetString(tag, value)
		case 957:
		case 958:
			item = body.Add()
			fallthrough
		case 959, 960:
			item.SetString(tag, value)
		default:
			msg.Body.SetString(tag, value)
		}
	}
	if body.Len() > 0 {
		msg.Body.SetGroup(body)
	}
	if t, _ := msg.MsgType(); strings.Contains("DGFq", t) {
		msg.Body.SetString(60, k.clock(s.ms))
		if k.d.version == gateway.FIX42 && t != "F" {
			msg.Body.SetString(21, "1")
		}
	}
	fmt.Fprintf(&k.text, "%5d > %s\n", s.ms, strings.Join(shown, "|"))
	if err := quickfix.SendToTarget(msg, k.d.id); err != nil {
		k.f.t.Fatal(err)
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case c := <-k.f.taken:
		return &c
	case raw := <-k.d.in:
		k.note(raw)
	case text := <-k.f.alert:
		fmt.Fprintf(&k.text, "      ! %s\n", text)
	case <-limit.C:
		k.f.t.Fatalf("%s: neither a command nor an answer", text)
	}
	return nil
}

func (k *talk) clock(ms int64) string {
	return time.Unix(0, int64(k.start)+ms*1e6).UTC().Format("20060102-15:04:05.000")
}

func (k *talk) hear() {
	k.f.t.Helper()
	k.note(await(k.f.t, k.d.in, "a message of the gateway"))
}

// note writes down a whole message, after wire.Frame has proved its length and sum.
func (k *talk) note(raw []byte) {
	k.f.t.Helper()
	if n, fault := wire.Frame(raw, 1<<16); n != len(raw) || fault != wire.FaultNone {
		k.f.t.Fatalf("%q: %v", raw, fault)
	}
	begin, inner := "", ""
	for _, field := range strings.Split(strings.Trim(string(raw), "\x01"), "\x01") {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "8":
			begin = value
			continue
		case "9", "10":
			continue
		case "34", "45":
			n, _ := strconv.Atoi(value)
			if k.first == 0 && name == "34" {
				k.first = n - 1
			}
			value = strconv.Itoa(n - k.first)
			if name == "45" {
				value = "0" // the desk's own number
			}
		case "52":
			value = "20260105-14:00:00.000"
		case "17", "37", "1369":
			if strings.HasPrefix(value, "G") {
				value = "G"
			}
		}
		inner += name + "=" + value + "\x01"
	}
	msg := fmt.Sprintf("8=%s\x019=%d\x01%s", begin, len(inner), inner)
	msg = fmt.Sprintf("%s10=%03d\x01", msg, wire.CheckSum([]byte(msg)))
	fmt.Fprintf(&k.text, "%5d < %s\n", (k.f.now.Load()-int64(k.start))/1e6, strings.ReplaceAll(msg, "\x01", "|"))
}

// golden compares with a file, or writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it, then read it)", err)
	}
	if string(want) != got {
		t.Errorf("%s\n got\n%s\nwant\n%s", path, got, want)
	}
}
