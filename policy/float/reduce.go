package float

import (
	"math"

	"slipstream/policy/graph"
)

// reduction turns the elements of a group, visited in order, into one.
type reduction struct {
	start float64
	step  func(acc, x float64) float64
	end   func(acc float64, n int) float64 // nil: the sum itself
}

func plus(acc, x float64) float64 { return acc + x }

var reductions = map[graph.Op]reduction{
	graph.ReduceSum:       {0, plus, nil},
	graph.ReduceMean:      {0, plus, func(a float64, n int) float64 { return a / float64(n) }},
	graph.ReduceProd:      {1, func(a, x float64) float64 { return a * x }, nil},
	graph.ReduceMax:       {math.Inf(-1), math.Max, nil},
	graph.ReduceMin:       {math.Inf(1), math.Min, nil},
	graph.ReduceL1:        {0, func(a, x float64) float64 { return a + math.Abs(x) }, nil},
	graph.ReduceL2:        {0, square, func(a float64, _ int) float64 { return math.Sqrt(a) }},
	graph.ReduceSumSquare: {0, square, nil},
	graph.ReduceLogSum:    {0, plus, func(a float64, _ int) float64 { return math.Log(a) }},
}

func square(a, x float64) float64 { return a + x*x }

// groups maps each element to its group under a reduction of axes, and gives the dims of
// the groups with the reduced axes kept as 1.
func (c *call) groups(dims, axes []int) (of []int, kept []int, reduced []bool, err error) {
	reduced = make([]bool, len(dims))
	for _, a := range axes {
		a, err := c.axis(a, len(dims))
		if err != nil {
			return nil, nil, nil, err
		}
		if reduced[a] {
			return nil, nil, nil, c.bad("axis %d twice", a)
		}
		reduced[a] = true
	}
	kept = append([]int{}, dims...)
	for i := range kept {
		if reduced[i] {
			kept[i] = 1
		}
	}
	st := strides(kept)
	for i := range st {
		if reduced[i] {
			st[i] = 0
		}
	}
	return walk(dims, st), kept, reduced, nil
}

// drop removes the reduced axes unless they are to be kept.
func drop(kept []int, reduced []bool, keep bool) []int {
	if keep {
		return kept
	}
	out := []int{}
	for i, d := range kept {
		if !reduced[i] {
			out = append(out, d)
		}
	}
	return out
}

func reduce(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.n.Attr.(graph.ReduceAttr)
	if x.DType == graph.String {
		return nil, c.bad("input is a string tensor")
	}
	axes, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	if len(axes) == 0 && !at.NoopEmpty {
		axes = make([]int, x.Rank())
		for i := range axes {
			axes[i] = i
		}
	}
	of, kept, reduced, err := c.groups(x.Dims, axes)
	if err != nil {
		return nil, err
	}
	out, err := c.make(x.DType, drop(kept, reduced, at.KeepDims)...)
	if err != nil {
		return nil, err
	}
	if x.DType.IsInt() && reduceInts(c.n.Op, x, out, of) {
		return one(out, nil)
	}
	for i, v := range reduceReals(c.n.Op, x, out.Len(), of) {
		set(out, i, v)
	}
	return one(out, nil)
}

func reduceReals(op graph.Op, x *Tensor, n int, of []int) []float64 {
	r, ok := reductions[op]
	shift := make([]float64, n) // ReduceLogSumExp: the largest element of each group
	if !ok {
		for i := range shift {
			shift[i] = math.Inf(-1)
		}
		for i, g := range of {
			shift[g] = math.Max(shift[g], x.At(i))
		}
		r.step = plus
	}
	acc, count := make([]float64, n), make([]int, n)
	for i := range acc {
		acc[i] = r.start
	}
	for i, g := range of {
		v := x.At(i)
		if !ok && !math.IsInf(shift[g], 0) {
			v = math.Exp(v - shift[g])
		} else if !ok {
			v = math.Exp(v)
		}
		acc[g] = r.step(acc[g], v)
		count[g]++
	}
	for i := range acc {
		switch {
		case !ok && math.IsInf(shift[i], 0):
			acc[i] = math.Log(acc[i])
		case !ok:
			acc[i] = math.Log(acc[i]) + shift[i]
		case r.end != nil:
			acc[i] = r.end(acc[i], count[i])
		}
	}
	return acc
}

