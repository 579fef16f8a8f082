package accept

import (
	"math"
	"slices"
)

// sorted is a sorted copy without NaN.
func sorted(v []float64) []float64 {
	s := make([]float64, 0, len(v))
	for _, x := range v {
		if !math.IsNaN(x) {
			s = append(s, x)
		}
	}
	slices.Sort(s)
	return s
}

// KS is the two-sample Kolmogorov-Smirnov distance: the largest difference between the
// empirical distribution functions. 1 when a sample is empty.
func KS(a, b []float64) float64 {
	a, b = sorted(a), sorted(b)
	if len(a) == 0 || len(b) == 0 {
		return 1
	}
	most := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		x := min(a[i], b[j])
		for i < len(a) && a[i] == x {
			i++
		}
		for j < len(b) && b[j] == x {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}

// W1 is the Wasserstein-1 distance between samples that are both scaled by the mean and
// the standard deviation of the two together, as LOB-Bench has it. NaN when a sample is
// empty.
func W1(a, b []float64) float64 {
	a, b = sorted(a), sorted(b)
	if len(a) == 0 || len(b) == 0 {
		return math.NaN()
	}
	sd := math.Sqrt(variance(slices.Concat(a, b)))
	if sd == 0 {
		return 0
	}
	sum, x := 0.0, min(a[0], b[0])
	for i, j := 0, 0; i < len(a) || j < len(b); {
		next := math.Inf(1)
		if i < len(a) {
			next = a[i]
		}
		if j < len(b) {
			next = min(next, b[j])
		}
		sum += math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))) * (next - x)
		x = next
		for i < len(a) && a[i] == x {
			i++
		}
		for j < len(b) && b[j] == x {
			j++
		}
	}
	return sum / sd
}

// Quantile of a sorted sample, linear between neighbours.
func Quantile(s []float64, q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	h := q * float64(len(s)-1)
	i := int(h)
	if i+1 >= len(s) {
		return s[len(s)-1]
	}
	return s[i] + (h-float64(i))*(s[i+1]-s[i])
}

// grouping says how the values of a score become the groups of a histogram.
type grouping uint8

const (
	byWidth  grouping = iota // bins of the width of Freedman and Diaconis, 2 IQR n^(-1/3)
	byValue                  // every distinct value
	byDecile                 // tenths of both samples together
)

// edges are the inner limits of histogram groups over two samples together. Where half of
// the sample is one value the width of Freedman and Diaconis would be 0: then each
// distinct value is a group, too.
func edges(a, b []float64, g grouping) []float64 {
	all := sorted(slices.Concat(a, b))
	if len(all) == 0 {
		return nil
	}
	width := 2 * (Quantile(all, 0.75) - Quantile(all, 0.25)) * math.Pow(float64(len(all)), -1./3)
	switch {
	case g == byDecile:
		var cuts []float64
		for k := 1; k < 10; k++ {
			cuts = append(cuts, Quantile(all, float64(k)/10))
		}
		return slices.Compact(cuts)
	case g == byValue || width <= 0:
		return slices.Compact(all)
	}
	lo, hi := all[0], all[len(all)-1]
	n := int(min(math.Ceil((hi-lo)/width), 1e5))
	cuts := make([]float64, 0, n)
	for k := 1; k < n; k++ {
		cuts = append(cuts, lo+(hi-lo)*float64(k)/float64(n))
	}
	return cuts
}

// histogram counts a sample in cells: groups of its values or, with a condition, those
// groups within each group of the condition.
type histogram struct {
	cond  []float64   // edges of the condition; nil: none
	cuts  [][]float64 // edges of the values, by group of the condition
	start []int       // first cell of each group, and the number of all cells
}

// sample is a score's values, with those of its condition where it has one.
type sample struct{ v, cond []float64 }

// newHistogram makes the cells of two samples together, as LOB-Bench does.
func newHistogram(a, b sample, g, cond grouping) *histogram {
	h := &histogram{}
	if a.cond == nil && b.cond == nil {
		h.cuts = [][]float64{edges(a.v, b.v, g)}
	} else {
		h.cond = edges(a.cond, b.cond, cond)
		ga, gb := h.split(a), h.split(b)
		for k := range ga {
			h.cuts = append(h.cuts, edges(ga[k], gb[k], g))
		}
	}
	h.start = make([]int, len(h.cuts)+1)
	for k, c := range h.cuts {
		h.start[k+1] = h.start[k] + len(c) + 1
	}
	return h
}

// groupOf is the group of a value among edges: a value that equals one belongs above it.
func groupOf(cuts []float64, v float64) int {
	g, equal := slices.BinarySearch(cuts, v)
	if equal {
		g++
	}
	return g
}

// split groups a sample's values by its condition.
func (h *histogram) split(s sample) [][]float64 {
	out := make([][]float64, len(h.cond)+1)
	for i, x := range s.v {
		if c := s.cond[i]; !math.IsNaN(c) && !math.IsNaN(x) {
			g := groupOf(h.cond, c)
			out[g] = append(out[g], x)
		}
	}
	return out
}

// count is how much of a sample falls into each cell.
func (h *histogram) count(s sample) []float64 {
	n := make([]float64, h.start[len(h.cuts)])
	for i, x := range s.v {
		k := 0
		if math.IsNaN(x) {
			continue
		}
		if s.cond != nil {
			if math.IsNaN(s.cond[i]) {
				continue
			}
			k = groupOf(h.cond, s.cond[i])
		}
		n[h.start[k]+groupOf(h.cuts[k], x)]++
	}
	return n
}

// l1 is half the sum over groups of the difference of the samples' shares, the total
// variation distance of two counts in [0,1]; 1 when one of them is empty. With a condition
// it is the mean over its groups, weighted by how many of both they hold.
func (h *histogram) l1(a, b []float64) float64 {
	sum, weight := 0.0, 0.0
	for k := range h.cuts {
		x, y := a[h.start[k]:h.start[k+1]], b[h.start[k]:h.start[k+1]]
		nx, ny := total(x), total(y)
		d := 1.0
		if nx > 0 && ny > 0 {
			d = 0
			for i := range x {
				d += math.Abs(x[i]/nx-y[i]/ny) / 2
			}
		}
		sum += d * (nx + ny)
		weight += nx + ny
	}
	if weight == 0 {
		return 1
	}
	return sum / weight
}

func total(v []float64) (sum float64) {
	for _, x := range v {
		sum += x
	}
	return sum
}

// L1 is LOB-Bench's distance of two samples without a condition.
func L1(a, b []float64, g grouping) float64 {
	return l1Of(sample{v: a}, sample{v: b}, g, byValue)
}

func l1Of(a, b sample, g, cond grouping) float64 {
	h := newHistogram(a, b, g, cond)
	return h.l1(h.count(a), h.count(b))
}
