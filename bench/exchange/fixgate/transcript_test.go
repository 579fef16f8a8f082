package fixgate

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// exchangeStep is one message of ALFA (a) or BETA (b) and how many answers each gets.
type exchangeStep struct {
	name, msg, body string
	from            byte
	a, b            int
}

const zero = "60=20260302-10:00:00.000|"

var transcript = []exchangeStep{
	{"a day order rests", "D", limit("A1", "1", "100", "10.00", ""), 'a', 1, 0},
	{"its ClOrdID a second time is a duplicate", "D", limit("A1", "1", "50", "10.00", ""), 'a', 1, 0},
	{"a part of it is taken", "D", limit("B1", "2", "30", "10.00", "59=3|"), 'b', 1, 2},
	{"its status", "H", "11=A1|55=AMZN|54=1|790=Q7|", 'a', 1, 0},
	{"the same ClOrdID of another member is another order", "D", limit("A1", "2", "10", "11.00", ""), 'b', 0, 1},
	{"quantity down keeps the order reference", "G", "41=A1|" + limit("A2", "1", "80", "10.00", ""), 'a', 1, 0},
	{"price up takes a new reference", "G", "41=A2|" + limit("A3", "1", "80", "10.01", ""), 'a', 1, 0},
	{"a status by an old ClOrdID", "H", "11=A1|55=AMZN|54=1|", 'a', 1, 0},
	{"a cancel by an old ClOrdID is of an unknown order", "F", cancel("A4", "A1", "1"), 'a', 1, 0},
	{"a replace that is not better than no order", "G", "41=A3|" + limit("A5", "1", "0", "10.01", ""), 'a', 1, 0},
	{"a replace off the tick", "G", "41=A3|" + limit("A6", "1", "80", "10.015", ""), 'a', 1, 0},
	{"a cancel with a ClOrdID used before", "F", cancel("A3", "A3", "1"), 'a', 1, 0},
	{"a cancel of nothing", "F", cancel("A7", "NOPE", "1"), 'a', 1, 0},
	{"post-only that would trade", "D", limit("A8", "1", "5", "11.00", "18=6|"), 'a', 1, 0},
	{"post-only that rests", "D", limit("A9", "1", "5", "9.00", "18=6|"), 'a', 1, 0},
	{"fill or kill, not fillable", "D", limit("A10", "1", "50", "11.00", "59=4|"), 'a', 2, 0},
	{"immediate or cancel, partly filled", "D", limit("A11", "1", "15", "11.00", "59=3|"), 'a', 3, 1},
	{"a market order without liquidity", "D", "11=A12|55=AMZN|54=1|38=5|40=1|" + zero, 'a', 2, 0},
	{"the cancel of what is left", "F", cancel("A13", "A3", "1"), 'a', 1, 0},
	{"a second cancel is too late", "F", cancel("A14", "A3", "1"), 'a', 1, 0},
	{"the status of a finished order", "H", "11=A3|55=AMZN|54=1|", 'a', 1, 0},
	{"the status of an unknown order", "H", "11=A99|55=AMZN|54=2|790=Q8|", 'a', 1, 0},
	{"an unknown symbol", "D", strings.Replace(limit("A15", "1", "5", "9.00", ""), "AMZN", "NOPE", 1), 'a', 1, 0},
	{"a price off the tick", "D", limit("A16", "1", "5", "9.001", ""), 'a', 1, 0},
	{"a price of zero", "D", limit("A17", "1", "5", "0", ""), 'a', 1, 0},
	{"a limit order without a price", "D", strings.Replace(limit("A18", "1", "5", "X", ""), "44=X|", "", 1), 'a', 1, 0},
	{"a quantity of zero", "D", limit("A19", "1", "0", "9.00", ""), 'a', 1, 0},
	{"a fraction of a share", "D", limit("A20", "1", "1.5", "9.00", ""), 'a', 1, 0},
	{"a stop order", "D", "11=A21|55=AMZN|54=1|38=5|40=3|99=9|" + zero, 'a', 1, 0},
	{"good till cancel", "D", limit("A22", "1", "5", "9.00", "59=1|"), 'a', 1, 0},
	{"all or none", "D", limit("A23", "1", "5", "9.00", "18=G|"), 'a', 1, 0},
	{"a short sale", "D", limit("A24", "5", "5", "9.00", ""), 'a', 1, 0},
	{"a ClOrdID that does not fit", "D", limit(strings.Repeat("A", 32), "1", "5", "9.00", ""), 'a', 1, 0},
	{"post-only and immediate", "D", limit("A25", "1", "5", "9.00", "18=6|59=3|"), 'a', 1, 0},
	{"a message that is not supported", "q", "11=A26|530=7|" + zero, 'a', 1, 0},
	{"a required tag missing", "D", strings.Replace(limit("A27", "1", "5", "9.00", ""), "55=AMZN|", "", 1), 'a', 1, 0},
	{"a self-match takes the resting order", "D", limit("A28", "2", "5", "9.00", ""), 'a', 2, 0},
}

var volatile = regexp.MustCompile(`\|(52|60|9|10|34|45)=[^|]*|\|17=R[^|]*`)

// TestTranscript holds every answer whole but for times, sequence numbers, BodyLength
// and CheckSum (wire.Frame has checked those), and the ExecIDs of the gate's own.
func TestTranscript(t *testing.T) {
	v := startVenue(t, func(*Config) {})
	a := logon(t, v.gate.Addr().String(), "ALFA")
	b := logon(t, v.gate.Addr().String(), "BETA")
	var out strings.Builder
	for _, s := range transcript {
		from := a
		if s.from == 'b' {
			from = b
		}
		fmt.Fprintf(&out, "# %s\n%c> 35=%s|%s\n", s.name, s.from, s.msg, s.body)
		from.send(s.msg, s.body)
		for range s.a {
			fmt.Fprintf(&out, "a< %s\n", fixed(a.recvRaw()))
		}
		for range s.b {
			fmt.Fprintf(&out, "b< %s\n", fixed(b.recvRaw()))
		}
		out.WriteByte('\n')
	}
	path := filepath.Join("testdata", "TestTranscript.txt")
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it, then read it)", err)
	}
	gotLines, wantLines := strings.Split(out.String(), "\n"), strings.Split(string(want), "\n")
	for i, line := range gotLines {
		if i >= len(wantLines) || line != wantLines[i] {
			t.Errorf("line %d\n got %s\nwant %s", i+1, line, wantLines[min(i, len(wantLines)-1)])
		}
	}
	// A1 again, A3 as a cancel's own ClOrdID: two duplicates.
	if st := v.gate.Stats(); st.DuplicateClOrdIDs != 2 || st.ExecsResent != 0 || st.Undelivered != 0 {
		t.Errorf("%+v", st)
	}
}

func fixed(raw []byte) string {
	return volatile.ReplaceAllStringFunc(strings.ReplaceAll(string(raw), "\x01", "|"), func(f string) string {
		if strings.HasPrefix(f, "|17=") {
			return "|17=R-n"
		}
		return f[:strings.IndexByte(f, '=')+1] + "*"
	})
}
