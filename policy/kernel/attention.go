package kernel

import (
	"math"
	"unsafe"
)

// AttentionSpec is attention in the terms of program.Attention.
type AttentionSpec struct {
	T, S, Heads, D int
	Causal         bool
	M, MOut        float32
	Exp            *Table
	Q, K, V, Y     unsafe.Pointer
}

// Attention is bound to its buffers. Keys and values are packed as weights on every run,
// then both products are tiles.
type Attention struct {
	s          AttentionSpec
	scores     []int32        // [T][S]
	w          []int16        // [T][S], then a little room
	keys, vals unsafe.Pointer // packed: [8 outputs][pair][8 dwords]
	out        []int16        // [T][dimensions rounded up to 8], where that is not D
	k, v       tileArgs
}

// tileArgs is a product as the assembly reads it (gen/attention.go has the offsets).
type tileArgs struct {
	x, w, y          unsafe.Pointer
	rows             int64
	groups           int64 // pairs of inputs
	blocks           int64 // of 8 columns
	xStride, yStride int64 // bytes
	shorts           int64
	m                float32
}

// NewAttention prepares attention for AVX2: without Causal and with S a multiple of 8.
func NewAttention(s AttentionSpec) (*Attention, bool) {
	if s.Causal || s.S%8 != 0 {
		return nil, false
	}
	// 2^30 bounds what PV can reach; it must convert to 32 bits.
	if !(math.Abs(float64(s.MOut))*(32767+float64(s.S))*32768 < 1<<30) {
		return nil, false
	}
	width, pad, pairs := 2*s.Heads*s.D, roundUp(s.D, 8), (s.D+1)/2
	a := &Attention{s: s, scores: make([]int32, s.T*s.S), w: make([]int16, s.T*s.S+8)}
	a.keys, a.vals = unsafe.Pointer(&aligned(4 * s.S * pairs)[0]), unsafe.Pointer(&aligned(2 * s.S * pad)[0])
	a.k = tileArgs{w: a.keys, y: unsafe.Pointer(&a.scores[0]), rows: int64(s.T), groups: int64(pairs), blocks: int64(s.S / 8), xStride: int64(width), yStride: int64(4 * s.S)}
	a.v = tileArgs{x: unsafe.Pointer(&a.w[0]), w: a.vals, rows: int64(s.T), groups: int64(s.S / 2), blocks: int64(pad / 8), xStride: int64(2 * s.S), yStride: int64(width), shorts: 1, m: s.MOut}
	if pad != s.D {
		a.out = make([]int16, s.T*pad)
		a.v.y, a.v.yStride = unsafe.Pointer(&a.out[0]), int64(2*pad)
	}
	return a, true
}

// Run computes all heads.
func (a *Attention) Run() {
	s := &a.s
	for h := range s.Heads {
		at := 2 * h * s.D
		a.packKeys(unsafe.Add(s.K, at))
		a.k.x = unsafe.Add(s.Q, at)
		denseTile((*byte)(unsafe.Pointer(&a.k)))
		softmaxRows(&a.scores[0], &a.w[0], &s.Exp[0], s.T, s.S/8, s.M)
		a.packValues(unsafe.Add(s.V, at))
		if a.out == nil {
			a.v.y = unsafe.Add(s.Y, at)
			denseTile((*byte)(unsafe.Pointer(&a.v)))
			continue
		}
		denseTile((*byte)(unsafe.Pointer(&a.v)))
		pad := roundUp(s.D, 8)
		for r := range s.T {
			copy(unsafe.Slice((*int16)(unsafe.Add(s.Y, at+2*r*s.Heads*s.D)), s.D), a.out[r*pad:])
		}
	}
}

// packKeys makes keys outputs.
func (a *Attention) packKeys(k unsafe.Pointer) {
	s := &a.s
	width, pairs := 2*s.Heads*s.D, (s.D+1)/2
	if s.D%16 == 0 {
		packKeys((*byte)(k), (*byte)(a.keys), width, s.S/8, pairs/8)
		return
	}
	for block := range s.S / 8 {
		for g := range pairs {
			row := (*[8]uint32)(unsafe.Add(a.keys, 32*(block*pairs+g)))
			from := unsafe.Add(k, 8*block*width+4*g)
			for i := range row {
				row[i] = uint32(*(*uint16)(unsafe.Add(from, i*width)))
				if 2*g+1 < s.D {
					row[i] |= uint32(*(*uint16)(unsafe.Add(from, i*width+2))) << 16
				}
			}
		}
	}
}

// packValues makes dimensions outputs. What the last eight lacks stays zero.
func (a *Attention) packValues(v unsafe.Pointer) {
	s := &a.s
	width, pairs, whole := 2*s.Heads*s.D, s.S/2, s.D/8
	if whole > 0 {
		packValues((*byte)(v), (*byte)(a.vals), width, pairs, whole)
	}
	if s.D%8 == 0 {
		return
	}
	for g := range pairs {
		row := (*[8]uint32)(unsafe.Add(a.vals, 32*(whole*pairs+g)))
		even := unsafe.Add(v, 2*g*width+16*whole)
		for i := range s.D % 8 {
			row[i] = uint32(*(*uint16)(unsafe.Add(even, 2*i))) | uint32(*(*uint16)(unsafe.Add(even, width+2*i)))<<16
		}
	}
}
