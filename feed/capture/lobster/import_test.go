package lobster

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"slipstream/feed/capture/itchfile"
	"slipstream/feed/itch"

	"github.com/google/go-cmp/cmp"
)

// brief is a message as the tests write it.
type brief struct {
	Type  byte
	Row   int
	Synth bool
	Ref   uint64
	Qty   uint32
}

func briefs(t *testing.T, zipPath string) (got []brief) {
	t.Helper()
	tape, err := Stream(zipPath)
	if err != nil {
		t.Fatal(err)
	}
	defer tape.Close()
	for m, ok := tape.Next(); ok; m, ok = tape.Next() {
		if int(itch.Tracking(m.Bytes)) != m.Row%65536 || m.ExchNanos-tape.Info().Midnight < marketOpen {
			t.Errorf("row %d: tracking number %d, time %d", m.Row, itch.Tracking(m.Bytes), m.ExchNanos)
		}
		b := brief{Type: m.Bytes[0], Row: m.Row, Synth: m.Synthetic}
		switch b.Type {
		case 'A', 'F', 'P':
			var a itch.AddOrder
			a.Decode(append([]byte{'A'}, m.Bytes[1:itch.SizeAddOrder]...))
			b.Ref, b.Qty = a.OrderRef, a.Shares
		case 'X':
			var x itch.OrderCancel
			x.Decode(m.Bytes)
			b.Ref, b.Qty = x.OrderRef, x.CanceledShares
		case 'E':
			var x itch.OrderExecuted
			x.Decode(m.Bytes)
			b.Ref, b.Qty = x.OrderRef, x.ExecutedShares
		case 'D':
			b.Ref = itch.OrderRef(m.Bytes)
		}
		got = append(got, b)
	}
	if tape.Err() != nil {
		t.Fatal(tape.Err())
	}
	return got
}

