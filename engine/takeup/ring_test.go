package takeup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/scribe"
	"slipstream/internal/market"
)

const (
	killDir   = "SLIPSTREAM_TEST_TAKEUP_DIR"
	testStart = market.Nanos(1_772_460_000_000_000_000)
)

// TestWhatWasCommittedSurvivesAKill runs a writer and the scribe in a process of its own, which
// tells each record's number as soon as it is committed, and kills it. Every record that
// was told is in the completed journal, wherever the scribe was.
func TestWhatWasCommittedSurvivesAKill(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		writeForEver(t, dir)
		return
	}
	fromRing := 0
	for round := range 4 {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.timeout", "60s")
		cmd.Env = append(os.Environ(), killDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		told, limit := uint64(0), uint64(3000*(round+1))
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			n, err := strconv.ParseUint(lines.Text(), 10, 64)
			if err != nil {
				t.Fatalf("the process says %q", lines.Text())
			}
			if told = n; n >= limit {
				break
			}
		}
		_ = cmd.Process.Kill()
		for lines.Scan() { // what it had told before it died
			if n, err := strconv.ParseUint(lines.Text(), 10, 64); err == nil {
				told = max(told, n)
			}
		}
		_ = cmd.Wait() // killed: its exit code says nothing
		if told < limit {
			t.Fatalf("the process ended after %d records", told)
		}
		found, err := Find(dir, filepath.Join(dir, "journal.ring"))
		if err != nil || found == nil || found.Lost || found.Clean {
			t.Fatalf("found %+v: %v", found, err)
		}
		fromRing += found.Added
		r, err := journal.Open(dir, found.Run)
		if err != nil {
			t.Fatal(err)
		}
		var rec journal.Record
		n := uint64(0)
		for err = r.Next(&rec); err == nil; err = r.Next(&rec) {
			n++
		}
		if !errors.Is(err, io.EOF) || r.Torn() != nil || n < told {
			t.Errorf("%d records are in the journal, %d were told: %v, torn %v", n, told, err, r.Torn())
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if fromRing == 0 {
		t.Error("no record was only in the ring: the test shows nothing")
	}
	t.Logf("%d records came from the rings", fromRing)
}

// writeForEver is the process that is killed. A line may be cut by the kill: it is padded, and
// the reader takes whole lines.
func writeForEver(t *testing.T, dir string) {
	ring, err := CreateRing(filepath.Join(dir, "journal.ring"), 1<<20, testStart)
	if err == nil {
		err = ring.Place()
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg := scribe.Default()
	cfg.Segments = journal.SegmentsConfig{Dir: dir, SegmentBytes: journal.SegmentBytesMin, Header: journal.Header{Start: testStart}}
	cfg.Log = io.Discard
	s, err := scribe.New(cfg, ring.Bytes)
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	w := journal.NewWriter(ring.Bytes)
	in := engine.Input{Kind: engine.InPacket, Bytes: make([]byte, 200)}
	for n, end := 1, time.Now().Add(50*time.Second); time.Now().Before(end); n++ {
		in.Now = testStart + market.Nanos(n)
		for w.Free() < 1024 {
			runtime.Gosched() // a full ring would leave a hole: not what is tested
		}
		if !w.PutInput(&in) {
			t.Fatal("the ring is full")
		}
		if _, err := fmt.Println(n); err != nil {
			return
		}
	}
}

// noRecord leaves a ring as it is made; inDoubt too, of a run that began with the kill switch on.
const noRecord, inDoubt = "no record", "no record, in doubt"

// TestFind: what the files, the ring and the host say about the end of the run before.
func TestFind(t *testing.T) {
	record := func(w *journal.Writer, n int) {
		if !w.PutInput(&engine.Input{Kind: engine.InTimer, Now: testStart + market.Nanos(n)}) {
			t.Fatal("the ring is full")
		}
	}
	for _, c := range []struct {
		name  string
		ring  market.Nanos // start of the run that the ring belongs to; 0 = no ring
		boot  string
		clean bool
		spoil func(path string) error
		lost  bool
		added int
	}{
		{"the process was killed", testStart, "", false, nil, false, 3},
		{"the host went down since", testStart, "another boot", false, nil, true, 0},
		{"the ring is gone", 0, "", false, nil, true, 0},
		{"the ring is gone, but the run ended in order", 0, "", true, nil, false, 0},
		{"the ring has no record: the run died before its first step", testStart, noRecord, false, nil, false, 0},
		{"the ring has no record, and the run had lost the end of the one before it", testStart, inDoubt, false, nil, true, 0},
		{"the ring is of an earlier run", testStart - 5, "", false, nil, true, 0},
		{"the ring is damaged", testStart, "", false, func(path string) error { return os.WriteFile(path, []byte("SLIPJRNG and no more"), 0o600) }, true, 0},
		{"the ring's tag is damaged", testStart, "", false, func(path string) error {
			b, err := os.ReadFile(path)
			if err == nil {
				b[9] ^= 1
				err = os.WriteFile(path, b, 0o600)
			}
			return err
		}, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "journal.ring")
			s, err := journal.CreateSegments(journal.SegmentsConfig{Dir: dir, SegmentBytes: journal.SegmentBytesMin, Header: journal.Header{Start: testStart, Doubt: c.boot == inDoubt}})
			if err != nil {
				t.Fatal(err)
			}
			if c.ring != 0 {
				r, err := CreateRing(path, 1<<16, c.ring)
				if err != nil {
					t.Fatal(err)
				}
				w := journal.NewWriter(r.Bytes)
				if c.ring == testStart && c.boot != noRecord && c.boot != inDoubt {
					for n := range 3 {
						record(w, n)
					}
				}
				if c.boot != "" && c.boot != noRecord && c.boot != inDoubt {
					copy(r.mem, tag(c.ring, c.boot))
				}
				if err := errors.Join(r.Place(), r.Close()); err != nil {
					t.Fatal(err)
				}
			}
			if c.clean {
				r, err := CreateRing(filepath.Join(dir, "spare"), 1<<16, testStart)
				if err != nil {
					t.Fatal(err)
				}
				journal.NewWriter(r.Bytes).PutMark(testStart, true)
				b, _ := r.Read()
				if err := errors.Join(s.Append(b), r.Close()); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if c.spoil != nil {
				if err := c.spoil(path); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // a start that fails later is repeated
				f, err := Find(dir, path)
				if err != nil || f.Run != s.Run() || f.Lost != c.lost || f.Clean != c.clean || f.Added != c.added {
					t.Fatalf("%+v (%v), want lost %v, clean %v, %d records", f, err, c.lost, c.clean, c.added)
				}
				c.added = 0
				r, err := CreateRing(path, 1<<16, testStart+7) // and had made its own by then
				if err = errors.Join(err, r.Close()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if f, err := Find(t.TempDir(), "none"); f != nil || err != nil {
		t.Errorf("an empty folder: %+v, %v", f, err)
	}
}

// A ring whose run is not in the folder says that the journal was moved or taken away: the orders
// of that run are at the venue, and an older run is not the one to go on from.
func TestTheRingOfARunThatIsGone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.ring")
	r, err := CreateRing(path, 1<<16, testStart)
	if err = errors.Join(err, r.Place(), r.Close()); err != nil {
		t.Fatal(err)
	}
	for _, older := range []bool{false, true} {
		if older {
			s, err := journal.CreateSegments(journal.SegmentsConfig{Dir: dir, SegmentBytes: journal.SegmentBytesMin, Header: journal.Header{Start: testStart - 9}})
			if err = errors.Join(err, s.Close()); err != nil {
				t.Fatal(err)
			}
		}
		if f, err := Find(dir, path); !errors.Is(err, ErrGone) || f == nil || f.Header.Start != testStart || !f.Lost {
			t.Errorf("an older run is there: %v: %+v, %v", older, f, err)
		}
	}
}

// A copy of an older run under a name that sorts behind the newest one's is not gone on from.
func TestACopyOfARunIsNotTheNewest(t *testing.T) {
	dir := t.TempDir()
	for _, start := range []market.Nanos{testStart, testStart + 9} {
		s, err := journal.CreateSegments(journal.SegmentsConfig{Dir: dir, SegmentBytes: journal.SegmentBytesMin, Header: journal.Header{Start: start}})
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		if start == testStart {
			b, err := os.ReadFile(s.Path())
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "copy-"+filepath.Base(s.Path())), b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if f, err := Find(dir, "none"); err == nil || !strings.Contains(err.Error(), "under the name copy-") {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestAJournalHasOneWriter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	unlock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("a second one: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if unlock, err = Lock(dir); err != nil || unlock() != nil {
		t.Errorf("after the first has ended: %v", err)
	}
}

func TestTheRingsPathIsTheStateFoldersOwn(t *testing.T) {
	own, err := RingPath("/srv/a", "")
	if err != nil || own != "/srv/a/journal.ring" {
		t.Errorf("%q, %v", own, err)
	}
	a, err := RingPath("/srv/a", "/dev/shm")
	b, err2 := RingPath("/srv/b", "/dev/shm")
	if err != nil || err2 != nil || a == b || !strings.HasPrefix(a, "/dev/shm/slipstream-") {
		t.Errorf("%q and %q, %v, %v", a, b, err, err2)
	}
}
