package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/cmd/slipstream/internal/venue"
	"slipstream/engine/loop"
	"slipstream/fix/wire"
	"slipstream/internal/scene"
)

// A daemon in a process of its own, a simulated exchange with a busy market, a desk that
// behaves, and one that does not. The daemon's process tells what its loop has timed, and
// its memory, for each line of its standard input.

// hostileEnv names the configuration of the process that TestHostileDaemonProcess is.
const hostileEnv = "SLIPSTREAM_HOSTILE_DAEMON"

// gauge is what the daemon's process says of itself. Stages have the buckets of the loop's
// histograms, index to count, since the process began.
type gauge struct {
	Event  string           `json:"event"` // "gauge"
	RSS    int64            `json:"rss"`   // bytes
	Heap   int64            `json:"heap"`  // bytes in use and garbage
	Alloc  int64            `json:"alloc"` // bytes allocated since the process began
	Stages []map[int]uint64 `json:"stages"`
}

// hostileStages are the stages that the daemon tells of.
var hostileStages = [...]loop.Stage{loop.TickToOrder, loop.LoopGap}

// TestHostileDaemonProcess is the daemon of what follows, and no test.
func TestHostileDaemonProcess(t *testing.T) {
	path := os.Getenv(hostileEnv)
	if path == "" {
		t.Skip("the daemon's process of the tests of hostile desks")
	}
	cfg, err := config.LoadDaemon(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(cfg, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		b, err := json.Marshal(d.gauge())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s\n", b)
	}
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, loop.ErrNotDone) {
		t.Fatal(err)
	}
}

func (d *Daemon) gauge() *gauge {
	g := &gauge{Event: "gauge"}
	statm, _ := os.ReadFile("/proc/self/statm") // none: RSS stays 0, which the reader refuses
	if f := strings.Fields(string(statm)); len(f) > 1 {
		pages, _ := strconv.ParseInt(f[1], 10, 64)
		g.RSS = pages * int64(os.Getpagesize())
	}
	m := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(m)
	g.Heap, g.Alloc = int64(m[0].Value.Uint64()), int64(m[1].Value.Uint64())
	var s loop.HistSnapshot
	for _, stage := range hostileStages {
		d.loop.Latency(stage, &s)
		buckets := map[int]uint64{}
		for i, n := range s.Buckets {
			if n > 0 {
				buckets[i] = n
			}
		}
		g.Stages = append(g.Stages, buckets)
	}
	return g
}

// heapAlarm is a little above what the daemon's tables take, so that a run of seconds meets
// it: most of them are memory that is never touched.
const heapAlarm = 448 << 20

// hostileDesks take turns.
const hostileDesks = 48

// hostileRig is the scene.
type hostileRig struct {
	t      testing.TB
	daemon *scene.Process
	gauges int
	addr   string
	good   *rawDesk
	probes int
	slots  int
}

func newHostileRig(t testing.TB) *hostileRig {
	t.Helper()
	dir, ports := t.TempDir(), scene.FreePorts(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	exchange := strings.Replace(ports.ExchangeTOML(7), "state_dir = \"venue.state\"", fmt.Sprintf("events_per_second = 1500\nstate_dir = %q", filepath.Join(dir, "venue.state")), 1)
	vf, err := config.LoadVenue(write("exchange.toml", exchange))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	log, err := os.Create(filepath.Join(dir, "exchange.log"))
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, err := venue.Run(ctx, vf, log); ended <- err }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		log.Close()
	})
	desks := "[[desk.sessions]]\ntarget_comp_id = \"GOOD\"\nmax_orders_per_second = 1000\n"
	for i := range hostileDesks { // with the limits that a desk has by default, and one
		desks += fmt.Sprintf("[[desk.sessions]]\ntarget_comp_id = \"HOSTILE%d\"\nmax_open_parents = 4\n", i)
	}
	text := ports.DaemonTOML(ports.Exchange, desks)
	for old, with := range map[string]string{
		"state_dir = \"daemon.state\"": fmt.Sprintf("state_dir = %q\nheap_alarm_bytes = %d", filepath.Join(dir, "daemon.state"), heapAlarm),
		"slice_seconds = 1\n":          "slice_seconds = 1\nmax_parents = 65_536\nmin_decision_interval_ms = 1\n",
		"max_messages = 500":           "max_messages = 5000",
		"max_long_qty = 50_000":        "max_long_qty = 5_000_000",
		"max_short_qty = 50_000":       "max_short_qty = 5_000_000",
		"max_open_parents = 64":        "max_open_parents = 4096",
	} {
		if !strings.Contains(text, old) {
			t.Fatalf("the scene's configuration has no %q", old)
		}
		text = strings.Replace(text, old, with, 1)
	}
	r := &hostileRig{t: t, addr: fmt.Sprintf("127.0.0.1:%d", ports.Desk)}
	r.daemon = scene.Start(t, scene.Program{
		Name: "daemon", Path: os.Args[0], Args: []string{"-test.run=^TestHostileDaemonProcess$"}, Dir: dir, Merge: true,
		Env: []string{hostileEnv + "=" + write("daemon.toml", text)},
	})
	r.daemon.Await(1, "desk_gateway_open")
	r.good = r.logon("GOOD")
	for i := range 2 { // they follow the market's trades: orders that a packet leads to
		r.good.send("D", fmt.Sprintf("11=W%d|55=AMZN|54=%d|38=100000|40=1|847=2|849=0.05|7001=taker|126=%s|60=%s|", i, 1+i%2, clock(time.Hour), clock(0)))
		r.good.until("35=8", fmt.Sprintf("11=W%d", i), "150=0")
	}
	return r
}

