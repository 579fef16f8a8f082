package kernel

import (
	"math"
	"unsafe"
)

// normArgs are a normalisation as the assembly reads it (gen/norm.go has the offsets).
type normArgs struct {
	x, y             unsafe.Pointer
	gamma, beta      *float32
	rows, blocks     int64
	n                int64
	eps              float64
	mean             int64 // 1, or 0 for RMS
	xStride, yStride int64 // bytes
	xBytes, yBytes   int64 // 1 for bytes, 0 for 16 bits
	flo, fhi         float32
	zero             int32
	xZero            uint32 // in both words
}

// NormSpec is program.LayerNormQ from bytes, or from 16 bits with XZero 0.
type NormSpec struct {
	Rows, N        int
	XBytes, YBytes bool // else 16 bits
	XZero          int32
	RMS            bool
	Eps            float64
	Gamma, Beta    []float32
	Zero, Lo, Hi   int32
}

// Norm is a packed normalisation.
type Norm struct {
	s    NormSpec
	use  Use
	args normArgs
	x, y []byte // a row with room up to eights, where N is none
}

// NewNorm prepares one. N is at most 1<<14, so that N*x-sum fits 32 bits.
func NewNorm(s NormSpec, use Use) *Norm {
	l := &Norm{s: s, use: use}
	if use != AVX2 {
		return l
	}
	pad := roundUp(s.N, 8)
	gamma, beta := make([]float32, pad), make([]float32, pad)
	copy(gamma, s.Gamma)
	copy(beta, s.Beta)
	l.args = normArgs{gamma: &gamma[0], beta: &beta[0], rows: int64(s.Rows), blocks: int64(pad / 8), n: int64(s.N), eps: s.Eps, mean: 1,
		xStride: int64(s.N * size(s.XBytes)), yStride: int64(s.N * size(s.YBytes)),
		flo: float32(s.Lo - s.Zero), fhi: float32(s.Hi - s.Zero), zero: s.Zero, xZero: uint32(uint16(s.XZero)) * 0x10001}
	if s.RMS {
		l.args.mean = 0
	}
	if s.XBytes {
		l.args.xBytes = 1
	}
	if s.YBytes {
		l.args.yBytes = 1
	}
	if pad != s.N {
		l.args.rows = 1
		l.x, l.y = make([]byte, pad*size(s.XBytes)), make([]byte, pad*size(s.YBytes))
		for i := range l.x { // the zero point adds nothing to the sums
			l.x[i] = byte(s.XZero)
		}
		l.args.x, l.args.y = unsafe.Pointer(&l.x[0]), unsafe.Pointer(&l.y[0])
	}
	return l
}

func size(bytes bool) int {
	if bytes {
		return 1
	}
	return 2
}

// Run normalises every row.
func (l *Norm) Run(x, y unsafe.Pointer) {
	args := (*byte)(unsafe.Pointer(&l.args))
	if l.use == AVX2 && l.x == nil {
		l.args.x, l.args.y = x, y
		normRows(args)
		return
	}
	nx, ny := l.s.N*size(l.s.XBytes), l.s.N*size(l.s.YBytes)
	for r := range l.s.Rows {
		from, to := unsafe.Add(x, r*nx), unsafe.Add(y, r*ny)
		if l.use == AVX2 {
			copy(l.x, unsafe.Slice((*byte)(from), nx))
			normRows(args)
			copy(unsafe.Slice((*byte)(to), ny), l.y)
			continue
		}
		l.row(from, to)
	}
}

// at is element i of a row, less the zero point.
func (s *NormSpec) at(x unsafe.Pointer, i int) int64 {
	if s.XBytes {
		return int64(*(*uint8)(unsafe.Add(x, i))) - int64(s.XZero)
	}
	return int64(*(*int16)(unsafe.Add(x, 2*i)))
}

func (l *Norm) row(x, y unsafe.Pointer) {
	var s, ss int64
	for i := range l.s.N {
		v := l.s.at(x, i)
		s += v
		ss += v * v
	}
	if l.s.RMS {
		s = 0
	}
	n := int64(l.s.N)
	scale := float32(1 / math.Sqrt(float64(float64(n*ss-s*s)+l.s.Eps)))
	for i := range l.s.N {
		v := float32(float32(n*l.s.at(x, i)-s) * scale)
		v = float32(float32(v*l.s.Gamma[i]) + l.s.Beta[i])
		q := Requant(v, l.s.Zero, l.s.Lo, l.s.Hi)
		if l.s.YBytes {
			*(*uint8)(unsafe.Add(y, i)) = uint8(q)
		} else {
			*(*int16)(unsafe.Add(y, 2*i)) = int16(q)
		}
	}
}
