package lobster

import (
	"errors"
	"fmt"
	"io"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// Message is one ITCH message of a day.
type Message struct {
	Bytes     []byte       // valid until the next one is read
	Row       int          // the LOBSTER row it belongs to; 0 before row 1
	Synthetic bool         // made by the sync, not by an event of the day
	ExchNanos market.Nanos // the message's own time, Unix ns UTC
}

// Tape gives a day's ITCH messages in order, straight from the zip.
type Tape struct {
	day   *Day
	conv  *converter
	msgs  messages
	book  bookFile
	event event
	want  bookRow

	row, rows int
	quiet     int // rows without a message since the last one with
	at        int // index of the next span
	done      bool
	err       error
}

// Stream opens a day for replay. It reads the message file once beforehand, to learn
// which orders later rows name. Close the Tape.
func Stream(zipPath string) (*Tape, error) {
	day, err := Open(zipPath)
	if err != nil {
		return nil, err
	}
	t, err := day.tape()
	if err != nil {
		day.Close()
		return nil, err
	}
	return t, nil
}

func (d *Day) tape() (*Tape, error) {
	ahead, err := d.lookAhead()
	if err != nil {
		return nil, err
	}
	msgs, err := openLines(d.path, d.messages)
	if err != nil {
		return nil, err
	}
	book, err := openLines(d.path, d.book)
	if err != nil {
		msgs.close()
		return nil, err
	}
	t := &Tape{day: d, conv: newConverter(d.Info, ahead.last), rows: ahead.rows}
	t.msgs.lines = msgs
	t.book = bookFile{book, d.Levels}
	t.conv.preamble(ahead.firstNanos)
	return t, nil
}

// ahead is what a first reading of the message file tells.
type ahead struct {
	rows       int
	firstNanos uint64
	last       map[uint64]int32
}

func (d *Day) lookAhead() (a ahead, err error) {
	in, err := openLines(d.path, d.messages)
	if err != nil {
		return a, err
	}
	defer in.close()
	m := messages{lines: in}
	a.last = make(map[uint64]int32, 1<<16)
	var e event
	for {
		err := m.next(&e)
		if err == io.EOF {
			break
		}
		if err != nil {
			return a, err
		}
		if m.row == 1 {
			a.firstNanos = e.nanos
		}
		if e.typ <= typeExecute {
			a.last[e.id] = int32(m.row)
		}
	}
	if a.rows = m.row; a.rows == 0 {
		return a, fmt.Errorf("lobster: %s: %w: no rows", m.name, ErrTruncated)
	}
	return a, nil
}

// Info is what the file names say of the day.
func (t *Tape) Info() Info { return t.day.Info }

// Stats is what was done so far; whole once Next has returned false.
func (t *Tape) Stats() Stats { return t.conv.stats }

// Err is the error that ended the messages, nil at the day's end.
func (t *Tape) Err() error { return t.err }

// Close closes the zip.
func (t *Tape) Close() error {
	return errors.Join(t.msgs.close(), t.book.close(), t.day.Close())
}

// Next gives the next message; false at the end or on an error (Err).
func (t *Tape) Next() (Message, bool) {
	out := &t.conv.out
	for t.at == len(out.spans) {
		if t.done || t.err != nil {
			return Message{}, false
		}
		t.at = 0
		if t.err = t.advance(); t.err != nil {
			out.spans = out.spans[:0]
			return Message{}, false
		}
	}
	s := out.spans[t.at]
	start := 0
	if t.at > 0 {
		start = out.spans[t.at-1].end
	}
	t.at++
	b := out.buf[start:s.end:s.end]
	return Message{b, t.row, s.synthetic, t.day.Midnight + market.Nanos(itch.Timestamp(b))}, true
}

// advance converts the next row, or finishes the day.
func (t *Tape) advance() error {
	errM := t.msgs.next(&t.event)
	errB := t.book.next(&t.want)
	switch {
	case errM == io.EOF && errB == io.EOF:
		t.done = true
		t.conv.finish(t.row, t.msgs.last)
		return nil
	case errB == io.EOF:
		return &Error{t.book.name, t.book.row, fmt.Errorf("%w: the last row; the message file has %d", ErrTruncated, t.rows)}
	case errM == io.EOF:
		return &Error{t.msgs.name, t.msgs.row, fmt.Errorf("%w: the last row; the book file has more", ErrTruncated)}
	case errM != nil:
		return errM
	case errB != nil:
		return errB
	}
	t.row++
	if err := t.conv.row(t.row, &t.event, &t.want); err != nil {
		return t.msgs.fail(err)
	}
	if t.quiet++; len(t.conv.out.spans) != 0 {
		t.quiet = 0
	}
	if t.quiet >= 1<<16-1 {
		return t.msgs.fail(inconsistent("%d rows without any message: TrackingNumber cannot tell rows apart", t.quiet))
	}
	return nil
}
