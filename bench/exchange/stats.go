package exchange

import (
	"math/bits"
	"sort"

	"slipstream/internal/market"
)

const statChunk = 4096

// series is a log of time-ordered entries in a ring of chunks; the oldest chunk is
// overwritten when it is full.
type series[T any] struct {
	chunks []*[statChunk]T
	n      uint64 // entries ever
}

func newSeries[T any](keep int) series[T] {
	return series[T]{chunks: make([]*[statChunk]T, keep/statChunk+2)}
}

func (s *series[T]) add(v T) {
	at := s.n / statChunk % uint64(len(s.chunks))
	if s.chunks[at] == nil {
		s.chunks[at] = new([statChunk]T)
	}
	s.chunks[at][s.n%statChunk] = v
	s.n++
}

func (s *series[T]) at(i uint64) *T {
	return &s.chunks[i/statChunk%uint64(len(s.chunks))][i%statChunk]
}

// first is the oldest index that is still kept.
func (s *series[T]) first() uint64 {
	full := s.n / statChunk
	if keep := uint64(len(s.chunks)) - 1; full > keep {
		return (full - keep) * statChunk
	}
	return 0
}

// search is the first kept index for which after is true, n when there is none.
func (s *series[T]) search(after func(*T) bool) uint64 {
	lo := s.first()
	return lo + uint64(sort.Search(int(s.n-lo), func(i int) bool { return after(s.at(lo + uint64(i))) }))
}

type tradeEntry struct {
	at    uint64 // ns since midnight
	price uint32
	qty   uint32 // top bit: an own order took part
}

const ownBit = 1 << 31

type touchEntry struct {
	at       uint64
	bid, ask uint32 // 0 = none
}

// stats are the per-instrument logs for transaction-cost analysis.
type stats struct {
	trades  []series[tradeEntry]
	touches []series[touchEntry]
	last    []touchEntry
}

func newStats(instruments, keep int) *stats {
	s := &stats{
		trades:  make([]series[tradeEntry], instruments),
		touches: make([]series[touchEntry], instruments),
		last:    make([]touchEntry, instruments),
	}
	for i := range s.trades {
		s.trades[i] = newSeries[tradeEntry](keep)
		s.touches[i] = newSeries[touchEntry](keep)
	}
	return s
}

func (s *stats) trade(inst uint16, at uint64, price, qty uint32, own bool) {
	if own {
		qty |= ownBit
	}
	s.trades[inst].add(tradeEntry{at: at, price: price, qty: qty})
}

func (s *stats) touch(inst uint16, at uint64, bid, ask uint32) {
	if l := &s.last[inst]; l.bid != bid || l.ask != ask {
		*l = touchEntry{at: at, bid: bid, ask: ask}
		s.touches[inst].add(*l)
	}
}

// Volume is what traded in an interval.
type Volume struct {
	Qty    market.Qty // all printed shares, ours included
	OwnQty market.Qty // shares of trades in which an own order took part
	// VWAP is the mean price of Qty, VWAPOthers of Qty - OwnQty; 0 when that is 0.
	VWAP, VWAPOthers market.Price
	Trades           int
	Complete         bool // false: the log no longer reaches back to the start
}

// between sums the trades with from <= at <= to (ns since midnight).
func (s *stats) between(inst uint16, from, to uint64) Volume {
	t := &s.trades[inst]
	i := t.search(func(e *tradeEntry) bool { return e.at >= from })
	v := Volume{Complete: t.first() == 0 || i > t.first()}
	var all, others sum
	for ; i < t.n; i++ {
		e := t.at(i)
		if e.at > to {
			break
		}
		q := e.qty &^ ownBit
		v.Trades++
		v.Qty += market.Qty(q)
		all.add(q, e.price)
		if e.qty&ownBit != 0 {
			v.OwnQty += market.Qty(q)
		} else {
			others.add(q, e.price)
		}
	}
	v.VWAP, v.VWAPOthers = all.mean(v.Qty), others.mean(v.Qty-v.OwnQty)
	return v
}

// sum is a 128-bit sum of quantity times price in 1e-4.
type sum struct{ hi, lo uint64 }

func (s *sum) add(qty, price uint32) {
	var c uint64
	s.lo, c = bits.Add64(s.lo, uint64(qty)*uint64(price), 0)
	s.hi += c
}

// sub takes back what add added.
func (s *sum) sub(qty, price uint32) {
	var b uint64
	s.lo, b = bits.Sub64(s.lo, uint64(qty)*uint64(price), 0)
	s.hi -= b
}

// mean is the sum over qty, rounded half up to 1e-9.
func (s *sum) mean(qty market.Qty) market.Price {
	if qty <= 0 {
		return 0
	}
	// The mean is below 2^32 in 1e-4, so its value in 1e-9 fits 64 bits.
	hi, lo := bits.Mul64(s.lo, uint64(market.ITCHUnit))
	hi += s.hi * uint64(market.ITCHUnit)
	lo, c := bits.Add64(lo, uint64(qty)/2, 0)
	q, _ := bits.Div64(hi+c, lo, uint64(qty))
	return market.Price(q)
}

// touchAt is the touch after all events up to and including t.
func (s *stats) touchAt(inst uint16, t uint64) (touchEntry, bool) {
	l := &s.touches[inst]
	i := l.search(func(e *touchEntry) bool { return e.at > t })
	if i == l.first() {
		return touchEntry{}, false
	}
	return *l.at(i - 1), true
}
