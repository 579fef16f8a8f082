package kernel

import (
	"math"
	"unsafe"
)

// Out is how a dense layer stores its results.
type Out uint8

// The forms: clamped bytes, clamped 16 bits, float32(acc)*M, the accumulator itself, and
// clamped signed bytes.
const (
	OutU8 Out = iota
	OutI16
	OutF32
	OutI32
	OutI8
)

// DenseSpec is a dense layer in the terms of program.Dense. X is bytes with W8, 16 bits
// with W16. Strides are bytes between rows. Lim bounds the magnitude of each input.
type DenseSpec struct {
	In, Out, Rows    int
	XStride, YStride int
	W8               []int8
	W16              []int16
	Bias             []int32
	M                []float32
	Kind             Out
	Zero, Lo, Hi     int32
	Lim              []int64
}

// Dense is a packed layer.
type Dense struct {
	spec  DenseSpec
	layer Layer   // for the assembly
	pairs []int64 // for portable Go: [out/2][in], output 2k+1 in the upper 32 bits
	asm   bool
	tiles bool // the assembly takes several rows at once
	name  string
}

// NewDense packs a layer for use (resolved).
func NewDense(s DenseSpec, use Use) *Dense {
	d := &Dense{spec: s, name: "portable"}
	if use == AVX2 && s.assembly() {
		d.packAsm(len(s.W8) > 0 && s.pairsSafe())
		d.tiles = s.Rows > 1 && s.Out%32 == 0 && s.Kind != OutI32
		return d
	}
	d.packPairs()
	return d
}

// Assembly reports that Chain can take the layer; otherwise Run.
func (d *Dense) Assembly() bool { return d.asm }

// Kernel names the implementation: portable, maddubs (bytes), madd8 (bytes widened, because
// pairs could saturate) or madd16.
func (d *Dense) Kernel() string { return d.name }

// assembly reports what the assembly covers. Its conversion to integers must stay within
// 32 bits before the clamp, and it adds no zero point in 16 bits.
func (s *DenseSpec) assembly() bool {
	if s.Kind == OutI8 || s.Kind == OutI16 && s.Zero != 0 {
		return false
	}
	if s.Kind == OutF32 || s.Kind == OutI32 {
		return true
	}
	for o, m := range s.M {
		bound := math.Abs(float64(s.Bias[o]))
		for i, l := range s.Lim {
			bound += math.Abs(float64(s.weight(o, i))) * float64(l)
		}
		if bound*math.Abs(float64(m)) >= 1<<30 {
			return false
		}
	}
	return true
}

func (s *DenseSpec) weight(o, i int) int32 {
	if len(s.W8) > 0 {
		return int32(s.W8[o*s.In+i])
	}
	return int32(s.W16[o*s.In+i])
}

// pairsSafe reports that no pair of products can leave 16 bits.
func (s *DenseSpec) pairsSafe() bool {
	for o := range s.Out {
		for i := 0; i < s.In; i += 2 {
			var pos, neg int64
			for k := i; k < min(i+2, s.In); k++ {
				v := int64(s.weight(o, k)) * s.Lim[k]
				pos += max(v, 0)
				neg += min(v, 0)
			}
			if pos > math.MaxInt16 || neg < math.MinInt16 {
				return false
			}
		}
	}
	return true
}

// blocks splits outputs as the assembly does: 64 while there are, 32, then eights.
func blocks(out int, each func(first, n int)) {
	for at := 0; at < out; {
		n := 8
		switch {
		case out-at >= 64:
			n = 64
		case out-at >= 32:
			n = 32
		}
		each(at, n)
		at += n
	}
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// packAsm lays weights out as [block][group][output][4 bytes].
func (d *Dense) packAsm(narrow bool) {
	s := &d.spec
	d.asm = true
	per, bytes := 2, 2 // inputs per group, bytes per weight
	switch {
	case narrow:
		per, bytes, d.name = 4, 1, "maddubs"
	case len(s.W8) > 0:
		d.name, d.layer.kind = "madd8", kindWide|kindBytes
	default:
		d.name, d.layer.kind = "madd16", kindWide
	}
	groups, padded := (s.In+per-1)/per, roundUp(s.Out, 8)
	w := aligned(groups * padded * 4)
	at := 0
	blocks(s.Out, func(first, n int) {
		for g := range groups {
			for o := first; o < first+n; o++ {
				for k := range per {
					if i := g*per + k; i < s.In && o < s.Out {
						v := s.weight(o, i)
						w[at] = byte(v)
						if bytes == 2 {
							w[at+1] = byte(v >> 8)
						}
					}
					at += bytes
				}
			}
		}
	})
	bias, m := make([]int32, padded), make([]float32, padded)
	copy(bias, s.Bias)
	copy(m, s.M)
	l := &d.layer
	l.w, l.bias, l.m = unsafe.Pointer(&w[0]), unsafe.Pointer(&bias[0]), unsafe.Pointer(&m[0])
	l.groups, l.out, l.rows = int64(groups), int64(s.Out), int64(s.Rows)
	l.xStride, l.yStride = int64(s.XStride), int64(s.YStride)
	l.kind |= uint32(s.Kind) << 1
	if s.Kind == OutI16 {
		l.lo, l.hi = uint32(uint16(s.Lo))*0x10001, uint32(uint16(s.Hi))*0x10001
	} else {
		l.zero, l.lo, l.hi = uint32(s.Zero)*0x10001, uint32(uint8(s.Lo))*0x01010101, uint32(uint8(s.Hi))*0x01010101
	}
}

// aligned is n bytes at a multiple of 64.
func aligned(n int) []byte {
	b := make([]byte, n+64)
	skip := -int(uintptr(unsafe.Pointer(&b[0]))) & 63
	return b[skip : skip+n]
}

// Run runs the layer alone.
func (d *Dense) Run(x, y unsafe.Pointer) {
	if d.asm {
		l := d.layer
		l.x, l.y = x, y
		if d.tiles {
			denseTiles((*byte)(unsafe.Pointer(&l)))
			return
		}
		denseChain((*byte)(unsafe.Pointer(&l)), 1)
		return
	}
	s := &d.spec
	for r := range s.Rows {
		d.row(unsafe.Add(x, r*s.XStride), unsafe.Add(y, r*s.YStride))
	}
}
