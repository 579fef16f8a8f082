package kernel

import (
	"math"
	"unsafe"
)

// normArgs are the numbers of a row as the assembly reads them.
type normArgs struct {
	n, sum   int32
	scale    float32
	flo, fhi float32
	zero     int32
}

// NormSpec is program.LayerNormQ from 16 to 16 bits with XZero 0.
type NormSpec struct {
	Rows, N      int
	RMS          bool
	Eps          float64
	Gamma, Beta  []float32
	Zero, Lo, Hi int32
}

// Norm is a packed normalisation.
type Norm struct {
	s    NormSpec
	args normArgs
	use  Use
}

// NewNorm prepares one. N is at most 1<<14, so that N*x-sum fits 32 bits.
func NewNorm(s NormSpec, use Use) *Norm {
	return &Norm{s: s, use: use, args: normArgs{n: int32(s.N), flo: float32(s.Lo - s.Zero), fhi: float32(s.Hi - s.Zero), zero: s.Zero}}
}

// Run normalises every row.
func (l *Norm) Run(x, y unsafe.Pointer) {
	for r := range l.s.Rows {
		l.row(unsafe.Slice((*int16)(unsafe.Add(x, 2*r*l.s.N)), l.s.N), unsafe.Slice((*int16)(unsafe.Add(y, 2*r*l.s.N)), l.s.N))
	}
}

func (l *Norm) row(x, y []int16) {
	var s, ss int64
	at := 0
	if l.use == AVX2 && len(x) >= 8 {
		at = len(x) &^ 7
		s, ss = rowSums(&x[0], len(x)/8)
	}
	for _, v := range x[at:] {
		w := int64(v)
		s += w
		ss += w * w
	}
	if l.s.RMS {
		s = 0
	}
	n := int64(l.s.N)
	l.args.sum = int32(s)
	l.args.scale = float32(1 / math.Sqrt(float64(float64(n*ss-s*s)+l.s.Eps)))
	at = 0
	if l.use == AVX2 && len(x) >= 8 {
		at = len(x) &^ 7
		normRow(&x[0], &y[0], &l.s.Gamma[0], &l.s.Beta[0], len(x)/8, (*byte)(unsafe.Pointer(&l.args)))
	}
	for ; at < len(x); at++ {
		v := float32(float32(n*int64(x[at])-s) * l.args.scale)
		v = float32(float32(v*l.s.Gamma[at]) + l.s.Beta[at])
		y[at] = int16(Requant(v, l.s.Zero, l.s.Lo, l.s.Hi))
	}
}
