package schedule

import (
	"math/bits"

	"slipstream/internal/market"
)

const (
	// Points is the number of equal parts a Curve cuts the window into.
	Points = 64
	// One is a Curve's value for the whole quantity.
	One = 1 << 31
)

// Curve is the fraction of the quantity that is done when j/64 of the window has
// passed, in units of 1/One: c[0] = 0, c[64] = One, never falling. 260 bytes, by
// value, so that a parent holds its own.
type Curve [Points + 1]uint32

// Linear is TWAP: equal quantities in equal times.
func Linear() (c Curve) {
	for j := range c {
		c[j] = uint32(j * (One / Points))
	}
	return c
}

// Target is the quantity that should be done at now of a parent of qty shares
// worked over [start, end): the curve, linear between its points, rounded down to
// the lot; 0 up to start, exactly qty from end on. A window that is empty or
// backwards has ended at end; qty < 0 counts as 0, lot < 1 as 1.
func (c *Curve) Target(qty, lot market.Qty, start, end, now market.Nanos) market.Qty {
	if qty <= 0 {
		return 0
	}
	if now >= end {
		return qty
	}
	if now <= start {
		return 0
	}
	j, part := c.at(start, end, now)
	// part may be below the true fraction by under 2^-63; the added unit makes up
	// for it, so that 1/10 of the window of 100 shares is 10 and not 9.
	hi, lo := bits.Mul64(uint64(qty), uint64(c[j])<<32+part+1)
	return floorLot(market.Qty(hi<<1|lo>>63), qty, lot)
}

// at is the point before now and what the curve rises after it, in 1/2^63, rounded
// down. start < now < end.
func (c *Curve) at(start, end, now market.Nanos) (j int, part uint64) {
	window := uint64(end) - uint64(start) // exact also when the difference leaves int64
	hi, lo := bits.Mul64(uint64(now)-uint64(start), Points)
	point, rest := bits.Div64(hi, lo, window)
	j = int(point) & (Points - 1) // now < end, so point < Points
	if c[j+1] <= c[j] {
		return j, 0
	}
	hi, lo = bits.Mul64(uint64(c[j+1]-c[j])<<32, rest)
	part, _ = bits.Div64(hi, lo, window)
	return j, part
}

// floorLot is q, within [0, qty], rounded down to a multiple of lot.
func floorLot(q, qty, lot market.Qty) market.Qty {
	q = min(max(q, 0), qty)
	if lot > 1 {
		q -= q % lot
	}
	return q
}
