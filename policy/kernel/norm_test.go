package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// Rows of extremes are where 32-bit squares would overflow.
func TestNormAgreesOnExtremeRows(t *testing.T) {
	needAVX2(t)
	r := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{1, 7, 8, 31, 32, 130, 1 << 14} {
		s := NormSpec{Rows: 2, N: n, Eps: 0.25, Gamma: make([]float32, n), Beta: make([]float32, n), Lo: -32768, Hi: 32767}
		for i := range s.Gamma {
			s.Gamma[i], s.Beta[i] = float32(r.NormFloat64()*3000), float32(r.NormFloat64())
		}
		for style := range 4 {
			s.RMS = style == 3
			x, want, got := make([]int16, 2*n), make([]int16, 2*n), make([]int16, 2*n)
			for i := range x {
				x[i] = []int16{-32768, int16(r.IntN(2)*65535 - 32768), 32767, int16(r.IntN(65536) - 32768)}[style]
			}
			NewNorm(s, Portable).Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&want[0]))
			NewNorm(s, AVX2).Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&got[0]))
			for i := range want {
				if want[i] != got[i] {
					t.Fatalf("%d elements, style %d: element %d is %d, want %d", n, style, i, got[i], want[i])
				}
			}
		}
	}
}
