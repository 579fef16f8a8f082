package float

import (
	"math"

	"slipstream/policy/graph"
)

// softmax also serves LogSoftmax and Hardmax.
func softmax(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.n.Attr.(graph.SoftmaxAttr)
	if !x.DType.IsFloat() {
		return nil, c.bad("input is %s, want floats", x.DType)
	}
	out, err := c.make(x.DType, x.Dims...)
	if err != nil {
		return nil, err
	}
	var outer, n, inner int
	if at.Coerce2D {
		a := at.Axis
		if a < 0 {
			a += x.Rank()
		}
		if a < 0 || a > x.Rank() {
			return nil, c.bad("axis %d of %d dimensions", at.Axis, x.Rank())
		}
		outer, n, inner = graph.Count(x.Dims[:a]), graph.Count(x.Dims[a:]), 1
	} else {
		if x.Rank() == 0 && (at.Axis == 0 || at.Axis == -1) {
			x = view(x, []int{1})
			at.Axis = 0
		}
		a, err := c.axis(at.Axis, x.Rank())
		if err != nil {
			return nil, err
		}
		outer, n, inner = split3(x.Dims, a)
	}
	row := make([]float64, n)
	for o := range outer {
		for in := range inner {
			for k := range row {
				row[k] = x.At((o*n+k)*inner + in)
			}
			softRow(c.n.Op, row)
			for k, v := range row {
				set(out, (o*n+k)*inner+in, v)
			}
		}
	}
	return one(out, nil)
}

// softRow replaces a row by its softmax, log softmax or one-hot maximum.
func softRow(op graph.Op, row []float64) {
	best, hi := 0, math.Inf(-1)
	for k, v := range row {
		if v > hi {
			best, hi = k, v
		}
	}
	sum := 0.0
	for k, v := range row {
		row[k] = v - hi
		sum += math.Exp(v - hi)
	}
	for k, v := range row {
		switch op {
		case graph.LogSoftmax:
			row[k] = v - math.Log(sum)
		case graph.Hardmax:
			row[k] = 0
			if k == best {
				row[k] = 1
			}
		default:
			row[k] = math.Exp(v) / sum
		}
	}
}

func batchNorm(c *call) ([]*Tensor, error) {
	x, eps := c.in[0], float64(c.n.Attr.(graph.NormAttr).Epsilon)
	channels, inner := 1, 1
	if x.Rank() > 1 {
		channels, inner = x.Dims[1], graph.Count(x.Dims[2:])
	}
	for i := 1; i < 5; i++ {
		if c.in[i].Len() != channels || !c.in[i].DType.IsFloat() {
			return nil, c.bad("input %d has dims %v for %d channels", i, c.in[i].Dims, channels)
		}
	}
	if !x.DType.IsFloat() {
		return nil, c.bad("input is %s, want floats", x.DType)
	}
	out, err := c.make(x.DType, x.Dims...)
	if err != nil {
		return nil, err
	}
	for i := range x.Len() {
		k := i / inner % channels
		set(out, i, (x.At(i)-c.in[3].At(k))/math.Sqrt(c.in[4].At(k)+eps)*c.in[1].At(k)+c.in[2].At(k))
	}
	return one(out, nil)
}

// layerNorm also serves RMSNormalization, which does not subtract the mean.
func layerNorm(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.n.Attr.(graph.NormAttr)
	axis, err := c.axis(at.Axis, x.Rank())
	if err != nil {
		return nil, err
	}
	if !x.DType.IsFloat() {
		return nil, c.bad("input is %s, want floats", x.DType)
	}
	tail := x.Dims[axis:]
	var par [2][]int
	for i := range par {
		t := c.arg(1 + i)
		if t == nil {
			continue
		}
		d, err := c.broadcastDims(t, &Tensor{Dims: x.Dims})
		if err != nil || len(d) != x.Rank() || graph.Count(d) != x.Len() || !t.DType.IsFloat() {
			return nil, c.bad("input %d has dims %v, want to fit %v", 1+i, t.Dims, tail)
		}
		par[i] = stretch(t.Dims, x.Dims)
	}
	out, err := c.make(x.DType, x.Dims...)
	if err != nil {
		return nil, err
	}
	stat := append([]int{}, x.Dims...)
	for i := axis; i < len(stat); i++ {
		stat[i] = 1
	}
	means, err := c.make(graph.Float32, stat...)
	if err != nil {
		return nil, err
	}
	invs := graph.New(graph.Float32, stat...)
	n := graph.Count(tail)
	for o := range means.F {
		m, inv := c.moments(x, o*n, n, float64(at.Epsilon))
		means.F[o], invs.F[o] = float32(m), float32(inv)
		for i := o * n; i < (o+1)*n; i++ {
			v := (x.At(i) - m) * inv * c.in[1].At(par[0][i])
			if par[1] != nil {
				v += c.in[2].At(par[1][i])
			}
			set(out, i, v)
		}
	}
	return []*Tensor{out, means, invs}, nil
}

func (c *call) moments(x *Tensor, at, n int, eps float64) (mean, inv float64) {
	if c.n.Op == graph.LayerNormalization {
		for i := at; i < at+n; i++ {
			mean += x.At(i)
		}
		mean /= float64(n)
	}
	v := 0.0
	for i := at; i < at+n; i++ {
		d := x.At(i) - mean
		v += d * d
	}
	return mean, 1 / math.Sqrt(v/float64(n)+eps)
}
