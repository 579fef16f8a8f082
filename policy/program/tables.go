package program

import "math"

// FillTable16 tabulates f over the I16 inputs x*inScale for LUT16 and the cells, in units
// of outScale, rounded half to even and clamped to 16 bits, with steps no interpolation
// could not span. The table, not f, is what a program means: it is made once, when
// compiling, so f may use math.
func FillTable16(f func(float64) float64, inScale, outScale float64) []int16 {
	t := make([]int16, 513)
	for i := range t {
		x := float64(i*128-32768) * inScale
		v := math.RoundToEven(f(x) / outScale)
		if v != v {
			v = 0
		}
		t[i] = int16(max(-32768, min(32767, v)))
		if i > 0 {
			t[i] = int16(max(int32(t[i-1])-32767, min(int32(t[i-1])+32767, int32(t[i]))))
		}
	}
	return t
}

// FillTable8 tabulates f for LUT8: the input byte q means (q-inZero)*inScale (q as a signed
// byte for I8), the entry is f in units of outScale around r.Zero, clamped to r.
func FillTable8(f func(float64) float64, in DType, inScale float64, inZero int32, outScale float64, r Range) []int32 {
	t := make([]int32, 256)
	for i := range t {
		q := int32(i)
		if in == I8 {
			q = int32(int8(i))
		}
		v := math.RoundToEven(f(float64(q-inZero)*inScale)/outScale) + float64(r.Zero)
		if v != v {
			v = float64(r.Zero)
		}
		t[i] = int32(max(float64(r.Lo), min(float64(r.Hi), v)))
	}
	return t
}

// PairsSafe reports that no two neighbouring inputs (2k, 2k+1) of any output can leave
// 16 bits in vpmaddubsw, with x[i] in [0, lim[i]]: the AVX2 byte kernel is exact then.
// The Machine asks the same and otherwise takes the 16-bit kernel, whose bits are the same.
func PairsSafe(w []int8, in, out int, lim []uint8) bool {
	if in < 1 || out < 0 || len(w) < in*out || len(lim) < in {
		return false
	}
	for o := range out {
		row := w[o*in : (o+1)*in]
		for i := 0; i < in; i += 2 {
			var pos, neg int32
			for k := i; k < min(i+2, in); k++ {
				v := int32(row[k]) * int32(lim[k])
				pos += max(v, 0)
				neg += min(v, 0)
			}
			if pos > 32767 || neg < -32768 {
				return false
			}
		}
	}
	return true
}
