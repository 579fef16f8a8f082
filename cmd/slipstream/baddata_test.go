package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// row replaces one row of a file, counted from 1.
func row(text string, n int, with string) string {
	lines := strings.SplitAfter(text, "\n")
	lines[n-1] = with
	return strings.Join(lines, "")
}

// A LOBSTER day that is cut or contradicts itself is refused by whatever reads it, with
// the file, the row and the reason.
func TestBadLOBSTERDays(t *testing.T) {
	for _, c := range []struct{ name, message, book, want string }{
		{"no book file", messageRows, "", "want one *_message_N.csv and one *_orderbook_N.csv of the same day"},
		{"a row that ends early", messageRows[:len(messageRows)-9], bookRows, "message_1.csv: row 3: truncated: the file ends inside the row"},
		{"fewer rows of the book", messageRows, bookRows[:strings.LastIndex(bookRows, "1000100,100,1000000")], "orderbook_1.csv: row 2: truncated: the last row; the message file has"},
		{"fewer messages", messageRows[:strings.Index(messageRows, "34200.3")], bookRows, "message_1.csv: row 2: truncated: the last row; the book file has more"},
		{"a column too few", row(messageRows, 2, "34200.2,1,12,100,1000100\n"), bookRows, "message_1.csv: row 2: bad row: 5 columns, want 6"},
		{"a type that is none", row(messageRows, 2, "34200.2,8,12,100,1000100,-1\n"), bookRows, "row 2: bad row: type 8, want 1 to 7"},
		{"a negative size", row(messageRows, 2, "34200.2,1,12,-100,1000100,-1\n"), bookRows, "row 2: bad row: size -100"},
		{"a price of nothing", row(messageRows, 2, "34200.2,1,12,100,0,-1\n"), bookRows, "row 2: bad row: price 0"},
		{"a direction that is none", row(messageRows, 2, "34200.2,1,12,100,1000100,0\n"), bookRows, "row 2: bad row: direction 0, want 1 or -1"},
		{"time that goes back", row(messageRows, 3, "34200.1,1,13,50,999900,1\n"), bookRows, "row 3: inconsistent: time goes back"},
		{"an order added twice", row(messageRows, 3, "34200.3,1,11,50,999900,1\n"), bookRows, "row 3: inconsistent: order 11 "},
		{"an order on the other side", row(messageRows, 3, "34200.3,3,11,100,1000000,-1\n"), bookRows, "row 3: inconsistent: order 11 is a buy at 1000000, the row says sell"},
		{"a level that is no number", messageRows, row(bookRows, 2, "1000100,many,1000000,100\n"), "orderbook_1.csv: row 2: bad row: level 1 of the sell side is not two integers"},
		{"levels too few", messageRows, row(bookRows, 2, "1000100,100\n"), "orderbook_1.csv: row 2: bad row: 2 columns, want 4 for 1 levels"},
	} {
		for _, command := range [][]string{{"import", "lobster"}, {"calibrate"}, {"accept", "--lobster"}} {
			day := lobsterZip(t, "bad-day.zip", c.message, c.book)
			out := filepath.Join(t.TempDir(), "out")
			args := append(append([]string{}, command...), day)
			if command[0] != "accept" {
				args = append(args, "--out", out)
			}
			code, _, stderr := runHere(t, args...)
			if code != 1 || !strings.Contains(stderr, "bad-day.zip: ") || !strings.Contains(stderr, c.want) || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
				t.Errorf("%s, %s: code %d: %s", c.name, command[0], code, stderr)
			}
			if _, err := os.Stat(out); err == nil {
				t.Errorf("%s, %s: a file was written", c.name, command[0])
			}
		}
	}
	text, err := os.ReadFile(lobsterDay(t))
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.zip")
	if err := os.WriteFile(cut, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := runHere(t, "calibrate", cut); code != 1 || !strings.Contains(stderr, "cut.zip: zip: not a valid zip file") {
		t.Errorf("a zip that is cut: code %d: %s", code, stderr)
	}
}

// framed are messages as an ITCH file has them.
func framed(messages ...[]byte) (out []byte) {
	for _, m := range messages {
		out = binary.BigEndian.AppendUint16(out, uint16(len(m)))
		out = append(out, m...)
	}
	return out
}

