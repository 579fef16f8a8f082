package book

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/feed/itch"
	"slipstream/internal/market"
	"slipstream/internal/testdata"
)

func mustNew(t testing.TB, cfg Config) *Books {
	t.Helper()
	bs, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return bs
}

func instruments(symbols ...string) (out []market.Instrument) {
	for i, s := range symbols {
		out = append(out, market.Instrument{ID: market.InstrumentID(i), Symbol: market.MakeSymbol(s), Tick: 10_000_000, Lot: 1})
	}
	return out
}

// day writes messages of one stock with locate 5.
type day struct{ sym market.Symbol }

func (d day) head() itch.Header { return itch.Header{StockLocate: 5, Timestamp: 1} }
func (d day) directory(loc uint16) []byte {
	return (&itch.StockDirectory{Header: itch.Header{StockLocate: loc}, Stock: d.sym}).Append(nil)
}
func (d day) add(ref uint64, side byte, qty, price uint32) []byte {
	return (&itch.AddOrder{Header: d.head(), OrderRef: ref, Side: side, Shares: qty, Stock: d.sym, Price: price}).Append(nil)
}
func (d day) del(ref uint64) []byte {
	return (&itch.OrderDelete{Header: d.head(), OrderRef: ref}).Append(nil)
}
func (d day) action(state byte) []byte {
	return (&itch.TradingAction{Header: d.head(), Stock: d.sym, TradingState: state}).Append(nil)
}
func (d day) halt(code, action byte) []byte {
	return (&itch.OperationalHalt{Header: d.head(), Stock: d.sym, MarketCode: code, OperationalHaltAction: action}).Append(nil)
}

func TestLocates(t *testing.T) {
	acme, other := day{market.MakeSymbol("ACME")}, day{market.MakeSymbol("OTHER")}
	for _, c := range []struct {
		name    string
		msgs    [][]byte
		trust   Trust
		orders  uint64
		orphans uint64
		foreign uint64
	}{
		{"a directory message gives the locate", [][]byte{acme.directory(5), acme.add(1, 'B', 100, 10_000)}, Good, 1, 0, 0},
		{"an add gives the locate when no directory message came", [][]byte{acme.add(1, 'B', 100, 10_000)}, Good, 1, 0, 0},
		{"orders of a stock that is not configured are passed over", [][]byte{other.directory(5), other.add(1, 'B', 100, 10_000), other.del(1)}, Good, 0, 0, 3},
		{"a locate learned after messages were passed over is suspect", [][]byte{acme.del(9), acme.add(1, 'B', 100, 10_000)}, Suspect, 1, 1, 0},
		{"a locate that moves to another stock with orders open is suspect", [][]byte{acme.directory(5), acme.add(1, 'B', 100, 10_000), other.directory(5), other.add(2, 'B', 100, 10_000)}, Suspect, 1, 0, 1},
		{"a stock may move to another locate while its book is empty", [][]byte{acme.directory(4), acme.directory(5), acme.add(1, 'B', 100, 10_000)}, Good, 1, 0, 0},
		{"an add that names another stock than its locate is bad", [][]byte{acme.directory(5), other.add(1, 'B', 100, 10_000)}, Suspect, 0, 0, 0},
		{"a second locate for a stock without a directory message is bad", [][]byte{acme.directory(4), acme.add(1, 'B', 100, 10_000)}, Suspect, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			bs := mustNew(t, Config{Instruments: instruments("ACME"), MaxOrders: 16, MaxLevels: 16})
			for _, m := range c.msgs {
				bs.Apply(m)
			}
			n := bs.Counters()
			if b := bs.Book(0); b.Trust() != c.trust || n.Orders != c.orders || n.Orphans != c.orphans || n.Foreign != c.foreign {
				t.Errorf("trust %v, %+v", b.Trust(), n)
			}
		})
	}
}

