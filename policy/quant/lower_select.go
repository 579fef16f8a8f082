package quant

import (
	"math"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

func floatWhere(l *lowerer, n *graph.Node, v int) program.Buf {
	dims := l.dims(v)
	c, a, b := l.spread(n.In[0], dims), l.spread(n.In[1], dims), l.spread(n.In[2], dims)
	if int(max(c.N, a.N, b.N)) != graph.Count(dims) {
		c = l.full(c, n.In[0], dims)
	}
	return l.b.Select(c, a, b)
}

func floatCast(l *lowerer, n *graph.Node, v int) program.Buf {
	x, to := l.get(n.In[0], asF32), n.Attr.(graph.CastAttr).To
	if to == graph.Bool {
		return l.b.Unary(program.Not, l.b.Unary(program.Not, x, 0, 0), 0, 0)
	}
	if to.IsInt() {
		t := l.b.Trunc(x)
		lo, hi := to.Range()
		if lo > -1<<24 && hi < 1<<24 && !l.g.Values[n.In[0]].DType.IsFloat() {
			refuse(n, "cast to int32 or a float type", "narrowing integers has no compiled form")
		}
		l.have[place{v, asI32}] = t
		return l.b.Dequantize(t, 1, 0)
	}
	return x
}

func floatNormalizer(l *lowerer, n *graph.Node, v int) program.Buf {
	x, d := l.get(n.In[0], asF32), l.dims(v)
	w := d[len(d)-1]
	f := map[graph.NormKind]program.Reduce{graph.NormMax: program.ReduceMax, graph.NormL1: program.ReduceL1, graph.NormL2: program.ReduceL2}[n.Attr.(graph.NormalizerAttr).Norm]
	norm := l.b.Reduce(f, x, int(x.N)/w, w, 1)
	norm = l.b.Select(norm, norm, l.b.ConstF(1))
	idx := make([]int32, x.N)
	for i := range idx {
		idx[i] = int32(i / w)
	}
	return l.b.Binary(program.Div, x, l.b.Gather(norm, idx))
}

func floatImputer(l *lowerer, n *graph.Node, v int) program.Buf {
	a, d := n.Attr.(graph.ImputerAttr), l.dims(v)
	x := l.get(n.In[0], asF32)
	values, replaced := a.Values, a.Replaced
	if l.g.Values[n.In[0]].DType.IsInt() {
		replaced, values = float32(a.IntegersReplaced), nil
		for _, i := range a.Integers {
			values = append(values, float32(i))
		}
	}
	w := d[len(d)-1]
	fill := make([]float32, x.N)
	for i := range fill {
		fill[i] = values[i%w%len(values)]
	}
	hit := l.b.Unary(program.IsNaN, x, 0, 0)
	if replaced == replaced {
		hit = l.b.Binary(program.Equal, x, l.b.ConstF(replaced))
	}
	return l.b.Select(hit, l.b.ConstF(fill...), x)
}

// floatGather looks computed positions up in a constant table along axis 0.
func floatGather(l *lowerer, n *graph.Node, v int) program.Buf {
	t := l.value(n.In[0])
	if t == nil || wrapAxis(n.Attr.(graph.AxisAttr).Axis, t.Rank()) != 0 || t.Len() == 0 {
		refuse(n, "gather from a constant along axis 0", "computed positions in computed data have no compiled form")
	}
	w := t.Len() / t.Dims[0]
	i := l.get(n.In[1], asF32)
	size := l.b.ConstF(float32(t.Dims[0]))
	i = l.b.Select(l.b.Binary(program.Less, i, l.b.ConstF(0)), l.b.Binary(program.Add, i, size), i)
	idx, col := make([]int32, int(i.N)*w), make([]float32, int(i.N)*w)
	for k := range idx {
		idx[k], col[k] = int32(k/w), float32(k%w)
	}
	at := l.b.Binary(program.Add, l.b.Binary(program.Mul, l.b.Gather(i, idx), l.b.ConstF(float32(w))), l.b.ConstF(col...))
	table := make([]float32, t.Len())
	for k := range table {
		table[k] = float32(t.At(k))
	}
	return l.b.LookupF(l.b.Trunc(at), table, 0)
}

func floatIsInf(l *lowerer, n *graph.Node, v int) program.Buf {
	a, x := n.Attr.(graph.IsInfAttr), l.get(n.In[0], asF32)
	var hits []program.Buf
	if a.Positive {
		hits = append(hits, l.b.Binary(program.Equal, x, l.b.ConstF(float32(math.Inf(1)))))
	}
	if a.Negative {
		hits = append(hits, l.b.Binary(program.Equal, x, l.b.ConstF(float32(math.Inf(-1)))))
	}
	switch len(hits) {
	case 2:
		return l.b.Binary(program.Or, hits[0], hits[1])
	case 1:
		return hits[0]
	}
	return l.b.Binary(program.Mul, l.b.Unary(program.IsNaN, x, 0, 0), l.b.ConstF(0))
}

// floatLabels maps keys to values one by one, the first key last so that it wins.
func floatLabels(l *lowerer, n *graph.Node, v int) program.Buf {
	a := n.Attr.(*graph.LabelEncoderAttr)
	if a.Keys.DType == graph.String || a.Values.DType == graph.String {
		refuse(n, "map strings outside the model", "strings have no compiled form")
	}
	x := l.get(n.In[0], asF32)
	y := l.full(l.b.ConstF(float32(a.Default.At(0))), v, l.dims(v))
	for k := a.Keys.Len() - 1; k >= 0; k-- {
		key := a.Keys.At(k)
		hit := l.b.Unary(program.IsNaN, x, 0, 0)
		if key == key {
			hit = l.b.Binary(program.Equal, x, l.b.ConstF(float32(key)))
		}
		y = l.b.Select(hit, l.b.ConstF(float32(a.Values.At(k))), y)
	}
	return y
}
