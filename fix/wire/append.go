package wire

import "slipstream/internal/market"

// Pairs is "00" to "99": two digits for one look-up, at twice the number.
const Pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// AppendUint appends v in decimal.
func AppendUint(dst []byte, v uint64) []byte {
	var buf [20]byte
	i := len(buf)
	for v >= 100 {
		q := v / 100
		p := (v - q*100) * 2
		i -= 2
		buf[i], buf[i+1] = Pairs[p], Pairs[p+1]
		v = q
	}
	if v >= 10 {
		i -= 2
		buf[i], buf[i+1] = Pairs[v*2], Pairs[v*2+1]
	} else {
		i--
		buf[i] = '0' + byte(v)
	}
	return append(dst, buf[i:]...)
}

// AppendInt appends v in decimal.
func AppendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return AppendUint(append(dst, '-'), uint64(-v))
	}
	return AppendUint(dst, uint64(v))
}

// AppendPadded appends v in width digits, zero padded; higher digits are cut off.
func AppendPadded(dst []byte, v uint64, width int) []byte {
	n := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := n + width - 1; i >= n && v > 0; i-- {
		dst[i] = '0' + byte(v%10)
		v /= 10
	}
	return dst
}

// AppendQty appends q as FIX Qty, without decimals.
func AppendQty(dst []byte, q market.Qty) []byte { return AppendInt(dst, int64(q)) }

// AppendPrice appends p with as many decimals as it needs, at least two.
func AppendPrice(dst []byte, p market.Price) []byte {
	u := uint64(p)
	if p < 0 {
		dst = append(dst, '-')
		u = -u
	}
	whole := u / uint64(market.PriceUnit)
	frac := u - whole*uint64(market.PriceUnit)
	dst = append(AppendUint(dst, whole), '.')
	hi := frac / 1e7 // the first two decimals
	dst = append(dst, Pairs[hi*2], Pairs[hi*2+1])
	for rest := frac - hi*1e7; rest > 0; {
		d := rest / 1e6
		dst = append(dst, '0'+byte(d))
		rest = (rest - d*1e6) * 10
	}
	return dst
}

// AppendTag appends tag and '='.
func AppendTag(dst []byte, tag uint32) []byte {
	return append(AppendUint(dst, uint64(tag)), '=')
}

// AppendField appends tag=value<SOH>.
func AppendField(dst []byte, tag uint32, value []byte) []byte {
	return append(append(AppendTag(dst, tag), value...), SOH)
}

// AppendUintField appends tag=v<SOH>.
func AppendUintField(dst []byte, tag uint32, v uint64) []byte {
	return append(AppendUint(AppendTag(dst, tag), v), SOH)
}
