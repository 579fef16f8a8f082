package flow

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/feed/book"
	"slipstream/feed/capture/lobster"
	"slipstream/feed/itch"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
	"slipstream/internal/testdata"
)

const amzn = "lobster/LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"

func lobsterMarket(t testing.TB, zipPath string, from uint64) (*exchange.Market, *Lobster) {
	t.Helper()
	f, err := NewLobster(zipPath, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	m, err := exchange.New(exchange.Config{Flow: f, Midnight: f.Midnight(), Start: f.Start(), Session: moldudp64.MakeSession("DAY"),
		Instruments: []market.Instrument{{Symbol: f.Symbol(), Tick: market.PriceUnit / 100, Lot: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Open(); err != nil {
		t.Fatal(err)
	}
	return m, f
}

// neutral is a message without what the exchange numbers itself: references
// are mapped by the caller.
func neutral(b []byte, ref func(uint64) uint64) string {
	switch itch.Type(b) {
	case itch.TypeAddOrder, itch.TypeAddOrderMPID:
		var f itch.AddOrderMPID
		if !f.Decode(b) {
			f.AddOrder.Decode(b)
		}
		return fmt.Sprintf("%d A %d %c %d %d %q", f.Timestamp, ref(f.OrderRef), f.Side, f.Shares, f.Price, f.Attribution)
	case itch.TypeOrderExecuted:
		var e itch.OrderExecuted
		e.Decode(b)
		return fmt.Sprintf("%d E %d %d %d", e.Timestamp, ref(e.OrderRef), e.ExecutedShares, e.MatchNumber)
	case itch.TypeOrderCancel:
		var x itch.OrderCancel
		x.Decode(b)
		return fmt.Sprintf("%d X %d %d", x.Timestamp, ref(x.OrderRef), x.CanceledShares)
	case itch.TypeOrderDelete:
		var d itch.OrderDelete
		d.Decode(b)
		return fmt.Sprintf("%d D %d", d.Timestamp, ref(d.OrderRef))
	case itch.TypeTrade:
		var p itch.Trade
		p.Decode(b)
		return fmt.Sprintf("%d P %c %d %d %d", p.Timestamp, p.Side, p.Shares, p.Price, p.MatchNumber)
	case itch.TypeCrossTrade:
		var q itch.CrossTrade
		q.Decode(b)
		return fmt.Sprintf("%d Q %d %d %d", q.Timestamp, q.Shares, q.CrossPrice, q.MatchNumber)
	}
	return ""
}

// TestLobsterTapeIsHistory: a whole day without external requests is published
// exactly as the importer wrote it, but for the references.
func TestLobsterTapeIsHistory(t *testing.T) {
	path := filepath.Join(testdata.Dir(t), amzn)
	m, f := lobsterMarket(t, path, 0)
	want, err := lobster.Stream(path)
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	refs := map[uint64]uint64{} // history's: number of its add
	identity := func(r uint64) uint64 { return r }
	// Exchange references count the accepted adds from 1, as this map does.
	seen := uint64(0)
	seq, n := uint64(0), 0
	compare := func() {
		for seq < m.Sequence() {
			seq++
			msg, ok := m.Message(seq)
			if !ok {
				t.Fatalf("message %d is not kept", seq)
			}
			got := neutral(msg, identity)
			if got == "" {
				continue
			}
			expect := ""
			for expect == "" {
				h, ok := want.Next()
				if !ok {
					t.Fatalf("history ended; ours has %s", got)
				}
				if c := itch.Type(h.Bytes); c == itch.TypeAddOrder || c == itch.TypeAddOrderMPID {
					seen++
					refs[itch.OrderRef(h.Bytes)] = seen
				}
				expect = neutral(h.Bytes, func(r uint64) uint64 { return refs[r] })
			}
			if got != expect {
				t.Fatalf("message %d:\n got %s\nwant %s", seq, got, expect)
			}
			n++
		}
	}
	for at := m.Now(); ; at += 10 * market.Second {
		m.Advance(at)
		compare()
		if _, ok := m.Next(); !ok {
			break
		}
	}
	if f.Err() != nil {
		t.Fatal(f.Err())
	}
	for h, ok := want.Next(); ok; h, ok = want.Next() {
		if x := neutral(h.Bytes, identity); x != "" {
			t.Fatalf("not published: %s", x)
		}
	}
	c := m.Counters()
	if n < 155_935 || c.Dropped != 0 || c.Displaced != 0 || c.Unfillable != 0 {
		t.Errorf("%d messages, counters %+v", n, c)
	}
	t.Logf("%d messages equal, %d trades", n, c.Trades)
}

// TestLobsterOpeningBook: what is published at 10:00 is the book that the day's
// messages until then build, and a receiver that starts there stays right.
func TestLobsterOpeningBook(t *testing.T) {
	path := filepath.Join(testdata.Dir(t), amzn)
	const ten = 36_000 * uint64(market.Second)
	m, f := lobsterMarket(t, path, ten)
	feed := newBooks(t, m)
	seq := uint64(0)
	follow := func() {
		for seq < m.Sequence() {
			seq++
			msg, _ := m.Message(seq)
			if ch := feed.Apply(msg); ch.Flags&(book.Bad|book.Full) != 0 {
				t.Fatalf("message %d %x: %+v", seq, msg, ch)
			}
		}
	}
	follow()
	if first, _ := m.Message(1); first[0] != 'S' || itch.Timestamp(first) != ten {
		t.Errorf("the tape starts with %x", first)
	}
	history, err := lobster.Stream(path)
	if err != nil {
		t.Fatal(err)
	}
	defer history.Close()
	want := newBooks(t, m)
	h, ok := history.Next()
	until := func(at market.Nanos) {
		for ; ok && h.ExchNanos < at; h, ok = history.Next() {
			want.Apply(h.Bytes)
		}
	}
	for at := f.Start(); at < f.Start()+1800*market.Second; at += 60 * market.Second {
		m.Advance(at - 1)
		follow()
		until(at)
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			g, w := feed.Book(0).Depth(side, make([]book.Level, 400)), want.Book(0).Depth(side, make([]book.Level, 400))
			if fmt.Sprint(g) != fmt.Sprint(w) || len(g) == 0 {
				t.Fatalf("%d s after the start, %v:\n got %v\nwant %v", (at-f.Start())/market.Second, side, g, w)
			}
		}
		if feed.Book(0).Hash() != m.BookHash(0) {
			t.Fatal("the receiver's book differs from the exchange's")
		}
	}
}

func newBooks(t *testing.T, m *exchange.Market) *book.Books {
	t.Helper()
	b, err := book.New(book.Config{Instruments: m.Config().Instruments})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLobsterWithOwnOrders: own orders at the touch all morning are filled, the
// receiver's book stays right, and nothing trades that history did not trade or we
// did not bring.
func TestLobsterWithOwnOrders(t *testing.T) {
	m, f := lobsterMarket(t, filepath.Join(testdata.Dir(t), amzn), 36_000*uint64(market.Second))
	feed := newBooks(t, m)
	var seq, client uint64
	var passive, taken, ours market.Qty
	drain := func() {
		for _, e := range m.Execs() {
			if e.Kind == exchange.ExecTrade {
				ours += e.LastQty
				if e.Liquidity == exchange.LiquidityAdded {
					passive += e.LastQty
				} else {
					taken += e.LastQty
				}
			}
		}
		m.ClearExecs()
		for seq < m.Sequence() {
			seq++
			msg, _ := m.Message(seq)
			if ch := feed.Apply(msg); ch.Flags&(book.Bad|book.Full) != 0 {
				t.Fatalf("message %d %x: %+v", seq, msg, ch)
			}
		}
	}
	var live [3]uint64
	for at := f.Start(); at < f.Start()+1800*market.Second; at += market.Second {
		bid, ask := m.Touch(0)
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			near, far := bid.Price, ask.Price
			if side == market.Sell {
				near, far = far, near
			}
			if live[side] != 0 {
				m.Submit(at, &exchange.Request{Kind: exchange.KindCancel, Owner: 1, OrigClientRef: live[side], ClientRef: client + 1})
			}
			client += 2
			q := exchange.Request{Kind: exchange.KindNew, Side: side, Owner: 1, Qty: 100, ClientRef: client,
				Price: market.Price(near/100*100) * market.ITCHUnit}
			if client%30 == 0 {
				q.TIF, q.Price = exchange.IOC, market.Price((far+99)/100*100)*market.ITCHUnit
			}
			m.Submit(at, &q)
			live[side] = client
		}
		drain()
	}
	m.End(f.Start() + 1800*market.Second)
	drain()
	c := m.Counters()
	t.Logf("passive %d, taken %d, counters %+v", passive, taken, c)
	if passive == 0 || taken == 0 || c.Displaced == 0 || c.Dropped > 0 && c.Unfillable == 0 {
		t.Errorf("the own orders did not take part: passive %d, taken %d, %+v", passive, taken, c)
	}
	if feed.Book(0).Hash() != m.BookHash(0) {
		t.Error("the receiver's book differs from the exchange's")
	}
	v := m.Volume(0, f.Start(), m.Now())
	if v.OwnQty > ours || v.OwnQty == 0 {
		t.Errorf("own volume %d, own executions %d", v.OwnQty, ours)
	}
}

// day writes a LOBSTER zip with one level.
func day(t *testing.T, messages, books string) string {
	return testdata.Zip(t, "day.zip",
		"TEST_2012-06-21_34200000_57600000_message_1.csv", messages, "TEST_2012-06-21_34200000_57600000_orderbook_1.csv", books)
}

// TestLobsterDisplacement: a bid of 100 at 10.00 and an ask of 100 at 10.02 rest;
// history then executes 60 shares of the bid, 40 of the ask, deletes both. What
// own orders do in between changes that by what they trade, and no more.
func TestLobsterDisplacement(t *testing.T) {
	messages := strings.Join([]string{
		"34200.0,1,1,100,100000,1", // buy 100 @ 10.00
		"34201.0,1,2,100,100200,-1",
		"34210.0,4,1,60,100000,1", // 60 of the bid execute
		"34211.0,5,0,25,100100,1", // 25 hidden at 10.01, a buyer rests
		"34212.0,4,2,40,100200,-1",
		"34220.0,2,1,10,100000,1",
		"34221.0,3,1,30,100000,1",
		"34222.0,3,2,60,100200,-1"}, "\n") + "\n"
	books := strings.Join([]string{
		"9999999999,0,100000,100", "100200,100,100000,100", "100200,100,100000,40", "100200,100,100000,40",
		"100200,60,100000,40", "100200,60,100000,30", "100200,60,-9999999999,0", "9999999999,0,-9999999999,0"}, "\n") + "\n"
	cases := []struct {
		name   string
		orders []exchange.Request // at 34205 s
		fills  string             // of our orders, by ClientRef
		tape   string             // after 34205 s
	}{
		{"no own orders: history", nil, "", "E60 P25 E40 X10 D D"},
		{"an own bid behind the historical one gets nothing",
			[]exchange.Request{{Side: market.Buy, Qty: 50, Price: 10_00 * market.PriceUnit / 100}},
			"", "A50 E60 P25 E40 X10 D D"},
		{"an own bid ahead takes the execution and the historical order is canceled by as much",
			[]exchange.Request{{Side: market.Buy, Qty: 50, Price: 10_01 * market.PriceUnit / 100}},
			"1:50@10.01", "A50 E50 E10 X50 P25 E40 X10 D D"},
		{"an own bid ahead and larger takes all of it, then the hidden execution",
			[]exchange.Request{{Side: market.Buy, Qty: 200, Price: 10_01 * market.PriceUnit / 100}},
			"1:60@10.01 1:25@10.01", "A200 E60 X60 E25 E40 X10 D D"},
		{"an own IOC takes the ask: its later execution and delete find nothing",
			[]exchange.Request{{Side: market.Buy, Qty: 100, Price: 10_02 * market.PriceUnit / 100, TIF: exchange.IOC}},
			"1:100@10.02", "E100 E60 P25 X10 D"},
		{"an own IOC takes part of the ask: history's execution gets the rest",
			[]exchange.Request{{Side: market.Buy, Qty: 80, Price: 10_02 * market.PriceUnit / 100, TIF: exchange.IOC}},
			"1:80@10.02", "E80 E60 P25 E20 X10 D"},
	}
	path := day(t, messages, books)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, f := lobsterMarket(t, path, 0)
			at := f.Midnight() + 34_205*market.Second
			m.Advance(at)
			from := m.Sequence()
			for i := range c.orders {
				q := c.orders[i]
				q.Kind, q.Owner, q.ClientRef = exchange.KindNew, 1, uint64(i+1)
				m.Submit(at, &q)
			}
			m.Advance(f.Midnight() + 34_300*market.Second)
			var fills, tape []string
			for _, e := range m.Execs() {
				if e.Kind == exchange.ExecTrade {
					fills = append(fills, fmt.Sprintf("%d:%d@%.2f", e.ClientRef, e.LastQty, float64(e.LastPx)/1e9))
				}
			}
			for seq := from + 1; seq <= m.Sequence(); seq++ {
				tape = append(tape, short(m, seq))
			}
			if got := strings.Join(fills, " "); got != c.fills {
				t.Errorf("fills %q, want %q", got, c.fills)
			}
			if got := strings.Join(tape, " "); got != c.tape {
				t.Errorf("tape %q, want %q", got, c.tape)
			}
		})
	}
}

// short is a message's type and shares.
func short(m *exchange.Market, seq uint64) string {
	b, _ := m.Message(seq)
	var a itch.AddOrder
	var e itch.OrderExecuted
	var x itch.OrderCancel
	var p itch.Trade
	switch {
	case a.Decode(b):
		return fmt.Sprintf("A%d", a.Shares)
	case e.Decode(b):
		return fmt.Sprintf("E%d", e.ExecutedShares)
	case x.Decode(b):
		return fmt.Sprintf("X%d", x.CanceledShares)
	case p.Decode(b):
		return fmt.Sprintf("P%d", p.Shares)
	}
	return string(itch.Type(b))
}

func TestLobsterRefusesWhatItCannotPlay(t *testing.T) {
	path := day(t, "34200.0,1,1,100,100000,1\n", "9999999999,0,100000,100\n")
	if _, err := NewLobster(path+".missing", 0); err == nil {
		t.Error("a missing file was opened")
	}
	for _, from := range []uint64{1, 33_000e9, 57_600e9} {
		if _, err := NewLobster(path, from); err == nil || !strings.Contains(err.Error(), "not within") {
			t.Errorf("from %d: %v", from, err)
		}
	}
	f, err := NewLobster(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cfg := exchange.Config{Flow: f, Midnight: f.Midnight(), Start: f.Start(),
		Instruments: []market.Instrument{{Symbol: market.MakeSymbol("OTHER"), Tick: market.PriceUnit / 100, Lot: 1}}}
	m, err := exchange.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Open(); err == nil || !strings.Contains(err.Error(), "no instrument TEST") {
		t.Errorf("another symbol: %v", err)
	}
}
