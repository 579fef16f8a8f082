package book

import (
	"encoding/binary"

	"slipstream/internal/market"
)

// Books are the books of all configured instruments.
type Books struct {
	orders []order // slot 0 is never used
	levels []level // slot 0 is never used
	rungs  []uint64
	refs   table
	books  []Book
	marks  []mark // index 0 is never used

	bySym   map[uint64]uint16 // cold: symbol to InstrumentID+1
	locates []uint16          // by Stock Locate: InstrumentID+1, or one of the values below

	freeOrder, orderTop uint32
	freeLevel, levelTop uint32
	rungTop             uint32
	seq                 uint32
	freeMark            uint16
	system              byte // the last System Event Code, 0 before the first
	regions             [regionSizes]uint32

	c Counters
}

// Values of Books.locates beside InstrumentID+1.
const (
	locateUnknown uint16 = 0
	locateOrphan  uint16 = 1<<16 - 2 // not named yet, and messages with it were passed over
	locateForeign uint16 = 1<<16 - 1 // a stock that is not configured
)

// New makes empty books; it is the only allocation.
func New(cfg Config) (*Books, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.filled()
	bs := &Books{
		orders:  newSlab[order](cfg.MaxOrders + 1),
		levels:  newSlab[level](cfg.MaxLevels + 1),
		rungs:   newSlab[uint64](rungCount(cfg.MaxLevels, len(cfg.Instruments))),
		refs:    newTable(cfg.MaxOrders),
		books:   make([]Book, len(cfg.Instruments)),
		marks:   newSlab[mark](cfg.MaxOwn + 1),
		locates: newSlab[uint16](1 << 16),
		bySym:   make(map[uint64]uint16, len(cfg.Instruments)),
	}
	for i, in := range cfg.Instruments {
		b := &bs.books[i]
		b.bs, b.id, b.symbol = bs, in.ID, in.Symbol
		b.sym = binary.BigEndian.Uint64(in.Symbol[:])
		bs.bySym[b.sym] = uint16(i) + 1
		if i < len(cfg.Locates) {
			b.preset = cfg.Locates[i]
		}
	}
	bs.Reset()
	return bs, nil
}

// Reset empties every book, forgets learned locates, marks and trading states, and
// trusts again: a new session's start. Counters of what happened stay.
func (bs *Books) Reset() {
	clear(bs.refs.e)
	clear(bs.locates)
	bs.freeOrder, bs.orderTop = 0, 1
	bs.freeLevel, bs.levelTop = 0, 1
	bs.rungTop, bs.seq, bs.system = 0, 0, 0
	for i := range bs.regions {
		bs.regions[i] = noRegion
	}
	bs.freeMark = 0
	for m := len(bs.marks) - 1; m > 0; m-- {
		bs.marks[m] = mark{next: bs.freeMark}
		bs.freeMark = uint16(m)
	}
	for i := range bs.books {
		b := &bs.books[i]
		*b = Book{bs: bs, id: b.id, symbol: b.symbol, sym: b.sym, preset: b.preset}
		b.side[1].mask = ^uint32(0)
		if b.preset != 0 {
			bs.locates[b.preset] = uint16(b.id) + 1
			b.locate, b.located = b.preset, true
		}
	}
	bs.c.Orders, bs.c.Levels, bs.c.Own = 0, 0, 0
}

// Len is the number of instruments.
func (bs *Books) Len() int { return len(bs.books) }

// Book is the book of an instrument, nil for one that is not configured.
func (bs *Books) Book(id market.InstrumentID) *Book {
	if int(id) >= len(bs.books) {
		return nil
	}
	return &bs.books[id]
}

// SetTrust sets an instrument's trust: Stale after a permanent gap, Good by an
// operator's word or after a rebuild.
func (bs *Books) SetTrust(id market.InstrumentID, t Trust) {
	if int(id) < len(bs.books) {
		bs.books[id].trust = t
	}
}

// SystemEvent is the last System Event Code (ITCH 4.1): 'O', 'S', 'Q', 'M', 'E',
// 'C', or 0 before the first.
func (bs *Books) SystemEvent() byte { return bs.system }

// Counters counts what happened to the messages; all but the gauges only grow.
type Counters struct {
	Messages uint64             // all
	Applied  uint64             // concerned one of our instruments and fitted
	Foreign  uint64             // of stocks that are not configured
	Orphans  uint64             // of a locate that no message has named yet
	Types    uint64             // of a type that is not ITCH 5.0
	Faults   [FaultCount]uint64 // by cause
	Broken   uint64             // B: volume of the match stays in Traded
	OwnFull  uint64             // MarkOwn refused

	Orders, Levels, Own uint64 // gauges: open now
}

// Bad is the number of messages that were malformed or inconsistent.
func (c *Counters) Bad() (n uint64) {
	for f := FaultShape; f < FaultOrdersFull; f++ {
		n += c.Faults[f]
	}
	return n
}

// Full is the number of orders that were not stored for want of room.
func (c *Counters) Full() uint64 { return c.Faults[FaultOrdersFull] + c.Faults[FaultLevelsFull] }

// Counters is a copy of the counters.
func (bs *Books) Counters() Counters { return bs.c }
