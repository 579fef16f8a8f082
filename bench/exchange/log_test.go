package exchange

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/market"
)

// venue is a market with a log, driven as Live drives it but with times of the
// test's choosing. It notes what was out at the time of each append.
type venue struct {
	t     *testing.T
	m     *Market
	l     *Log
	execs []Exec
	outAt []outAt // by append
}

type outAt struct {
	size     int64 // of the file after the append
	sequence uint64
	execs    int
}

func openVenue(t *testing.T, dir string, cfg Config) (*venue, error) {
	t.Helper()
	l, err := OpenLog(dir, &cfg, false)
	if err != nil {
		return nil, err
	}
	v := &venue{t: t, l: l, m: openMarket(t, cfg)}
	if err := l.Replay(v.m, func(e []Exec) { v.execs = append(v.execs, e...) }); err != nil {
		t.Fatal(err)
	}
	return v, nil
}

func (v *venue) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *venue) collect() {
	v.execs = append(v.execs, v.m.Execs()...)
	v.m.ClearExecs()
}

func (v *venue) appended(sequence uint64, execs int) {
	v.outAt = append(v.outAt, outAt{v.l.size, sequence, execs})
}

func (v *venue) advance(t market.Nanos) {
	if t > v.l.Horizon() {
		v.m.Advance(v.l.Horizon())
		v.collect()
		seq, n := v.m.Sequence(), len(v.execs)
		v.must(v.l.Mark(t + 20*market.Millisecond))
		v.appended(seq, n)
	}
	v.m.Advance(t)
	v.collect()
}

func (v *venue) submit(t market.Nanos, q *Request) {
	v.advance(t)
	seq, n := v.m.Sequence(), len(v.execs)
	v.must(v.l.Request(t, q))
	v.appended(seq, n)
	v.m.Submit(t, q)
	v.collect()
}

// trade sends orders for a while and returns the last time.
func (v *venue) trade(requests int, first uint64) market.Nanos {
	t := v.m.Now()
	for i := range requests {
		t += market.Nanos(3+i%11) * market.Millisecond
		client := first + uint64(i)
		q := Request{Kind: KindNew, Owner: 1, ClientRef: client, Instrument: market.InstrumentID(i % 2), Side: market.Side(1 + i/2%2),
			Qty: 20, Price: 100 * market.PriceUnit}
		q.Token, _ = MakeToken([]byte("ORDER"))
		if q.Side == market.Buy {
			q.Price -= 50 * market.PriceUnit / 1000
		} else {
			q.Price += 50 * market.PriceUnit / 1000
		}
		if i%4 == 3 {
			q = Request{Kind: KindReplace, Owner: 1, OrigClientRef: client - 2, ClientRef: client, Qty: 30, Price: q.Price}
		}
		v.submit(t, &q)
	}
	return t
}

func newPulseConfig() Config {
	cfg := pulseConfig()
	cfg.Flow = &pulse{}
	cfg.MaxOrders, cfg.MaxLevels, cfg.MaxOwn, cfg.StoreMessages = 1<<9, 1<<6, 1<<8, 1<<13
	return cfg
}

func sameTape(t *testing.T, got, want *Market, upTo uint64) {
	t.Helper()
	for seq := uint64(1); seq <= upTo; seq++ {
		a, okA := got.Message(seq)
		b, okB := want.Message(seq)
		if !okA || !okB || string(a) != string(b) {
			t.Fatalf("message %d: %x, want %x", seq, a, b)
		}
	}
}

// TestKilledAtAnyByte cuts the log at many offsets, as a kill in the middle of a write
// does, and starts again: what was out at that time keeps its numbers and bytes, and
// the market goes on.
func TestKilledAtAnyByte(t *testing.T) {
	dir := t.TempDir()
	v, err := openVenue(t, dir, newPulseConfig())
	if err != nil {
		t.Fatal(err)
	}
	head := v.l.size
	v.trade(60, 1)
	v.l.Close()
	whole, err := os.ReadFile(filepath.Join(dir, logFile))
	if err != nil {
		t.Fatal(err)
	}
	var offsets []int64
	for k := int64(0); k < 24; k++ {
		offsets = append(offsets, k, head-k, head+k, int64(len(whole))-k)
	}
	for k := int64(0); k < 300; k++ {
		offsets = append(offsets, int64(mix(uint64(k))%uint64(len(whole))))
	}
	for _, at := range offsets {
		killed(t, v, whole[:at])
	}
}

func killed(t *testing.T, v *venue, left []byte) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, logFile), left, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := openVenue(t, dir, newPulseConfig())
	if err != nil {
		t.Fatalf("cut at %d: %v", len(left), err)
	}
	defer again.l.Close()
	// What was out: all that happened before the append that the kill cut.
	var out outAt
	for _, a := range v.outAt {
		out = a
		if a.size > int64(len(left)) {
			break
		}
	}
	if len(left) == 0 {
		out = outAt{}
	}
	if again.m.Sequence() < out.sequence || len(again.execs) < out.execs {
		t.Fatalf("cut at %d: %d messages and %d execs came back, %d and %d were out", len(left), again.m.Sequence(), len(again.execs), out.sequence, out.execs)
	}
	sameTape(t, again.m, v.m, out.sequence)
	for i := range again.execs {
		if e := again.execs[i]; !e.Replayed || e.Serial != uint64(i+1) {
			t.Fatalf("cut at %d: exec %d is %+v", len(left), i, e)
		}
	}
	for i := range out.execs {
		e := again.execs[i]
		if e.Replayed = false; e != v.execs[i] {
			t.Fatalf("cut at %d: exec %d is\n%+v, was\n%+v", len(left), i, e, v.execs[i])
		}
	}
	// It goes on, and a third start gives what the second did.
	n := len(again.execs)
	again.trade(5, 1000)
	if len(again.execs) == n || again.execs[n].Replayed || again.execs[n].Serial != uint64(n+1) {
		t.Fatalf("cut at %d: the market did not go on: %+v", len(left), again.execs[n:])
	}
	again.l.Close()
	third, err := openVenue(t, dir, newPulseConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer third.l.Close()
	sameTape(t, third.m, again.m, again.m.Sequence())
	if third.l.Cut() != 0 {
		t.Fatalf("cut at %d: the second start left a torn tail of %d bytes", len(left), third.l.Cut())
	}
}

