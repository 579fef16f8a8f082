package wire

import (
	"math/bits"

	"slipstream/internal/market"
)

// digitsMax is how many decimal digits always fit an int64.
const digitsMax = 18

// ParseUint reads one or more digits, leading zeros allowed. ok is false for
// anything else, and from 1e18 up.
func ParseUint(b []byte) (v uint64, ok bool) {
	if len(b) > digitsMax {
		for len(b) > digitsMax && b[0] == '0' {
			b = b[1:]
		}
	}
	if len(b) == 0 || len(b) > digitsMax {
		return 0, false
	}
	for _, c := range b {
		d := uint64(c) - '0'
		if d > 9 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, true
}

// ParseInt reads an optional minus sign and what ParseUint reads.
func ParseInt(b []byte) (v int64, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	u, ok := ParseUint(b)
	if neg {
		return -int64(u), ok
	}
	return int64(u), ok
}

// priceDecimals is how many decimals a market.Price holds.
const priceDecimals = 9

var pow10 = [priceDecimals + 1]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// ParsePrice reads a FIX Price (float without exponent) exactly; ok is false when
// it has a digit other than 0 after the ninth decimal, or does not fit.
func ParsePrice(b []byte) (market.Price, bool) {
	v, exact, ok := parseDecimal(b)
	return market.Price(v), ok && exact
}

// ParsePriceTrunc is ParsePrice for averages such as AvgPx(6): decimals after the
// ninth are cut off.
func ParsePriceTrunc(b []byte) (market.Price, bool) {
	v, _, ok := parseDecimal(b)
	return market.Price(v), ok
}

// ParseQty reads a FIX Qty: digits, and decimals only if they are zeros.
func ParseQty(b []byte) (market.Qty, bool) {
	if v, ok := ParseUint(b); ok {
		return market.Qty(v), true
	}
	dot := 0
	for dot < len(b) && b[dot] != '.' {
		dot++
	}
	v, ok := ParseUint(b[:dot])
	if !ok || dot == len(b) {
		return 0, false
	}
	for _, c := range b[dot+1:] {
		if c != '0' {
			return 0, false
		}
	}
	return market.Qty(v), true
}

// parseDecimal reads [-]digits[.digits], with a digit somewhere, in units of
// 1e-9. exact is false when digits other than 0 were cut off.
func parseDecimal(b []byte) (v int64, exact, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	var u uint64
	i := 0
	for ; i < len(b); i++ {
		d := uint64(b[i]) - '0'
		if d > 9 {
			break
		}
		if i >= digitsMax && u > maxTenth { // 18 digits always fit
			return 0, false, false
		}
		u = u*10 + d
	}
	decimals := 0
	exact = true
	if i == len(b) {
		ok = i > 0
	} else if b[i] == '.' {
		decimals, exact, ok = parseFraction(b[i+1:], &u)
		ok = ok && len(b) > 1
	}
	hi, lo := bits.Mul64(u, pow10[priceDecimals-decimals])
	if !ok || hi != 0 || lo > 1<<63-1 {
		return 0, false, false
	}
	if neg {
		return -int64(lo), exact, true
	}
	return int64(lo), exact, true
}

// parseFraction appends up to nine decimals to u and says how many.
func parseFraction(b []byte, u *uint64) (decimals int, exact, ok bool) {
	kept := b[:min(len(b), priceDecimals)]
	x := *u
	if x > (1<<63-1)/uint64(market.PriceUnit) { // more than any Price holds
		return 0, false, false
	}
	for _, c := range kept {
		d := uint64(c) - '0'
		if d > 9 {
			return 0, false, false
		}
		x = x*10 + d
	}
	exact = true
	for _, c := range b[len(kept):] {
		if c-'0' > 9 {
			return 0, false, false
		}
		exact = exact && c == '0'
	}
	*u = x
	return len(kept), exact, true
}

// maxTenth: a number up to this takes one more digit and still fits 64 bits.
const maxTenth = (1<<63 - 1) / 10
