package accept

import (
	"math"
	"testing"
)

// normal draws from the standard normal distribution.
func (r *bootstrapRNG) normal() float64 {
	u := (float64(r.next()>>11) + 0.5) / (1 << 53)
	v := (float64(r.next()>>11) + 0.5) / (1 << 53)
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}

func TestACF(t *testing.T) {
	// Mean 0, sum of squares 4: lag 1 -3/4, lag 2 2/4.
	a := ACF([][]float64{{1, -1, 1, -1}}, 2)
	near(t, "lag 1 by hand", a[0], -0.75, 1e-12)
	near(t, "lag 2 by hand", a[1], 0.5, 1e-12)
	// Two stretches: no product across the border.
	a = ACF([][]float64{{1, -1}, {1, -1}}, 1)
	near(t, "two stretches", a[0], -0.5, 1e-12)
	// AR(1): phi^lag.
	rng := bootstrapRNG(3)
	v := make([]float64, 200_000)
	for i := 1; i < len(v); i++ {
		v[i] = 0.6*v[i-1] + rng.normal()
	}
	a = ACF([][]float64{v}, 5)
	for l := range a {
		near(t, "AR(1)", a[l], math.Pow(0.6, float64(l+1)), 0.01)
	}
}

// White noise: the error of each lag is 1/sqrt(n).
func TestNeweyWest(t *testing.T) {
	rng := bootstrapRNG(5)
	v := make([]float64, 40_000)
	for i := range v {
		v[i] = rng.normal()
	}
	near(t, "white noise", NeweyWest([][]float64{v}, 1)*math.Sqrt(float64(len(v))), 1, 0.05)
	// ARCH(1) with 0.4: the variance of x_t x_(t-1) is 0.6 + 0.4 kurtosis, kurtosis
	// 3 (1-0.16)/(1-0.48).
	for i := 1; i < len(v); i++ {
		v[i] *= math.Sqrt(0.6 + 0.4*v[i-1]*v[i-1])
	}
	near(t, "ARCH(1)", NeweyWest([][]float64{v}, 1)*math.Sqrt(float64(len(v))), math.Sqrt(0.6+0.4*3*0.84/0.52), 0.15)
}

func TestLogBinsAndPowerLaw(t *testing.T) {
	f := make([]float64, 1000)
	for i := range f {
		f[i] = math.Pow(float64(i+1), -0.5)
	}
	x, y := LogBins(f, 5)
	if len(x) < 10 || x[0] != 1 || y[0] != 1 {
		t.Fatalf("bins %v", x)
	}
	slope, n := PowerLaw(x, y)
	near(t, "slope", slope, -0.5, 0.01)
	if y[3] = -1; n != len(x) {
		t.Errorf("%d of %d points", n, len(x))
	}
	if _, m := PowerLaw(x, y); m != n-1 {
		t.Errorf("a negative point counts")
	}
}
