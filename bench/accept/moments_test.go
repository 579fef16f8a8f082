package accept

import (
	"math"
	"testing"
)

func TestMoments(t *testing.T) {
	near(t, "variance", variance([]float64{1, 2, 3}), 2./3, 1e-12)
	near(t, "kurtosis of two values", Kurtosis([]float64{-1, 1, -1, 1}), 1, 1e-12)
	near(t, "kurtosis of a uniform", Kurtosis(uniform(0, 1, 10_000)), 1.8, 1e-3)
	near(t, "kurtosis by hand", Kurtosis([]float64{0, 0, 0, 4}), 84./36, 1e-12) // deviations -1 -1 -1 3
	near(t, "Fano by hand", Fano([]float64{1, 3}), 0.5, 1e-12)
	if !math.IsNaN(mean(nil)) {
		t.Error("the mean of nothing is a number")
	}
}

func TestHill(t *testing.T) {
	// Largest two of 1, 1, e, e^2 over the third: mean of log(e^2/1), log(e/1) is 1.5.
	near(t, "by hand", Hill([]float64{1, -1, math.E, -math.E * math.E}, 0.5), 1/1.5, 1e-12)
	// Pareto with exponent 3.
	v := make([]float64, 100_000)
	for i, u := range uniform(0, 1, len(v)) {
		v[i] = math.Pow(u, -1./3)
	}
	near(t, "Pareto", Hill(v, 0.05), 3, 0.02)
	if !math.IsNaN(Hill([]float64{1}, 0.05)) {
		t.Error("a tail of nothing has an exponent")
	}
}

func TestFanoOfAPoissonProcess(t *testing.T) {
	rng := bootstrapRNG(11)
	counts := make([]float64, 20_000)
	for i := range counts {
		for s := 0.0; ; counts[i]++ {
			if s -= math.Log((float64(rng.next()>>11) + 0.5) / (1 << 53)); s > 4 {
				break
			}
		}
	}
	near(t, "Fano", Fano(counts), 1, 0.04)
}

func TestBootstrap(t *testing.T) {
	rng := bootstrapRNG(2)
	v := make([]float64, 400)
	for i := range v {
		v[i] = rng.normal()
	}
	stat := func(u []int) float64 {
		s := 0.0
		for _, i := range u {
			s += v[i]
		}
		return s / float64(len(u))
	}
	lo, hi := Bootstrap(len(v), 2000, 0.95, stat)
	near(t, "width of the mean's interval", hi-lo, 2*1.96*math.Sqrt(variance(v)/400), 0.02)
	if lo2, hi2 := Bootstrap(len(v), 2000, 0.95, stat); lo2 != lo || hi2 != hi {
		t.Error("the same call gives another interval")
	}
}

func TestOLS(t *testing.T) {
	l := OLS([]float64{0, 1, 2}, []float64{1, 3, 5})
	near(t, "slope", l.Slope, 2, 1e-12)
	near(t, "intercept", l.Intercept, 1, 1e-12)
	near(t, "fit", l.R2, 1, 1e-12)
	l = OLS([]float64{-1, 0, 1}, []float64{1, 0, 1}) // no line at all
	near(t, "flat", l.Slope, 0, 1e-12)
	near(t, "no fit", l.R2, 0, 1e-12)
}
