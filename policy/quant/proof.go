package quant

import (
	"fmt"
	"math"
	"slices"
)

// Proof is what was shown about a dense layer's arithmetic for every possible input, by
// summing extremes per output. Check repeats it from the layer's integers.
type Proof struct {
	Inputs, Outputs int
	XMin, XMax      int64 // what an input element can be
	// AccMin and AccMax bound every prefix of the accumulation, bias included, in any order.
	AccMin, AccMax int64
	// Exact24: |acc| < 2^24, so that float32(acc) is exact. Otherwise it is rounded once,
	// half to even, which every machine does alike.
	Exact24 bool
	// PairSafe: with u8 inputs no sum of two adjacent products leaves int16, so vpmaddubsw
	// never saturates. Otherwise the kernel must widen to 16 bits first.
	PairSafe bool
	// Order: the inputs were put in this order to make it pair safe (nil: as they were).
	Order  []int
	Kernel string // "u8s8 pairs", "u8s8 widened", "s16"
}

// errOverflow says that no int32 accumulator can be proved.
type errOverflow struct {
	out      int
	min, max int64
}

func (e *errOverflow) Error() string {
	return fmt.Sprintf("quant: accumulator of output %d may reach [%d, %d], outside int32", e.out, e.min, e.max)
}

// prove bounds a layer with inputs in [xmin, xmax].
func prove(w []int32, bias []int64, ins int, xmin, xmax int64, wide bool) (*Proof, error) {
	p := &Proof{Inputs: ins, Outputs: len(bias), XMin: xmin, XMax: xmax, PairSafe: !wide}
	for o, b := range bias {
		lo, hi := min(b, 0), max(b, 0)
		for _, v := range w[o*ins : (o+1)*ins] {
			a, c := int64(v)*xmin, int64(v)*xmax
			lo, hi = lo+min(a, c, 0), hi+max(a, c, 0)
		}
		p.AccMin, p.AccMax = min(p.AccMin, lo), max(p.AccMax, hi)
		if lo < math.MinInt32 || hi > math.MaxInt32 {
			return nil, &errOverflow{o, lo, hi}
		}
		if !wide {
			p.PairSafe = p.PairSafe && pairsFit(w[o*ins:(o+1)*ins], xmax)
		}
	}
	p.Exact24 = p.AccMin > -1<<24 && p.AccMax < 1<<24
	switch {
	case wide:
		p.Kernel = "s16"
	case p.PairSafe:
		p.Kernel = "u8s8 pairs"
	default:
		p.Kernel = "u8s8 widened"
	}
	return p, nil
}

// pairsFit: for inputs 0..xmax the sum of each pair of products is within int16.
func pairsFit(row []int32, xmax int64) bool {
	for i := 0; i < len(row); i += 2 {
		if !pairFits(row[i], at(row, i+1), xmax) {
			return false
		}
	}
	return true
}

func pairFits(a, b int32, xmax int64) bool {
	hi := xmax * int64(max(a, 0)+max(b, 0))
	lo := xmax * int64(min(a, 0)+min(b, 0))
	return hi <= math.MaxInt16 && lo >= math.MinInt16
}

func at(row []int32, i int) int32 {
	if i < len(row) {
		return row[i]
	}
	return 0
}

// pairOrder looks for an order of the inputs under which every pair of every output fits:
// a perfect matching over the inputs, found greedily from the most constrained input on.
// nil if that finds none.
func pairOrder(w []int32, outs, ins int, xmax int64) []int {
	if ins > 512 {
		return nil // quadratic in inputs times outputs
	}
	size := ins + ins%2
	fits := func(i, j int) bool {
		for o := range outs {
			row := w[o*ins : (o+1)*ins]
			if !pairFits(at(row, i), at(row, j), xmax) {
				return false
			}
		}
		return true
	}
	ok := make([][]bool, size)
	degree := make([]int, size)
	for i := range ok {
		ok[i] = make([]bool, size)
	}
	for i := range size {
		for j := range i {
			if fits(i, j) {
				ok[i][j], ok[j][i] = true, true
				degree[i]++
				degree[j]++
			}
		}
	}
	var order []int
	used := make([]bool, size)
	for len(order) < size {
		i := pick(used, degree, nil)
		if i < 0 {
			return nil
		}
		used[i] = true
		j := pick(used, degree, ok[i])
		if j < 0 {
			return nil
		}
		used[j] = true
		for k := range size {
			if ok[i][k] {
				degree[k]--
			}
			if ok[j][k] {
				degree[k]--
			}
		}
		if j >= ins {
			i, j = j, i
		}
		if i >= ins { // the padding pairs with the last input
			order = append(order, j, i)
			continue
		}
		order = append(order, i, j)
	}
	return padLast(order, ins)
}

// padLast moves the pair with the padding to the end and drops the padding.
func padLast(order []int, ins int) []int {
	k := slices.IndexFunc(order, func(v int) bool { return v >= ins })
	if k < 0 {
		return order
	}
	mate := order[k-1]
	order = slices.Delete(order, k-1, k+1)
	return append(order, mate)
}

// pick is the unused index of least degree among those allowed, -1 if there is none.
func pick(used []bool, degree []int, allowed []bool) int {
	best := -1
	for i := range used {
		if !used[i] && (allowed == nil || allowed[i]) && (best < 0 || degree[i] < degree[best]) {
			best = i
		}
	}
	return best
}

// Check repeats the proof from integers: it holds for the layer's weights and bias.
func (p *Proof) Check(w []int32, bias []int32) error {
	b := make([]int64, len(bias))
	for i, v := range bias {
		b[i] = int64(v)
	}
	again, err := prove(w, b, p.Inputs, p.XMin, p.XMax, p.Kernel == "s16")
	if err != nil {
		return err
	}
	if again.AccMin != p.AccMin || again.AccMax != p.AccMax || again.Exact24 != p.Exact24 || again.Kernel != p.Kernel {
		return fmt.Errorf("quant: proof says [%d, %d] %s, the layer [%d, %d] %s", p.AccMin, p.AccMax, p.Kernel, again.AccMin, again.AccMax, again.Kernel)
	}
	return nil
}
