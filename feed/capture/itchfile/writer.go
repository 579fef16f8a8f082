package itchfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// ErrSize is returned for a message that a frame cannot carry.
var ErrSize = errors.New("itchfile: a message must have 1 to 65535 bytes")

// Writer writes framed messages.
type Writer struct {
	w *bufio.Writer
	n int64
}

// NewWriter writes to w; call Flush at the end.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, bufferSize)}
}

// Write writes one message.
func (w *Writer) Write(msg []byte) error {
	if len(msg) == 0 || len(msg) > 0xFFFF {
		return ErrSize
	}
	return w.frame(msg)
}

// EndSession writes the end-of-session marker; nothing may follow it.
func (w *Writer) EndSession() error { return w.frame(nil) }

// Offset is the number of bytes written, those still buffered included.
func (w *Writer) Offset() int64 { return w.n }

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("itchfile: offset %d: %w", w.n, err)
	}
	return nil
}

func (w *Writer) frame(msg []byte) error {
	// bufio.Writer keeps its first error, so that the last call tells it.
	w.w.WriteByte(byte(len(msg) >> 8))
	w.w.WriteByte(byte(len(msg)))
	n, err := w.w.Write(msg)
	if err != nil {
		return fmt.Errorf("itchfile: offset %d: %w", w.n, err)
	}
	w.n += int64(FrameHeader + n)
	return nil
}
