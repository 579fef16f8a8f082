package accept

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if !(math.Abs(got-want) <= by) {
		t.Errorf("%s: got %g, want %g within %g", what, got, want, by)
	}
}

// uniform are the midpoints of n equal parts of [lo,hi].
func uniform(lo, hi float64, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = lo + (hi-lo)*(float64(i)+0.5)/float64(n)
	}
	return v
}

func TestKS(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []float64
		want float64
	}{
		{"equal samples, in another order", []float64{1, 2, 3}, []float64{3, 1, 2}, 0},
		{"samples apart", []float64{1, 2}, []float64{3, 4}, 1},
		// F(2) = 2/3, G(2) = 1/4.
		{"by hand", []float64{1, 2, 5}, []float64{2, 3, 4, 6}, 2./3 - 1./4},
		{"ties count once both are passed", []float64{1, 1, 1, 2}, []float64{1, 2, 2, 2}, 0.5},
		{"an empty sample", nil, []float64{1}, 1},
		{"without NaN", []float64{math.NaN(), 1}, []float64{1}, 0},
		// sup of F - G for uniforms on [0,1] and [0,2] is 1/2, at 1.
		{"uniforms", uniform(0, 1, 1000), uniform(0, 2, 1000), 0.5},
	} {
		near(t, c.name, KS(c.a, c.b), c.want, 1e-9)
	}
}

func TestW1(t *testing.T) {
	// Moving a sample by d costs d, over the standard deviation of both together.
	a, b := []float64{0, 1, 2, 3}, []float64{1, 2, 3, 4}
	near(t, "a shift", W1(a, b), 1/math.Sqrt(variance([]float64{0, 1, 2, 3, 1, 2, 3, 4})), 1e-12)
	near(t, "the other way round", W1(b, a), W1(a, b), 1e-12)
	// Uniforms on [0,1] and [0,2]: the quantiles differ by q, 1/2 on average.
	x, y := uniform(0, 1, 2000), uniform(0, 2, 2000)
	near(t, "uniforms", W1(x, y)*math.Sqrt(variance(append(x, y...))), 0.5, 1e-3)
	near(t, "one constant", W1([]float64{2, 2}, []float64{2}), 0, 0)
}

func TestL1(t *testing.T) {
	for _, c := range []struct {
		name       string
		a, b, cuts []float64
		want       float64
	}{
		{"equal", []float64{1, 2}, []float64{2, 1}, []float64{1.5}, 0},
		{"apart", []float64{1}, []float64{2}, []float64{1.5}, 1},
		// Shares 2/3, 1/3, 0 and 1/4, 1/4, 1/2: half of 5/12 + 1/12 + 1/2.
		{"by hand", []float64{0, 0, 1}, []float64{0, 1, 2, 2}, []float64{1, 2}, 0.5},
		{"an edge belongs above", []float64{1}, []float64{0.5}, []float64{1}, 1},
		{"one group", []float64{1}, []float64{9}, nil, 0},
		{"nothing to compare", nil, []float64{1}, nil, 1},
		{"without NaN", []float64{math.NaN(), 1}, []float64{1}, []float64{1}, 0},
	} {
		h := &histogram{cuts: [][]float64{c.cuts}, start: []int{0, len(c.cuts) + 1}}
		near(t, c.name, h.l1(h.count(sample{v: c.a}), h.count(sample{v: c.b})), c.want, 1e-12)
	}
}

func TestEdges(t *testing.T) {
	// 1 to 8: quartiles 2.75 and 6.25, width 2*3.5/8^(1/3) = 3.5, two bins over 7.
	e := edges([]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}, byWidth)
	if len(e) != 1 || e[0] != 4.5 {
		t.Errorf("Freedman and Diaconis: %v, want [4.5]", e)
	}
	if e := edges([]float64{5, 1}, []float64{1, 3}, byValue); len(e) != 3 || e[0] != 1 || e[2] != 5 {
		t.Errorf("distinct values: %v", e)
	}
	if e := edges([]float64{1, 1, 1, 1, 1, 1}, []float64{1, 9}, byWidth); len(e) != 2 {
		t.Errorf("half of it one value: %v, want its distinct values", e)
	}
	if e := edges(uniform(0, 1, 50), uniform(0, 1, 50), byDecile); len(e) != 9 || math.Abs(e[4]-0.5) > 0.01 {
		t.Errorf("tenths: %v", e)
	}
}

// L1 between samples of one distribution is noise; it falls as they grow.
func TestL1IsSmallForOneDistribution(t *testing.T) {
	rng := bootstrapRNG(7)
	draw := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = -math.Log(float64(rng.next()>>11|1) / (1 << 53))
		}
		return v
	}
	a, b := draw(20_000), draw(20_000)
	if d := L1(a, b, byWidth); d > 0.05 {
		t.Errorf("L1 %g", d)
	}
	if d := KS(a, b); d > 1.95*math.Sqrt(2./20_000) {
		t.Errorf("KS %g", d)
	}
}

func TestL1Cond(t *testing.T) {
	// Equal where the condition is 1 (weight 4 of 6), apart where it is 2.
	a, ca := []float64{1, 2, 5}, []float64{1, 1, 2}
	b, cb := []float64{2, 1, 9}, []float64{1, 1, 2}
	near(t, "by hand", l1Of(sample{a, ca}, sample{b, cb}, byValue, byValue), 2./6, 1e-12)
	near(t, "a group that one sample lacks", l1Of(sample{[]float64{1}, []float64{1}}, sample{[]float64{1}, []float64{2}}, byValue, byValue), 1, 1e-12)
}

func TestQuantile(t *testing.T) {
	s := []float64{1, 2, 4}
	for q, want := range map[float64]float64{0: 1, 0.5: 2, 0.75: 3, 1: 4} {
		near(t, "quantile", Quantile(s, q), want, 1e-12)
	}
}
