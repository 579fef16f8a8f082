package accept

import (
	"math"
	"slices"
)

func mean(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// variance with divisor n.
func variance(v []float64) float64 {
	m, sum := mean(v), 0.0
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return sum / float64(len(v))
}

// Kurtosis is the fourth central moment over the square of the second; 3 for a normal
// distribution.
func Kurtosis(v []float64) float64 {
	m, s2, s4 := mean(v), 0.0, 0.0
	for _, x := range v {
		d := (x - m) * (x - m)
		s2 += d
		s4 += d * d
	}
	return s4 / (s2 * s2) * float64(len(v))
}

// Hill is B. Hill's estimate (1975) of the tail exponent of |v| from its share of
// largest values.
func Hill(v []float64, share float64) float64 {
	a := make([]float64, 0, len(v))
	for _, x := range v {
		a = append(a, math.Abs(x))
	}
	slices.Sort(a)
	k := int(share * float64(len(a)))
	if k < 2 || a[len(a)-1-k] <= 0 {
		return math.NaN()
	}
	sum := 0.0
	for i := range k {
		sum += math.Log(a[len(a)-1-i] / a[len(a)-1-k])
	}
	return float64(k) / sum
}

// Fano is the variance of counts over their mean; 1 for a Poisson process.
func Fano(counts []float64) float64 { return variance(counts) / mean(counts) }

// bootstrapRNG is splitmix64.
type bootstrapRNG uint64

func (r *bootstrapRNG) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is uniform in [0,n).
func (r *bootstrapRNG) below(n int) int { return int(r.next() >> 11 % uint64(n)) }

// Bootstrap is the interval between the quantiles (1-level)/2 and (1+level)/2 of a
// statistic of n units, resampled rounds times with replacement. Seeded: the same call
// gives the same interval.
func Bootstrap(n, rounds int, level float64, stat func(units []int) float64) (lo, hi float64) {
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	rng := bootstrapRNG(1)
	units, out := make([]int, n), make([]float64, 0, rounds)
	for range rounds {
		for i := range units {
			units[i] = rng.below(n)
		}
		out = append(out, stat(units))
	}
	s := sorted(out)
	return Quantile(s, (1-level)/2), Quantile(s, (1+level)/2)
}
