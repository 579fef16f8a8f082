package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"slipstream/feed/itch"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// pulse is a small deterministic flow: every millisecond it adds, takes or deletes
// something, on one instrument after the other.
type pulse struct {
	n    uint64
	at   market.Nanos
	refs []uint64
	name string
}

func (f *pulse) Fingerprint() string { return "pulse " + f.name }

func (f *pulse) Open(m *Market) error {
	f.at = m.Config().Start
	for i := range m.Config().Instruments {
		for k := uint32(1); k <= 5; k++ {
			m.Limit(market.InstrumentID(i), market.Buy, 100_0000-k*500, 200, Day)
			m.Limit(market.InstrumentID(i), market.Sell, 100_0000+k*500, 200, Day)
		}
	}
	f.at += market.Millisecond
	return nil
}

func (f *pulse) Next() (market.Nanos, bool) { return f.at, true }

func (f *pulse) Apply(m *Market) {
	f.n++
	f.at += market.Millisecond
	u := mix(f.n)
	id := market.InstrumentID(u % uint64(len(m.Config().Instruments)))
	side := market.Side(1 + u>>8%2)
	away := uint32(u>>16%5) * 500
	price := 100_0500 + away
	if side == market.Buy {
		price = 99_9500 - away
	}
	switch u >> 24 % 4 {
	case 0, 1:
		if ref, why := m.Limit(id, side, price, uint32(1+u>>32%300), Day); why == ReasonNone {
			f.refs = append(f.refs, ref)
		}
	case 2:
		m.Market(id, side, uint32(1+u>>32%100))
	case 3:
		if len(f.refs) > 20 {
			m.Delete(f.refs[0])
			f.refs = slices.Delete(f.refs, 0, 1)
		}
	}
}

func pulseConfig() Config {
	cfg := testConfig()
	cfg.Flow = &pulse{}
	cfg.Session = moldudp64.MakeSession("PULSE")
	return cfg
}

func openMarket(t *testing.T, cfg Config) *Market {
	t.Helper()
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Open(); err != nil {
		t.Fatal(err)
	}
	return m
}

func types(m *Market, from, to uint64) string {
	var b strings.Builder
	for seq := from; seq <= to; seq++ {
		msg, _ := m.Message(seq)
		b.WriteByte(itch.Type(msg))
	}
	return b.String()
}

func TestSessionOpensWithDirectoryStateAndBook(t *testing.T) {
	m := openMarket(t, pulseConfig())
	want := "SS" + "RR" + "HYHY" + "S" + strings.Repeat("A", 20)
	if got := types(m, 1, m.Sequence()); got != want {
		t.Errorf("opening %s, want %s", got, want)
	}
	first, _ := m.Message(9 + 1)
	var a itch.AddOrder
	if !a.Decode(first) || a.Price != 99_9500 || a.Side != 'B' || a.Timestamp != 34_200_000_000_000 || a.StockLocate != 1 {
		t.Errorf("first order of the opening book: %+v", a)
	}
	if err := m.Open(); err == nil {
		t.Error("the session opened twice")
	}
}

func TestBackgroundUpToTheRequestsTimeComesFirst(t *testing.T) {
	m := openMarket(t, pulseConfig())
	at := m.Now() + 10*market.Millisecond
	m.Submit(at, &Request{Kind: KindNew, Owner: 1, ClientRef: 1, Side: market.Buy, Qty: 1, Price: 99 * market.PriceUnit})
	if next, _ := m.Next(); next != at+market.Millisecond {
		t.Errorf("the next event is at %d, want %d: the one at the request's time comes before it", next, at+market.Millisecond)
	}
	last, _ := m.Message(m.Sequence())
	if itch.Type(last) != 'A' || itch.Timestamp(last) != uint64(at-midnight) {
		t.Errorf("the request's message is not last: %x", last)
	}
	// A request stamped in the past counts as now.
	if got := m.Submit(at-5, &Request{Kind: KindCancel, Owner: 1, OrigClientRef: 1}); got != at {
		t.Errorf("applied at %d, want %d", got, at)
	}
}

