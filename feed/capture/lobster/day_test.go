package lobster

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/internal/market"
	"slipstream/internal/testdata"
)

// Names of a day's files with N levels, 09:30 to 16:00.
func names(levels int) (message, book string) {
	const day = "TEST_2012-06-21_34200000_57600000_%s_%d.csv"
	return fmt.Sprintf(day, "message", levels), fmt.Sprintf(day, "orderbook", levels)
}

// writeZip writes files given as name, content pairs and returns the zip's path.
func writeZip(t testing.TB, pairs ...string) string {
	return testdata.Zip(t, "day.zip", pairs...)
}

// writeDay writes a one-level day from its rows.
func writeDay(t testing.TB, message, book []string) string {
	m, b := names(1)
	return writeZip(t, m, lineUp(message), b, lineUp(book))
}

func lineUp(rows []string) string {
	if len(rows) == 0 {
		return ""
	}
	return strings.Join(rows, "\n") + "\n"
}

func TestOpenReadsTheDayOffTheNames(t *testing.T) {
	m, b := names(5)
	d, err := Open(writeZip(t, "folder/"+m, "", "readme.txt", "hello", "folder/"+b, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	want := Info{
		Symbol: market.MakeSymbol("TEST"), Date: "2012-06-21", Levels: 5, Start: marketOpen, End: marketClose,
		Midnight: market.Nanos(time.Date(2012, 6, 21, 4, 0, 0, 0, time.UTC).UnixNano()), // New York's summer time
	}
	if d.Info != want {
		t.Errorf("day %+v, want %+v", d.Info, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	m, b := names(5)
	_, other := names(10)
	for _, c := range []struct {
		name  string
		files []string
		want  error
	}{
		{"a zip without a day", []string{"readme.txt", ""}, ErrNoDay},
		{"a day without its book file", []string{m, ""}, ErrNoDay},
		{"two message files", []string{m, "", "again/" + m, "", b, ""}, ErrNoDay},
		{"files with different levels", []string{m, "", other, ""}, ErrNoDay},
		{"a start after the end", []string{"T_2012-06-21_57600000_34200000_message_1.csv", ""}, ErrRow},
		{"too many levels", []string{"T_2012-06-21_0_1_message_201.csv", ""}, ErrRow},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := writeZip(t, c.files...)
			if _, err := Open(p); !errors.Is(err, c.want) || !strings.Contains(err.Error(), p) {
				t.Errorf("error %v, want %v with the path", err, c.want)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.zip")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

const (
	oneAdd   = "34200.5,1,7,100,1000,1"
	oneLevel = "9999999999,0,1000,100"
)

func TestImportRefusesBadFilesByFileRowAndReason(t *testing.T) {
	for _, c := range []struct {
		name          string
		message, book []string
		file          string // whose fault it is
		row           int
		want          error
		text          string
	}{
		{"no rows", nil, nil, "message", 0, ErrTruncated, "no rows"},
		{"a missing column", []string{"34200.5,1,7,100,1000"}, []string{oneLevel}, "message", 1, ErrRow, "5 columns, want 6"},
		{"a time that is no number", []string{"34200.x,1,7,100,1000,1"}, []string{oneLevel}, "message", 1, ErrRow, "time"},
		{"a time after midnight", []string{"86400,1,7,100,1000,1"}, []string{oneLevel}, "message", 1, ErrRow, "time"},
		{"an unknown type", []string{"34200,8,7,100,1000,1"}, []string{oneLevel}, "message", 1, ErrRow, "type 8"},
		{"a size of zero", []string{"34200,1,7,0,1000,1"}, []string{oneLevel}, "message", 1, ErrRow, "size 0"},
		{"a price of zero", []string{"34200,1,7,1,0,1"}, []string{oneLevel}, "message", 1, ErrRow, "price 0"},
		{"an order id of zero", []string{"34200,1,0,1,1000,1"}, []string{oneLevel}, "message", 1, ErrRow, "order id 0"},
		{"a direction of zero", []string{"34200,1,7,1,1000,0"}, []string{oneLevel}, "message", 1, ErrRow, "direction 0"},
		{"a halt of no kind", []string{"34200,7,0,0,2,-1"}, []string{oneLevel}, "message", 1, ErrRow, "halt"},
		{"a column that is no integer", []string{"34200,1,7,1e2,1000,1"}, []string{oneLevel}, "message", 1, ErrRow, "column 4"},
		{"time going back", []string{oneAdd, "34200.4,3,7,100,1000,1"}, []string{oneLevel, oneLevel}, "message", 2, ErrInconsistent, "time goes back"},
		{"an order added twice", []string{oneAdd, oneAdd}, []string{oneLevel, oneLevel}, "message", 2, ErrInconsistent, "added twice"},
		{"an order that changes its price", []string{oneAdd, "34201,3,7,100,1001,1"}, []string{oneLevel, oneLevel}, "message", 2, ErrInconsistent, "order 7 is a buy at 1000"},
		{"an order that changes its side", []string{oneAdd, "34201,4,7,100,1000,-1"}, []string{oneLevel, oneLevel}, "message", 2, ErrInconsistent, "the row says sell"},
		{"a book file with a row too few", []string{oneAdd, "34201,5,0,1,1000,1"}, []string{oneLevel}, "orderbook", 1, ErrTruncated, "the message file has 2"},
		{"a message file with a row too few", []string{oneAdd}, []string{oneLevel, oneLevel}, "message", 1, ErrTruncated, "the book file has more"},
		{"a book row of another width", []string{oneAdd}, []string{oneLevel + ",1,1,1,1"}, "orderbook", 1, ErrRow, "8 columns, want 4"},
		{"a dummy level with a size", []string{oneAdd}, []string{"9999999999,5,1000,100"}, "orderbook", 1, ErrRow, "dummy with size 5"},
		{"a level without a size", []string{oneAdd}, []string{"1001,0,1000,100"}, "orderbook", 1, ErrRow, "has size 0"},
		{"a level of no price", []string{oneAdd}, []string{"9999999999,0,-4,100"}, "orderbook", 1, ErrRow, "has price -4"},
		{"a level that is no number", []string{oneAdd}, []string{"9999999999,0,1000,"}, "orderbook", 1, ErrRow, "not two integers"},
		{"an empty row", []string{oneAdd, ""}, []string{oneLevel, oneLevel}, "message", 2, ErrRow, "1 columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Import(writeDay(t, c.message, c.book), &strings.Builder{})
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "_"+c.file+"_1.csv") {
				t.Fatalf("error %v, want %v with %q and the %s file", err, c.want, c.text, c.file)
			}
			var at *Error
			if errors.As(err, &at) && at.Row != c.row || at == nil && c.row != 0 {
				t.Errorf("error %v, want row %d", err, c.row)
			}
		})
	}
}

func TestImportRefusesACutFile(t *testing.T) {
	m, b := names(1)
	cut := writeZip(t, m, oneAdd+"\n"+oneAdd[:10], b, oneLevel+"\n"+oneLevel+"\n")
	if _, err := Import(cut, &strings.Builder{}); !errors.Is(err, ErrTruncated) || !strings.Contains(err.Error(), "row 2") {
		t.Errorf("a last row that is cut: %v", err)
	}
	whole, err := os.ReadFile(writeDay(t, []string{oneAdd}, []string{oneLevel}))
	if err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(t.TempDir(), "cut.zip")
	if err := os.WriteFile(p, whole[:len(whole)-30], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Import(p, &strings.Builder{}); !errors.Is(err, zip.ErrFormat) {
		t.Errorf("a cut zip: %v", err)
	}
	flipped := append([]byte{}, whole...)
	i := 30 + len(m) + 4 // the fifth byte of the first file's data
	flipped[i] ^= 1
	if err := os.WriteFile(p, flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Import(p, &strings.Builder{}); err == nil {
		t.Error("a zip with a flipped bit is taken")
	}
}

func TestLevelsMustGetWorse(t *testing.T) {
	m, b := names(2)
	p := writeZip(t, m, oneAdd+"\n", b, "1005,1,1000,100,1004,1,999,1\n")
	if _, err := Import(p, &strings.Builder{}); !errors.Is(err, ErrRow) || !strings.Contains(err.Error(), "not worse") {
		t.Errorf("asks out of order: %v", err)
	}
	p = writeZip(t, m, oneAdd+"\n", b, "9999999999,0,1000,100,1004,1,999,1\n")
	if _, err := Import(p, &strings.Builder{}); !errors.Is(err, ErrRow) || !strings.Contains(err.Error(), "follows a dummy") {
		t.Errorf("a level after a dummy: %v", err)
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte("34200.017459617,5,0,1,2238200,-1"))
	f.Add([]byte("34200,7,0,0,-1,-1"))
	f.Add([]byte("2239500,100,2231800,100"))
	f.Add([]byte("9999999999,0,-9999999999,0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e event
		if err := e.parse(b); err == nil && (e.typ < typeAdd || e.typ > typeHalt || e.nanos >= 86_400_000_000_000 || e.id&synthBit != 0) {
			t.Fatalf("%q is taken as %+v", b, e)
		}
		var r bookRow
		if err := r.parse(b, 1); err == nil {
			for s := buy; s <= sell; s++ {
				for _, l := range r.level[s] {
					if l.price == 0 || l.qty <= 0 {
						t.Fatalf("%q gives level %+v", b, l)
					}
				}
			}
		}
	})
}
