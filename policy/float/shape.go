package float

import "slipstream/policy/graph"

func reshape(c *call) ([]*Tensor, error) {
	x := c.in[0]
	want, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	dims, free, n := make([]int, len(want)), -1, 1
	for i, d := range want {
		switch {
		case d == -1 && free < 0:
			free, d = i, 1
		case d == 0 && !c.n.Attr.(graph.ReshapeAttr).AllowZero:
			if i >= x.Rank() {
				return nil, c.bad("shape %v copies dimension %d of %v", want, i, x.Dims)
			}
			d = x.Dims[i]
		case d < 0:
			return nil, c.bad("shape %v", want)
		}
		dims[i] = d
	}
	n = graph.Count(dims)
	if free >= 0 && n > 0 {
		dims[free] = x.Len() / n
	}
	if graph.Count(dims) != x.Len() {
		return nil, c.bad("dims %v do not reshape to %v", x.Dims, want)
	}
	return one(view(x, dims), nil)
}

func flatten(c *call) ([]*Tensor, error) {
	x, a := c.in[0], c.n.Attr.(graph.AxisAttr).Axis
	if a < 0 {
		a += x.Rank()
	}
	if a < 0 || a > x.Rank() {
		return nil, c.bad("axis %d of %d dimensions", a, x.Rank())
	}
	return one(view(x, []int{graph.Count(x.Dims[:a]), graph.Count(x.Dims[a:])}), nil)
}

func squeeze(c *call) ([]*Tensor, error) {
	x := c.in[0]
	axes, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	gone := make([]bool, x.Rank())
	for _, a := range axes {
		a, err := c.axis(a, x.Rank())
		if err != nil {
			return nil, err
		}
		if x.Dims[a] != 1 {
			return nil, c.bad("axis %d of %v is not 1", a, x.Dims)
		}
		gone[a] = true
	}
	if c.arg(1) == nil {
		for i, d := range x.Dims {
			gone[i] = d == 1
		}
	}
	return one(view(x, drop(x.Dims, gone, false)), nil)
}

func unsqueeze(c *call) ([]*Tensor, error) {
	x := c.in[0]
	axes, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	rank := x.Rank() + len(axes)
	if rank > maxRank {
		return nil, c.bad("%d dimensions, at most %d", rank, maxRank)
	}
	added := make([]bool, rank)
	for _, a := range axes {
		a, err := c.axis(a, rank)
		if err != nil {
			return nil, err
		}
		if added[a] {
			return nil, c.bad("axis %d twice", a)
		}
		added[a] = true
	}
	dims, next := make([]int, rank), 0
	for i := range dims {
		dims[i] = 1
		if !added[i] {
			dims[i] = x.Dims[next]
			next++
		}
	}
	return one(view(x, dims), nil)
}

// maxRank bounds shapes that come from data.
const maxRank = 64

func expand(c *call) ([]*Tensor, error) {
	x := c.in[0]
	want, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	for _, d := range want {
		if d < 0 {
			return nil, c.bad("shape %v", want)
		}
	}
	dims, err := c.broadcastDims(x, &Tensor{Dims: want})
	if err != nil {
		return nil, err
	}
	if err := c.b.room(dims); err != nil {
		return nil, err
	}
	return one(c.pick(x, dims, stretch(x.Dims, dims)))
}

func tile(c *call) ([]*Tensor, error) {
	x := c.in[0]
	reps, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	if len(reps) != x.Rank() {
		return nil, c.bad("%d repeats for %d dimensions", len(reps), x.Rank())
	}
	dims := make([]int, x.Rank())
	for i, r := range reps {
		if r < 0 || r > c.b.Elements {
			return nil, c.bad("repeats %v", reps)
		}
		dims[i] = x.Dims[i] * r
	}
	if err := c.b.room(dims); err != nil {
		return nil, err
	}
	st := strides(x.Dims)
	idx := make([]int, graph.Count(dims))
	for i := range idx {
		rest := i
		for k := len(dims) - 1; k >= 0; k-- {
			idx[i] += rest % dims[k] % x.Dims[k] * st[k]
			rest /= dims[k]
		}
	}
	return one(c.pick(x, dims, idx))
}

func transpose(c *call) ([]*Tensor, error) {
	x, perm := c.in[0], c.n.Attr.(graph.TransposeAttr).Perm
	if perm == nil {
		for i := x.Rank() - 1; i >= 0; i-- {
			perm = append(perm, i)
		}
	}
	if len(perm) != x.Rank() {
		return nil, c.bad("permutation %v of %d dimensions", perm, x.Rank())
	}
	from, dims, st := strides(x.Dims), make([]int, x.Rank()), make([]int, x.Rank())
	seen := make([]bool, x.Rank())
	for i, p := range perm {
		if p < 0 || p >= x.Rank() || seen[p] {
			return nil, c.bad("permutation %v", perm)
		}
		seen[p], dims[i], st[i] = true, x.Dims[p], from[p]
	}
	return one(c.pick(x, dims, walk(dims, st)))
}

func shapeOf(c *call) ([]*Tensor, error) {
	at, dims := c.n.Attr.(graph.ShapeAttr), c.in[0].Dims
	lo, hi := at.Start, len(dims)
	if at.HasEnd {
		hi = at.End
	}
	if lo < 0 {
		lo += len(dims)
	}
	if hi < 0 {
		hi += len(dims)
	}
	lo, hi = min(max(lo, 0), len(dims)), min(max(hi, 0), len(dims))
	v := []int64{}
	for i := lo; i < hi; i++ {
		v = append(v, int64(dims[i]))
	}
	return one(graph.Ints(v, len(v)), nil)
}

func size(c *call) ([]*Tensor, error) {
	return one(graph.Ints([]int64{int64(c.in[0].Len())}), nil)
}

func constantOfShape(c *call) ([]*Tensor, error) {
	dims, err := c.ints(0)
	if err != nil {
		return nil, err
	}
	v := c.n.Attr.(graph.FillAttr).Value
	if v == nil {
		v = graph.Floats([]float32{0}, 1)
	}
	if v.Len() != 1 {
		return nil, c.bad("value has dims %v, want one element", v.Dims)
	}
	out, err := c.make(v.DType, dims...)
	if err != nil {
		return nil, err
	}
	for i := range out.Len() {
		put(out, i, v, 0)
	}
	return one(out, nil)
}

func rangeOf(c *call) ([]*Tensor, error) {
	a, z, d := c.in[0], c.in[1], c.in[2]
	if a.Len() != 1 || z.Len() != 1 || d.Len() != 1 || a.DType == graph.String || a.DType != z.DType || a.DType != d.DType {
		return nil, c.bad("want three scalars of one type of number")
	}
	if d.At(0) == 0 {
		return nil, c.bad("delta is 0")
	}
	f := (z.At(0) - a.At(0)) / d.At(0)
	n := int(clamp(f, 0, 1<<40))
	if float64(n) < f {
		n++
	}
	out, err := c.make(a.DType, n)
	if err != nil {
		return nil, err
	}
	for i := range n {
		set(out, i, a.At(0)+float64(i)*d.At(0))
	}
	return one(out, nil)
}
