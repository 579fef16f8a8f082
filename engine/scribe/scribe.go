package scribe

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/internal/market"
)

// Scribe drains the journal ring. It must run before the loop starts, and be
// stopped after the loop is done.
type Scribe struct {
	cfg      Config
	ring     *ring.Bytes
	segments *journal.Segments

	attempts int64 // failed writes since the last good one
	segment  uint32
	lastSync time.Time
	lastHeap time.Time
	stopped  bool

	lines   chan line
	stop    chan struct{}
	drained chan struct{} // the drainer is gone
	written chan struct{} // the logger is gone
	err     error         // of the drainer, valid after drained
	asked   atomic.Bool
	started atomic.Bool

	count counters
}

// New opens the run's first segment, so that a folder that cannot be written is
// known before anything trades. r is the ring that a journal.Writer fills.
func New(cfg Config, r *ring.Bytes) (*Scribe, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errors.New("scribe: no journal ring")
	}
	segments, err := journal.CreateSegments(cfg.Segments)
	if err != nil {
		return nil, fmt.Errorf("scribe: %w", err)
	}
	return &Scribe{
		cfg: cfg, ring: r, segments: segments, lines: make(chan line, cfg.LogQueue),
		stop: make(chan struct{}), drained: make(chan struct{}), written: make(chan struct{}),
	}, nil
}

// Run is the name of the journal's run: journal.Open(dir, Run()).
func (s *Scribe) Run() string { return s.segments.Run() }

// Start begins to drain and to log.
func (s *Scribe) Start() error {
	if !s.started.CompareAndSwap(false, true) {
		return errors.New("scribe: Start called twice")
	}
	go s.log()
	go s.drain()
	return nil
}

// Stop drains what is left, syncs and closes the journal, and ends. Call it when
// the loop is done. The error says how much of the journal could not be written.
func (s *Scribe) Stop() error {
	if !s.started.Load() {
		if s.asked.CompareAndSwap(false, true) {
			return s.segments.Close()
		}
		return nil
	}
	if s.asked.CompareAndSwap(false, true) {
		close(s.stop)
	}
	<-s.drained
	bound := time.NewTimer(5 * time.Second)
	defer bound.Stop()
	select {
	case <-s.written:
		return s.err
	case <-bound.C:
		return errors.Join(s.err, errors.New("scribe: the log's sink blocks: its last lines are not written"))
	}
}

// drain is the journal's goroutine.
func (s *Scribe) drain() {
	defer close(s.drained)
	defer close(s.lines)
	s.say(journal.EvJournalSegment, 0, 0, 0, "")
	s.lastSync, s.lastHeap = time.Now(), time.Now()
	timer := time.NewTimer(s.cfg.Idle)
	defer timer.Stop()
	for {
		wait := s.pass()
		if s.stopped && (wait == s.cfg.Idle || s.attempts >= int64(s.cfg.StopTries)) {
			s.err = s.finish()
			return
		}
		if wait == 0 {
			continue
		}
		timer.Reset(wait)
		if s.stopped {
			<-timer.C
			continue
		}
		select {
		case <-s.stop:
			s.stopped = true // one more pass at least: the ring may have filled meanwhile
		case <-timer.C:
		}
	}
}

// pass drains up to a batch; it returns how long to wait before the next: 0 when
// there is more, Idle when the ring is empty, Retry after a failed write.
func (s *Scribe) pass() time.Duration {
	const batch = 4096
	taken := 0
	for ; taken < batch; taken++ {
		b, ok := s.ring.Read()
		if !ok {
			break
		}
		if err := s.segments.Append(b); err != nil {
			return s.failed(err)
		}
		s.note(b)
		s.ring.Keep()
	}
	if err := s.segments.Flush(); err != nil {
		return s.failed(err)
	}
	s.ring.Release() // the kernel has them: not before, for the ring may outlive the process
	if err := s.sync(taken); err != nil {
		return s.failed(err)
	}
	if s.attempts > 0 {
		s.say(journal.EvJournalWriteOK, s.attempts, 0, 0, "")
		s.attempts = 0
	}
	s.heap()
	s.count.bytes.Store(uint64(s.segments.Written()))
	if taken == batch {
		return 0
	}
	return s.cfg.Idle
}

// sync forces the journal to the disk as configured.
func (s *Scribe) sync(taken int) error {
	switch s.cfg.Fsync {
	case FsyncEnd:
		return nil
	case FsyncDrain:
		if taken == 0 {
			return nil
		}
	case FsyncEvery:
		if time.Since(s.lastSync) < s.cfg.FsyncEvery {
			return nil
		}
		s.lastSync = time.Now()
	}
	return s.segments.Sync()
}

// failed logs a failed write, the first at once and then each tenth.
func (s *Scribe) failed(err error) time.Duration {
	s.attempts++
	s.count.failures.Add(1)
	if s.attempts%10 == 1 {
		s.say(journal.EvJournalWriteFail, s.attempts, 0, 0, err.Error())
	}
	return s.cfg.Retry
}

// finish closes the journal and says what is not in it.
func (s *Scribe) finish() error {
	err := s.segments.Close()
	if err == nil {
		s.ring.Release()
	}
	left := s.ring.Len()
	s.count.bytes.Store(uint64(s.segments.Written()))
	if left > 0 {
		return errors.Join(fmt.Errorf("scribe: %d bytes of the journal ring could not be written", left), err)
	}
	return err
}

// note counts a record and queues its line, if it has one.
func (s *Scribe) note(b []byte) {
	var r journal.Record
	if !journal.DecodeRecord(b, &r) {
		return
	}
	s.count.records[r.Kind].Add(1)
	if n := s.segments.Segment(); n != s.segment {
		s.segment = n
		s.say(journal.EvJournalSegment, int64(n), int64(r.Seq), 0, "")
	}
	l := line{kind: r.Kind, seq: r.Seq}
	ok := false
	switch r.Kind {
	case journal.Event:
		ok = journal.GetEvent(r.Payload, &l.event) && rowOf(l.event.Code).level >= s.cfg.Level
	case journal.Decision:
		ok = decisionRow.level >= s.cfg.Level && journal.GetDecision(r.Payload, &l.dec)
	case journal.Report:
		ok = reportRow.level >= s.cfg.Level && journal.GetReport(r.Payload, &l.rep)
	}
	if ok {
		s.queue(&l)
	}
}

// say queues one of the scribe's own lines.
func (s *Scribe) say(code engine.EventCode, a, b, c int64, err string) {
	l := line{kind: journal.Event, own: true, err: err}
	l.event = engine.Event{Now: market.Nanos(time.Now().UnixNano()), Code: code, A: a, B: b, C: c}
	s.queue(&l)
}

// queue never waits: a line that has no place is counted.
func (s *Scribe) queue(l *line) {
	select {
	case s.lines <- *l:
	default:
		s.count.dropped.Add(1)
	}
}
