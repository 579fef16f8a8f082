package quant

import (
	"math"
	"slices"

	"slipstream/policy/graph"
)

// Linear passes bring every product with a constant matrix into one form: Gemm of a 2-D
// x, plain scaling and transB, bias of one element per output or none. A weight may be a
// DequantizeLinear of constants: then it stays one, so that its scales are taken as they
// are.
var linearPasses = []pass{
	{"product with constants becomes a dense layer", matMulToGemm},
	{"linear model becomes a dense layer", linearToGemm},
	{"scaler becomes subtraction and product", scalerToAffine},
	{"scaling and transposition of a dense layer made plain", plainGemm},
	{"batch normalisation becomes product and sum", batchNormToAffine},
	{"sum joins the dense layer's bias", biasIntoGemm},
	{"product joins the dense layer's weights", scaleIntoGemm},
}

// weights reports a constant matrix, quantised or not.
func (r *rewriter) weights(v int) bool {
	t := r.value(v)
	return t != nil && t.Rank() == 2 && t.DType == graph.Float32
}

// quantised reports a weight that comes with its own scales.
func (r *rewriter) quantised(v int) bool { return r.g.Const(v) == nil && r.value(v) != nil }

// matMulToGemm rewrites MatMul(x, W) of any rank of x as a 2-D Gemm between reshapes.
func matMulToGemm(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.MatMul || !r.weights(n.In[1]) || r.value(n.In[0]) != nil || !r.floats(n.In[0]) {
		return nil
	}
	x, y := n.In[0], n.Out[0]
	xd, w := r.dims(x), r.dims(n.In[1])
	if len(xd) == 0 || graph.Count(xd) == 0 || graph.Count(w) == 0 {
		return nil
	}
	attr := graph.GemmAttr{Alpha: 1, Beta: 1}
	if len(xd) == 2 {
		return []graph.Node{{Op: graph.Gemm, Name: n.Name, In: []int{x, n.In[1]}, Out: []int{y}, Attr: attr}}
	}
	rows := graph.Count(xd) / w[0]
	x2, y2 := r.like(y, ".rows", rows, w[0]), r.like(y, ".flat", rows, w[1])
	return []graph.Node{
		r.reshape(n.Name+".in", x, x2),
		{Op: graph.Gemm, Name: n.Name, In: []int{x2, n.In[1]}, Out: []int{y2}, Attr: attr},
		r.reshape(n.Name+".out", y2, y),
	}
}

// linearToGemm rewrites LinearRegressor without a transform.
func linearToGemm(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.LinearRegressor {
		return nil
	}
	a := n.Attr.(*graph.LinearAttr)
	xd := r.dims(n.In[0])
	if a.Post != graph.PostNone || len(xd) != 2 || !r.floats(n.In[0]) || len(a.Coef) != a.Targets*xd[1] || len(a.Coef) == 0 {
		return nil
	}
	in := []int{n.In[0], r.consts(n.Name+".w", a.Coef, a.Targets, xd[1])}
	if len(a.Intercept) == a.Targets {
		in = append(in, r.consts(n.Name+".b", a.Intercept, a.Targets))
	}
	return []graph.Node{{Op: graph.Gemm, Name: n.Name, In: in, Out: n.Out, Attr: graph.GemmAttr{Alpha: 1, Beta: 1, TransB: true}}}
}

// scalerToAffine rewrites (x - offset) * scale as two elementwise nodes.
func scalerToAffine(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Scaler {
		return nil
	}
	a := n.Attr.(graph.ScalerAttr)
	if !r.floats(n.In[0]) {
		c, x := *n, r.like(n.Out[0], ".float", r.dims(n.In[0])...)
		c.In = []int{x}
		return []graph.Node{{Op: graph.Cast, Name: n.Name + ".float", In: n.In, Out: []int{x}, Attr: graph.CastAttr{To: graph.Float32}}, c}
	}
	d := r.like(n.Out[0], ".centred", r.dims(n.Out[0])...)
	off := r.consts(n.Name+".offset", a.Offset, len(a.Offset))
	sc := r.consts(n.Name+".scale", a.Scale, len(a.Scale))
	return []graph.Node{
		{Op: graph.Sub, Name: n.Name + ".sub", In: []int{n.In[0], off}, Out: []int{d}},
		{Op: graph.Mul, Name: n.Name + ".mul", In: []int{d, sc}, Out: n.Out},
	}
}