func TestFullSlabsMakeTheBookStale(t *testing.T) {
	acme := day{market.MakeSymbol("ACME")}
	for _, c := range []struct {
		name           string
		orders, levels int
		prices         uint32
		want           Fault
	}{
		{"more orders than MaxOrders", 3, 16, 1, FaultOrdersFull},
		{"more levels than MaxLevels", 16, 3, 100, FaultLevelsFull},
	} {
		t.Run(c.name, func(t *testing.T) {
			bs := mustNew(t, Config{Instruments: instruments("ACME"), MaxOrders: c.orders, MaxLevels: c.levels})
			bs.Apply(acme.directory(5))
			for i := range uint32(3) {
				if ch := bs.Apply(acme.add(uint64(i+1), 'S', 100, 10_000+i*c.prices)); ch.Flags&(Bad|Full) != 0 {
					t.Fatalf("add %d: %+v", i, ch)
				}
			}
			h := bs.Book(0).Hash()
			if ch := bs.Apply(acme.add(4, 'S', 100, 10_000+3*c.prices)); ch.Flags != Full || ch.Fault != c.want {
				t.Errorf("fourth add: %+v, want Full and %v", ch, c.want)
			}
			n := bs.Counters()
			if b := bs.Book(0); b.Trust() != Stale || n.Full() != 1 || b.Hash() != h {
				t.Errorf("trust %v, %d full, hash kept %v", b.Trust(), n.Full(), b.Hash() == h)
			}
			bs.Apply(acme.del(1))
			if ch := bs.Apply(acme.add(5, 'S', 100, 10_000)); ch.Flags&(Bad|Full) != 0 {
				t.Errorf("after a delete there is room again: %+v", ch)
			}
			if ch := bs.Apply(acme.del(4)); ch.Fault != FaultUnknownRef || bs.Book(0).Trust() != Stale {
				t.Errorf("a message about the lost order: %+v, trust %v", ch, bs.Book(0).Trust())
			}
		})
	}
}

func TestTradingState(t *testing.T) {
	acme := day{market.MakeSymbol("ACME")}
	bs := mustNew(t, Config{Instruments: instruments("ACME")})
	bs.Apply(acme.directory(5))
	b := bs.Book(0)
	for _, c := range []struct {
		name  string
		msg   []byte
		want  TradingState
		flags Flags
	}{
		{"no state at first", acme.directory(5), NoState, 0},
		{"halted", acme.action('H'), Halted, State},
		{"quotes only", acme.action('Q'), QuoteOnly, State},
		{"trading", acme.action('T'), Trading, State},
		{"trading again is no change", acme.action('T'), Trading, 0},
		{"an operational halt of another market is not ours", acme.halt('B', 'H'), Trading, 0},
		{"an operational halt of Nasdaq's", acme.halt('Q', 'H'), Halted, State},
		{"its end", acme.halt('Q', 'T'), Trading, State},
		{"paused", acme.action('P'), Paused, State},
		{"a state that is not one halts", acme.action('?'), Halted, State | Bad},
	} {
		if ch := bs.Apply(c.msg); b.Halt() != c.want || ch.Flags != c.flags {
			t.Errorf("%s: %v, %+v, want %v, %v", c.name, b.Halt(), ch, c.want, c.flags)
		}
	}
	bs.Apply((&itch.SystemEvent{EventCode: 'Q'}).Append(nil))
	if bs.SystemEvent() != 'Q' {
		t.Errorf("system event %q", bs.SystemEvent())
	}
}

