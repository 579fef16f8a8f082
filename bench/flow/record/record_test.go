package record

import (
	"archive/zip"
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/feed/capture/lobster"
	"slipstream/internal/market"
	"slipstream/internal/testdata"
)

// The record of a LOBSTER day is the day: each event's kind counted as in the file,
// and the book after the last event that of the book file.
func TestARealDay(t *testing.T) {
	zip := filepath.Join(testdata.Dir(t), "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip")
	d, err := FromLobster(zip)
	if err != nil {
		t.Fatal(err)
	}
	var n [8]int
	for i := range d.Events {
		e := &d.Events[i]
		n[e.Kind]++
		if e.Before.Bid != 0 && e.Before.Ask != 0 && e.Before.Bid >= e.Before.Ask {
			t.Fatalf("event %d: crossed touch %+v", i, e.Before)
		}
		if (e.Kind == Execute || e.Kind == Hidden) != (e.Trade > 0) || int(e.Level) > d.Levels {
			t.Fatalf("event %d: %+v", i, e)
		}
		if b := d.Bids(i)[0]; b.Price != e.After.Bid || b.Qty != e.After.BidQty {
			t.Fatalf("event %d: touch %+v, book %+v", i, e.After, b)
		}
	}
	// cut -d, -f2 *message_5.csv | sort | uniq -c
	for k, want := range map[Kind]int{Add: 77381, Cancel: 450, Delete: 66685, Execute: 8974, Hidden: 2445} {
		if miss := want - n[k]; max(miss, -miss) > 40 {
			t.Errorf("%d events of kind %d, the file has %d", n[k], k, want)
		}
	}
	t.Logf("events by kind %v", n)
	hour := d.Between(36_000e9, 39_600e9)
	if len(hour.Events) == 0 || hour.Events[0].Nanos < 36_000e9 || hour.Seconds() != 3600 || len(hour.Books) != 10*len(hour.Events) {
		t.Errorf("an hour of it: %d events, %d levels, %g s", len(hour.Events), len(hour.Books), hour.Seconds())
	}
}

// What the record says of each row of the file: time, kind, size, price and side. Of an
// order that it does not know, or that changed outside the window, it can only guess
// whether all of it was canceled, and how much that was.
func TestARecordIsTheFile(t *testing.T) {
	path := filepath.Join(testdata.Dir(t), "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip")
	d, err := FromLobster(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if !strings.Contains(f.Name, "_message_") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		row, guessed := 0, 0
		for lines := bufio.NewScanner(r); lines.Scan(); row++ {
			var kind Kind
			var id, size, price, side int64
			var at float64
			if _, err := fmt.Sscanf(lines.Text(), "%g,%d,%d,%d,%d,%d", &at, &kind, &id, &size, &price, &side); err != nil {
				t.Fatalf("row %d: %v", row+1, err)
			}
			e := &d.Events[row]
			same := e.Kind == kind && int64(e.Size) == size
			if math.Abs(float64(e.Nanos)/1e9-at) > 1e-6 || int64(int32(e.Price)) != price || kind != Halt && int64(e.Side.Sign()) != side ||
				!same && !(e.Kind.isCancel() && kind.isCancel()) {
				t.Fatalf("row %d: %s, recorded %+v", row+1, lines.Text(), e)
			}
			if !same {
				guessed++
			}
		}
		if row != len(d.Events) || guessed > row/800 {
			t.Errorf("%d rows, %d events, %d guessed wrong", row, len(d.Events), guessed)
		}
		t.Logf("%d of %d rows guessed wrong", guessed, row)
	}
}

