package wire

import "slipstream/internal/market"

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
	decimals, digits, seenDot := 0, 0, false
	exact = true
	for _, c := range b {
		d := uint64(c) - '0'
		switch {
		case d <= 9:
			digits++
			if seenDot {
				if decimals == priceDecimals {
					exact = exact && d == 0
					continue
				}
				decimals++
			}
			if u > (1<<63-1-9)/10 {
				return 0, false, false
			}
			u = u*10 + d
		case c == '.' && !seenDot:
			seenDot = true
		default:
			return 0, false, false
		}
	}
	scale := pow10[priceDecimals-decimals]
	if digits == 0 || u > (1<<63-1)/scale {
		return 0, false, false
	}
	u *= scale
	if neg {
		return -int64(u), exact, true
	}
	return int64(u), exact, true
}