func TestLogRemembersTheEndAndTheDay(t *testing.T) {
	dir := t.TempDir()
	v, err := openVenue(t, dir, newPulseConfig())
	if err != nil {
		t.Fatal(err)
	}
	at := v.trade(10, 1)
	v.must(v.l.End(at))
	v.m.End(at)
	v.l.Close()
	later := newPulseConfig()
	later.Midnight += market.Day
	later.Start += market.Day + 5*market.Second
	later.Session = [10]byte{'X'}
	again, err := openVenue(t, dir, later)
	if err != nil {
		t.Fatal(err)
	}
	defer again.l.Close()
	if !again.m.Ended() || again.m.TapeHash() != v.m.TapeHash() || again.m.Config().Start != v.m.Config().Start ||
		again.m.Config().Session != v.m.Config().Session {
		t.Errorf("ended %v, hash %x want %x, config %+v", again.m.Ended(), again.m.TapeHash(), v.m.TapeHash(), again.m.Config())
	}
}

func TestLogOfAnotherConfigurationIsRefused(t *testing.T) {
	dir := t.TempDir()
	v, err := openVenue(t, dir, newPulseConfig())
	if err != nil {
		t.Fatal(err)
	}
	v.trade(3, 1)
	v.l.Close()
	for name, change := range map[string]func(*Config){
		"flow=pulse other":  func(c *Config) { c.Flow = &pulse{name: "other"} },
		"self_match=2":      func(c *Config) { c.SelfMatch = CancelIncoming },
		"instrument=ALFA":   func(c *Config) { c.Instruments[0].Lot = 5 },
		"max_orders=700":    func(c *Config) { c.MaxOrders = 700 },
		"we have [nothing]": func(c *Config) { c.Flow = nil },
		"log has [nothing], we hav": func(c *Config) {
			c.Instruments = append(c.Instruments, market.Instrument{ID: 2, Symbol: market.MakeSymbol("C"), Tick: market.PriceUnit, Lot: 1})
		},
	} {
		cfg := newPulseConfig()
		change(&cfg)
		_, err := openVenue(t, dir, cfg)
		if !errors.Is(err, ErrLogConfig) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), logFile) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestLogInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	v, err := openVenue(t, dir, newPulseConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer v.l.Close()
	if _, err := openVenue(t, dir, newPulseConfig()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error %v", err)
	}
}

// TestDamagedLogIsRefused: a torn tail is cut, damage before good frames is not.
func TestDamagedLogIsRefused(t *testing.T) {
	dir := t.TempDir()
	v, err := openVenue(t, dir, newPulseConfig())
	if err != nil {
		t.Fatal(err)
	}
	head := v.l.size
	v.trade(5, 1)
	v.l.Close()
	path := filepath.Join(dir, logFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]int64{"header": 20, "a payload": head + 40, "a checksum": head + 5, "a length": head + 3} {
		bad := append([]byte(nil), whole...)
		bad[at] ^= 0x55
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := openVenue(t, dir, newPulseConfig()); !errors.Is(err, ErrLogCorrupt) {
			t.Errorf("damage in %s: error %v", name, err)
		}
	}
	last := append([]byte(nil), whole...)
	last[len(last)-1] ^= 0x55
	if err := os.WriteFile(path, last, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := openVenue(t, dir, newPulseConfig())
	if err != nil {
		t.Fatalf("damage in the last frame: %v", err)
	}
	defer again.l.Close()
	if again.l.Cut() == 0 {
		t.Error("the damaged last frame was not cut")
	}
}

func TestRequestSurvivesTheLog(t *testing.T) {
	q := Request{Kind: KindReplace, Side: market.Sell, Type: OrdMarket, TIF: FOK, PostOnly: true, SelfMatch: CancelIncoming,
		Instrument: 513, Owner: 1 << 30, OrderID: 1<<63 + 1, ClientRef: 1<<62 + 2, OrigClientRef: 3, Qty: -7, Price: -1 << 40,
		MPID: [4]byte{'A', 'B', 'C', 'D'}}
	q.Token, _ = MakeToken([]byte("0123456789012345678901234567890"))
	p := appendRequest(nil, 1234567890123456789, &q)
	if len(p) != requestSize {
		t.Fatalf("%d bytes, want %d", len(p), requestSize)
	}
	var got Request
	if at := decodeRequest(p, &got); at != 1234567890123456789 || got != q {
		t.Errorf("at %d:\n got %+v\nwant %+v", at, got, q)
	}
}