// reduceInts has the reductions that stay exact in integers; false: not one of them.
func reduceInts(op graph.Op, x, out *Tensor, of []int) bool {
	lo, hi := x.DType.Range()
	start := map[graph.Op]int64{graph.ReduceSum: 0, graph.ReduceSumSquare: 0, graph.ReduceL1: 0,
		graph.ReduceProd: 1, graph.ReduceMax: lo, graph.ReduceMin: hi}
	s, ok := start[op]
	if !ok {
		return false
	}
	for i := range out.I {
		out.I[i] = s
	}
	for i, g := range of {
		v, acc := x.I[i], out.I[g]
		switch op {
		case graph.ReduceSumSquare:
			v = acc + v*v
		case graph.ReduceL1:
			v = acc + max(v, -v)
		case graph.ReduceProd:
			v *= acc
		case graph.ReduceMax:
			v = max(v, acc)
		case graph.ReduceMin:
			v = min(v, acc)
		default:
			v += acc
		}
		out.I[g] = Wrap(v, x.DType)
	}
	return true
}

// argExtreme is ArgMax and ArgMin.
func argExtreme(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.n.Attr.(graph.ArgAttr)
	if x.DType == graph.String {
		return nil, c.bad("input is a string tensor")
	}
	axis, err := c.axis(at.Axis, x.Rank())
	if err != nil {
		return nil, err
	}
	_, kept, reduced, err := c.groups(x.Dims, []int{axis})
	if err != nil {
		return nil, err
	}
	outer, n, inner := split3(x.Dims, axis)
	if n == 0 {
		return nil, c.bad("axis %d is empty", axis)
	}
	out, err := c.make(graph.Int64, drop(kept, reduced, at.KeepDims)...)
	if err != nil {
		return nil, err
	}
	better := graph.Greater
	if c.n.Op == graph.ArgMin {
		better = graph.Less
	}
	for o := range outer {
		for in := range inner {
			best := 0
			for k := 1; k < n; k++ {
				i, j := (o*n+k)*inner+in, (o*n+best)*inner+in
				if compare(better, x, i, x, j) || at.SelectLast && compare(graph.Equal, x, i, x, j) {
					best = k
				}
			}
			out.I[o*inner+in] = int64(best)
		}
	}
	return one(out, nil)
}

func cumSum(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.n.Attr.(graph.CumSumAttr)
	axes, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	if len(axes) != 1 || x.DType == graph.String {
		return nil, c.bad("want numbers and one axis")
	}
	axis, err := c.axis(axes[0], x.Rank())
	if err != nil {
		return nil, err
	}
	out, err := c.make(x.DType, x.Dims...)
	if err != nil {
		return nil, err
	}
	outer, n, inner := split3(x.Dims, axis)
	for o := range outer {
		for in := range inner {
			sum, total := 0.0, int64(0)
			for k := range n {
				if at.Reverse {
					k = n - 1 - k
				}
				i := (o*n+k)*inner + in
				before, was := sum, total
				if x.DType.IsInt() {
					total += x.I[i]
				} else {
					sum += x.At(i)
				}
				if at.Exclusive {
					c.store(out, i, before, was)
				} else {
					c.store(out, i, sum, total)
				}
			}
		}
	}
	return one(out, nil)
}

func (c *call) store(out *Tensor, i int, real float64, integer int64) {
	if out.DType.IsInt() {
		out.I[i] = Wrap(integer, out.DType)
		return
	}
	set(out, i, real)
}