// plainGemm folds alpha, beta, transB=0 and a scalar or [1,n] bias into the constants and
// turns transA into a Transpose.
func plainGemm(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Gemm || !r.weights(n.In[1]) || r.value(n.In[0]) != nil || !r.floats(n.In[0]) {
		return nil
	}
	a := n.Attr.(graph.GemmAttr)
	xd := r.dims(n.In[0])
	if len(xd) != 2 || graph.Count(xd) == 0 || graph.Count(r.dims(n.In[1])) == 0 {
		return nil
	}
	quantised := r.quantised(n.In[1])
	outs := r.dims(n.Out[0])[1]
	bias, okBias := r.plainBias(n, a.Beta, outs)
	if !okBias {
		return nil
	}
	flip := !quantised && (!a.TransB || a.Alpha != 1)
	if !a.TransA && !flip && a.Beta == 1 && bias == n.Input(2) {
		return nil
	}
	var nodes []graph.Node
	in := []int{n.In[0], n.In[1]}
	if a.TransA {
		in[0] = r.like(n.In[0], ".t", xd[1], xd[0])
		nodes = append(nodes, graph.Node{Op: graph.Transpose, Name: n.Name + ".t", In: n.In[:1], Out: in[:1], Attr: graph.TransposeAttr{Perm: []int{1, 0}}})
		a.TransA = false
	}
	if flip {
		w := r.value(n.In[1])
		in[1] = r.consts(n.Name+".w", transposed(w, !a.TransB, a.Alpha), outs, w.Len()/outs)
		a.TransB, a.Alpha = true, 1
	}
	if bias != graph.None {
		in = append(in, bias)
	}
	a.Beta = 1
	return append(nodes, graph.Node{Op: graph.Gemm, Name: n.Name, In: in, Out: n.Out, Attr: a})
}

// plainBias gives the bias as a value of outs elements, with beta folded in. ok is false
// where it differs from row to row or is no constant.
func (r *rewriter) plainBias(n *graph.Node, beta float32, outs int) (id int, ok bool) {
	c := n.Input(2)
	if c == graph.None || beta == 0 {
		return graph.None, true
	}
	t := r.value(c)
	if t == nil || t.DType != graph.Float32 || t.Len() != 1 && (t.Len() != outs || t.Dims[t.Rank()-1] != outs) {
		return c, false
	}
	if beta == 1 && t.Rank() == 1 && t.Len() == outs {
		return c, true
	}
	b := make([]float32, outs)
	for i := range b {
		b[i] = t.F[i%t.Len()] * beta
	}
	return r.consts(n.Name+".b", b, outs), true
}

func transposed(w *graph.Tensor, flip bool, alpha float32) []float32 {
	rows, cols := w.Dims[0], w.Dims[1]
	out := make([]float32, len(w.F))
	for i := range rows {
		for j := range cols {
			if flip {
				out[j*rows+i] = w.F[i*cols+j] * alpha
			} else {
				out[i*cols+j] = w.F[i*cols+j] * alpha
			}
		}
	}
	return out
}

// batchNormToAffine rewrites BatchNormalization of [N, C, ...] as x * a + b.
func batchNormToAffine(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.BatchNormalization || len(n.Out) != 1 || !r.floats(n.In[0]) {
		return nil
	}
	d := r.dims(n.In[0])
	if len(d) < 2 {
		return nil
	}
	var p [4]*graph.Tensor
	for k := range p {
		if p[k] = r.value(n.In[k+1]); p[k] == nil || p[k].Len() != d[1] {
			return nil
		}
	}
	eps := float64(n.Attr.(graph.NormAttr).Epsilon)
	mul, add := make([]float32, d[1]), make([]float32, d[1])
	for c := range mul {
		m := p[0].At(c) / math.Sqrt(p[3].At(c)+eps)
		mul[c], add[c] = float32(m), float32(p[1].At(c)-p[2].At(c)*m)
	}
	shape := make([]int, len(d)-1)
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = d[1]
	y := r.like(n.Out[0], ".scaled", r.dims(n.Out[0])...)
	return []graph.Node{
		{Op: graph.Mul, Name: n.Name + ".mul", In: []int{n.In[0], r.consts(n.Name+".a", mul, shape...)}, Out: []int{y}},
		{Op: graph.Add, Name: n.Name + ".add", In: []int{y, r.consts(n.Name+".b", add, shape...)}, Out: n.Out},
	}
}

