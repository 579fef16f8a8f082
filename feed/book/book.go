package book

import (
	"math/bits"

	"slipstream/internal/market"
)

// Book is one instrument's book; a view into its Books, valid for as long.
type Book struct {
	bs        *Books
	side      [2]ladder // sideIndex
	sym       uint64    // symbol as eight big-endian bytes
	lastNanos uint64
	qty       uint64 // traded, shares
	notionHi  uint64 // traded, Price(4) x shares
	notionLo  uint64
	lastPx    uint32
	crossPx   uint32
	crossQty  uint64
	crosses   uint32
	id        market.InstrumentID
	locate    uint16
	preset    uint16
	located   bool
	trust     Trust
	state     TradingState
	opHalt    bool
	symbol    market.Symbol
}

// Level is one price level; zero Qty means there is none.
type Level struct {
	Price  market.Price
	Qty    market.Qty
	Orders int32
}

// Instrument is the instrument's index.
func (b *Book) Instrument() market.InstrumentID { return b.id }

// Symbol is the instrument's symbol.
func (b *Book) Symbol() market.Symbol { return b.symbol }

// Locate is the day's Stock Locate; ok is false before it is known.
func (b *Book) Locate() (locate uint16, ok bool) { return b.locate, b.located }

// Best is the best level of a side.
func (b *Book) Best(s market.Side) Level {
	l := &b.side[sideIndex(s)]
	return b.bs.level(l, b.bs.best(l))
}

// At is the level of a side at a price.
func (b *Book) At(s market.Side, p market.Price) Level {
	if p < 0 || p%market.ITCHUnit != 0 || p/market.ITCHUnit > 1<<32-1 {
		return Level{}
	}
	l := &b.side[sideIndex(s)]
	if pos, found := b.bs.seek(l, l.key(uint32(p/market.ITCHUnit))); found {
		return b.bs.level(l, uint32(b.bs.rungs[l.off+pos]))
	}
	return Level{}
}

// Levels is the number of price levels of a side.
func (b *Book) Levels(s market.Side) int { return int(b.side[sideIndex(s)].n) }

// Depth fills dst with the best levels of a side, best first, and returns how many
// of them there are as dst[:n], n <= len(dst).
func (b *Book) Depth(s market.Side, dst []Level) []Level {
	l := &b.side[sideIndex(s)]
	r := b.bs.rungs[l.off : l.off+l.n]
	n := 0
	for i := len(r) - 1; i >= 0 && n < len(dst); i-- {
		dst[n] = b.bs.level(l, uint32(r[i]))
		n++
	}
	return dst[:n]
}

func (bs *Books) level(l *ladder, s uint32) Level {
	if s == 0 {
		return Level{}
	}
	lv := &bs.levels[s]
	return Level{
		Price:  market.Price(l.price(lv.key)) * market.ITCHUnit,
		Qty:    market.Qty(lv.qty),
		Orders: int32(lv.orders),
	}
}

// Order is one open order, as Each gives it.
type Order struct {
	Ref   uint64
	Qty   market.Qty
	Price market.Price
	Side  market.Side
}

// Each calls fn for every open order of a side in price-time priority until it
// returns false. For dumps and tests: it walks links, a cache miss each.
func (b *Book) Each(s market.Side, fn func(Order) bool) {
	l := &b.side[sideIndex(s)]
	for i := l.n; i > 0; i-- {
		lv := &b.bs.levels[uint32(b.bs.rungs[l.off+i-1])]
		price := market.Price(l.price(lv.key)) * market.ITCHUnit
		for o := lv.head; o != 0; o = b.bs.orders[o].next {
			if !fn(Order{b.bs.orders[o].ref, market.Qty(b.bs.orders[o].qty), price, s}) {
				return
			}
		}
	}
}

// Each walks the orders of one side of an instrument; see Book.Each.
func (bs *Books) Each(id market.InstrumentID, s market.Side, fn func(Order) bool) {
	if b := bs.Book(id); b != nil {
		b.Each(s, fn)
	}
}

// Traded is the continuous volume of the day: shares, and their notional in 1e-9 of
// the currency unit as a 128-bit number. It counts E, C with Printable 'Y', and P;
// crosses are apart. A broken trade is not taken back.
func (b *Book) Traded() (qty market.Qty, notionalHi, notionalLo uint64) {
	hi, lo := bits.Mul64(b.notionLo, uint64(market.ITCHUnit))
	return market.Qty(b.qty), hi + b.notionHi*uint64(market.ITCHUnit), lo
}

// Crossed is the volume of the day's crosses (Q), the price of the last and how many.
func (b *Book) Crossed() (qty market.Qty, last market.Price, n int) {
	return market.Qty(b.crossQty), market.Price(b.crossPx) * market.ITCHUnit, int(b.crosses)
}

// LastPx is the price of the last continuous trade, 0 before the first.
func (b *Book) LastPx() market.Price { return market.Price(b.lastPx) * market.ITCHUnit }

// LastNanos is the Timestamp of the last message of this instrument, in ns since
// midnight of the exchange's day.
func (b *Book) LastNanos() uint64 { return b.lastNanos }

// Trust is how far the book may be believed.
func (b *Book) Trust() Trust { return b.trust }

// Halt is the trading state; an operational halt of Nasdaq's gives Halted.
func (b *Book) Halt() TradingState {
	if b.opHalt {
		return Halted
	}
	return b.state
}