func (r *hostileRig) gauge() *gauge {
	r.t.Helper()
	r.daemon.Tell("gauge")
	r.gauges++
	g := &gauge{}
	if err := json.Unmarshal([]byte(r.daemon.Await(r.gauges, "gauge").Text), g); err != nil || g.RSS == 0 {
		r.t.Fatalf("%+v, %v", g, err)
	}
	return g
}

// probe sends an order that is accepted and waits for its start, and cancels it; it gives
// the time from order to acknowledgement.
func (r *hostileRig) probe() time.Duration {
	r.t.Helper()
	r.probes++
	id := "P" + strconv.Itoa(r.probes)
	sent := time.Now()
	r.good.send("D", fmt.Sprintf("11=%s|55=AMZN|54=1|38=1|40=1|847=1000|168=%s|126=%s|60=%s|", id, clock(time.Hour), clock(2*time.Hour), clock(0)))
	r.good.until("35=8", "11="+id, "150=0")
	took := time.Since(sent)
	r.good.send("F", fmt.Sprintf("11=%sC|41=%s|55=AMZN|54=1|60=%s|", id, id, clock(0)))
	r.good.until("35=8", "11="+id+"C", "150=4")
	return took
}

func clock(after time.Duration) string {
	return time.Now().Add(after).UTC().Format("20060102-15:04:05.000")
}

// rawDesk is a desk that can send what no engine would.
type rawDesk struct {
	t    testing.TB
	name string
	conn net.Conn
	in   []byte
	seq  int
}

// logon dials and logs on with numbers reset, again while an earlier session is ending.
func (r *hostileRig) logon(name string) *rawDesk {
	r.t.Helper()
	by := time.Now().Add(20 * time.Second)
	for time.Now().Before(by) {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			r.t.Fatal(err)
		}
		d := &rawDesk{t: r.t, name: name, conn: c, seq: 1}
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			r.t.Fatal(err)
		}
		d.send("A", "98=0|108=60|141=Y|")
		if m, ok := d.next(); ok && strings.Contains(m, "|35=A|") {
			r.t.Cleanup(func() { c.Close() })
			return d
		}
		c.Close()
	}
	r.t.Fatalf("no Logon of %s", name)
	return nil
}

func (d *rawDesk) message(msgType, body string) []byte {
	return d.raw(msgType, fmt.Sprintf("49=%s|56=SLIPSTREAM|34=%d|52=%s|", d.name, d.seq, clock(0)), body)
}

func (d *rawDesk) raw(msgType, header, body string) []byte {
	inner := strings.ReplaceAll("35="+msgType+"|"+header+body, "|", "\x01")
	msg := fmt.Sprintf("8=FIX.4.4\x019=%d\x01%s", len(inner), inner)
	return fmt.Appendf(nil, "%s10=%03d\x01", msg, wire.CheckSum([]byte(msg)))
}

func (d *rawDesk) send(msgType, body string) {
	d.t.Helper()
	if _, err := d.conn.Write(d.message(msgType, body)); err != nil {
		d.t.Fatal(err)
	}
	d.seq++
}

// next reads one message, with '|' for SOH; false when the connection has ended.
func (d *rawDesk) next() (string, bool) {
	d.t.Helper()
	for {
		if n, fault := wire.Frame(d.in, 1<<20); fault != wire.FaultNone {
			d.t.Fatalf("the gateway sent %q: %v", d.in, fault)
		} else if n > 0 {
			m := strings.ReplaceAll(string(d.in[:n]), "\x01", "|")
			d.in = d.in[n:]
			return m, true
		}
		chunk := make([]byte, 8192)
		n, err := d.conn.Read(chunk)
		if n == 0 && err != nil {
			return "", false
		}
		d.in = append(d.in, chunk[:n]...)
	}
}

// until reads to the message with these fields.
func (d *rawDesk) until(fields ...string) {
	d.t.Helper()
	if err := d.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		d.t.Fatal(err)
	}
	last := ""
	for {
		m, ok := d.next()
		if !ok {
			d.t.Fatalf("%s: no message with %q; the last one was %s", d.name, fields, last)
		}
		found := true
		for _, f := range fields {
			found = found && strings.Contains(m, "|"+f+"|")
		}
		if found {
			return
		}
		last = m
	}
}