func TestRowsBecomeMessages(t *testing.T) {
	const synth1, synth2 = synthBit | 1, synthBit | 2
	const noAsk = "9999999999,0,"
	got := briefs(t, writeDay(t, []string{
		"34200.5,1,7,100,1000,1",    // 1: add; the book shows 20 more than is known
		"34201,2,7,40,1000,1",       // 2: cancel of a known order
		"34202,4,7,10,1000,1",       // 3: execution of a known order
		"34203,4,99,15,1000,1",      // 4: execution of an order nobody added: against what stands for it
		"34204,4,98,8,1000,1",       // 5: the same with 5 shares left that stand for it
		"34205,5,0,30,1001,-1",      // 6: hidden execution
		"34206,6,-0,500,1001,-1",    // 7: cross
		"34207,7,0,0,-1,-1",         // 8: halt
		"34208,7,0,0,0,-1",          // 9: quoting
		"34209,7,0,0,1,-1",          // 10: trading
		"34210,3,7,50,1000,1",       // 11: delete of a known order, the bid side is empty
		"34211,3,97,5,990,1",        // 12: delete of an order that is nowhere: no message
		"34212.000000001,1,8,1,1,1", // 13
	}, []string{
		noAsk + "1000,120", noAsk + "1000,80", noAsk + "1000,70", noAsk + "1000,55", noAsk + "1000,47", noAsk + "1000,47",
		noAsk + "1000,47", noAsk + "1000,47", noAsk + "1000,47", noAsk + "1000,47", noAsk + "-9999999999,0", noAsk + "-9999999999,0", noAsk + "1,1",
	}))
	want := []brief{
		{Type: 'S'}, {Type: 'R'}, {Type: 'H'}, {Type: 'S'}, {Type: 'S', Row: 1},
		{Type: 'A', Row: 1, Ref: 7, Qty: 100}, {Type: 'F', Row: 1, Synth: true, Ref: synth1, Qty: 20},
		{Type: 'X', Row: 2, Ref: 7, Qty: 40},
		{Type: 'E', Row: 3, Ref: 7, Qty: 10},
		{Type: 'E', Row: 4, Ref: synth1, Qty: 15},
		{Type: 'E', Row: 5, Ref: synth1, Qty: 5}, {Type: 'F', Row: 5, Synth: true, Ref: synth2, Qty: 3}, {Type: 'E', Row: 5, Ref: synth2, Qty: 3},
		{Type: 'X', Row: 5, Synth: true, Ref: 7, Qty: 3},
		{Type: 'P', Row: 6, Qty: 30}, {Type: 'Q', Row: 7}, {Type: 'H', Row: 8}, {Type: 'H', Row: 9}, {Type: 'H', Row: 10},
		{Type: 'D', Row: 11, Ref: 7},
		{Type: 'A', Row: 13, Ref: 8, Qty: 1},
		{Type: 'S', Row: 13}, {Type: 'S', Row: 13},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestDeeperLevelsStayAndLevelsInsideTheWindowGo(t *testing.T) {
	got := briefs(t, writeDay(t, []string{
		"34200,1,1,10,1000,1", // the touch
		"34201,1,2,10,1001,1", // a better one: 1000 leaves the window and stays
		"34202,3,2,10,1001,1", // it goes: 1000 is back, known, no message for it
		"34203,1,3,10,1002,1",
		"34204,3,3,10,1002,1", // 1000 was canceled out of sight: the file shows 998
	}, []string{
		"9999999999,0,1000,10", "9999999999,0,1001,10", "9999999999,0,1000,10", "9999999999,0,1002,10", "9999999999,0,998,4",
	}))
	want := []brief{
		{Type: 'A', Row: 1, Ref: 1, Qty: 10}, {Type: 'A', Row: 2, Ref: 2, Qty: 10}, {Type: 'D', Row: 3, Ref: 2},
		{Type: 'A', Row: 4, Ref: 3, Qty: 10}, {Type: 'D', Row: 5, Ref: 3},
		{Type: 'D', Row: 5, Synth: true, Ref: 1}, {Type: 'F', Row: 5, Synth: true, Ref: synthBit | 1, Qty: 4},
	}
	if diff := cmp.Diff(want, got[5:len(got)-2]); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// A sync that must choose takes the order that no later row names.
func TestSyncKeepsOrdersThatLaterRowsName(t *testing.T) {
	got := briefs(t, writeDay(t, []string{
		"34200,1,1,10,1000,1", "34201,1,2,10,1000,1", "34202,5,0,1,1000,1", "34203,4,2,10,1000,1",
	}, []string{
		"9999999999,0,1000,10", "9999999999,0,1000,20", "9999999999,0,1000,10", "9999999999,0,-9999999999,0",
	}))
	want := []brief{
		{Type: 'A', Row: 1, Ref: 1, Qty: 10}, {Type: 'A', Row: 2, Ref: 2, Qty: 10}, {Type: 'P', Row: 3, Qty: 1},
		{Type: 'D', Row: 3, Synth: true, Ref: 1}, {Type: 'E', Row: 4, Ref: 2, Qty: 10},
	}
	if diff := cmp.Diff(want, got[5:len(got)-2]); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestImportWritesWhatStreamGives(t *testing.T) {
	zipPath := genDay(t, 11, 3, 400)
	var file bytes.Buffer
	if _, err := Import(zipPath, &file); err != nil {
		t.Fatal(err)
	}
	tape, err := Stream(zipPath)
	if err != nil {
		t.Fatal(err)
	}
	defer tape.Close()
	r := itchfile.NewReader(&file, "")
	n := 0
	for m, ok := tape.Next(); ok; m, ok = tape.Next() {
		got, err := r.Next()
		if err != nil || !bytes.Equal(got, m.Bytes) {
			t.Fatalf("message %d: file %x (%v), stream %x", n, got, err, m.Bytes)
		}
		n++
	}
	if _, err := r.Next(); err != io.EOF || n < 400 {
		t.Errorf("%d messages, then %v; want more than 400, then the end", n, err)
	}
}

func TestImportTellsAWriteError(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := Import(genDay(t, 1, 1, 10), f); err == nil {
		t.Error("an import into a closed file succeeds")
	}
}
