package journal

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CorruptError is damage in the middle of a journal: what follows cannot be trusted.
type CorruptError struct {
	File   string
	Offset int64 // of the frame in the file, bytes
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("journal: %s: offset %d: %s", e.File, e.Offset, e.Reason)
}

// HoleError says that records are missing: the ring was full (Writer.Lost), or a
// segment was taken away. Next goes on behind the hole; a replay must not.
type HoleError struct {
	File   string
	Offset int64
	Want   uint64 // sequence number that should come
	Got    uint64
}

func (e *HoleError) Error() string {
	return fmt.Sprintf("journal: %s: offset %d: a hole: records %d to %d are missing",
		e.File, e.Offset, e.Want, e.Got-1)
}

// Torn says where the last segment ends in the middle of a record, as a killed
// process leaves it.
type Torn struct {
	File   string
	Offset int64 // where the whole records end
	Bytes  int64 // bytes behind it, not used
}

// Source is one segment's bytes.
type Source struct {
	Name string
	R    io.Reader
}

// Reader reads the records of a run in order. Not safe for concurrent use.
type Reader struct {
	open   func(i int) (Source, io.Closer, error) // io.EOF behind the last
	count  int
	closer io.Closer

	index  int
	name   string
	br     *bufio.Reader
	offset int64 // of the next frame
	header Header
	first  Header
	want   uint64
	torn   *Torn
	buf    []byte
	held   *Record // the record behind a hole, returned by the next Next
	heldAt int64
	at     int64
	failed error
}

// Runs lists the runs of a folder, oldest first.
func Runs(dir string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*-000000"+fileSuffix))
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(filepath.Base(n), "-000000"+fileSuffix)
	}
	slices.Sort(names)
	return names, nil
}

// Open opens one run of a folder; "" is the newest.
func Open(dir, run string) (*Reader, error) {
	if run == "" {
		runs, err := Runs(dir)
		if err != nil {
			return nil, err
		}
		if len(runs) == 0 {
			return nil, fmt.Errorf("journal: %s holds no journal (no *-000000%s)", dir, fileSuffix)
		}
		run = runs[len(runs)-1]
	}
	paths, err := segmentsOf(dir, run)
	if err != nil {
		return nil, err
	}
	return OpenFiles(paths...)
}

// OpenFiles opens the given segments, which must be in order and without gaps.
func OpenFiles(paths ...string) (*Reader, error) {
	return newReader(len(paths), func(i int) (Source, io.Closer, error) {
		f, err := os.Open(paths[i])
		if err != nil {
			return Source{}, nil, fmt.Errorf("journal: %w", err)
		}
		return Source{Name: paths[i], R: f}, f, nil
	})
}

// NewReader reads segments from memory or any other stream.
func NewReader(segments ...Source) (*Reader, error) {
	return newReader(len(segments), func(i int) (Source, io.Closer, error) {
		return segments[i], io.NopCloser(nil), nil
	})
}

func newReader(count int, open func(int) (Source, io.Closer, error)) (*Reader, error) {
	if count == 0 {
		return nil, errors.New("journal: no segment given")
	}
	r := &Reader{open: open, count: count, buf: make([]byte, maxBody)}
	if err := r.segment(0); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	r.first = r.header
	r.want = r.header.FirstSeq
	return r, nil
}

// segment moves on to segment i of the list.
func (r *Reader) segment(i int) error {
	if err := r.Close(); err != nil {
		return err
	}
	src, closer, err := r.open(i)
	if err != nil {
		return err
	}
	r.closer, r.name, r.index = closer, src.Name, i
	if r.br == nil {
		r.br = bufio.NewReaderSize(src.R, 1<<18)
	} else {
		r.br.Reset(src.R)
	}
	h, size, err := readHeader(r.br)
	if err != nil {
		return fmt.Errorf("%s: %w", src.Name, err)
	}
	if i > 0 && (h.Start != r.header.Start || h.Segment != r.header.Segment+1) {
		return &CorruptError{src.Name, 0, fmt.Sprintf(
			"segment %d of run %s follows segment %d of run %s: a file is missing or not of this run",
			h.Segment, RunName(&h), r.header.Segment, RunName(&r.header))}
	}
	r.header, r.offset = h, size
	return nil
}

