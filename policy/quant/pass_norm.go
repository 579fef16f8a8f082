package quant

import (
	"slices"

	"slipstream/policy/graph"
)

// Layer normalisation as older exporters write it: mean, difference, square, mean, root,
// quotient, product, sum.
var normPasses = []pass{
	{"chain of reductions becomes layer normalisation", layerNormChain},
	{"product joins the normalisation's scale", scaleIntoNorm},
	{"sum joins the normalisation's bias", biasIntoNorm},
}

// layerNormChain matches (x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps) at the Div.
func layerNormChain(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Div {
		return nil
	}
	root := r.made(n.In[1], graph.Sqrt)
	if root == nil {
		return nil
	}
	sum := r.made(root.In[0], graph.Add)
	if sum == nil {
		return nil
	}
	c, variance, ok := either(sum, func(v int) bool { _, ok := r.scalar(v); return ok })
	if !ok {
		return nil
	}
	eps, _ := r.scalar(c)
	mean2 := r.made(variance, graph.ReduceMean)
	if mean2 == nil {
		return nil
	}
	d := r.squared(mean2.In[0])
	x, axis, ok := r.centredOf(n.In[0])
	x2, axis2, ok2 := r.centredOf(d)
	if !ok || !ok2 || x != x2 || axis != axis2 || r.meanAxis(mean2) != axis || eps < 0 {
		return nil
	}
	dims := r.dims(x)
	m := graph.Count(dims[axis:])
	ones := make([]float32, m)
	for i := range ones {
		ones[i] = 1
	}
	return []graph.Node{{Op: graph.LayerNormalization, Name: n.Name, In: []int{x, r.consts(n.Name+".one", ones, dims[axis:]...)},
		Out: n.Out, Attr: graph.NormAttr{Axis: axis, Epsilon: float32(eps)}}}
}

// squared is d where v = d*d or d^2, None otherwise.
func (r *rewriter) squared(v int) int {
	if n := r.made(v, graph.Pow); n != nil {
		if e, ok := r.scalar(n.In[1]); ok && e == 2 {
			return n.In[0]
		}
	}
	if n := r.made(v, graph.Mul); n != nil && n.In[0] == n.In[1] {
		return n.In[0]
	}
	return graph.None
}

// centredOf is x and the first reduced axis where v = x - mean(x).
func (r *rewriter) centredOf(v int) (x, axis int, ok bool) {
	n := r.made(v, graph.Sub)
	if n == nil {
		return 0, 0, false
	}
	m := r.made(n.In[1], graph.ReduceMean)
	if m == nil || m.In[0] != n.In[0] || !r.floats(n.In[0]) {
		return 0, 0, false
	}
	axis = r.meanAxis(m)
	return n.In[0], axis, axis >= 0
}

// meanAxis is the first axis of a mean over trailing axes that keeps them, -1 otherwise.
func (r *rewriter) meanAxis(n *graph.Node) int {
	a := n.Attr.(graph.ReduceAttr)
	rank := len(r.dims(n.In[0]))
	if !a.KeepDims || rank == 0 {
		return -1
	}
	t := r.g.Const(n.Input(1))
	if t == nil || t.Len() == 0 {
		if n.Input(1) != graph.None && t == nil || a.NoopEmpty {
			return -1
		}
		return 0
	}
	axes := make([]int, t.Len())
	for i, v := range t.I {
		axes[i] = wrapAxis(int(v), rank)
	}
	slices.Sort(axes)
	for i, v := range axes {
		if v != rank-len(axes)+i {
			return -1
		}
	}
	return axes[0]
}

// normFactor finds the normalisation read by one side of n and the constant on the other,
// spread over the normalised elements.
func (r *rewriter) normFactor(n *graph.Node) (ln *graph.Node, f []float32) {
	v, c, ok := either(n, func(v int) bool { return r.made(v, graph.LayerNormalization) != nil && r.lone(v) })
	if !ok {
		return nil, nil
	}
	ln = r.node(v)
	t := r.value(c)
	size := r.value(ln.In[1])
	if t == nil || size == nil || t.DType != graph.Float32 || t.Len() != 1 && !trailing(t.Dims, size.Dims) || !sameShape(r.dims(v), r.dims(n.Out[0])) || len(ln.Out) > 1 {
		return nil, nil
	}
	f = make([]float32, size.Len())
	for i := range f {
		f[i] = t.F[i%t.Len()]
	}
	return ln, f
}

// trailing reports dims that equal want but for leading ones.
func trailing(dims, want []int) bool {
	for len(dims) > len(want) && dims[0] == 1 {
		dims = dims[1:]
	}
	return sameShape(dims, want)
}

func scaleIntoNorm(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Mul {
		return nil
	}
	ln, f := r.normFactor(n)
	if ln == nil || ln.Input(2) != graph.None {
		return nil
	}
	s := r.value(ln.In[1])
	for i := range f {
		f[i] *= s.F[i]
	}
	return []graph.Node{{Op: ln.Op, Name: ln.Name, In: []int{ln.In[0], r.consts(n.Name+".scale", f, s.Dims...)}, Out: n.Out, Attr: ln.Attr}}
}

func biasIntoNorm(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Add {
		return nil
	}
	ln, f := r.normFactor(n)
	if ln == nil || ln.Input(2) != graph.None {
		return nil
	}
	b := r.consts(n.Name+".bias", f, r.value(ln.In[1]).Dims...)
	return []graph.Node{{Op: ln.Op, Name: ln.Name, In: []int{ln.In[0], ln.In[1], b}, Out: n.Out, Attr: ln.Attr}}
}