// An ITCH file that is cut or contradicts itself is refused with the file, the offset, the
// message and the reason.
func TestBadITCHFiles(t *testing.T) {
	stock := market.MakeSymbol("AMZN")
	at := func(ns uint64) itch.Header { return itch.Header{StockLocate: 1, Timestamp: ns} }
	dir := (&itch.StockDirectory{Header: at(1), Stock: stock, RoundLotSize: 100}).Append(nil)
	add := func(ns, ref uint64) []byte {
		return (&itch.AddOrder{Header: at(ns), OrderRef: ref, Side: itch.Buy, Shares: 100, Stock: stock, Price: 1_000_000}).Append(nil)
	}
	gone := (&itch.OrderDelete{Header: at(9), OrderRef: 99}).Append(nil)
	whole := framed(dir, add(5, 1), add(6, 2))
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"a frame that is cut", whole[:len(whole)-5], "offset 79: file ends inside a frame"},
		{"a message of no type", framed(dir, []byte("?????")), "offset 41: message 2 (type '?', 5 bytes) is no ITCH 5.0 message"},
		{"a message that is too short", framed(dir, add(5, 1)[:20]), "message 2 (type 'A', 20 bytes) is no ITCH 5.0 message"},
		{"time that goes back", framed(dir, add(6, 1), add(5, 2)), "message 3: time 5 goes back behind 6"},
		{"an order added twice", framed(dir, add(5, 1), add(6, 1)), "message 3: "},
		{"an order that nobody added", framed(dir, add(5, 1), gone), "message 3: "},
		{"another stock", framed(add(5, 1)), "no stock directory message (R) for AMZN"},
		{"nothing", nil, "no stock directory message (R) for AMZN"},
	} {
		file := filepath.Join(t.TempDir(), "bad.itch")
		if err := os.WriteFile(file, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out")
		code, _, stderr := runHere(t, "calibrate", file, "--itch", "--symbol", "AMZN", "--out", out)
		if code != 1 || !strings.Contains(stderr, "bad.itch: ") || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d: %s", c.name, code, stderr)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a file was written", c.name)
		}
	}
}

// A parameter that cannot be is refused with the file, the key and the reason, by accept
// and by the exchange alike.
func TestBadParameters(t *testing.T) {
	good, err := os.ReadFile(filepath.Join("..", "..", "bench", "flow", "params", "amzn.toml"))
	if err != nil {
		t.Fatal(err)
	}
	// with replaces the line of a key, the first of that name.
	with := func(key, line string) string {
		text := string(good)
		at := strings.Index(text, "\n"+key+" = ") + 1
		if at == 0 {
			t.Fatalf("no %s", key)
		}
		return text[:at] + line + text[at+strings.IndexByte(text[at:], '\n'):]
	}
	for _, c := range []struct{ name, text, want string }{
		{"an excitation that explodes", with("nu", "nu = 1.2"), "hawkes.nu = 1.2: want 0 to 0.95"},
		{"no number", with("mid", "mid = nan"), "book.mid = NaN: want 0.5 to 100000"},
		{"a negative rate", with("activity", "activity = -1.0"), "activity = -1: want "},
		{"a spread beyond all", with("spread", "spread = 99999"), "book.spread = 99999: want 1 to 1000"},
		{"an exponent of no law", with("alpha", "alpha = 0.0"), "splitting.alpha = 0: want 1.01 to 10"},
		{"an impact beyond all", with("y", "y = 1e9"), "impact.y = 1e+09: want 0 to 10"},
		{"a text for a number", with("mid", `mid = "much"`), "row 26, column 7: book.mid: is of type string: want a number"},
		{"a number for a list", with("dwell", "dwell = 3.0"), ": regime.dwell: is of type float: want a list of numbers"},
		{"a key that is none", with("activity", "activity = 0.5\nactivty = 0.5"), ": activty: unknown key"},
		{"no TOML", strings.Replace(string(good), "[hawkes]", "[hawkes", 1), "column 8: expected ']'"},
		{"nothing", "", "book.mid = 0: want 0.5 to 100000"},
	} {
		s := &stage{t: t, dir: t.TempDir()}
		s.write("bad.toml", c.text)
		file := filepath.Join(s.dir, "bad.toml")
		code, _, stderr := runHere(t, "accept", "--lobster", lobsterHours(t), "--params", file, "--quick")
		for _, want := range append(strings.Split(c.want, "|"), "bad.toml: ") {
			if code != 1 || !strings.Contains(stderr, want) {
				t.Errorf("%s: code %d, no %q in %s", c.name, code, want, stderr)
			}
		}
		for _, not := range []string{"struct", "float64", "strict mode", ": toml: "} {
			if strings.Contains(stderr, not) {
				t.Errorf("%s: %q tells of our insides: %s", c.name, not, stderr)
			}
		}
		venue := newScene(t)
		venue.write("bad.toml", c.text)
		venue.keyLine("venue.toml", "flow", "flow = \"reactive\"\nreactive_file = \"bad.toml\"")
		p := start(t, venue.dir, "venue", "venue", "--config", "venue.toml", "--seconds", "1")
		code = p.Wait()
		said := strings.Join(p.Lines(), "\n")
		for _, want := range append(strings.Split(c.want, "|"), "exchange.reactive_file: ", "bad.toml: ") {
			if code == 0 || !strings.Contains(said, want) {
				t.Errorf("%s, venue: code %d, no %q in %s", c.name, code, want, said)
			}
		}
	}
}

// lobsterHours is a day of a few hundred orders between ten and half past.
func lobsterHours(t *testing.T) string {
	t.Helper()
	var m, b strings.Builder
	for k := range 200 {
		m.WriteString("36000." + string(rune('1'+k/25)) + ",1," + strconv.Itoa(k+1) + ",10,1000000,1\n")
		b.WriteString("9999999999,0,1000000," + strconv.Itoa(10*(k+1)) + "\n")
	}
	return lobsterZip(t, "hours.zip", m.String(), b.String())
}
