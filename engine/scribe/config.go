package scribe

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"

	"slipstream/engine/journal"
)

// Fsync says when the journal is forced to the disk. The kernel has it in any
// case as soon as it is written, so the death of the process loses nothing that
// left the ring; this is about the death of the host.
type Fsync uint8

const (
	FsyncEvery Fsync = iota // each FsyncNanos, and when a segment or the run ends
	FsyncDrain              // each time the ring was emptied
	FsyncEnd                // only when a segment or the run ends
)

// Config of a Scribe.
type Config struct {
	Segments   journal.SegmentsConfig // where the journal goes; Header carries the run's start
	Fsync      Fsync
	FsyncEvery time.Duration // with FsyncEvery: 1 ms..1 h

	Log      io.Writer         // JSON lines; used by one goroutine
	Level    zerolog.Level     // lowest level written: DebugLevel..ErrorLevel
	LogQueue int               // lines that may wait for Log, 16..1<<20
	Static   map[string]string // fields of every line: name, host, build, ...

	Symbols      []string                              // by InstrumentID
	ChildClOrdID func(dst []byte, child uint64) []byte // a child's ClOrdID on the wire; nil = not logged

	HeapAlarmBytes uint64        // a heap beyond this is collected, loudly; 0 = never
	HeapEvery      time.Duration // between two looks at the heap, 10 ms..1 h
	Idle           time.Duration // sleep when the ring is empty, 50 us..100 ms
	Retry          time.Duration // wait after a failed write, 1 ms..10 s
	StopTries      int           // failed writes after which Stop gives up, 1..10000
}

// Default gives every number its default; Segments and Log are the caller's.
func Default() Config {
	return Config{
		Segments: journal.SegmentsConfig{SegmentBytes: 256 << 20},
		Fsync:    FsyncEvery, FsyncEvery: time.Second,
		Level: zerolog.InfoLevel, LogQueue: 8192,
		HeapAlarmBytes: 2 << 30, HeapEvery: time.Second,
		Idle: time.Millisecond, Retry: 100 * time.Millisecond, StopTries: 20,
	}
}

// Validate reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	in := func(name string, v, lo, hi time.Duration) {
		if v < lo || v > hi {
			errs = append(errs, fmt.Errorf("scribe: %s %v is not in %v..%v", name, v, lo, hi))
		}
	}
	count := func(name string, v, lo, hi int) {
		if v < lo || v > hi {
			errs = append(errs, fmt.Errorf("scribe: %s %d is not in %d..%d", name, v, lo, hi))
		}
	}
	if c.Segments.Dir == "" {
		errs = append(errs, errors.New("scribe: Segments.Dir is empty: the journal needs a folder"))
	}
	if c.Log == nil {
		errs = append(errs, errors.New("scribe: Log is nil; io.Discard is a choice, nil is not"))
	}
	if c.Fsync > FsyncEnd {
		errs = append(errs, fmt.Errorf("scribe: Fsync %d is unknown", c.Fsync))
	}
	if c.Fsync == FsyncEvery {
		in("FsyncEvery", c.FsyncEvery, time.Millisecond, time.Hour)
	}
	count("Level", int(c.Level), int(zerolog.DebugLevel), int(zerolog.ErrorLevel))
	count("LogQueue", c.LogQueue, 16, 1<<20)
	count("StopTries", c.StopTries, 1, 10_000)
	in("HeapEvery", c.HeapEvery, 10*time.Millisecond, time.Hour)
	in("Idle", c.Idle, 50*time.Microsecond, 100*time.Millisecond)
	in("Retry", c.Retry, time.Millisecond, 10*time.Second)
	return errors.Join(errs...)
}
