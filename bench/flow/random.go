package flow

import (
	"math"
	"math/bits"
)

// source is a counter-based random source: draw j of event n is a hash of (key, n, j),
// whatever was drawn before. The hash is the finaliser of splitmix64 (G. Steele, D. Lea,
// C. Flood, "Fast splittable pseudorandom number generators", 2014).
type source struct {
	key uint64
	n   uint64 // event
}

// Draws of one event.
const (
	drawWait = iota
	drawKind
	drawOrder
	drawSize
	drawShape
	drawDistance
	drawMark
	drawsPerEvent = 8
)

func newSource(seed, stream uint64) source {
	return source{key: mix(mix(seed) + stream)}
}

func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *source) draw(j uint64) uint64 {
	return mix(s.key + (s.n*drawsPerEvent+j)*0x9e3779b97f4a7c15)
}

// below is uniform in [0,n), n > 0; the bias is below n/2^64.
func (s *source) below(j, n uint64) uint64 {
	hi, _ := bits.Mul64(s.draw(j), n)
	return hi
}

const logBits = 12

// log2Table is log2(1+i/4096) in 2^-32.
var log2Table = func() (t [1<<logBits + 1]uint64) {
	for i := range t {
		t[i] = uint64(math.Round(math.Log2(1+float64(i)/(1<<logBits)) * (1 << 32)))
	}
	return t
}()

const ln2 = 2977044471 // ln 2 in 2^-32

// negLog is -ln(u/2^64) in 2^-32 for u > 0: the whole part of the logarithm by
// counting zeros, the rest by the table with linear interpolation (error < 3e-8).
func negLog(u uint64) uint64 {
	lz := uint64(bits.LeadingZeros64(u))
	f := u << (lz + 1) // fraction of 1+f, in 2^-64
	i := f >> (64 - logBits)
	rest := f << logBits >> 32 // in 2^-32 of a step
	frac := log2Table[i] + (log2Table[i+1]-log2Table[i])*rest>>32
	hi, lo := bits.Mul64((lz+1)<<32-frac, ln2)
	return hi<<32 | lo>>32
}

// wait is an exponential waiting time in ns at a total rate in 1e-6 per second.
func wait(u, rate uint64) int64 {
	hi, lo := bits.Mul64(negLog(u|1), 1e15)
	// In 2^-32 ns; a rate above zero keeps the quotient of the high word in range.
	hi, lo = hi>>32, hi<<32|lo>>32
	if hi >= rate {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, rate)
	return int64(min(q, math.MaxInt64))
}

// quantiles of a lognormal size in shares, cut to 1..max: entry k is the quantile of
// (k+1/2)/len.
func lognormal(mu, sigma float64, largest int) (t [1024]uint32) {
	for k := range t {
		z := math.Sqrt2 * math.Erfinv(2*(float64(k)+0.5)/float64(len(t))-1)
		t[k] = uint32(min(max(math.Round(math.Exp(mu+sigma*z)), 1), float64(largest)))
	}
	return t
}
