package schedule

import "math/bits"

// KappaTMaxMilli is the largest urgency that makes a difference: with kappa*T of
// 1,000 all but 2e-7 of the quantity is due in the first 64th of the window.
const KappaTMaxMilli = 1_000_000

// one62 is 1 in the fixed point of this file.
const one62 = 1 << 62

// AlmgrenChriss is the optimal trajectory of Almgren and Chriss (2000) for linear
// temporary impact: with u the passed part of the window, the remaining part is
// sinh(kappaT(1-u))/sinh(kappaT). kappaTMilli is kappa*T, the urgency, in
// thousandths: 0 is TWAP, 1,000 is mild, 5,000 has nearly everything done by half time;
// above KappaTMaxMilli counts as that.
//
// With r = exp(-kappaT/64) the remaining part at j/64 is
// (r^j - r^(128-j)) / (1 - r^128): no large numbers, and integer arithmetic, so the
// bits are the same everywhere. Error below 1e-9.
func AlmgrenChriss(kappaTMilli uint32) Curve {
	if kappaTMilli == 0 {
		return Linear()
	}
	pow := powers(expNeg(uint64(min(kappaTMilli, KappaTMaxMilli))))
	var c Curve
	den := one62 - pow[2*Points]
	for j := range c {
		num := min(pow[j]-pow[2*Points-j], den)
		hi, lo := bits.Mul64(num, One)
		left, _ := bits.Div64(hi, lo, den)
		c[j] = uint32(One - left)
		if j > 0 {
			c[j] = max(c[j], c[j-1])
		}
	}
	c[0], c[Points] = 0, One
	return c
}

// powers is r^0 .. r^128 in 1/2^62, for r in the same.
func powers(r uint64) (p [2*Points + 1]uint64) {
	p[0] = one62
	for j := 1; j < len(p); j++ {
		p[j] = min(mul62(p[j-1], r), p[j-1])
	}
	return p
}

// expNeg is exp(-kappaT/64) in 1/2^62, for kappaT in thousandths, at most
// KappaTMaxMilli. The argument is halved until it is below 1/2, where 18 terms of
// the series are exact to the last bit, and the result squared as often.
func expNeg(kappaTMilli uint64) uint64 {
	halvings := 0
	den := uint64(1000 * Points)
	for 2*kappaTMilli > den {
		den *= 2
		halvings++
	}
	hi, lo := bits.Mul64(kappaTMilli, one62)
	y, _ := bits.Div64(hi, lo, den)
	// exp(-y) = 1 - y(1 - y/2(1 - y/3(...))), from the inside out: every bracket is
	// within (0, 1].
	e := uint64(one62)
	for n := uint64(18); n >= 1; n-- {
		e = one62 - mul62(y/n, e)
	}
	for ; halvings > 0; halvings-- {
		e = mul62(e, e)
	}
	return e
}

// mul62 is a*b for a, b <= 1 in 1/2^62, rounded to nearest.
func mul62(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	lo, carry := bits.Add64(lo, 1<<61, 0)
	return (hi+carry)<<2 | lo>>62
}
