package lobster

import (
	"errors"
	"fmt"
	"io"
)

// Error is a fault of a LOBSTER file at a row.
type Error struct {
	File string // the zip, and the name inside it
	Row  int    // counted from 1
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("lobster: %s: row %d: %v", e.File, e.Row, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

var (
	// ErrNoDay is the cause for a zip without exactly one message and one book file.
	ErrNoDay = errors.New("want one *_message_N.csv and one *_orderbook_N.csv of the same day")
	// ErrRow is the cause for a row that cannot be read.
	ErrRow = errors.New("bad row")
	// ErrInconsistent is the cause for a row that contradicts another.
	ErrInconsistent = errors.New("inconsistent")
	// ErrTruncated is the cause for a file that ends before it should.
	ErrTruncated = errors.New("truncated")
)

func badRow(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRow, fmt.Sprintf(format, args...))
}

func inconsistent(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInconsistent, fmt.Sprintf(format, args...))
}

// readError turns what reading a zip member gives into a cause.
func readError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the zip ends inside the file", ErrTruncated)
	}
	return err
}
