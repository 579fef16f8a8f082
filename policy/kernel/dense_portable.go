package kernel

import (
	"math"
	"unsafe"
)

// packPairs puts two outputs into each 64-bit weight: one multiplication does both. The
// lower accumulator borrows from the upper one, which split undoes; both are exact.
func (d *Dense) packPairs() {
	s := &d.spec
	d.pairs = make([]int64, (s.Out+1)/2*s.In)
	for o := range s.Out {
		for i := range s.In {
			d.pairs[o/2*s.In+i] += int64(s.weight(o, i)) << (32 * (o & 1))
		}
	}
}

func split(acc int64) (lo, hi int32) {
	lo = int32(acc)
	return lo, int32((acc - int64(lo)) >> 32)
}

// row computes one row.
func (d *Dense) row(x, y unsafe.Pointer) {
	s := &d.spec
	for o := 0; o < s.Out; o += 2 {
		w := d.pairs[o/2*s.In:][:s.In]
		var a, b int64
		if len(s.W8) > 0 {
			xs := unsafe.Slice((*uint8)(x), s.In)
			i := 0
			for ; i+1 < len(xs) && i+1 < len(w); i += 2 {
				a += int64(xs[i]) * w[i]
				b += int64(xs[i+1]) * w[i+1]
			}
			if i < len(xs) {
				a += int64(xs[i]) * w[i]
			}
		} else {
			xs := unsafe.Slice((*int16)(x), s.In)
			i := 0
			for ; i+1 < len(xs) && i+1 < len(w); i += 2 {
				a += int64(xs[i]) * w[i]
				b += int64(xs[i+1]) * w[i+1]
			}
			if i < len(xs) {
				a += int64(xs[i]) * w[i]
			}
		}
		lo, hi := split(a + b)
		d.put(y, o, lo+s.Bias[o])
		if o+1 < s.Out {
			d.put(y, o+1, hi+s.Bias[o+1])
		}
	}
}

// put requantises and stores one output.
func (d *Dense) put(y unsafe.Pointer, o int, acc int32) {
	s := &d.spec
	switch s.Kind {
	case OutI32:
		*(*int32)(unsafe.Add(y, 4*o)) = acc
	case OutF32:
		*(*float32)(unsafe.Add(y, 4*o)) = float32(float32(acc) * s.M[o])
	case OutI16:
		*(*int16)(unsafe.Add(y, 2*o)) = int16(Requant(float32(float32(acc)*s.M[o]), s.Zero, s.Lo, s.Hi))
	default: // both kinds of bytes
		*(*uint8)(unsafe.Add(y, o)) = uint8(Requant(float32(float32(acc)*s.M[o]), s.Zero, s.Lo, s.Hi))
	}
}

// Requant is clamp(RNE(v) + zero, lo, hi), clamped before rounding; NaN gives lo. The
// bounds minus zero lie within 2^22 of 0: adding 1.5*2^23 rounds half to even there.
func Requant(v float32, zero, lo, hi int32) int32 {
	const magic = 1.5 * (1 << 23)
	switch {
	case !(v > float32(lo-zero)):
		return lo
	case v >= float32(hi-zero):
		return hi
	}
	return int32(math.Float32bits(float32(v+magic))) - 0x4B400000 + zero
}
