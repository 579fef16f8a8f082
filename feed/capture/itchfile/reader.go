package itchfile

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// bufferSize bounds the memory of a Reader; it holds the longest frame.
const bufferSize = 128 << 10

// FrameHeader is the length field before each message.
const FrameHeader = 2

// ErrTruncated is the cause of an Error for a file that ends inside a frame.
var ErrTruncated = errors.New("file ends inside a frame")

// ErrAfterEnd is the cause of an Error for bytes after the end-of-session marker.
var ErrAfterEnd = errors.New("bytes after the end-of-session marker")

// Error is a fault of the file at a frame.
type Error struct {
	Name   string // of the file, "" when read from a stream
	Offset int64  // of the frame's length field
	Err    error
}

func (e *Error) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("itchfile: offset %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("itchfile: %s: offset %d: %v", e.Name, e.Offset, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Reader gives the messages of a file in order.
type Reader struct {
	r      *bufio.Reader
	name   string
	offset int64
	held   int // bytes of the last frame, still in r's buffer
	err    error
}

// NewReader reads the frames of r; name is used in errors.
func NewReader(r io.Reader, name string) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, bufferSize), name: name}
}

// Next gives the next message, valid until the following call; io.EOF after the
// last one, an *Error for a damaged file. An error stays.
func (r *Reader) Next() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	if _, err := r.r.Discard(r.held); err != nil {
		return nil, r.fail(err)
	}
	r.offset += int64(r.held)
	r.held = 0
	head, err := r.r.Peek(FrameHeader)
	switch {
	case err == io.EOF && len(head) == 0:
		r.err = io.EOF
		return nil, io.EOF
	case err != nil:
		return nil, r.fail(err)
	}
	n := int(head[0])<<8 | int(head[1])
	if n == 0 {
		return nil, r.end()
	}
	frame, err := r.r.Peek(FrameHeader + n)
	if err != nil {
		return nil, r.fail(err)
	}
	r.held = FrameHeader + n
	return frame[FrameHeader:r.held:r.held], nil
}

// Offset is the offset of the frame that Next gave last.
func (r *Reader) Offset() int64 { return r.offset }

// end handles the end-of-session marker: nothing may follow it.
func (r *Reader) end() error {
	rest, err := r.r.Peek(FrameHeader + 1)
	if len(rest) > FrameHeader {
		r.offset += FrameHeader
		r.err = &Error{r.name, r.offset, ErrAfterEnd}
		return r.err
	}
	if err != io.EOF {
		return r.fail(err)
	}
	r.err = io.EOF
	return io.EOF
}

func (r *Reader) fail(err error) error {
	if err == io.EOF {
		err = ErrTruncated
	}
	r.err = &Error{r.name, r.offset, err}
	return r.err
}

// File is a Reader of a file on disk.
type File struct {
	*Reader
	closers []io.Closer
}

// Open opens a file of framed messages, gzip-compressed (as Nasdaq publishes
// them) or not. Close it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("itchfile: %w", err)
	}
	in := bufio.NewReaderSize(f, bufferSize)
	magic, err := in.Peek(2)
	if err != nil && err != io.EOF {
		f.Close()
		return nil, fmt.Errorf("itchfile: %w", err)
	}
	// A frame of 0x1f8b bytes cannot be an ITCH message, so that gzip's magic is safe.
	if len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("itchfile: %s: %w", path, err)
		}
		return &File{NewReader(z, path), []io.Closer{z, f}}, nil
	}
	return &File{NewReader(in, path), []io.Closer{f}}, nil
}

// Close closes the file.
func (f *File) Close() error {
	var err error
	for _, c := range f.closers {
		err = errors.Join(err, c.Close())
	}
	return err
}
