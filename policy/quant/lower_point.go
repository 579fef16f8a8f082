package quant

import (
	"math"

	"slipstream/policy/float"
	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// elementwise: operators that work element by element.
var elementwise = makeElementwise()

func makeElementwise() map[graph.Op]bool {
	m := map[graph.Op]bool{}
	for _, op := range []graph.Op{
		graph.Abs, graph.Acos, graph.Acosh, graph.Asin, graph.Asinh, graph.Atan, graph.Atanh, graph.Ceil, graph.Cos, graph.Cosh,
		graph.Erf, graph.Exp, graph.Floor, graph.HardSwish, graph.Log, graph.Mish, graph.Neg, graph.Not, graph.Reciprocal,
		graph.Relu, graph.Round, graph.Sigmoid, graph.Sign, graph.Sin, graph.Sinh, graph.Softplus, graph.Softsign, graph.Sqrt,
		graph.Tan, graph.Tanh, graph.IsNaN, graph.Celu, graph.Elu, graph.HardSigmoid, graph.LeakyRelu, graph.Selu, graph.Swish,
		graph.ThresholdedRelu, graph.Gelu, graph.IsInf, graph.Add, graph.And, graph.Div, graph.Equal, graph.Greater,
		graph.GreaterOrEqual, graph.Less, graph.LessOrEqual, graph.Max, graph.Mean, graph.Min, graph.Mod, graph.Mul, graph.Or,
		graph.Pow, graph.PRelu, graph.Sub, graph.Sum, graph.Where, graph.Xor, graph.Clip, graph.Binarizer,
	} {
		m[op] = true
	}
	return m
}

// point is the one value of which v is a function element by element, with constants of
// one element; v itself if there is none.
func (l *lowerer) point(v int) int {
	if r, ok := l.points[v]; ok {
		return r
	}
	l.points[v] = v
	n := l.node(v)
	if n == nil || !elementwise[n.Op] || !l.floats(v) {
		return v
	}
	r := l.pointRoot(n, v)
	l.points[v] = r
	return r
}

func (l *lowerer) pointRoot(n *graph.Node, v int) int {
	root, direct := graph.None, graph.None
	for _, x := range n.In {
		if x == graph.None {
			continue
		}
		if t := l.value(x); t != nil {
			if t.Len() != 1 || t.DType == graph.String {
				return v
			}
			continue
		}
		if !sameShape(l.dims(x), l.dims(v)) {
			return v
		}
		p := l.pointAny(x)
		if root == graph.None {
			root, direct = p, x
			continue
		}
		if root != p {
			root = -2
		}
		if direct != x {
			direct = -2
		}
	}
	switch {
	case root >= 0:
		return root
	case direct >= 0:
		return direct
	}
	return v
}

// pointAny looks through elementwise nodes whose values are not floats, such as comparisons.
func (l *lowerer) pointAny(v int) int {
	if n := l.node(v); n != nil && elementwise[n.Op] && !l.floats(v) {
		return l.pointRoot(n, v)
	}
	return l.point(v)
}

// function evaluates v over values of its root, with the float runner.
func (l *lowerer) function(v, root int) func(xs []float64) []float64 {
	nodes := l.between(v, root)
	return func(xs []float64) []float64 {
		t := graph.New(graph.Float32, len(xs))
		for i, x := range xs {
			t.F[i] = float32(x)
		}
		vals := map[int]*graph.Tensor{root: t}
		budget := float.NewBudget()
		for _, n := range nodes {
			in := make([]*graph.Tensor, len(n.In))
			for k, x := range n.In {
				if x == graph.None {
					continue
				}
				if in[k] = vals[x]; in[k] == nil {
					c := *l.value(x)
					c.Dims = nil
					in[k] = &c
				}
			}
			out, err := float.Eval(n, in, budget)
			if err != nil {
				refuse(n, "", "cannot be tabulated: %v", err)
			}
			vals[n.Out[0]] = out[0]
		}
		ys := make([]float64, len(xs))
		for i := range ys {
			ys[i] = vals[v].At(i)
		}
		return ys
	}
}

// between lists the nodes from root (excluded) to v in order.
func (l *lowerer) between(v, root int) []*graph.Node {
	var nodes []*graph.Node
	seen := map[int]bool{root: true}
	var walk func(v int)
	walk = func(v int) {
		if v == graph.None || seen[v] || l.value(v) != nil {
			return
		}
		seen[v] = true
		n := l.node(v)
		for _, x := range n.In {
			walk(x)
		}
		nodes = append(nodes, n)
	}
	walk(v)
	return nodes
}

// pointQ makes a function of one value by table: 256 entries from bytes, or 513 with
// interpolation from 16 bits.
func (l *lowerer) pointQ(n *graph.Node, v int, k kind) (program.Buf, bool) {
	root := l.point(v)
	if l.floaty(v) {
		return program.Buf{}, false
	}
	c := l.choose(v, n)
	if c.p == Float32 {
		return program.Buf{}, false
	}
	if c.p == Int8 && k == asU8 {
		x, qx, qy := l.get(root, asU8), l.q(root, asU8), l.q(v, asU8)
		table := make([]int32, 256)
		for i, y := range l.bytes(v, root, qx) {
			table[i] = qy.quantise(finite(y, qy))
		}
		l.report(n, c, nil, qx, qy)
		return l.b.LUT8(x, program.U8, table), true
	}
	b := l.table16(v, root, n, c)
	if k == asI16 {
		return b, true
	}
	l.have[place{v, asI16}] = b
	return l.convert(v, b, asI16, k), true
}

func (l *lowerer) table16(v, root int, n *graph.Node, c choice) program.Buf {
	x, qx, qy := l.get(root, asI16), l.q(root, asI16), l.q(v, asI16)
	xs := make([]float64, 513)
	for i := range xs {
		xs[i] = float64(i*128-32768) * float64(qx.scale)
	}
	ys := l.function(v, root)(xs)
	at := 0
	f := func(float64) float64 { at++; return finite(ys[at-1], qy) }
	table := program.FillTable16(f, float64(qx.scale), float64(qy.scale))
	for i := range table {
		table[i] = int16(min(max(int32(table[i]), qy.lo), qy.hi))
	}
	l.report(n, c, nil, qx, qy)
	return l.b.LUT16(x, table)
}

// bytes is v at the 256 values that a byte of its root stands for.
func (l *lowerer) bytes(v, root int, qx qparams) []float64 {
	xs := make([]float64, 256)
	for i := range xs {
		xs[i] = qx.real(int32(i))
	}
	return l.function(v, root)(xs)
}

// finite replaces what no integer stands for by the nearest end of the range.
func finite(y float64, q qparams) float64 {
	switch {
	case math.IsNaN(y):
		return 0
	case y > q.real(q.hi):
		return q.real(q.hi)
	case y < q.real(q.lo):
		return q.real(q.lo)
	}
	return y
}

// binaryQ adds or multiplies in integers.
func (l *lowerer) binaryQ(n *graph.Node, v int, k kind) (program.Buf, bool) {
	if l.floaty(v) || !l.floats(v) {
		return program.Buf{}, false
	}
	c := l.choose(v, n)
	if c.p == Float32 {
		return program.Buf{}, false
	}
	in := asI16
	if c.p == Int8 && (k == asU8 || l.forced != Auto) {
		in = asU8
	}
	a, b := n.In[0], n.In[1]
	if !l.rng.known(a, in) || !l.rng.known(b, in) {
		return program.Buf{}, false
	}
	ba, bb := l.spreadQ(a, in, l.dims(v)), l.spreadQ(b, in, l.dims(v))
	qa, qb, qy := l.q(a, in), l.q(b, in), l.q(v, k)
	swap := int(ba.N) != graph.Count(l.dims(v)) // only b may be one element
	ma, mb := ratio(qa.scale, qy.scale), ratio(qb.scale, qy.scale)
	if n.Op == graph.Sub {
		mb = -mb
	}
	if swap {
		ba, bb, qa, qb, ma, mb = bb, ba, qb, qa, mb, ma
	}
	l.report(n, c, nil, qa, qy)
	if n.Op == graph.Mul {
		return l.b.MulQ(ba, qa.zero, bb, qb.zero, float32(float64(qa.scale)*float64(qb.scale)/float64(qy.scale)), qy.rng(k)), true
	}
	return l.b.AddQ(ba, qa.zero, ma, bb, qb.zero, mb, qy.rng(k)), true
}

// spreadQ is spread for integers.
func (l *lowerer) spreadQ(x int, k kind, dims []int) program.Buf {
	b, xd := l.get(x, k), l.dims(x)
	if b.N == 1 || sameShape(xd, dims) || int(b.N) == graph.Count(dims) {
		return b
	}
	return l.b.Gather(b, stretch(xd, dims))
}

// floaty: a graph input as given, or elementwise and moving operators over such, which
// float32 computes better and about as fast before anything is quantised.
func (l *lowerer) floaty(v int) bool {
	if f, ok := l.easy[v]; ok {
		return f
	}
	l.easy[v] = false
	f := l.isFloaty(v)
	l.easy[v] = f
	return f
}

func (l *lowerer) isFloaty(v int) bool {
	if l.g.Const(v) != nil {
		return true
	}
	n := l.node(v)
	if n == nil {
		s := l.states[v]
		return (s == nil || s.k == asF32) && l.forced == Auto
	}
	if !elementwise[n.Op] && !moving[n.Op] && n.Op != graph.Concat && n.Op != graph.Cast && n.Op != graph.Imputer {
		return false
	}
	if _, ok := unaries[n.Op]; !ok && len(n.In) == 1 && elementwise[n.Op] {
		return false // needs a table
	}
	for _, x := range n.In {
		if x != graph.None && !l.floaty(x) {
			return false
		}
	}
	return true
}