// push writes b until it is gone, stop is closed (false), or the connection has ended
// (false).
func (d *rawDesk) push(b []byte, stop <-chan struct{}) bool {
	for len(b) > 0 {
		select {
		case <-stop:
			return false
		default:
		}
		if err := d.conn.SetWriteDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			return false
		}
		n, err := d.conn.Write(b)
		b = b[n:]
		if ne, slow := err.(net.Error); err != nil && !(slow && ne.Timeout()) {
			return false
		}
	}
	return true
}

// discard reads until the connection is closed.
func (d *rawDesk) discard() {
	b := make([]byte, 64<<10)
	for {
		if _, err := d.conn.Read(b); err != nil {
			return
		}
	}
}

// hostility is one way to be hostile; nil deeds are none. What prepare makes is pushed
// first, and then deeds happen until stop is closed.
type hostility struct {
	name    string
	prepare func(d *rawDesk) []byte
	deeds   func(d *rawDesk, stop <-chan struct{})
}

var hostilities = []hostility{
	{name: "none"},
	{name: "flood", prepare: func(d *rawDesk) (b []byte) { // 100,000 orders, as fast as they go, the answers read
		order := fmt.Sprintf("|55=AMZN|54=1|38=1|40=2|44=1.00|847=1000|126=%s|60=%s|", clock(time.Hour), clock(0))
		for range 100_000 {
			b = append(b, d.message("D", "11=H"+strconv.Itoa(d.seq)+order)...)
			d.seq++
		}
		return b
	}, deeds: func(d *rawDesk, stop <-chan struct{}) { <-stop }},
	{name: "stops-reading", deeds: func(d *rawDesk, stop <-chan struct{}) { // and asks for its past all the time
		for d.push(d.message("2", "7=1|16=0|"), stop) {
			d.seq++
		}
	}},
	{name: "212=999999999", deeds: func(d *rawDesk, stop <-chan struct{}) {
		msg := d.raw("D", fmt.Sprintf("49=%s|56=SLIPSTREAM|34=%d|52=%s|212=999999999|213=x|", d.name, d.seq, clock(0)), "11=X|")
		for d.push(msg, stop) {
		}
	}},
	{name: "BodyLength", deeds: func(d *rawDesk, stop <-chan struct{}) {
		junk := []byte("8=FIX.4.4\x019=99999999999999999999\x01" + strings.Repeat("58=AAAAAAAAAAAAAAA\x01", 1000))
		for d.push(junk, stop) {
		}
	}},
	{name: "empty-34", deeds: func(d *rawDesk, stop <-chan struct{}) {
		msg := d.raw("D", fmt.Sprintf("49=%s|56=SLIPSTREAM|34=|52=%s|", d.name, clock(0)), "11=X|")
		for d.push(msg, stop) {
		}
	}},
}

// slot lets one desk be hostile for a while, and more while the other has sent fewer than
// least orders. It gives the other's times from order to acknowledgement.
func (r *hostileRig) slot(h *hostility, least int, lasts, pause time.Duration) (acks []time.Duration) {
	r.t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	if h.deeds == nil {
		close(stopped)
	} else {
		bad := r.logon("HOSTILE" + strconv.Itoa(r.slots%hostileDesks)) // an earlier one's session may be ending
		r.slots++
		_ = bad.conn.(*net.TCPConn).SetReadBuffer(4096) // a hint
		_ = bad.conn.SetReadDeadline(time.Time{})       // a flood reads until the connection is closed
		var first []byte
		if h.prepare != nil {
			first = h.prepare(bad)
			go bad.discard()
		}
		go func() {
			defer close(stopped)
			if bad.push(first, stop) {
				h.deeds(bad, stop)
			}
			bad.conn.Close()
		}()
	}
	for start := time.Now(); len(acks) < least || time.Since(start) < lasts; {
		acks = append(acks, r.probe())
		time.Sleep(pause) // the pace of the load, nothing waits for it
	}
	close(stop)
	<-stopped
	return acks
}

// Whatever one desk does, another's orders are all answered, one by one, and the daemon's
// memory stays below a bound: the heap's alarm, at which it is collected, and what a
// second adds to it.
func TestAHostileDeskLeavesTheDaemonAsItWas(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this test starts a whole daemon")
	}
	r := newHostileRig(t)
	before := r.gauge()
	for i := range hostilities {
		h := &hostilities[i]
		acks := r.slot(h, 20, 300*time.Millisecond, 0)
		g := r.gauge()
		t.Logf("%-14s %3d orders of the other desk answered; RSS %d MB, heap %d MB", h.name, len(acks), g.RSS>>20, g.Heap>>20)
		const more = 96 << 20
		bound := max(heapAlarm, before.Heap) + more
		if g.Heap > bound || g.RSS > before.RSS+bound-before.Heap {
			t.Errorf("%s: heap %d bytes, RSS %d bytes after %d", h.name, g.Heap, g.RSS, before.RSS)
		}
	}
}
