package scribe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/fix"
)

const patience = 10 * time.Second

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	by := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(by) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		<-tick.C
	}
}

// sink is a log that can be made to block.
type sink struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	gate chan struct{} // nil = open
	busy chan struct{} // a write waits at the gate
}

func (s *sink) Write(b []byte) (int, error) {
	if s.gate != nil {
		select {
		case s.busy <- struct{}{}:
		default:
		}
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

// lines are the log's lines with this event.
func (s *sink) lines(t testing.TB, event string) (out []map[string]any) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range strings.Split(strings.TrimSpace(s.buf.String()), "\n") {
		var m map[string]any
		if l == "" {
			continue
		}
		if err := json.Unmarshal([]byte(l), &m); err != nil {
			t.Fatalf("%v: %s", err, l)
		}
		if m["event"] == event {
			out = append(out, m)
		}
	}
	return out
}

func setting(t testing.TB, log io.Writer) (Config, *ring.Bytes, *journal.Writer) {
	t.Helper()
	cfg := Default()
	cfg.Segments.Dir = t.TempDir()
	cfg.Segments.SegmentBytes = journal.SegmentBytesMin
	cfg.Segments.Header = journal.Header{Start: 1_700_000_000_000_000_000, Config: []byte("a = 1\n")}
	cfg.Log = log
	cfg.Idle = 100 * time.Microsecond
	cfg.Retry = time.Millisecond
	r, err := ring.NewBytes(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return cfg, r, journal.NewWriter(r)
}

func start(t testing.TB, cfg Config, r *ring.Bytes) *Scribe {
	t.Helper()
	s, err := New(cfg, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func readBack(t testing.TB, dir string) (n int, err error) {
	t.Helper()
	rd, err := journal.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer rd.Close()
	var rec journal.Record
	for {
		err := rd.Next(&rec)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n++
	}
}

func TestWhatIsInTheRingIsInTheFilesAndInTheLog(t *testing.T) {
	for _, f := range []Fsync{FsyncEvery, FsyncDrain, FsyncEnd} {
		var log sink
		cfg, r, w := setting(t, &log)
		cfg.Fsync, cfg.FsyncEvery = f, time.Millisecond
		cfg.Level = zerolog.DebugLevel
		cfg.Static = map[string]string{"name": "slip-1", "build": "x"}
		cfg.Symbols = []string{"AMZN"}
		s := start(t, cfg, r)
		const n = 500
		for i := range n {
			fx := engine.Effects{
				Venue:     []byte("8=FIX"),
				Reports:   []fix.Report{{Kind: fix.ExecReport, Serial: uint64(i)}},
				Decisions: []engine.Decision{{Parent: uint64(i)}},
				Events:    []engine.Event{{Code: engine.EvKill, A: 1}},
			}
			in := engine.Input{Kind: engine.InTimer}
			if !w.PutInput(&in) || !w.PutEffects(0, &fx) {
				t.Fatal("the ring is full")
			}
		}
		if !w.PutMark(0, true) {
			t.Fatal("the ring is full")
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := s.Stop(); err != nil {
			t.Errorf("Stop again: %v", err)
		}
		if got, err := readBack(t, cfg.Segments.Dir); err != nil || got != 5*n+1 {
			t.Errorf("fsync %d: %d records of %d, %v", f, got, 5*n+1, err)
		}
		for event, want := range map[string]int{"kill": n, "decision": n, "report": n, "journal_segment": 1} {
			lines := log.lines(t, event)
			if len(lines) != want {
				t.Errorf("%d lines of %s, want %d", len(lines), event, want)
				continue
			}
			if lines[0]["name"] != "slip-1" || lines[0]["build"] != "x" {
				t.Errorf("%s: the fixed fields are missing: %v", event, lines[0])
			}
		}
		c := s.Counters()
		if c.Records[journal.Report] != n || c.Records[journal.Input] != n || c.Bytes == 0 || c.LinesDropped != 0 || c.Lines != 3*n+1 || c.RingBytes != 0 {
			t.Errorf("counters %+v", c)
		}
	}
}

func TestASlowLogCostsLinesAndNeverTheJournal(t *testing.T) {
	log := sink{gate: make(chan struct{}), busy: make(chan struct{}, 1)}
	cfg, r, w := setting(t, &log)
	cfg.LogQueue = 16
	s := start(t, cfg, r)
	e := engine.Event{Code: engine.EvKill}
	w.PutEvent(&e)
	select {
	case <-log.busy: // the logger hangs in its sink
	case <-time.After(patience):
		t.Fatal("nothing is logged")
	}
	const n = 2000
	for range n {
		eventually(t, "room in the ring", func() bool { return w.Cap()-w.Free() < w.Cap()/2 })
		w.PutEvent(&e)
	}
	eventually(t, "the journal has it all", func() bool { return s.Counters().Records[journal.Event] == n+1 })
	dropped := s.Counters().LinesDropped
	if dropped == 0 {
		t.Error("no line was dropped: the queue has no bound")
	}
	close(log.gate)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if got, err := readBack(t, cfg.Segments.Dir); err != nil || got != n+1 {
		t.Errorf("%d records, %v", got, err)
	}
	said := 0.0
	for _, l := range log.lines(t, "log_dropped") {
		said += l["lines"].(float64)
	}
	if said != float64(dropped) || len(log.lines(t, "kill"))+int(dropped) != n+1 {
		t.Errorf("%d dropped, %v said, %d written", dropped, said, len(log.lines(t, "kill")))
	}
}

// block makes the next segment's file exist, so that it cannot be opened.
func block(t testing.TB, cfg Config) string {
	t.Helper()
	path := filepath.Join(cfg.Segments.Dir, fmt.Sprintf("%s-000001.journal", journal.RunName(&cfg.Segments.Header)))
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAJournalThatCannotBeWrittenIsTriedAgainAndLosesNothing(t *testing.T) {
	var log sink
	cfg, r, w := setting(t, &log)
	s := start(t, cfg, r)
	path := block(t, cfg)
	in := engine.Input{Kind: engine.InPacket, Bytes: make([]byte, 1200)}
	put := 0
	eventually(t, "a full ring behind a full segment", func() bool {
		for w.Free() > 4096 {
			if !w.PutInput(&in) {
				return false
			}
			put++
		}
		return s.Counters().WriteFailures > 2 && w.Free() <= 4096
	})
	if s.Counters().Bytes > journal.SegmentBytesMin {
		t.Error("the segment grew past its bound")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the ring drains", func() bool { return r.Len() == 0 })
	if !w.PutMark(0, true) {
		t.Fatal("no room")
	}
	put++
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if got, err := readBack(t, cfg.Segments.Dir); err != nil || got != put {
		t.Errorf("%d records of %d, %v", got, put, err)
	}
	fails := log.lines(t, "journal_write_failed")
	if len(fails) == 0 || !strings.Contains(fails[0]["error"].(string), "exists") {
		t.Errorf("the log says %v", fails)
	}
	if len(log.lines(t, "journal_write_ok")) != 1 || len(log.lines(t, "journal_segment")) != 2 {
		t.Error("the log does not say that it goes on")
	}
}

func TestStopGivesUpOnADeadDiskAndSaysWhatIsLost(t *testing.T) {
	var log sink
	cfg, r, w := setting(t, &log)
	cfg.StopTries = 3
	s := start(t, cfg, r)
	block(t, cfg)
	in := engine.Input{Kind: engine.InPacket, Bytes: make([]byte, 60_000)}
	eventually(t, "a failed write", func() bool { w.PutInput(&in); return s.Counters().WriteFailures > 0 })
	left := r.Len()
	if err := s.Stop(); err == nil || left == 0 || !strings.Contains(err.Error(), "could not be written") {
		t.Errorf("%d bytes left, %v", left, err)
	}
}

func TestAHeapBeyondItsAlarmIsCollectedLoudly(t *testing.T) {
	var log sink
	cfg, r, _ := setting(t, &log)
	cfg.HeapAlarmBytes, cfg.HeapEvery = 1, 10*time.Millisecond
	s := start(t, cfg, r)
	eventually(t, "an alarm", func() bool { return s.Counters().HeapAlarms > 0 })
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	alarms, collected := log.lines(t, "heap_alarm"), log.lines(t, "heap_collected")
	if len(alarms) == 0 || len(collected) != len(alarms) || alarms[0]["heap_bytes"].(float64) <= 1 || collected[0]["after_bytes"].(float64) <= 0 {
		t.Errorf("alarms %v, collected %v", alarms, collected)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestALogThatFailsIsCounted(t *testing.T) {
	cfg, r, w := setting(t, failing{errors.New("pipe closed")})
	s := start(t, cfg, r)
	w.PutEvent(&engine.Event{Code: engine.EvKill})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if s.Counters().LogErrors == 0 {
		t.Error("no error is counted")
	}
	if got, err := readBack(t, cfg.Segments.Dir); err != nil || got != 1 {
		t.Errorf("%d records, %v", got, err)
	}
}

func TestEveryFaultOfAConfigurationIsNamed(t *testing.T) {
	c := Config{Fsync: 9, Level: zerolog.Disabled}
	err := c.Validate()
	for _, name := range []string{"Dir", "Log is nil", "Fsync", "Level", "LogQueue", "StopTries", "HeapEvery", "Idle", "Retry"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
	ok, r, _ := setting(t, io.Discard)
	if _, err := New(ok, nil); err == nil {
		t.Error("no ring")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ok.Segments.Dir = filepath.Join(file, "journal")
	if _, err := New(ok, r); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a folder inside a file: %v", err)
	}
	ok.Segments.Dir = t.TempDir()
	idle, err := New(ok, r)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := idle.Stop(); err != nil {
			t.Errorf("Stop without Start: %v", err)
		}
	}
	ok.Segments.Dir = t.TempDir()
	s := start(t, ok, r)
	if err := s.Start(); err == nil {
		t.Error("a second Start")
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}
