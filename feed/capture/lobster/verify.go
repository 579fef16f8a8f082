package lobster

import (
	"fmt"
	"io"
	"math"

	"slipstream/feed/book"
	"slipstream/feed/capture/itchfile"
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// Report is the outcome of Verify.
type Report struct {
	Symbol        string    `json:"symbol"`
	Rows          int       `json:"rows"`           // of the LOBSTER day, all compared
	Mismatches    int       `json:"mismatches"`     // rows whose N levels differ in price or size
	Levels        int       `json:"levels"`         // N, compared on both sides
	Messages      int       `json:"messages"`       // of the ITCH file
	Synthetic     int       `json:"synthetic"`      // of them synthetic adds (F, SYNT)
	BookFaults    int       `json:"book_faults"`    // messages that the book did not take as they stand
	ExtraRows     int       `json:"extra_rows"`     // rows of the ITCH file that the day does not have
	Shares        uint64    `json:"shares"`         // traded, E and P of the ITCH file
	LobsterShares uint64    `json:"lobster_shares"` // traded, types 4 and 5 of the LOBSTER day
	First         *Mismatch `json:"first_mismatch,omitempty"`
}

// OK reports whether the ITCH file is the LOBSTER day in every respect checked.
func (r *Report) OK() bool {
	return r.Mismatches == 0 && r.BookFaults == 0 && r.ExtraRows == 0 && r.Shares == r.LobsterShares
}

// Mismatch is a level that differs. Prices are 1e-4 of the currency unit; price and
// size 0 mean that there is no such level.
type Mismatch struct {
	Row       int    `json:"row"`
	Side      string `json:"side"`
	Level     int    `json:"level"` // 1 is the best
	WantPrice int64  `json:"want_price"`
	WantQty   int64  `json:"want_qty"`
	GotPrice  int64  `json:"got_price"`
	GotQty    int64  `json:"got_qty"`
}

func (m *Mismatch) String() string {
	return fmt.Sprintf("row %d, %s level %d: want %d shares at %d, the book has %d at %d",
		m.Row, m.Side, m.Level, m.WantQty, m.WantPrice, m.GotQty, m.GotPrice)
}

// Verify plays an ITCH file that Import made through feed/book and compares the book
// with the day's book file after every row, price and size of all N levels. Rows are
// told apart by TrackingNumber (package doc). An error means that a file could not be
// read; differences are in the Report.
func Verify(itchPath, zipPath string) (Report, error) {
	day, err := Open(zipPath)
	if err != nil {
		return Report{}, err
	}
	defer day.Close()
	v, err := newVerifier(day)
	if err != nil {
		return Report{}, err
	}
	defer v.close()
	in, err := itchfile.Open(itchPath)
	if err != nil {
		return Report{}, err
	}
	defer in.Close()
	err = v.run(in.Reader)
	return v.report, err
}

// verifier holds the book and the place in both files.
type verifier struct {
	books  *book.Books
	msgs   messages
	file   bookFile
	row    int // that the messages applied last belong to
	ended  bool
	event  event
	want   bookRow
	depth  []book.Level
	report Report
}

func newVerifier(day *Day) (*verifier, error) {
	books, err := book.New(book.Config{
		Instruments: []market.Instrument{{Symbol: day.Symbol, Tick: market.ITCHUnit, Lot: 1}},
	})
	if err != nil {
		return nil, err
	}
	v := &verifier{books: books, depth: make([]book.Level, day.Levels)}
	v.report.Symbol, v.report.Levels = day.Symbol.String(), day.Levels
	if v.msgs.lines, err = openLines(day.path, day.messages); err != nil {
		return nil, err
	}
	file, err := openLines(day.path, day.book)
	if err != nil {
		v.msgs.close()
		return nil, err
	}
	v.file = bookFile{file, day.Levels}
	return v, nil
}

func (v *verifier) close() {
	v.msgs.close()
	v.file.close()
}

func (v *verifier) run(in *itchfile.Reader) error {
	for {
		msg, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		// The row's number mod 65536; messages of one row stand together, rows ascend.
		next := v.row + int(itch.Tracking(msg)-uint16(v.row))
		if err := v.compareTo(next); err != nil {
			return err
		}
		v.apply(msg)
	}
	last := v.row
	if err := v.compareTo(math.MaxInt); err != nil {
		return err
	}
	v.report.ExtraRows = max(0, last-v.report.Rows)
	qty, _, _ := v.books.Book(0).Traded()
	v.report.Shares = uint64(qty)
	return nil
}

func (v *verifier) apply(msg []byte) {
	v.report.Messages++
	if v.books.Apply(msg).Flags&(book.Bad|book.Full|book.Unknown) != 0 {
		v.report.BookFaults++
	}
	var f itch.AddOrderMPID
	if f.Decode(msg) && string(f.Attribution[:]) == Attribution {
		v.report.Synthetic++
	}
}

// compareTo compares all rows before next with the book as it stands: none of them
// has a message that was not applied.
func (v *verifier) compareTo(next int) error {
	for ; v.row < next && !v.ended; v.row++ {
		if v.row == 0 {
			continue
		}
		if err := v.compare(); err != nil {
			return err
		}
	}
	v.row = next
	return nil
}

// compare reads the next row of the day and compares it.
func (v *verifier) compare() error {
	errM, errB := v.msgs.next(&v.event), v.file.next(&v.want)
	if errM == io.EOF && errB == io.EOF {
		v.ended = true
		return nil
	}
	if errM == io.EOF || errB == io.EOF {
		short := v.msgs.lines
		if errB == io.EOF {
			short = v.file.lines
		}
		return short.fail(fmt.Errorf("%w: the last row; the other file has more", ErrTruncated))
	}
	if errM != nil {
		return errM
	}
	if errB != nil {
		return errB
	}
	if v.event.typ == typeExecute || v.event.typ == typeHidden {
		v.report.LobsterShares += uint64(v.event.size)
	}
	v.report.Rows++
	if m, ok := v.differs(); ok {
		if v.report.Mismatches++; v.report.First == nil {
			v.report.First = &m
		}
	}
	return nil
}

// differs gives the first level that is not the day's.
func (v *verifier) differs() (Mismatch, bool) {
	b := v.books.Book(0)
	for s, ms := range [2]market.Side{market.Buy, market.Sell} {
		have := b.Depth(ms, v.depth)
		want := v.want.level[s]
		for i := range v.depth {
			m := Mismatch{Row: v.report.Rows, Side: side(s).String(), Level: i + 1}
			if i < len(want) {
				m.WantPrice, m.WantQty = int64(want[i].price), want[i].qty
			}
			if i < len(have) {
				m.GotPrice, m.GotQty = int64(have[i].Price/market.ITCHUnit), int64(have[i].Qty)
			}
			if m.WantPrice != m.GotPrice || m.WantQty != m.GotQty {
				return m, true
			}
		}
	}
	return Mismatch{}, false
}