func simulated(t *testing.T, levels int) *Day {
	t.Helper()
	f, err := flow.NewPoisson(flow.PoissonConfig{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := exchange.New(exchange.Config{Flow: f, StoreMessages: 1 << 14, StatEntries: 1 << 14, MaxOrders: 1 << 12, MaxLevels: 1 << 10,
		Instruments: []market.Instrument{{Symbol: market.MakeSymbol("SYM"), Tick: market.PriceUnit / 100, Lot: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Open(); err != nil {
		t.Fatal(err)
	}
	m.Advance(30 * market.Second)
	d, err := Run(m, 0, 30*market.Second, Options{Levels: levels}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Each simulated event follows from the one before: books chain, adds and what leaves
// agree with the levels.
func TestASimulatedStretch(t *testing.T) {
	d := simulated(t, 50)
	if len(d.Events) < 10_000 || d.Seconds() != 30 {
		t.Fatalf("%d events in %g s", len(d.Events), d.Seconds())
	}
	aged := 0
	for i := 1; i < len(d.Events); i++ {
		e, was := &d.Events[i], &d.Events[i-1]
		if e.Before != was.After {
			t.Fatalf("event %d starts from %+v, the one before ended at %+v", i, e.Before, was.After)
		}
		if e.Age >= 0 && e.Kind != Add {
			aged++
		}
		if e.Level == 1 && e.Distance != 0 || e.Level == 0 && e.Distance >= 0 && e.Distance != NoDistance {
			t.Fatalf("event %d: level %d at distance %d", i, e.Level, e.Distance)
		}
		if e.Level == 1 && e.Kind == Add && e.After.Qty(e.Side) != e.Before.Qty(e.Side)+e.Size {
			t.Fatalf("event %d: %+v", i, e)
		}
	}
	if aged < len(d.Events)/4 {
		t.Errorf("only %d of %d events have an age", aged, len(d.Events))
	}
}

// A narrow window hides events and touches nothing else.
func TestTheWindowHidesWhatIsDeep(t *testing.T) {
	wide, narrow := simulated(t, 50), simulated(t, 1)
	want := 0
	for i := range wide.Events {
		if wide.Events[i].Level <= 1 {
			want++
		}
	}
	if len(narrow.Events) != want {
		t.Errorf("%d events at the touch, want %d", len(narrow.Events), want)
	}
}

// lob writes a LOBSTER zip of one level.
func lob(t *testing.T, messages, book string) string {
	return testdata.Zip(t, "day.zip", "X_2012-06-21_34200000_57600000_message_1.csv", messages, "X_2012-06-21_34200000_57600000_orderbook_1.csv", book)
}

func TestBadFilesAreRefused(t *testing.T) {
	book := "1001000,10,1000000,20\n1001000,10,1000000,20\n"
	for _, c := range []struct{ name, messages, book, want string }{
		{"a row that ends early", "34200.1,1,1,10,1001000,-1\n34200.2,1,2,20,100", book, "row 2"},
		{"a type that is none", "34200.1,1,1,10,1001000,-1\n34200.2,9,2,20,1000000,1\n", book, "type 9"},
		{"a book file that is shorter", "34200.1,1,1,10,1001000,-1\n34200.2,1,2,20,1000000,1\n", book[:22], "truncated"},
		{"an order added twice", "34200.1,1,1,10,1001000,-1\n34200.2,1,1,20,1000000,1\n", book, "added twice"},
		{"time that goes back", "34200.2,1,1,10,1001000,-1\n34200.1,1,2,20,1000000,1\n", book, "row 2"},
	} {
		if _, err := FromLobster(lob(t, c.messages, c.book)); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "day.zip") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if d, err := FromLobster(lob(t, "34200.1,1,1,10,1001000,-1\n34200.2,1,2,20,1000000,1\n", book)); err != nil || len(d.Events) != 2 {
		t.Errorf("a good file: %v", err)
	}
}

func TestITCHFiles(t *testing.T) {
	dir := t.TempDir()
	day := lob(t, "34200.1,1,1,10,1001000,-1\n34200.2,1,2,20,1000000,1\n34200.3,4,1,10,1001000,-1\n",
		"1001000,10,9999999999,0\n1001000,10,1000000,20\n9999999999,0,1000000,20\n")
	path := filepath.Join(dir, "x.itch")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lobster.Import(day, out); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := FromITCH(path, market.MakeSymbol("X"), 5)
	if err != nil {
		t.Fatal(err)
	}
	n := map[Kind]int{}
	for i := range d.Events {
		n[d.Events[i].Kind]++
	}
	if n[Add] < 2 || n[Execute] != 1 {
		t.Errorf("events %v", n)
	}
	if _, err := FromITCH(path, market.MakeSymbol("Y"), 5); err == nil || !strings.Contains(err.Error(), "no stock directory") {
		t.Errorf("another symbol: %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{1, 7, len(text) / 3} {
		if err := os.WriteFile(path, text[:len(text)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := FromITCH(path, market.MakeSymbol("X"), 5); err == nil || !strings.Contains(err.Error(), "x.itch") {
			t.Errorf("%d bytes short: %v", cut, err)
		}
	}
}
