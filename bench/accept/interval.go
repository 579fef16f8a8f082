package accept

import (
	"math"
	"slices"

	"slipstream/bench/flow/record"
)

// Interval is the 95 % confidence interval of a figure.
type Interval struct {
	Lo Num `json:"lo"`
	Hi Num `json:"hi"`
}

var noInterval = Interval{none, none}

// blocks are the stretches that a bootstrap of distances resamples: half hours of the day,
// and half hours of the sessions. Events within one depend on one another; to resample
// them one by one, as LOB-Bench does, would promise far too much.
type blocks struct {
	data, sim Set
	rounds    int // of resampling
}

// halfHours cuts stretches into half hours.
func (s Set) halfHours() (out Set) {
	for _, d := range s {
		for at := d.Start; at < d.End; at += hour / 2 {
			out = append(out, d.Between(at, min(at+hour/2, d.End)))
		}
	}
	return out
}

// resample calls f with one draw of blocks after another; equal numbers of blocks give
// equal draws, so figures of one draw belong together.
func (b *blocks) resample(f func(data, sim []int)) {
	rng := bootstrapRNG(1)
	x, y := make([]int, len(b.data)), make([]int, len(b.sim))
	for range b.rounds {
		for i := range x {
			x[i] = rng.below(len(b.data))
		}
		for i := range y {
			y[i] = rng.below(len(b.sim))
		}
		f(x, y)
	}
}

// about is the interval around a figure whose resampled values are given: their spread
// about their own mean. A distance of resampled samples is larger than the distance of the
// samples, by the noise that resampling adds; quantiles alone would lie above the figure.
func about(v float64, resampled []float64) Interval {
	s := sorted(resampled)
	if len(s) == 0 {
		return noInterval
	}
	m := mean(s)
	return Interval{Num(max(v+Quantile(s, 0.025)-m, 0)), Num(v + Quantile(s, 0.975) - m)}
}

// counted is a score counted by block.
type counted struct{ data, sim [][]float64 }

func (b *blocks) count(h *histogram, of func(*record.Day) sample) (c counted) {
	for _, d := range b.data {
		c.data = append(c.data, h.count(of(d)))
	}
	for _, d := range b.sim {
		c.sim = append(c.sim, h.count(of(d)))
	}
	return c
}

// sumOf adds the counts of the blocks drawn into dst.
func sumOf(dst []float64, of [][]float64, drawn []int) []float64 {
	clear(dst)
	for _, i := range drawn {
		for k, n := range of[i] {
			dst[k] += n
		}
	}
	return dst
}

// l1 are the resampled L1 distances of a score.
func (b *blocks) l1(h *histogram, of func(*record.Day) sample) []float64 {
	c := b.count(h, of)
	n := h.start[len(h.cuts)]
	x, y := make([]float64, n), make([]float64, n)
	out := make([]float64, 0, b.rounds)
	b.resample(func(data, sim []int) {
		out = append(out, h.l1(sumOf(x, c.data, data), sumOf(y, c.sim, sim)))
	})
	return out
}

// fine is how many quantiles stand for the values of a sample in a resampled KS or W1.
const fine = 1000

// ksW1 are the resampled KS and W1 distances of a figure, on a grid of quantiles of all of
// its values, sorted.
func (b *blocks) ksW1(all []float64, of func(*record.Day) []float64) (ks, w1 []float64) {
	grid := make([]float64, 0, fine+1)
	for k := range fine + 1 {
		grid = append(grid, Quantile(all, float64(k)/fine))
	}
	grid = slices.Compact(grid)
	sd := math.Sqrt(variance(all))
	h := &histogram{cuts: [][]float64{grid}, start: []int{0, len(grid) + 1}}
	c := b.count(h, func(d *record.Day) sample { return sample{v: of(d)} })
	x, y := make([]float64, len(grid)+1), make([]float64, len(grid)+1)
	b.resample(func(di, si []int) {
		sumOf(x, c.data, di)
		sumOf(y, c.sim, si)
		nx, ny := total(x), total(y)
		most, area, fx, fy := 0.0, 0.0, 0.0, 0.0
		for k := range len(grid) {
			// The shares below grid[k]: cell k+1 begins with it.
			fx, fy = fx+x[k]/nx, fy+y[k]/ny
			gap := math.Abs(fx - fy)
			most = max(most, gap)
			if k > 0 {
				area += gap * (grid[k] - grid[k-1])
			}
		}
		ks, w1 = append(ks, most), append(w1, area/max(sd, math.SmallestNonzeroFloat64))
	})
	return ks, w1
}
