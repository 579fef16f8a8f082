//go:build linux && amd64 && !purego

package kernel

import (
	"testing"
	"unsafe"
)

func TestNormsTouchOnlyTheirBuffers(t *testing.T) {
	needAVX2(t)
	const rows = 3
	for _, atEnd := range []bool{true, false} {
		for blocks := 1; blocks <= 5; blocks++ {
			for form := range 4 {
				n := 8 * blocks
				s := NormSpec{Rows: rows, N: n, XBytes: form&1 != 0, YBytes: form&2 != 0, Eps: 1, Gamma: make([]float32, n), Beta: make([]float32, n), Zero: 3, Hi: 9}
				l := NewNorm(s, AVX2)
				x, y := guarded(t, rows*n*size(s.XBytes), atEnd), guarded(t, rows*n*size(s.YBytes), atEnd)
				l.args.gamma = (*float32)(copyOf(t, unsafe.Pointer(l.args.gamma), 4*n, atEnd))
				l.args.beta = (*float32)(copyOf(t, unsafe.Pointer(l.args.beta), 4*n, atEnd))
				l.Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&y[0]))
				if y[0] != 3 {
					t.Errorf("normalised zeros are %d, want the zero point 3", y[0])
				}
			}
		}
	}
}

func TestColumnsAndFloatsTouchOnlyTheirBuffers(t *testing.T) {
	needAVX2(t)
	for _, atEnd := range []bool{true, false} {
		for n := 1; n <= 40; n++ {
			x, y := guarded(t, 4*3*n, atEnd), guarded(t, 4*n, atEnd)
			c := Columns{Outer: 1, N: 3, Inner: n, Mean: true, Use: AVX2}
			for i := range 3 * n {
				unsafe.Slice(at[float32](x), 3*n)[i] = float32(i % n)
			}
			c.Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&y[0]))
			if got := unsafe.Slice(at[float32](y), n)[n-1]; got != float32(n-1) {
				t.Errorf("the mean of %d is %v", n-1, got)
			}
			for _, wide := range []bool{true, false} {
				x = guarded(t, n*size(!wide), atEnd)
				d := Dequantizer{Wide: wide, Zero: -2, M: 3, Use: AVX2}
				d.Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&y[0]), n)
				if got := unsafe.Slice(at[float32](y), n)[n-1]; got != 6 {
					t.Errorf("0 becomes %v, want 6", got)
				}
			}
		}
	}
}

// Q is read up to a multiple of 4 bytes per head, everything else to its end.
func TestAttentionTouchesOnlyItsBuffers(t *testing.T) {
	needAVX2(t)
	exp := new(Table)
	for i := range exp {
		exp[i] = 100
	}
	for _, atEnd := range []bool{true, false} {
		for _, c := range [][4]int{{1, 8, 1, 16}, {5, 24, 2, 32}, {4, 16, 2, 8}, {7, 8, 3, 6}, {3, 32, 1, 34}, {6, 40, 2, 48}} {
			rows, keys, heads, d := c[0], c[1], c[2], c[3]
			w := 2 * heads * d
			q, k, v, y := guarded(t, rows*w, atEnd), guarded(t, keys*w, atEnd), guarded(t, keys*w, atEnd), guarded(t, rows*w, atEnd)
			for i := range v {
				v[i] = 1
			}
			a, ok := NewAttention(AttentionSpec{T: rows, S: keys, Heads: heads, D: d, M: 1e-3, MOut: 1.0 / 32767, Exp: exp,
				Q: unsafe.Pointer(&q[0]), K: unsafe.Pointer(&k[0]), V: unsafe.Pointer(&v[0]), Y: unsafe.Pointer(&y[0])})
			if !ok {
				t.Fatal("the assembly does not take it")
			}
			a.k.w = copyOf(t, a.keys, 4*keys*((d+1)/2), atEnd)
			a.v.w = copyOf(t, a.vals, 2*keys*roundUp(d, 8), atEnd)
			a.keys, a.vals = a.k.w, a.v.w
			a.Run()
			for i, got := range unsafe.Slice(at[int16](y), rows*heads*d) {
				if got < 250 || got > 264 { // all values are 257, the weights add up to about 1
					t.Fatalf("%v: element %d is %d", c, i, got)
				}
			}
		}
	}
}
