package quant

import (
	"math"

	"slipstream/policy/graph"
)

// attentionBlock rewrites MatMul(Softmax(MatMul(q, kT) * scale), v) as Attention over
// [1, heads, rows, size].
func attentionBlock(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.MatMul || !r.lone(n.In[0]) {
		return nil
	}
	sm := r.made(n.In[0], graph.Softmax)
	if sm == nil || !r.lone(sm.In[0]) {
		return nil
	}
	rank := len(r.dims(n.In[0]))
	if a := sm.Attr.(graph.SoftmaxAttr); a.Coerce2D || wrapAxis(a.Axis, rank) != rank-1 {
		return nil
	}
	qk, scale := sm.In[0], 1.0
	if m := r.made(qk, graph.Div, graph.Mul); m != nil {
		x, c, ok := either(m, func(v int) bool { return r.value(v) == nil })
		s, isScalar := r.scalar(c)
		if !ok || !isScalar || s <= 0 || m.Op == graph.Div && x != m.In[0] || !r.lone(x) {
			return nil
		}
		if m.Op == graph.Div {
			s = 1 / s
		}
		qk, scale = x, s
	}
	mm := r.made(qk, graph.MatMul)
	if mm == nil {
		return nil
	}
	q, kt, v := mm.In[0], mm.In[1], n.In[1]
	qd, kd, vd := r.dims(q), r.dims(kt), r.dims(v)
	if rank < 2 || rank > 4 || len(qd) != rank || len(kd) != rank || len(vd) != rank {
		return nil
	}
	for i := 0; i < rank-2; i++ {
		if qd[i] != kd[i] || qd[i] != vd[i] {
			return nil
		}
	}
	for _, x := range []int{q, kt, v} {
		if r.value(x) != nil || !r.floats(x) {
			return nil
		}
	}
	heads := graph.Count(qd[:rank-2])
	s, d := qd[rank-2], qd[rank-1]
	t, e := vd[rank-2], vd[rank-1]
	four := func(v int, a, b int) (int, graph.Node) {
		o := r.like(v, ".heads", 1, heads, a, b)
		return o, r.reshape(n.Name+".heads", v, o)
	}
	q4, nq := four(q, s, d)
	kt4, nk := four(kt, d, t)
	v4, nv := four(v, t, e)
	k4 := r.like(kt, ".t", 1, heads, t, d)
	y4 := r.like(n.Out[0], ".heads", 1, heads, s, e)
	return []graph.Node{nq, nk,
		{Op: graph.Transpose, Name: n.Name + ".kt", In: []int{kt4}, Out: []int{k4}, Attr: graph.TransposeAttr{Perm: []int{0, 1, 3, 2}}},
		nv,
		{Op: graph.Attention, Name: n.Name, In: []int{q4, k4, v4}, Out: []int{y4}, Attr: graph.AttentionAttr{Scale: float32(scale)}},
		r.reshape(n.Name+".out", y4, n.Out[0]),
	}
}

// factor is the value that v is a positive multiple of, and the multiple.
func (r *rewriter) factor(v int) (x int, f float64, ok bool) {
	m := r.made(v, graph.Mul, graph.Div)
	if m == nil || !r.floats(v) {
		return 0, 0, false
	}
	x, c, ok := either(m, func(v int) bool { return r.value(v) == nil })
	f, isScalar := r.scalar(c)
	if !ok || !isScalar || !(f > 0) || m.Op == graph.Div && x != m.In[0] || !sameShape(r.dims(x), r.dims(v)) {
		return 0, 0, false
	}
	if m.Op == graph.Div {
		f = 1 / f
	}
	return x, f, true
}

// scaleAfterMove swaps a product with one number and the operator that only moves its
// elements, so that the product comes to whoever can absorb it.
func scaleAfterMove(r *rewriter, n *graph.Node) []graph.Node {
	if !moving[n.Op] || len(n.Out) != 1 || !r.lone(n.In[0]) {
		return nil
	}
	x, f, ok := r.factor(n.In[0])
	if !ok {
		return nil
	}
	c := *n
	y := r.like(n.Out[0], ".plain", r.dims(n.Out[0])...)
	c.In = append([]int{x}, n.In[1:]...)
	c.Out = []int{y}
	return []graph.Node{c, {Op: graph.Mul, Name: n.Name + ".scale", In: []int{y, r.consts(n.Name+".f", []float32{float32(f)})}, Out: n.Out}}
}

func scaleIntoAttention(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Attention || len(n.Out) > 1 {
		return nil
	}
	for i := range 2 {
		x, f, ok := r.factor(n.In[i])
		a := n.Attr.(graph.AttentionAttr)
		if !ok || a.Scale == 0 || i == 1 && n.Input(4) != graph.None {
			continue
		}
		c := *n
		c.In = append([]int{}, n.In...)
		c.In[i] = x
		a.Scale *= float32(f)
		c.Attr = a
		return []graph.Node{c}
	}
	return nil
}

// attentionRows turns attention over [1, heads, rows, size] into the form over [1, rows,
// heads*size], which is how the program lays it out; the transpositions meet those of the
// model and cancel.
func attentionRows(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Attention || len(n.In) > 3 || len(n.Out) > 1 || len(r.dims(n.In[0])) != 4 {
		return nil
	}
	a := n.Attr.(graph.AttentionAttr)
	var nodes []graph.Node
	in := make([]int, 3)
	for i, v := range n.In {
		d := r.dims(v)
		if len(d) != 4 || d[0] != 1 {
			return nil
		}
		t, f := r.like(v, ".rows", 1, d[2], d[1], d[3]), r.like(v, ".flat", 1, d[2], d[1]*d[3])
		nodes = append(nodes, graph.Node{Op: graph.Transpose, Name: n.Name + ".rows", In: []int{v}, Out: []int{t}, Attr: graph.TransposeAttr{Perm: []int{0, 2, 1, 3}}},
			r.reshape(n.Name+".flat", t, f))
		in[i] = f
	}
	a.QHeads, a.KVHeads = r.dims(n.In[0])[1], r.dims(n.In[1])[1]
	if a.Scale == 0 {
		a.Scale = float32(1 / math.Sqrt(float64(r.dims(n.In[0])[3])))
	}
	y := r.dims(n.Out[0])
	f, t := r.like(n.Out[0], ".flat", 1, y[2], y[1]*y[3]), r.like(n.Out[0], ".rows", 1, y[2], y[1], y[3])
	return append(nodes, graph.Node{Op: graph.Attention, Name: n.Name, In: in, Out: []int{f}, Attr: a},
		r.reshape(n.Name+".rows", f, t),
		graph.Node{Op: graph.Transpose, Name: n.Name + ".heads", In: []int{t}, Out: n.Out, Attr: graph.TransposeAttr{Perm: []int{0, 2, 1, 3}}})
}
