package quant

import "math"

// qparams is one affine quantisation: real = (q - zero) * scale.
type qparams struct {
	scale  float32
	zero   int32
	lo, hi int32
}

func (p qparams) quantise(x float64) int32 {
	r := math.RoundToEven(float64(float32(x)/p.scale)) + float64(p.zero)
	return int32(min(max(r, float64(p.lo)), float64(p.hi)))
}

func (p qparams) real(q int32) float64 { return float64(q-p.zero) * float64(p.scale) }

// tiny keeps scales normal float32 numbers, also after being multiplied by another.
const tiny = 1e-12

// affine8 covers [lo, hi], which include 0, with 256 steps; 0 is exact.
func affine8(lo, hi float64) qparams {
	lo, hi = min(lo, 0), max(hi, 0)
	s := float32(max((hi-lo)/255, tiny))
	z := math.RoundToEven(-lo / float64(s))
	return qparams{scale: s, zero: int32(min(max(z, 0), 255)), lo: 0, hi: 255}
}

// searchMin is the number of samples below which their extremes are not trusted: the range
// is widened by marginFew instead of searched for a narrower one.
const (
	searchMin = 4096
	marginFew = 1.1
)

// choose8 searches the range whose clipping and rounding cost the least: the extremes, the
// percentile and fractions of the extremes.
func choose8(s *stat, percentile float64) qparams {
	if s.n < searchMin {
		return affine8(s.lo*marginFew, s.hi*marginFew)
	}
	lo, hi := s.lo, s.hi
	best := affine8(lo, hi)
	cost := squareError(s, best)
	try := func(l, h float64) {
		if p := affine8(l, h); p != best {
			if c := squareError(s, p); c < cost {
				best, cost, lo, hi = p, c, l, h
			}
		}
	}
	if m := s.percentile(percentile); m > 0 {
		try(max(s.lo, -m), min(s.hi, m))
	}
	for f := 0.96; f >= 0.4; f -= 0.08 {
		try(lo, s.hi*f)
	}
	for f := 0.96; f >= 0.4; f -= 0.08 {
		try(s.lo*f, hi)
	}
	return best
}

func squareError(s *stat, p qparams) float64 {
	e := 0.0
	for _, v := range s.keep {
		d := float64(v) - p.real(p.quantise(float64(v)))
		e += d * d
	}
	return e
}

// headroom16 is how far 16-bit values reach beyond the largest calibrated magnitude.
const headroom16 = 2

// symmetric16 has zero point 0.
func symmetric16(absMax float64) qparams {
	return qparams{scale: float32(max(absMax*headroom16/32767, tiny)), lo: -32768, hi: 32767}
}
