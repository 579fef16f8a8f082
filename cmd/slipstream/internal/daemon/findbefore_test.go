package daemon

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/engine/journal"
	"slipstream/engine/takeup"
	"slipstream/fix/session"
	"slipstream/internal/market"
)

// A run that began the evening before and died today is of today; one that ended yesterday is not.
func TestARunIsOfTheDayOfItsFirstAndItsLastRecord(t *testing.T) {
	at := func(s string) market.Nanos {
		when, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return market.Nanos(when.UnixNano())
	}
	cfg := load(t, "127.0.0.1:1") // New York, at UTC-5
	for _, c := range []struct {
		name, start, end, now string
		want                  bool
	}{
		{"within a day", "2026-03-03 14:30:00", "2026-03-03 15:00:00", "2026-03-03 15:01:00", true},
		{"over midnight UTC", "2026-03-03 14:30:00", "2026-03-03 23:59:00", "2026-03-04 04:59:00", true},
		{"from the evening before", "2026-03-03 23:00:00", "2026-03-04 15:00:00", "2026-03-04 15:01:00", true},
		{"yesterday's", "2026-03-03 14:30:00", "2026-03-03 21:00:00", "2026-03-04 12:00:00", false},
		{"the clock was set back meanwhile", "2026-03-03 14:30:00", "2026-03-05 14:30:00", "2026-03-03 14:31:00", true},
	} {
		d := &Daemon{cfg: cfg, start: at(c.now)}
		if got, err := d.isToday(at(c.start), at(c.end)); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

// What keeps a start from the run before, and what it leaves as it was.
func TestAStartThatMustNotTakeOver(t *testing.T) {
	begun := func(t *testing.T, dir string, start market.Nanos) {
		t.Helper()
		s, err := journal.CreateSegments(journal.SegmentsConfig{Dir: dir, SegmentBytes: journal.SegmentBytesMin,
			Header: journal.Header{Start: start, State: journal.EncodeState(new(session.State))}})
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		do   func(t *testing.T, state, dir string)
		want string
	}{
		{"another daemon writes to the folder", func(t *testing.T, _, dir string) {
			unlock, err := takeup.Lock(dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = unlock() })
		}, "in use by another daemon"},
		{"the clock stands before the last run", func(t *testing.T, _, dir string) {
			begun(t, dir, market.Nanos(time.Now().Add(time.Hour).UnixNano()))
		}, "set the clock"},
		{"the journal of the last run was moved", func(t *testing.T, state, _ string) {
			r, err := takeup.CreateRing(filepath.Join(state, "journal.ring"), 1<<20, market.Nanos(time.Now().UnixNano()))
			if err = errors.Join(err, r.Place(), r.Close()); err != nil {
				t.Fatal(err)
			}
		}, "the journal of the last run is gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := load(t, "127.0.0.1:1")
			if err := os.MkdirAll(cfg.Process.Journal(), 0o755); err != nil {
				t.Fatal(err)
			}
			c.do(t, cfg.Process.StateDir, cfg.Process.Journal())
			before, _ := filepath.Glob(filepath.Join(cfg.Process.Journal(), "*"))
			for range 2 {
				if _, err := Open(cfg, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("%v, want %q", err, c.want)
				}
			}
			after, _ := filepath.Glob(filepath.Join(cfg.Process.Journal(), "*.journal"))
			if len(after) > len(before) {
				t.Errorf("the start left %q", after)
			}
		})
	}
}