func TestEndCancelsOwnOrdersAndClosesTheMarket(t *testing.T) {
	m := openMarket(t, pulseConfig())
	m.Submit(m.Now(), &Request{Kind: KindNew, Owner: 1, ClientRef: 1, Side: market.Buy, Qty: 5, Price: 90 * market.PriceUnit})
	m.Submit(m.Now(), &Request{Kind: KindNew, Owner: 1, ClientRef: 2, Side: market.Sell, Qty: 5, Price: 110 * market.PriceUnit})
	m.ClearExecs()
	seq := m.Sequence()
	m.End(m.Now())
	if got := types(m, seq+1, m.Sequence()); got != "DDSSS" {
		t.Errorf("the end publishes %s", got)
	}
	for i, e := range m.Execs() {
		if e.Kind != ExecCanceled || e.Reason != ReasonEndOfSession || e.ClientRef != uint64(i+1) {
			t.Errorf("%+v", e)
		}
	}
	hash := m.TapeHash()
	m.ClearExecs()
	m.End(m.Now())
	m.Advance(m.Now() + market.Second)
	m.Submit(m.Now(), &Request{Kind: KindNew, Owner: 1, ClientRef: 3, Side: market.Buy, Qty: 5, Price: 90 * market.PriceUnit})
	if m.TapeHash() != hash {
		t.Error("the tape went on after the end")
	}
	if len(m.Execs()) != 1 || m.Execs()[0].Reason != ReasonClosed {
		t.Errorf("after the end: %+v", m.Execs())
	}
	pkt, f := moldudp64.Decode(m.AppendMark(nil))
	if f != moldudp64.FaultNone || !pkt.IsEndOfSession() || pkt.Sequence != m.Sequence()+1 {
		t.Errorf("mark after the end: %+v %v", pkt.Header, f)
	}
}

func TestPacketsHoldTheTape(t *testing.T) {
	m := openMarket(t, pulseConfig())
	m.Advance(m.Now() + 500*market.Millisecond)
	next := uint64(1)
	for next <= m.Sequence() {
		b, n := m.AppendPacket(nil, next, 1000, 0)
		if n == 0 || len(b) > moldudp64.MaxPayload {
			t.Fatalf("packet at %d: %d messages, %d bytes", next, n, len(b))
		}
		pkt, fault := moldudp64.Decode(b)
		if fault != moldudp64.FaultNone || pkt.Sequence != next || pkt.Messages() != n || pkt.Session != moldudp64.MakeSession("PULSE") {
			t.Fatalf("packet at %d: %+v %v", next, pkt.Header, fault)
		}
		for msg, ok := pkt.Next(); ok; msg, ok = pkt.Next() {
			want, _ := m.Message(next)
			if !bytes.Equal(msg, want) {
				t.Fatalf("message %d: %x, want %x", next, msg, want)
			}
			next++
		}
	}
	if _, n := m.AppendPacket(nil, next, 10, 0); n != 0 {
		t.Error("a packet past the tape's end")
	}
	if _, n := m.AppendPacket(nil, 0, 10, 0); n != 0 {
		t.Error("a packet at sequence 0")
	}
	if b, n := m.AppendPacket(nil, 1, 3, 0); n != 3 || len(b) == 0 {
		t.Errorf("asked for 3 messages, got %d", n)
	}
}

func TestTapeKeepsTheLastMessages(t *testing.T) {
	tape := NewTape(10_000)
	var hash uint64
	for i := uint64(1); i <= 50_000; i++ {
		s := itch.SystemEvent{Header: itch.Header{Timestamp: i}, EventCode: 'O'}
		tape.commit(s.Append(tape.room()))
		msg, ok := tape.Message(i)
		if !ok || itch.Timestamp(msg) != i {
			t.Fatalf("message %d: %x", i, msg)
		}
		hash = HashMessage(hash, msg)
		if i%977 == 0 {
			checkKept(t, tape, i)
		}
	}
	if tape.Hash() != hash || tape.Sequence() != 50_000 {
		t.Errorf("hash %x, want %x; sequence %d", tape.Hash(), hash, tape.Sequence())
	}
}

