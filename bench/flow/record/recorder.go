package record

import (
	"errors"
	"fmt"

	"slipstream/feed/book"
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// Options choose what a Recorder keeps.
type Options struct {
	Levels int    // of the window; default 10
	Tick   uint32 // 1e-4; default 100
	Source string
}

// MaxLevels bounds Options.Levels.
const MaxLevels = 200

// born is what is known of an order.
type born struct {
	price, open uint32
	side        market.Side
	seen        bool // its Add is in the record
	standIn     bool // synthetic: stands for orders that the record cannot tell apart
	nanos       uint64
}

// Recorder makes a Day from ITCH messages of one stock.
type Recorder struct {
	day    *Day
	books  *book.Books
	symbol market.Symbol
	locate uint16
	orders map[uint64]born
	bids   []book.Level // before the message
	asks   []book.Level
	pend   Event // of the row being read; After is not known yet
	row    int
	open   bool // pend is there
	trade  struct {
		n     int32
		nanos uint64
		side  market.Side
	}
}

// NewRecorder makes a Recorder for one symbol.
func NewRecorder(symbol market.Symbol, o Options) (*Recorder, error) {
	if o.Levels == 0 {
		o.Levels = 10
	}
	if o.Tick == 0 {
		o.Tick = 100
	}
	if o.Levels < 1 || o.Levels > MaxLevels {
		return nil, fmt.Errorf("record: %d levels: want 1 to %d", o.Levels, MaxLevels)
	}
	books, err := book.New(book.Config{Instruments: []market.Instrument{{Symbol: symbol, Tick: market.Price(o.Tick) * market.ITCHUnit, Lot: 1}}})
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return &Recorder{
		day:    &Day{Symbol: symbol.String(), Source: o.Source, Tick: o.Tick, Levels: o.Levels},
		books:  books,
		symbol: symbol,
		orders: make(map[uint64]born, 1<<12),
		bids:   make([]book.Level, 0, o.Levels),
		asks:   make([]book.Level, 0, o.Levels),
	}, nil
}

var errFull = errors.New("record: more orders than the book holds")

// Message takes the next message. Messages of one row > 0 are one event: the first
// that is not synthetic tells what, later ones of the same kind add to its size.
// A synthetic message changes the book alone. Messages of other stocks are ignored.
func (r *Recorder) Message(b []byte, row int, synthetic bool) error {
	if len(b) == 0 {
		return nil
	}
	if itch.Type(b) == itch.TypeStockDirectory {
		var d itch.StockDirectory
		if d.Decode(b) && d.Stock == r.symbol {
			r.locate = d.StockLocate
		}
	}
	if r.locate == 0 || itch.Locate(b) != r.locate {
		return nil
	}
	if itch.Type(b) == itch.TypeOrderReplace {
		if done, err := r.replace(b, row, synthetic); done {
			return err
		}
	}
	return r.one(b, row, synthetic)
}

// replace takes a Replace as the Delete and the Add that it is.
func (r *Recorder) replace(b []byte, row int, synthetic bool) (done bool, err error) {
	var u itch.OrderReplace
	o, ok := r.orders[itch.OrderRef(b)]
	if !ok || !u.Decode(b) {
		return false, nil
	}
	letter := byte(itch.Buy)
	if o.side == market.Sell {
		letter = itch.Sell
	}
	d := itch.OrderDelete{Header: u.Header, OrderRef: u.OrderRef}
	a := itch.AddOrder{Header: u.Header, OrderRef: u.NewOrderRef, Side: letter, Shares: u.Shares, Stock: r.symbol, Price: u.Price}
	r.row = -1
	for _, msg := range [...][]byte{d.Append(nil), a.Append(nil)} {
		if err := r.one(msg, 0, synthetic); err != nil {
			return true, err
		}
		r.pend.Replace = r.open
	}
	r.row = row
	return true, nil
}

// one takes a message that concerns the stock and is no Replace.
func (r *Recorder) one(b []byte, row int, synthetic bool) error {
	if row == 0 || row != r.row {
		r.flush()
		r.look()
		r.row = row
	}
	if !synthetic {
		r.note(b)
	} else {
		r.silently(b)
	}
	c := r.books.Apply(b)
	if c.Flags&book.Full != 0 {
		return errFull
	}
	if c.Flags&book.Bad != 0 {
		return fmt.Errorf("record: %s: message %q at %d ns contradicts the book", r.day.Symbol, itch.Type(b), itch.Timestamp(b))
	}
	return nil
}

// look reads the book as it is before an event.
func (r *Recorder) look() {
	bk := r.books.Book(0)
	r.bids = bk.Depth(market.Buy, r.bids[:r.day.Levels])
	r.asks = bk.Depth(market.Sell, r.asks[:r.day.Levels])
}

// flush ends the row being read.
func (r *Recorder) flush() {
	if !r.open {
		return
	}
	r.open = false
	r.look()
	r.pend.After = r.touch()
	r.day.Events = append(r.day.Events, r.pend)
	for _, side := range [...][]book.Level{r.bids, r.asks} {
		for k := range r.day.Levels {
			var l Level
			if k < len(side) {
				l = Level{Price: price4(side[k].Price), Qty: uint32(side[k].Qty), Orders: uint32(side[k].Orders)}
			}
			r.day.Books = append(r.day.Books, l)
		}
	}
}

// Day is the record so far; the Recorder must not be used afterwards. start and end
// are the stretch, ns since midnight.
func (r *Recorder) Day(start, end uint64) *Day {
	r.flush()
	r.day.Start, r.day.End = start, end
	return r.day
}

func price4(p market.Price) uint32 { return uint32(p / market.ITCHUnit) }

func (r *Recorder) touch() (t Touch) {
	if len(r.bids) > 0 {
		t.Bid, t.BidQty = price4(r.bids[0].Price), uint32(r.bids[0].Qty)
	}
	if len(r.asks) > 0 {
		t.Ask, t.AskQty = price4(r.asks[0].Price), uint32(r.asks[0].Qty)
	}
	return t
}
