package tca

import (
	"math/bits"

	"slipstream/internal/market"
)

// Money is a signed 128-bit amount in halves of 1e-9 of the currency unit, so
// that quantity times mid is exact. The sum of 2^63 products of two int64 prices and
// quantities would be needed to leave it.
type Money struct {
	hi int64
	lo uint64
}

// Mid is a mid price: bid plus ask, that is twice the mid, so that it is exact.
type Mid int64

// MidOf is the mid of a touch.
func MidOf(bid, ask market.Price) Mid { return Mid(bid + ask) }

// Float is the mid in currency units, for display and division.
func (m Mid) Float() float64 { return float64(m) / (2 * float64(market.PriceUnit)) }

// amount is price2*q, where price2 is a price in halves of 1e-9.
func amount(price2 int64, q market.Qty) Money {
	a, b := price2, int64(q)
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	// Two's complement: an unsigned product counts 2^64 too much for each negative factor.
	if a < 0 {
		hi -= uint64(b)
	}
	if b < 0 {
		hi -= uint64(a)
	}
	return Money{int64(hi), lo}
}

// paid is q shares at p.
func paid(p market.Price, q market.Qty) Money { return amount(int64(p), q).Add(amount(int64(p), q)) }

// atMid is q shares at a mid.
func atMid(m Mid, q market.Qty) Money { return amount(int64(m), q) }

// Add is m+n.
func (m Money) Add(n Money) Money {
	lo, carry := bits.Add64(m.lo, n.lo, 0)
	hi, _ := bits.Add64(uint64(m.hi), uint64(n.hi), carry)
	return Money{int64(hi), lo}
}

// Sub is m-n.
func (m Money) Sub(n Money) Money {
	lo, borrow := bits.Sub64(m.lo, n.lo, 0)
	hi, _ := bits.Sub64(uint64(m.hi), uint64(n.hi), borrow)
	return Money{int64(hi), lo}
}

// Neg is -m.
func (m Money) Neg() Money { return Money{}.Sub(m) }

// signed is m for a buy and -m for a sell: money paid as a cost of side s.
func (m Money) signed(s market.Side) Money {
	if s == market.Sell {
		return m.Neg()
	}
	return m
}

// IsZero reports whether m is exactly nothing.
func (m Money) IsZero() bool { return m == Money{} }

// Sign is -1, 0 or 1.
func (m Money) Sign() int {
	switch {
	case m.hi < 0:
		return -1
	case m.IsZero():
		return 0
	}
	return 1
}

// Float is m in currency units, rounded to a float64.
func (m Money) Float() float64 {
	if m.hi < 0 {
		return -m.Neg().Float()
	}
	return (float64(m.hi)*(1<<64) + float64(m.lo)) / (2 * float64(market.PriceUnit))
}

// bps is 1e4*m/of; undefined when of is nothing.
func (m Money) bps(of Money) Number {
	if of.IsZero() {
		return Number{}
	}
	return Known(1e4 * m.Float() / of.Float())
}
