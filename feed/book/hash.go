package book

import "slipstream/internal/market"

// Hash identifies the state of both sides: every order's reference, price and
// quantity in priority order, bids before asks. Two books with equal orders in equal
// priority have equal hashes, whatever led there.
func (b *Book) Hash() uint64 {
	h := NewHash()
	for _, s := range [2]market.Side{market.Buy, market.Sell} {
		l := &b.side[sideIndex(s)]
		for i := l.n; i > 0; i-- {
			lv := &b.bs.levels[uint32(b.bs.rungs[l.off+i-1])]
			price := market.Price(l.price(lv.key)) * market.ITCHUnit
			for o := lv.head; o != 0; o = b.bs.orders[o].next {
				h = h.Order(s, b.bs.orders[o].ref, price, market.Qty(b.bs.orders[o].qty))
			}
		}
	}
	return uint64(h)
}

// Hash is Book.Hash for books kept elsewhere (the exchange's own): start with
// NewHash, then call Order for every open order, bids first, best price first, in
// time priority.
type Hash uint64

// NewHash is the hash of an empty book.
func NewHash() Hash { return 0xCBF29CE484222325 }

// Order is the hash with one more order.
func (h Hash) Order(s market.Side, ref uint64, p market.Price, q market.Qty) Hash {
	x := uint64(h)
	for _, v := range [3]uint64{ref, uint64(p)<<1 | uint64(sideIndex(s)), uint64(q)} {
		x = (x ^ v) * 0x9E3779B97F4A7C15
		x ^= x >> 29
	}
	return Hash(x)
}
