package scribe

import (
	"sync/atomic"

	"slipstream/engine/journal"
)

type counters struct {
	records    [journal.KindCount]atomic.Uint64
	bytes      atomic.Uint64
	failures   atomic.Uint64
	lines      atomic.Uint64
	dropped    atomic.Uint64
	logErrors  atomic.Uint64
	heap       atomic.Uint64
	heapAlarms atomic.Uint64
}

// Counters is a copy of what the scribe counted, for a report or for metrics.
type Counters struct {
	Records       [journal.KindCount]uint64 // journaled, by kind
	Bytes         uint64                    // written to segment files
	WriteFailures uint64
	Lines         uint64 // taken from the queue
	LinesDropped  uint64 // the queue was full
	LogErrors     uint64 // failed writes of the log
	RingBytes     uint64 // in the ring now
	RingCap       uint64
	HeapBytes     uint64 // when last looked at
	HeapAlarms    uint64
}

// Counters may be called by any goroutine.
func (s *Scribe) Counters() (c Counters) {
	for i := range c.Records {
		c.Records[i] = s.count.records[i].Load()
	}
	c.Bytes = s.count.bytes.Load()
	c.WriteFailures = s.count.failures.Load()
	c.Lines, c.LinesDropped = s.count.lines.Load(), s.count.dropped.Load()
	c.LogErrors = s.count.logErrors.Load()
	c.RingBytes, c.RingCap = uint64(s.ring.Len()), uint64(s.ring.Cap())
	c.HeapBytes, c.HeapAlarms = s.count.heap.Load(), s.count.heapAlarms.Load()
	return c
}