func TestVolume(t *testing.T) {
	acme := day{market.MakeSymbol("ACME")}
	bs := mustNew(t, Config{Instruments: instruments("ACME")})
	e := itch.OrderExecuted{Header: acme.head(), OrderRef: 1, ExecutedShares: 10}
	for _, m := range [][]byte{
		acme.directory(5), acme.add(1, 'B', 100, 20_000),
		e.Append(nil), // 10 at 2.0000
		(&itch.OrderExecutedWithPrice{OrderExecuted: e, Printable: 'Y', ExecutionPrice: 10_000}).Append(nil),  // 10 at 1.0000
		(&itch.OrderExecutedWithPrice{OrderExecuted: e, Printable: 'N', ExecutionPrice: 70_000}).Append(nil),  // not printed
		(&itch.Trade{Header: acme.head(), Side: 'B', Shares: 7, Stock: acme.sym, Price: 30_000}).Append(nil),  // 7 at 3.0000
		(&itch.CrossTrade{Header: acme.head(), Shares: 500, Stock: acme.sym, CrossPrice: 40_000}).Append(nil), // apart
		(&itch.BrokenTrade{Header: acme.head(), MatchNumber: 1}).Append(nil),
	} {
		if ch := bs.Apply(m); ch.Flags&Bad != 0 {
			t.Fatalf("%q: %+v", m[0], ch)
		}
	}
	b := bs.Book(0)
	qty, hi, lo := b.Traded()
	if want := uint64(10*2+10*1+7*3) * uint64(market.PriceUnit); qty != 27 || hi != 0 || lo != want {
		t.Errorf("traded %d for %d:%d, want 27 for %d", qty, hi, lo, want)
	}
	if b.LastPx() != 3*market.PriceUnit {
		t.Errorf("last %d", b.LastPx())
	}
	if q, px, n := b.Crossed(); q != 500 || px != 4*market.PriceUnit || n != 1 {
		t.Errorf("crossed %d at %d, %d times", q, px, n)
	}
	if best := b.Best(market.Buy); best.Qty != 70 || bs.Counters().Broken != 1 {
		t.Errorf("best %+v, broken %d", best, bs.Counters().Broken)
	}
}

func TestBadBytesAreCounted(t *testing.T) {
	acme := day{market.MakeSymbol("ACME")}
	bs := mustNew(t, Config{Instruments: instruments("ACME")})
	bs.Apply(acme.directory(5))
	for _, c := range []struct {
		name string
		msg  []byte
		want Flags
	}{
		{"nothing", nil, Bad},
		{"a type that ITCH 5.0 does not have", []byte{'z', 0, 5}, Unknown},
		{"an add cut short", acme.add(1, 'B', 100, 10_000)[:35], Bad},
		{"an add with a byte too many", append(acme.add(1, 'B', 100, 10_000), 0), Bad},
		{"a lone type", []byte{'A'}, Bad},
	} {
		if ch := bs.Apply(c.msg); ch.Flags != c.want {
			t.Errorf("%s: %+v, want %v", c.name, ch, c.want)
		}
	}
	c := bs.Counters()
	if c.Faults[FaultShape] != 4 || c.Types != 1 || bs.Book(0).Trust() != Suspect {
		t.Errorf("%+v", c)
	}
}

func TestResetStartsANewDay(t *testing.T) {
	s := newStream(4, 200, 4000)
	bs, fresh := mustNew(t, s.config()), mustNew(t, s.config())
	for i := range s.len() {
		bs.Apply(s.msg(i))
	}
	bs.SetTrust(2, Stale)
	bs.Reset()
	if c := bs.Counters(); c.Orders+c.Levels+c.Own != 0 || bs.Book(2).Trust() != Good {
		t.Fatalf("after Reset: %+v, %v", c, bs.Book(2).Trust())
	}
	for i := range s.len() {
		if a, b := bs.Apply(s.msg(i)), fresh.Apply(s.msg(i)); a != b {
			t.Fatalf("message %d: %+v after a Reset, %+v on fresh books", i, a, b)
		}
	}
	for i := range 4 {
		if bs.books[i].Hash() != fresh.books[i].Hash() {
			t.Errorf("instrument %d: hash differs", i)
		}
	}
}

func TestNoAllocs(t *testing.T) {
	s := newStream(16, 2_000, 60_000)
	bs := mustNew(t, s.config())
	dst := make([]Level, 10)
	i := 0
	per := testing.AllocsPerRun(50_000, func() {
		ch := bs.Apply(s.msg(i))
		i++
		b := bs.Book(ch.Instrument)
		_, _ = b.Best(market.Buy), b.Depth(market.Sell, dst)
		ref := itch.OrderRef(s.msg(i))
		if i%37 == 0 {
			bs.MarkOwn(ref)
			bs.Ahead(ref)
		}
	})
	if c := bs.Counters(); per != 0 || c.Bad() != 0 || c.Own == 0 {
		t.Errorf("%v allocations per message, %+v", per, c)
	}
}

