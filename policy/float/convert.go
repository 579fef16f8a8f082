package float

import (
	"fmt"
	"math"

	"slipstream/policy/graph"
)

// Check reports a tensor whose data does not fit its dims.
func Check(t *Tensor) error {
	for _, d := range t.Dims {
		if d < 0 {
			return fmt.Errorf("negative dimension in %v", t.Dims)
		}
	}
	have := len(t.I)
	switch {
	case t.DType == graph.String:
		have = len(t.S)
	case t.DType == graph.Float64:
		have = len(t.D)
	case t.DType.IsFloat():
		have = len(t.F)
	}
	if have != t.Len() {
		return fmt.Errorf("dims %v hold %d elements, the data has %d", t.Dims, t.Len(), have)
	}
	return nil
}

// reals is the content as float64; the result must not be written to.
func reals(t *Tensor) []float64 {
	if t.DType == graph.Float64 {
		return t.D
	}
	v := make([]float64, t.Len())
	for i := range v {
		v[i] = t.At(i)
	}
	return v
}

// set stores v as element i, rounded or wrapped to the type.
func set(t *Tensor, i int, v float64) {
	switch t.DType {
	case graph.Float32:
		t.F[i] = float32(v)
	case graph.Float64:
		t.D[i] = v
	case graph.Float16:
		t.F[i] = RoundHalf(float32(v))
	case graph.BFloat16:
		t.F[i] = RoundBrain(float32(v))
	default:
		t.I[i] = truncate(v, t.DType)
	}
}

// truncate converts toward zero; NaN gives 0, what does not fit int64 saturates.
func truncate(v float64, d graph.DType) int64 {
	switch {
	case d == graph.Bool:
		if v != 0 {
			return 1
		}
		return 0
	case v != v:
		return 0
	case d == graph.Uint64 && v >= 1<<63:
		if v >= 1<<64 {
			return -1
		}
		return int64(uint64(v))
	case v >= math.MaxInt64:
		return Wrap(math.MaxInt64, d)
	case v <= math.MinInt64:
		return Wrap(math.MinInt64, d)
	}
	return Wrap(int64(v), d)
}

// Wrap reduces an integer modulo the type's size.
func Wrap(v int64, d graph.DType) int64 {
	switch d {
	case graph.Bool:
		return v & 1
	case graph.Uint8:
		return int64(uint8(v))
	case graph.Int8:
		return int64(int8(v))
	case graph.Uint16:
		return int64(uint16(v))
	case graph.Int16:
		return int64(int16(v))
	case graph.Uint32:
		return int64(uint32(v))
	case graph.Int32:
		return int64(int32(v))
	case graph.Uint4:
		return v & 15
	case graph.Int4:
		return v << 60 >> 60
	}
	return v
}

// saturate clamps an integer to the type's range.
func saturate(v int64, d graph.DType) int64 {
	lo, hi := d.Range()
	return min(max(v, lo), hi)
}

// RoundBrain rounds to bfloat16, half to even.
func RoundBrain(v float32) float32 {
	b := math.Float32bits(v)
	if v != v {
		return v
	}
	return math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
}

// RoundHalf rounds to IEEE binary16, half to even.
func RoundHalf(v float32) float32 {
	a := math.Abs(float64(v))
	switch {
	case v != v || v == 0 || math.IsInf(a, 0):
		return v
	case a >= 65520:
		return float32(math.Copysign(math.Inf(1), float64(v)))
	}
	_, e := math.Frexp(a) // a = m * 2^e, m in [0.5, 1)
	ulp := math.Ldexp(1, max(e-11, -24))
	return float32(math.RoundToEven(float64(v)/ulp) * ulp)
}

// HalfBits decodes IEEE binary16.
func HalfBits(b uint16) float32 {
	sign, e, m := float64(1), int(b>>10&31), float64(b&1023)
	if b>>15 != 0 {
		sign = -1
	}
	switch {
	case e == 0:
		return float32(sign * math.Ldexp(m, -24))
	case e == 31 && m == 0:
		return float32(math.Inf(int(sign)))
	case e == 31:
		return float32(math.NaN())
	}
	return float32(sign * math.Ldexp(1024+m, e-25))
}
