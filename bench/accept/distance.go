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

// Edges are the inner limits of histogram groups over two samples together: every
// distinct value for a discrete score, otherwise bins of the width of Freedman and
// Diaconis, 2 IQR n^(-1/3). Where half of the sample is one value the width would be 0:
// then each distinct value is a group, too.
func Edges(a, b []float64, discrete bool) []float64 {
	all := sorted(slices.Concat(a, b))
	if len(all) == 0 {
		return nil
	}
	width := 2 * (Quantile(all, 0.75) - Quantile(all, 0.25)) * math.Pow(float64(len(all)), -1./3)
	if discrete || width <= 0 {
		return slices.Compact(all)
	}
	lo, hi := all[0], all[len(all)-1]
	n := int(min(math.Ceil((hi-lo)/width), 1e5))
	edges := make([]float64, 0, n)
	for k := 1; k < n; k++ {
		edges = append(edges, lo+(hi-lo)*float64(k)/float64(n))
	}
	return edges
}

// L1 is half the sum over groups of the difference of the samples' shares: the total
// variation distance of the histograms, in [0,1]. A value that equals an edge belongs
// above it. 1 when a sample is empty.
func L1(a, b, edges []float64) float64 {
	a, b = sorted(a), sorted(b)
	if len(a) == 0 || len(b) == 0 {
		return 1
	}
	sum := 0.0
	for i, j, k := 0, 0, 0; k <= len(edges); k++ {
		i0, j0 := i, j
		for i < len(a) && (k == len(edges) || a[i] < edges[k]) {
			i++
		}
		for j < len(b) && (k == len(edges) || b[j] < edges[k]) {
			j++
		}
		sum += math.Abs(float64(i-i0)/float64(len(a)) - float64(j-j0)/float64(len(b)))
	}
	return sum / 2
}

// L1Cond is the mean of L1 over groups of a condition, weighted by how many of both
// samples are in the group; deciles of the condition unless it is discrete.
func L1Cond(a, condA, b, condB []float64, discrete, discreteCond bool) float64 {
	all := sorted(slices.Concat(condA, condB))
	var cuts []float64
	if discreteCond {
		cuts = slices.Compact(all)
	} else {
		for k := 1; k < 10; k++ {
			cuts = append(cuts, Quantile(all, float64(k)/10))
		}
		cuts = slices.Compact(cuts)
	}
	ga, gb := split(a, condA, cuts), split(b, condB, cuts)
	sum, weight := 0.0, 0.0
	for g := range ga {
		if n := float64(len(ga[g]) + len(gb[g])); n > 0 {
			sum += n * L1(ga[g], gb[g], Edges(ga[g], gb[g], discrete))
			weight += n
		}
	}
	if weight == 0 {
		return 1
	}
	return sum / weight
}

// split groups v by where its condition falls among cuts.
func split(v, cond, cuts []float64) [][]float64 {
	out := make([][]float64, len(cuts)+1)
	for i, x := range v {
		c := cond[i]
		if math.IsNaN(c) || math.IsNaN(x) {
			continue
		}
		g, equal := slices.BinarySearch(cuts, c)
		if equal {
			g++
		}
		out[g] = append(out[g], x)
	}
	return out
}
