package kernel

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// Rows of extremes are where 32-bit squares would overflow.
func TestNormAgreesOnExtremeRows(t *testing.T) {
	needAVX2(t)
	r := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{1, 7, 8, 31, 32, 130, 1 << 14} {
		s := NormSpec{Rows: 3, N: n, Eps: 0.25, Gamma: make([]float32, n), Beta: make([]float32, n), Lo: -32768, Hi: 32767}
		for i := range s.Gamma {
			s.Gamma[i], s.Beta[i] = float32(r.NormFloat64()*3000), float32(r.NormFloat64())
		}
		for style := range 16 {
			s.RMS, s.XBytes, s.YBytes = style%4 == 3, style&4 != 0, style&8 != 0
			s.XZero, s.Zero, s.Lo, s.Hi = 0, 0, -32768, 32767
			if s.XBytes {
				s.XZero = r.Int32N(256)
			}
			if s.YBytes {
				s.Zero, s.Lo, s.Hi = 100, 3, 251
			}
			x := make([]byte, 3*n*size(s.XBytes))
			want, got := make([]byte, 3*n*size(s.YBytes)), make([]byte, 3*n*size(s.YBytes))
			for i := range x {
				x[i] = byte(r.IntN(256))
			}
			if style%4 < 3 && !s.XBytes {
				for i := range 3 * n {
					*(*int16)(unsafe.Pointer(&x[2*i])) = []int16{-32768, int16(r.IntN(2)*65535 - 32768), 32767}[style%4]
				}
			}
			NewNorm(s, Portable).Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&want[0]))
			NewNorm(s, AVX2).Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&got[0]))
			if !bytes.Equal(want, got) {
				t.Fatalf("%d elements, style %d: results differ", n, style)
			}
		}
	}
}