func TestConfigFaultsAreReportedTogether(t *testing.T) {
	in := instruments("ACME", "ACME")
	in[1].ID = 7
	_, err := New(Config{Instruments: in, Locates: []uint16{1}, MaxOrders: -1, MaxLevels: 1 << 30, MaxOwn: 1 << 20})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"ID 7", "both ACME", "1 preset locates", "MaxOrders -1", "MaxLevels", "MaxOwn"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

// snippet is the real data: 1,000 messages of 317 symbols from the middle of a day.
func snippet(t *testing.T) (msgs [][]byte) {
	raw, err := os.ReadFile(filepath.Join(testdata.Dir(t), "itch", "12302019_SNIPPET.NASDAQ_ITCH50"))
	if err != nil {
		t.Fatal(err)
	}
	for len(raw) > 2 {
		n := 2 + int(be.Uint16(raw))
		msgs = append(msgs, raw[2:n])
		raw = raw[n:]
	}
	return msgs
}

func TestSnippetWithoutInstrumentsIsIgnored(t *testing.T) {
	bs := mustNew(t, Config{})
	msgs := snippet(t)
	for _, m := range msgs {
		if ch := bs.Apply(m); ch.Instrument != market.NoInstrument || ch.Flags&Bad != 0 {
			t.Fatalf("%q: %+v", m, ch)
		}
	}
	c := bs.Counters()
	if len(msgs) != 1000 || c.Bad() != 0 || c.Orders != 0 || c.Foreign+c.Orphans+c.Applied != 1000 {
		t.Errorf("%d messages: %+v", len(msgs), c)
	}
}

func TestSnippetOfAllSymbolsCountsUnknownReferences(t *testing.T) {
	msgs := snippet(t)
	cfg := Config{}
	named := map[uint16]market.Symbol{}
	for _, m := range msgs { // locates that no message names get a made-up symbol
		loc := itch.Locate(m)
		var a itch.AddOrder
		if (a.Decode(m) || a.Decode(append([]byte{'A'}, m[1:min(len(m), itch.SizeAddOrder)]...))) && (m[0] == 'A' || m[0] == 'F') {
			named[loc] = a.Stock
		} else if m[0] == 'P' {
			var p itch.Trade
			p.Decode(m)
			named[loc] = p.Stock
		} else if _, ok := named[loc]; !ok {
			named[loc] = market.Symbol{}
		}
	}
	delete(named, 0)
	for loc := range uint16(65535) {
		sym, ok := named[loc]
		if !ok {
			continue
		}
		if sym == (market.Symbol{}) {
			sym = market.MakeSymbol("?" + string(rune('0'+loc/10000)) + string([]byte{'0' + byte(loc/1000%10), '0' + byte(loc/100%10), '0' + byte(loc/10%10), '0' + byte(loc%10)}))
		}
		cfg.Instruments = append(cfg.Instruments, market.Instrument{ID: market.InstrumentID(len(cfg.Instruments)), Symbol: sym})
		cfg.Locates = append(cfg.Locates, loc)
	}
	bs := mustNew(t, cfg)
	known := map[uint64]bool{} // a plain count of references that no message added
	unknown, adds := uint64(0), uint64(0)
	for _, m := range msgs {
		bs.Apply(m)
		ref := itch.OrderRef(m)
		switch m[0] {
		case 'A', 'F':
			known[ref] = true
			adds++
		case 'E', 'C', 'X', 'D':
			if !known[ref] {
				unknown++
			}
		case 'U':
			if !known[ref] {
				unknown++
			} else {
				known[be.Uint64(m[19:])] = true
			}
		}
	}
	c := bs.Counters()
	t.Logf("%d instruments, %d adds, %d unknown references: %+v", len(cfg.Instruments), adds, unknown, c)
	if adds != 367+193 || c.Faults[FaultUnknownRef] != unknown || c.Bad() != unknown || c.Applied != 1000-unknown {
		t.Errorf("%d adds, %d unknown references: %+v", adds, unknown, c)
	}
}