func checkKept(t *testing.T, tape *Tape, last uint64) {
	t.Helper()
	first := tape.First()
	if last-first+1 < min(last, 10_000) {
		t.Fatalf("at %d only %d on is kept", last, first)
	}
	for _, seq := range []uint64{first, (first + last) / 2, last} {
		if msg, ok := tape.Message(seq); !ok || itch.Timestamp(msg) != seq {
			t.Fatalf("at %d: message %d is %x", last, seq, msg)
		}
	}
	if _, ok := tape.Message(first - 1); ok {
		t.Fatalf("at %d: message %d should be gone", last, first-1)
	}
}

func TestHashTellsTapesApart(t *testing.T) {
	h := func(msgs ...string) (x uint64) {
		for _, m := range msgs {
			x = HashMessage(x, []byte(m))
		}
		return x
	}
	seen := map[uint64]int{}
	for i, x := range []uint64{h("a"), h("b"), h("a", "b"), h("b", "a"), h("ab"), h("a", ""), h("", "a"), h(""), h("a\x00"),
		h("12345678"), h("12345678\x00"), h("1234567812345678"), h("12345678", "12345678")} {
		if j, ok := seen[x]; ok {
			t.Errorf("tapes %d and %d have hash %x", i, j, x)
		}
		seen[x] = i
	}
}

func TestStatistics(t *testing.T) {
	cfg := testConfig()
	m := openMarket(t, cfg)
	at := func(ms int) market.Nanos { return cfg.Start + market.Nanos(ms)*market.Millisecond }
	order := func(ms int, owner uint32, side market.Side, qty market.Qty, cents market.Price) {
		m.Submit(at(ms), &Request{Kind: KindNew, Owner: owner, ClientRef: uint64(ms), Side: side, Qty: qty, Price: cents * market.PriceUnit / 100})
	}
	order(10, 0, market.Buy, 100, 1000)
	order(20, 0, market.Sell, 100, 1010)
	order(30, 0, market.Sell, 40, 1000)  // 40 @ 10.00, all background
	order(40, 7, market.Buy, 100, 1010)  // 100 @ 10.10, own
	order(50, 0, market.Sell, 100, 1020) // ask back
	for _, c := range []struct {
		ms   int
		want market.Price
		ok   bool
	}{{9, 0, false}, {15, 0, false}, {20, 10_050_000_000, true}, {39, 10_050_000_000, true}, {40, 0, false}, {50, 10_100_000_000, true}, {900, 10_100_000_000, true}} {
		if got, ok := m.Mid(0, at(c.ms)); got != c.want || ok != c.ok {
			t.Errorf("mid at %d ms: %d %v, want %d %v", c.ms, got, ok, c.want, c.ok)
		}
	}
	v := m.Volume(0, at(0), at(1000))
	want := Volume{Qty: 140, OwnQty: 100, VWAP: 10_071_428_571, VWAPOthers: 10_000_000_000, Trades: 2, Complete: true}
	if v != want {
		t.Errorf("volume %+v, want %+v", v, want)
	}
	if v := m.Volume(0, at(30), at(30)); v.Qty != 40 {
		t.Errorf("both ends are included: %+v", v)
	}
	if v := m.Volume(0, at(31), at(39)); v != (Volume{Complete: true}) {
		t.Errorf("an interval without trades: %+v", v)
	}
	if v := m.Volume(1, at(0), at(1000)); v.Qty != 0 {
		t.Errorf("the other instrument: %+v", v)
	}
	var trades, touches int
	m.EachTrade(0, at(0), at(1000), func(at market.Nanos, px market.Price, qty market.Qty, own bool) {
		trades++
		if own != (qty == 100) || px != 10*market.PriceUnit && px != 10_100_000_000 {
			t.Errorf("trade %d: %d @ %d own %v", at, qty, px, own)
		}
	})
	m.EachTouch(0, at(0), at(1000), func(market.Nanos, market.Price, market.Price) { touches++ })
	if trades != 2 || touches != 4 {
		t.Errorf("%d trades, %d touches; want 2 and 4", trades, touches)
	}
}