// Header is the header of the first segment read: the run's start.
func (r *Reader) Header() *Header { return &r.first }

// Torn is where the run ends in the middle of a record; nil when it does not, or
// not yet. Valid after Next returned io.EOF.
func (r *Reader) Torn() *Torn { return r.torn }

// Position is the file and the offset of the record that Next returned last.
func (r *Reader) Position() (file string, offset int64) { return r.name, r.at }

// Close closes the current file.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	c := r.closer
	r.closer = nil
	return c.Close()
}

// Next reads one record. io.EOF is the end, torn or not; a *CorruptError is final
// and repeats; a *HoleError comes once and the following Next goes on behind it.
func (r *Reader) Next(rec *Record) error {
	if r.failed != nil {
		return r.failed
	}
	if r.held != nil {
		*rec, r.held, r.at = *r.held, nil, r.heldAt
		return nil
	}
	for {
		ok, err := r.frame(rec)
		if err != nil {
			r.failed = err
			return err
		}
		if ok {
			break
		}
		// This segment is read to its end.
		if r.index+1 == r.count {
			r.failed = io.EOF
			return io.EOF
		}
		if r.torn != nil {
			r.failed = &CorruptError{r.torn.File, r.torn.Offset,
				"the segment ends in the middle of a record, and it is not the last"}
			return r.failed
		}
		if err := r.segment(r.index + 1); err != nil {
			r.failed = err
			return err
		}
	}
	want := r.want
	r.want = rec.Seq + 1
	switch {
	case rec.Seq == want:
		return nil
	case rec.Seq < want:
		r.failed = &CorruptError{r.name, r.at, fmt.Sprintf("record %d follows record %d", rec.Seq, want-1)}
		return r.failed
	}
	held := *rec
	r.held, r.heldAt = &held, r.at
	return &HoleError{r.name, r.at, want, rec.Seq}
}

// frame reads one frame; ok is false at the end of the segment.
func (r *Reader) frame(rec *Record) (ok bool, err error) {
	r.at = r.offset
	var head [frameSize]byte
	n, err := io.ReadFull(r.br, head[:])
	if err == io.EOF {
		return false, nil
	}
	if err == io.ErrUnexpectedEOF {
		r.torn = &Torn{r.name, r.at, int64(n)}
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("journal: %s: offset %d: %w", r.name, r.at, err)
	}
	length, crc, good := frameHead(head[:])
	if !good {
		return false, r.tail(frameSize, "a frame's length is damaged")
	}
	body := r.buf[:length]
	n, err = io.ReadFull(r.br, body)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		r.torn = &Torn{r.name, r.at, frameSize + int64(n)}
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("journal: %s: offset %d: %w", r.name, r.at, err)
	}
	if crc32.Checksum(body, castagnoli) != crc {
		return false, r.tail(frameSize+int64(length), "a record's CRC32C differs")
	}
	if !DecodeRecord(body, rec) {
		return false, &CorruptError{r.name, r.at, "a record of unknown kind or form"}
	}
	r.offset += frameSize + int64(length)
	return true, nil
}

// tail decides whether damage that ended taken bytes behind r.at is a torn tail:
// it is when nothing but zeros follows, as a host's crash leaves pages that were
// allocated and never written.
func (r *Reader) tail(taken int64, reason string) error {
	bytes := taken
	for {
		chunk, err := r.br.Peek(r.br.Size())
		if !isZero(chunk) {
			return &CorruptError{r.name, r.at, reason}
		}
		bytes += int64(len(chunk))
		if _, derr := r.br.Discard(len(chunk)); derr != nil {
			return fmt.Errorf("journal: %s: %w", r.name, derr)
		}
		if err == io.EOF {
			r.torn = &Torn{r.name, r.at, bytes}
			return nil
		}
		if err != nil {
			return fmt.Errorf("journal: %s: offset %d: %w", r.name, r.at, err)
		}
	}
}
