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
// then both products are dense layers.
type Attention struct {
	s      AttentionSpec
	scores []int32 // [T][S]
	w      []int16 // [T][S], then a little room
	k, v   *Dense  // packed anew for each head
}

// NewAttention prepares attention for AVX2: without Causal and with S a multiple of 8.
func NewAttention(s AttentionSpec) (*Attention, bool) {
	if s.Causal || s.S%8 != 0 {
		return nil, false
	}
	width := 2 * s.Heads * s.D
	moduli := make([]float32, s.D)
	for i := range moduli {
		moduli[i] = s.MOut
	}
	// 2^30 bounds what PV can reach; it must convert to 32 bits.
	if !(math.Abs(float64(s.MOut))*(32767+float64(s.S))*32768 < 1<<30) {
		return nil, false
	}
	a := &Attention{s: s, scores: make([]int32, s.T*s.S), w: make([]int16, s.T*s.S+8)}
	a.k = NewDense(DenseSpec{In: s.D, Out: s.S, Rows: s.T, XStride: width, YStride: 4 * s.S, W16: make([]int16, s.S*s.D),
		Bias: make([]int32, s.S), M: make([]float32, s.S), Kind: OutI32, Lim: make([]int64, s.D)}, AVX2)
	a.v = NewDense(DenseSpec{In: s.S, Out: s.D, Rows: s.T, XStride: 2 * s.S, YStride: width, W16: make([]int16, s.S*s.D),
		Bias: make([]int32, s.D), M: moduli, Kind: OutI16, Lo: -32768, Hi: 32767, Lim: make([]int64, s.S)}, AVX2)
	return a, true
}

// Run computes all heads.
func (a *Attention) Run() {
	s := &a.s
	for h := range s.Heads {
		at := 2 * h * s.D
		a.packKeys(unsafe.Add(s.K, at))
		a.k.Run(unsafe.Add(s.Q, at), unsafe.Pointer(&a.scores[0]))
		softmaxRows(&a.scores[0], &a.w[0], &s.Exp[0], s.T, s.S/8, s.M)
		a.packValues(unsafe.Add(s.V, at))
		a.v.Run(unsafe.Pointer(&a.w[0]), unsafe.Add(s.Y, at))
	}
}

// packKeys writes [block][pair of dimensions][key]; keys are outputs.
func (a *Attention) packKeys(k unsafe.Pointer) {
	s := &a.s
	width, groups := 2*s.Heads*s.D, (s.D+1)/2
	out := 0
	blocks(s.S, func(first, n int) {
		for g := range groups {
			row := unsafe.Slice((*uint32)(unsafe.Add(a.k.layer.w, 4*out)), n)
			from := unsafe.Add(k, first*width+4*g)
			if 2*g+1 < s.D {
				for i := range row {
					lo, hi := *(*uint16)(unsafe.Add(from, i*width)), *(*uint16)(unsafe.Add(from, i*width+2))
					row[i] = uint32(lo) | uint32(hi)<<16
				}
			} else {
				for i := range row {
					row[i] = uint32(*(*uint16)(unsafe.Add(from, i*width)))
				}
			}
			out += n
		}
	})
}

// packValues writes [block][pair of keys][dimension]; dimensions are outputs.
func (a *Attention) packValues(v unsafe.Pointer) {
	s := &a.s
	width := 2 * s.Heads * s.D
	out := 0
	blocks(s.D, func(first, n int) {
		for g := range s.S / 2 {
			row := unsafe.Slice((*uint32)(unsafe.Add(a.v.layer.w, 4*out)), n)
			even := unsafe.Add(v, 2*g*width+2*first)
			m := min(n, s.D-first)
			lo, hi := unsafe.Slice((*uint16)(even), m), unsafe.Slice((*uint16)(unsafe.Add(even, width)), m)
			for i := range m {
				row[i] = uint32(lo[i]) | uint32(hi[i])<<16
			}
			out += n
		}
	})
}
