package accept

import (
	"math"
	"testing"

	"slipstream/bench/flow/record"
)

// lots is a stretch of half hours, each with n events of sizes that a mean and a rng make.
func lots(means []float64, n int, rng *bootstrapRNG) *record.Day {
	d := &record.Day{Tick: 100, Levels: 0, Start: 0, End: uint64(len(means)) * hour / 2}
	for h, m := range means {
		for k := range n {
			at := uint64(h)*hour/2 + uint64(k)*hour/2/uint64(n)
			d.Events = append(d.Events, record.Event{Nanos: at, Kind: record.Add, Size: uint32(1000 + 100*(m+rng.normal()))})
		}
	}
	return d
}

func TestHalfHours(t *testing.T) {
	rng := bootstrapRNG(1)
	d := lots(make([]float64, 3), 10, &rng)
	d.End -= hour / 4
	h := Set{d}.halfHours()
	if len(h) != 3 || len(h[1].Events) != 10 || h[2].Seconds() != 900 {
		t.Fatalf("%d half hours", len(h))
	}
}

// The interval of a distance holds the distance, is narrow where half hours are alike and
// wide where they differ; resampling events one by one would see no difference.
func TestIntervalsAreOfHalfHours(t *testing.T) {
	size := sizesOf(record.Add)
	interval := func(spread float64) (float64, Interval) {
		rng := bootstrapRNG(3)
		means, other := make([]float64, 11), make([]float64, 22)
		for i := range means {
			means[i] = spread * rng.normal()
		}
		for i := range other {
			other[i] = 1 + spread*rng.normal()
		}
		a := against(lots(means, 500, &rng), Set{lots(other, 500, &rng)}, nil)
		a.units.rounds = 300
		test := a.judge(1, "x", "x")
		a.apart(test, "size", size, byWidth, 0.1, 0)
		// Its quantiles are those of the samples, not of the grid.
		if got := float64(test.Figures[0].Model); got != KS(a.data.each(size), a.sim.each(size)) {
			t.Errorf("KS %g", got)
		}
		for _, f := range test.Figures {
			if !(f.Lo <= f.Model && f.Model <= f.Hi) {
				t.Errorf("%s: %s is outside %s to %s", f.Name, f.Model, f.Lo, f.Hi)
			}
		}
		return float64(test.Figures[0].Model), test.Figures[0].Interval
	}
	v, alike := interval(0)
	near(t, "KS of normals a deviation apart", v, 0.383, 0.03)
	_, differ := interval(0.8)
	if w, x := float64(alike.Hi-alike.Lo), float64(differ.Hi-differ.Lo); w > 0.05 || x < 4*w {
		t.Errorf("widths %g and %g", w, x)
	}
}

// About covers what it should: of means of 11 blocks, 95 % or a little less.
func TestAboutCovers(t *testing.T) {
	rng := bootstrapRNG(8)
	in, tries := 0, 400
	for range tries {
		x := make([]float64, 11)
		for i := range x {
			x[i] = 10 + rng.normal()
		}
		b := blocks{data: make(Set, 11), rounds: 200}
		var of []float64
		b.resample(func(data, _ []int) {
			s := 0.0
			for _, i := range data {
				s += x[i] / 11
			}
			of = append(of, s)
		})
		if v := about(mean(x), of); float64(v.Lo) <= 10 && 10 <= float64(v.Hi) {
			in++
		}
	}
	if share := float64(in) / float64(tries); share < 0.87 || share > 0.97 {
		t.Errorf("%g of intervals hold the mean", share)
	}
	if v := about(1, nil); !math.IsNaN(float64(v.Lo)) {
		t.Errorf("an interval of nothing: %v", v)
	}
	if v := about(0.1, []float64{0, 0.5, 1}); v.Lo != 0 {
		t.Errorf("a distance below 0: %v", v)
	}
}

// What is drawn together belongs together.
func TestResampleIsRepeatable(t *testing.T) {
	b := blocks{data: make(Set, 5), sim: make(Set, 7), rounds: 9}
	var one, two [][2]int
	b.resample(func(d, s []int) { one = append(one, [2]int{d[4], s[6]}) })
	b.resample(func(d, s []int) { two = append(two, [2]int{d[4], s[6]}) })
	for i := range one {
		if one[i] != two[i] {
			t.Fatalf("draw %d: %v and %v", i, one[i], two[i])
		}
	}
}
