package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"slipstream/internal/market"
)

// runFolder writes a run's single file, cut at n bytes; n < 0 = whole.
func runFolder(t *testing.T, dir string, file []byte) (run, path string) {
	t.Helper()
	run = RunName(&Header{Start: 1_700_000_000_000_000_000})
	path = filepath.Join(dir, run+"-000000"+fileSuffix)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return run, path
}

// feedOf gives copies of the records from the i-th on, as a ring would.
func feedOf(records [][]byte, i int) func() []byte {
	return func() []byte {
		if i >= len(records) {
			return nil
		}
		i++
		return records[i-1]
	}
}

// Wherever the file ends, the ring that had not let go of its records makes it whole, also
// when completing it was cut itself.
func TestARunThatWasKilledIsCompletedFromItsRing(t *testing.T) {
	var records [][]byte
	var ends []int // of the file, behind each record
	cuts := 0
	h := Header{Start: 1_700_000_000_000_000_000, Config: []byte("a = 1\n")}
	file, err := h.append(nil)
	if err != nil {
		t.Fatal(err)
	}
	head := len(file)
	live(t, &echoCore{}, script(4), func(rec []byte) {
		records = append(records, bytes.Clone(rec))
		file = appendFrame(file, rec)
		ends = append(ends, len(file))
	})
	dir := t.TempDir()
	step := 3
	if testing.Short() {
		step = 17
	}
	for cut := head; cut <= len(file); cut++ {
		if cut > head && cut < len(file)-2 && cut%step != 0 {
			continue
		}
		run, path := runFolder(t, dir, file[:cut])
		whole := 0
		for whole < len(ends) && ends[whole] <= cut {
			whole++
		}
		cuts++
		from := max(0, whole-3) // the ring keeps what was written and not synced too
		for range 2 {           // again: as if completing had been cut at its end
			done, err := Repair(dir, run, feedOf(records, from))
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			got, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got, file) || !done.Clean {
				t.Fatalf("cut at %d: %d bytes of %d, the same: %v, %+v (%v)", cut, len(got), len(file), bytes.Equal(got, file), done, err)
			}
		}
		run, _ = runFolder(t, dir, file[:cut])
		done, err := Repair(dir, run, feedOf(nil, 0))
		torn := cut - head
		if whole > 0 {
			torn = cut - ends[whole-1]
		}
		if err != nil || done.Added != 0 || done.Torn != int64(torn) || done.Clean != (whole == len(records)) {
			t.Fatalf("cut at %d, without a ring: %+v (%v), want %d torn bytes", cut, done, err, torn)
		}
	}
	t.Logf("%d cuts of %d bytes", cuts, len(file)-head)
}

func TestARunThatCannotBeCompletedIsRefused(t *testing.T) {
	var records [][]byte
	live(t, &echoCore{}, script(3), func(rec []byte) { records = append(records, bytes.Clone(rec)) })
	file := fileOf(t, &echoCore{}, 3)
	damaged := bytes.Clone(file)
	damaged[len(damaged)/2] ^= 1
	var hole *HoleError
	var corrupt *CorruptError
	for _, c := range []struct {
		name string
		file []byte
		ring [][]byte
		as   any
	}{
		{"records between file and ring are missing", file[:len(file)-500], records[len(records)-1:], &hole},
		{"damage in the middle", damaged, nil, &corrupt},
		{"a ring that holds no records", file, [][]byte{{1, 2, 3}}, &corrupt},
	} {
		dir := t.TempDir()
		run, path := runFolder(t, dir, c.file)
		if _, err := Repair(dir, run, feedOf(c.ring, 0)); !errors.As(err, c.as) {
			t.Errorf("%s: %v", c.name, err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, c.file) {
			t.Errorf("%s: the file was changed (%v)", c.name, err)
		}
	}
	if _, err := Repair(t.TempDir(), "20240101T000000.000000000Z", feedOf(nil, 0)); err == nil {
		t.Error("a run without files was completed")
	}
}

func TestTheRunBeforeIsNamed(t *testing.T) {
	dir := t.TempDir()
	first := Header{Start: 1_700_000_000_000_000_000}
	second := Header{Start: first.Start + market.Nanos(5), Previous: first.Start}
	for _, h := range []Header{first, second} {
		s, err := CreateSegments(SegmentsConfig{Dir: dir, SegmentBytes: SegmentBytesMin, Header: h})
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := CreateSegments(SegmentsConfig{Dir: dir, SegmentBytes: SegmentBytesMin, Header: h}); !errors.Is(err, os.ErrExist) {
			t.Errorf("a run was begun over: %v", err)
		}
	}
	r, err := Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if PreviousRun(r.Header()) != RunName(&first) || PreviousRun(&first) != "" {
		t.Errorf("before %s: %q; before that: %q", RunName(r.Header()), PreviousRun(r.Header()), PreviousRun(&first))
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.new")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