// dense finds the plain Gemm that makes v, through reshapes that keep the last dimension
// and are read by nobody else.
func (r *rewriter) dense(v int) *graph.Node {
	outs := r.dims(v)
	for r.lone(v) {
		n := r.node(v)
		switch {
		case n == nil:
			return nil
		case n.Op == graph.Gemm:
			a := n.Attr.(graph.GemmAttr)
			if !r.weights(n.In[1]) || a.TransA || a.Beta != 1 {
				return nil
			}
			return n
		case n.Op == graph.Reshape && len(outs) > 0 && len(r.dims(n.In[0])) > 0 &&
			outs[len(outs)-1] == r.dims(n.In[0])[len(r.dims(n.In[0]))-1]:
			v = n.In[0]
		default:
			return nil
		}
	}
	return nil
}

// perOutput expands a constant that broadcasts along the last dimension of v alone.
func (r *rewriter) perOutput(c, v int) []float32 {
	t, d := r.value(c), r.dims(v)
	if t == nil || t.DType != graph.Float32 || len(d) == 0 {
		return nil
	}
	outs := d[len(d)-1]
	if t.Len() != 1 && (t.Len() != outs || t.Dims[t.Rank()-1] != outs) || t.Rank() > len(d) {
		return nil
	}
	b := make([]float32, outs)
	for i := range b {
		b[i] = t.F[i%t.Len()]
	}
	return b
}

// relink makes the dense layer's output chain end in the value of the node that joins it:
// the node becomes a Reshape that keeps the dims (an alias, free in the program).
func (r *rewriter) relink(n *graph.Node, v int) []graph.Node {
	return []graph.Node{r.reshape(n.Name, v, n.Out[0])}
}

func biasIntoGemm(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Add && n.Op != graph.Sub {
		return nil
	}
	v, c, ok := either(n, func(v int) bool { return r.dense(v) != nil })
	if !ok || n.Op == graph.Sub && v != n.In[0] || !slices.Equal(r.dims(v), r.dims(n.Out[0])) {
		return nil
	}
	d, b := r.dense(v), r.perOutput(c, v)
	if b == nil || len(b) != r.dims(d.Out[0])[1] {
		return nil
	}
	if n.Op == graph.Add && d.Input(2) == graph.None && r.g.Values[c].Dims != nil && graph.Count(r.dims(c)) == len(b) && r.by[c] <= r.by[d.Out[0]] && len(r.dims(c)) == 1 {
		d.In = append(d.In[:2:2], c) // as it is: a quantised bias keeps its scale
		return r.relink(n, v)
	}
	old := make([]float32, len(b))
	if d.Input(2) != graph.None {
		if r.quantised(d.In[2]) {
			return nil
		}
		if old = r.perOutput(d.In[2], d.Out[0]); old == nil {
			return nil
		}
	}
	sum := make([]float32, len(b))
	for i := range b {
		if n.Op == graph.Sub {
			sum[i] = old[i] - b[i]
		} else {
			sum[i] = old[i] + b[i]
		}
	}
	d.In = append(d.In[:2:2], r.consts(n.Name+".b", sum, len(sum)))
	return r.relink(n, v)
}

func scaleIntoGemm(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.Mul && n.Op != graph.Div {
		return nil
	}
	v, c, ok := either(n, func(v int) bool { return r.dense(v) != nil })
	if !ok || n.Op == graph.Div && v != n.In[0] || !slices.Equal(r.dims(v), r.dims(n.Out[0])) {
		return nil
	}
	d, m := r.dense(v), r.perOutput(c, v)
	a := d.Attr.(graph.GemmAttr)
	if m == nil || r.quantised(d.In[1]) || !a.TransB || a.Alpha != 1 || len(m) != r.dims(d.Out[0])[1] {
		return nil
	}
	if d.Input(2) != graph.None && (r.quantised(d.In[2]) || r.perOutput(d.In[2], d.Out[0]) == nil) {
		return nil
	}
	if n.Op == graph.Div {
		for i := range m {
			m[i] = 1 / m[i]
		}
	}
	w := slices.Clone(r.value(d.In[1]).F)
	cols := len(w) / len(m)
	for i := range w {
		w[i] *= m[i/cols]
		if math.IsInf(float64(w[i]), 0) || w[i] != w[i] {
			return nil
		}
	}
	in := []int{d.In[0], r.consts(n.Name+".w", w, len(m), cols)}
	if d.Input(2) != graph.None {
		b := r.perOutput(d.In[2], d.Out[0])
		for i := range b {
			b[i] *= m[i]
		}
		in = append(in, r.consts(n.Name+".b", b, len(b)))
	}
	d.In = in
	return r.relink(n, v)
}