func TestStatisticsSayWhenTheyDoNotReachBack(t *testing.T) {
	cfg := testConfig()
	cfg.StatEntries = 1
	m := openMarket(t, cfg)
	for i := range 20_000 {
		m.SetTime(cfg.Start + market.Nanos(i))
		m.noteTrade(0, 10_0000, 1, false)
	}
	if v := m.Volume(0, cfg.Start, cfg.Start+market.Second); v.Complete || v.Qty == 0 || v.Qty == 20_000 {
		t.Errorf("%+v", v)
	}
	if v := m.Volume(0, cfg.Start+19_000, cfg.Start+market.Second); !v.Complete || v.Qty != 1_000 {
		t.Errorf("%+v", v)
	}
}

func TestDumpIsTheBook(t *testing.T) {
	m := openMarket(t, pulseConfig())
	m.Advance(m.Now() + 100*market.Millisecond)
	var out bytes.Buffer
	if err := m.Dump().Write(&out); err != nil {
		t.Fatal(err)
	}
	var d Dump
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Books) != 2 || d.LastSequence != m.Sequence() || len(d.TapeHash) != 16 || d.Books[0].Symbol != "ALFA" || d.Books[0].State != "T" {
		t.Errorf("%+v", d)
	}
	orders := 0
	for _, b := range d.Books {
		orders += len(b.Bids) + len(b.Asks)
		if !slices.IsSortedFunc(b.Bids, func(x, y OrderDump) int { return int(y.Price - x.Price) }) {
			t.Errorf("%s: bids are not best first", b.Symbol)
		}
	}
	if orders != m.Resting() || orders == 0 {
		t.Errorf("%d orders in the dump, %d rest", orders, m.Resting())
	}
}

func TestConfigFaultsAreReportedAtOnce(t *testing.T) {
	cfg := testConfig()
	cfg.Instruments[1].Tick = 7
	cfg.Instruments[1].Lot = 0
	cfg.Instruments[0].ID = 9
	cfg.Start = cfg.Midnight - 1
	cfg.MaxQty = 1 << 40
	_, err := New(cfg)
	if err == nil {
		t.Fatal("a bad configuration was accepted")
	}
	for _, want := range []string{"tick 7", "lot 0", "ID 9", "start", "MaxQty"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q: %v", want, err)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("no instruments were accepted")
	}
}

type badFlow struct{ pulse }

func (*badFlow) Open(*Market) error { return errors.New("no data") }

func TestFlowThatCannotOpenStopsTheMarket(t *testing.T) {
	cfg := testConfig()
	cfg.Flow = &badFlow{}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Open(); err == nil || !strings.Contains(err.Error(), "no data") {
		t.Errorf("error %v", err)
	}
}

func TestNothingHappensAfterTheDay(t *testing.T) {
	m := openMarket(t, pulseConfig())
	m.at = m.Latest() - 5*market.Millisecond
	m.cfg.Flow.(*pulse).at = m.at
	m.Advance(m.Now() + market.Day)
	if m.Now() != m.Latest() {
		t.Errorf("now %d, want %d", m.Now(), m.Latest())
	}
	if _, ok := m.Next(); ok {
		t.Error("there is an event after the day")
	}
	last, _ := m.Message(m.Sequence())
	if itch.Timestamp(last) >= uint64(market.Day) {
		t.Errorf("a message at %d", itch.Timestamp(last))
	}
}
