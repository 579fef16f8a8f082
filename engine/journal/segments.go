package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"slipstream/internal/market"
)

const (
	fileSuffix = ".journal"
	runLayout  = "20060102T150405.000000000Z"
	// SegmentBytesMin is the smallest segment size: room for the largest header
	// and the longest record.
	SegmentBytesMin = 4 << 20
	flushAt         = 1 << 20 // bytes gathered before a write is forced
)

// SegmentsConfig says where a run's files go.
type SegmentsConfig struct {
	Dir          string // folder; created if missing
	SegmentBytes int64  // a segment is closed before it grows past this; >= SegmentBytesMin
	Header       Header // Start, Config and State; the rest is filled in
}

// Segments appends records to the files of one run. Not safe for concurrent use.
//
// A failed write loses nothing: what was not written stays gathered, and the
// next Append or Flush tries again from the byte where the file ends.
type Segments struct {
	cfg     SegmentsConfig
	run     string
	file    *os.File
	path    string
	size    int64  // bytes of the current segment, gathered ones included
	pending []byte // framed, not written
	nextSeq uint64
	segment uint32
	written int64 // bytes written to all segments
	dirty   bool  // written since the last Sync
}

// RunName is the name of a run that began at start; its files are
// RunName-000000.journal and so on, so that names sort as time does.
func RunName(h *Header) string { return runOf(h.Start) }

func runOf(start market.Nanos) string {
	return time.Unix(0, int64(start)).UTC().Format(runLayout)
}

// PreviousRun is the name of the run whose orders this one took over; empty = none.
func PreviousRun(h *Header) string {
	if h.Previous == 0 {
		return ""
	}
	return runOf(h.Previous)
}

// CreateSegments opens the first segment of a new run. It never overwrites.
func CreateSegments(cfg SegmentsConfig) (*Segments, error) {
	if cfg.SegmentBytes < SegmentBytesMin {
		return nil, fmt.Errorf("journal: segment size %d is below %d bytes", cfg.SegmentBytes, SegmentBytesMin)
	}
	if err := os.MkdirAll(cfg.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	s := &Segments{cfg: cfg, run: RunName(&cfg.Header), pending: make([]byte, 0, flushAt+frameSize+maxBody)}
	if err := s.open(0, 0); err != nil {
		return nil, err
	}
	return s, nil
}

// open makes segment n the current one.
func (s *Segments) open(n uint32, firstSeq uint64) error {
	h := s.cfg.Header
	h.Segment, h.FirstSeq = n, firstSeq
	head, err := h.append(nil)
	if err != nil {
		return err
	}
	path := filepath.Join(s.cfg.Dir, fmt.Sprintf("%s-%06d%s", s.run, n, fileSuffix))
	f, err := create(path, head)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := syncDir(s.cfg.Dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	s.file, s.path, s.segment = f, path, n
	s.size = int64(len(head))
	s.written += int64(len(head))
	return nil
}

// create makes a file that holds head from the moment on that it has its name, so that a
// segment without a whole header cannot be. It never overwrites.
func create(path string, head []byte) (*os.File, error) {
	made := path + ".new"
	f, err := os.OpenFile(made, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(head); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Link(made, path) // refuses a path that is there
	}
	if err = errors.Join(err, os.Remove(made)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Append frames one record as it stands in the ring. On an error the record was
// not taken; the caller offers it again.
func (s *Segments) Append(body []byte) error {
	var r Record
	if !DecodeRecord(body, &r) {
		return fmt.Errorf("journal: a record of %d bytes is malformed", len(body))
	}
	frame := int64(frameSize + len(body))
	if s.size+frame > s.cfg.SegmentBytes {
		if err := s.roll(r.Seq); err != nil {
			return err
		}
	}
	if len(s.pending)+int(frame) > cap(s.pending) {
		if err := s.Flush(); err != nil {
			return err
		}
	}
	s.pending = appendFrame(s.pending, body)
	s.size += frame
	s.nextSeq = r.Seq + 1
	return nil
}

// roll closes the current segment on disk and opens the next.
func (s *Segments) roll(firstSeq uint64) error {
	if err := s.Sync(); err != nil {
		return err
	}
	old := s.file
	if err := s.open(s.segment+1, firstSeq); err != nil {
		return err
	}
	return old.Close()
}

// Flush hands everything gathered to the kernel.
func (s *Segments) Flush() error {
	for len(s.pending) > 0 {
		n, err := s.file.Write(s.pending)
		if n > 0 {
			s.pending = s.pending[:copy(s.pending, s.pending[n:])]
			s.written += int64(n)
			s.dirty = true
		}
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	return nil
}

// Sync flushes and waits until the disk has it.
func (s *Segments) Sync() error {
	if err := s.Flush(); err != nil {
		return err
	}
	if !s.dirty {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	s.dirty = false
	return nil
}

// Close syncs and closes the current segment.
func (s *Segments) Close() error {
	return errors.Join(s.Sync(), s.file.Close())
}

// Run is the run's name, Path the current file, Written the bytes on disk so far
// and Segment the current segment's number.
func (s *Segments) Run() string     { return s.run }
func (s *Segments) Path() string    { return s.path }
func (s *Segments) Written() int64  { return s.written }
func (s *Segments) Segment() uint32 { return s.segment }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	err = errors.Join(d.Sync(), d.Close())
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}
