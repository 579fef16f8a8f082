package float

import (
	"math"

	"slipstream/policy/graph"
)

// arith is an operator on reals and on integers.
type arith struct {
	real func(a, b float64) float64
	int  func(a, b int64) int64
}

var ariths = map[graph.Op]arith{
	graph.Add: {func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b }},
	graph.Sum: {func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b }},
	graph.Sub: {func(a, b float64) float64 { return a - b }, func(a, b int64) int64 { return a - b }},
	graph.Mul: {func(a, b float64) float64 { return a * b }, func(a, b int64) int64 { return a * b }},
	graph.Div: {func(a, b float64) float64 { return a / b }, divInt},
	graph.Pow: {math.Pow, func(a, b int64) int64 { return truncate(math.Pow(float64(a), float64(b)), graph.Int64) }},
	graph.PRelu: {func(a, b float64) float64 {
		if a < 0 {
			return a * b
		}
		return a
	}, func(a, b int64) int64 {
		if a < 0 {
			return a * b
		}
		return a
	}},
	graph.Max: {math.Max, func(a, b int64) int64 { return max(a, b) }},
	graph.Min: {math.Min, func(a, b int64) int64 { return min(a, b) }},
}

// divInt truncates; by zero it gives 0, so that no data can stop the oracle.
func divInt(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func modInt(fmod bool) func(a, b int64) int64 {
	return func(a, b int64) int64 {
		if b == 0 {
			return 0
		}
		r := a % b
		if !fmod && r != 0 && (r < 0) != (b < 0) {
			r += b
		}
		return r
	}
}

func modReal(fmod bool) func(a, b float64) float64 {
	return func(a, b float64) float64 {
		r := math.Mod(a, b)
		if !fmod && r != 0 && (r < 0) != (b < 0) {
			r += b
		}
		return r
	}
}

// fold applies an arithmetic operator over the inputs from the left, rounding at each step.
func fold(c *call) ([]*Tensor, error) {
	op, ok := ariths[c.n.Op]
	if a, is := c.n.Attr.(graph.ModAttr); is {
		op, ok = arith{modReal(a.Fmod), modInt(a.Fmod)}, true
	}
	if !ok {
		return nil, c.bad("unknown operator")
	}
	acc := c.in[0]
	for _, t := range c.in[1:] {
		if t.DType != acc.DType && c.n.Op != graph.Pow {
			return nil, c.bad("inputs are %s and %s, want one type", acc.DType, t.DType)
		}
		var err error
		if acc, err = c.apply(op, acc, t); err != nil {
			return nil, err
		}
	}
	return one(acc, nil)
}

func (c *call) apply(op arith, a, b *Tensor) (*Tensor, error) {
	if a.DType == graph.String || b.DType == graph.String {
		return nil, c.bad("inputs are strings, want numbers")
	}
	dims, err := c.broadcastDims(a, b)
	if err != nil {
		return nil, err
	}
	out, err := c.make(a.DType, dims...)
	if err != nil {
		return nil, err
	}
	ia, ib := stretch(a.Dims, dims), stretch(b.Dims, dims)
	for i := range ia {
		if a.DType.IsInt() && b.DType.IsInt() {
			out.I[i] = Wrap(op.int(a.I[ia[i]], b.I[ib[i]]), a.DType)
		} else {
			set(out, i, op.real(a.At(ia[i]), b.At(ib[i])))
		}
	}
	return out, nil
}

func mean(c *call) ([]*Tensor, error) {
	if c.in[0].DType.IsInt() {
		return nil, c.bad("inputs are %s, want floats", c.in[0].DType)
	}
	dims, err := c.broadcastDims(c.in...)
	if err != nil {
		return nil, err
	}
	out, err := c.make(c.in[0].DType, dims...)
	if err != nil {
		return nil, err
	}
	sum := make([]float64, out.Len())
	for _, t := range c.in {
		if err := c.b.Spend(dims...); err != nil {
			return nil, err
		}
		for i, j := range stretch(t.Dims, dims) {
			sum[i] += t.At(j)
		}
	}
	for i, v := range sum {
		set(out, i, v/float64(len(c.in)))
	}
	return one(out, nil)
}

var relations = map[graph.Op]func(a, b float64) bool{
	graph.Equal:          func(a, b float64) bool { return a == b },
	graph.Greater:        func(a, b float64) bool { return a > b },
	graph.GreaterOrEqual: func(a, b float64) bool { return a >= b },
	graph.Less:           func(a, b float64) bool { return a < b },
	graph.LessOrEqual:    func(a, b float64) bool { return a <= b },
	graph.And:            func(a, b float64) bool { return a != 0 && b != 0 },
	graph.Or:             func(a, b float64) bool { return a != 0 || b != 0 },
	graph.Xor:            func(a, b float64) bool { return (a != 0) != (b != 0) },
}

func relate(c *call) ([]*Tensor, error) {
	a, b := c.in[0], c.in[1]
	if a.DType != b.DType {
		return nil, c.bad("inputs are %s and %s, want one type", a.DType, b.DType)
	}
	if a.DType == graph.String && c.n.Op != graph.Equal {
		return nil, c.bad("inputs are strings, want numbers")
	}
	dims, err := c.broadcastDims(a, b)
	if err != nil {
		return nil, err
	}
	out, err := c.make(graph.Bool, dims...)
	if err != nil {
		return nil, err
	}
	ia, ib := stretch(a.Dims, dims), stretch(b.Dims, dims)
	for i := range ia {
		if compare(c.n.Op, a, ia[i], b, ib[i]) {
			out.I[i] = 1
		}
	}
	return one(out, nil)
}

// compare is exact also for 64-bit integers, whose differences float64 could lose.
func compare(op graph.Op, a *Tensor, i int, b *Tensor, j int) bool {
	switch {
	case a.DType == graph.String:
		return a.S[i] == b.S[j]
	case a.DType == graph.Uint64:
		x, y := uint64(a.I[i]), uint64(b.I[j])
		return relations[op](order(x > y, x < y), 0)
	case a.DType.IsInt() && a.DType != graph.Bool:
		return relations[op](order(a.I[i] > b.I[j], a.I[i] < b.I[j]), 0)
	}
	return relations[op](a.At(i), b.At(j))
}

func order(more, less bool) float64 {
	switch {
	case more:
		return 1
	case less:
		return -1
	}
	return 0
}

func where(c *call) ([]*Tensor, error) {
	cond, x, y := c.in[0], c.in[1], c.in[2]
	if cond.DType != graph.Bool || x.DType != y.DType {
		return nil, c.bad("inputs are %s, %s and %s, want bool and one type", cond.DType, x.DType, y.DType)
	}
	dims, err := c.broadcastDims(cond, x, y)
	if err != nil {
		return nil, err
	}
	out, err := c.make(x.DType, dims...)
	if err != nil {
		return nil, err
	}
	ic, ix, iy := stretch(cond.Dims, dims), stretch(x.Dims, dims), stretch(y.Dims, dims)
	for i := range ic {
		if cond.I[ic[i]] != 0 {
			put(out, i, x, ix[i])
		} else {
			put(out, i, y, iy[i])
		}
	}
	return one(out, nil)
}

func clip(c *call) ([]*Tensor, error) {
	x := c.in[0]
	for i := 1; i < 3; i++ {
		if t := c.arg(i); t != nil && (t.Len() != 1 || t.DType != x.DType) {
			return nil, c.bad("bound %d is %s %v, want one %s", i, t.DType, t.Dims, x.DType)
		}
	}
	if x.DType == graph.String {
		return nil, c.bad("input is a string tensor")
	}
	out, err := c.make(x.DType, x.Dims...)
	if err != nil {
		return nil, err
	}
	lo, hi := c.arg(1), c.arg(2)
	for i := range x.Len() {
		put(out, i, x, i)
		if lo != nil && compare(graph.Less, out, i, lo, 0) {
			put(out, i, lo, 0)
		}
		if hi != nil && compare(graph.Greater, out, i, hi, 0) {
			put(out, i, hi, 0)
		}
	}
	return one(out, nil)
}
