package quant

import (
	"math"
	"slices"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// tableF makes a function that has no float32 instruction by a table over just the
// calibrated range, where its argument is held; undefined ends repeat the last defined value.
func (l *lowerer) tableF(v, root int) program.Buf {
	s := l.rng.stat(l.rng.of(root).root)
	lo, hi := s.least, s.most
	scale := float32(max((hi-lo)/65534, tiny))
	q := program.Range{Type: program.I16, Lo: -32767, Hi: 32767}
	// The middle of the range is subtracted first, so that the table is spent on the range.
	mid := float32((lo + hi) / 2)
	x := l.b.Quantize(l.b.Unary(program.Affine, l.get(root, asF32), 1, -mid), scale, q)
	xs := make([]float64, 513)
	for i := range xs {
		xs[i] = float64(mid) + min(max(float64(i*128-32768), -32767), 32767)*float64(scale)
	}
	ys := l.function(v, root)(xs)
	defined(ys)
	top := tiny
	for _, y := range ys {
		top = max(top, math.Abs(y))
	}
	at := 0
	out := float32(top / 32767)
	table := program.FillTable16(func(float64) float64 { at++; return ys[at-1] }, 1, float64(out))
	return l.b.Dequantize(l.b.LUT16(x, table), out, 0)
}

// defined replaces what is no number by its nearest neighbour.
func defined(ys []float64) {
	bad := func(y float64) bool { return math.IsNaN(y) || math.IsInf(y, 0) }
	for i := 1; i < len(ys); i++ {
		if bad(ys[i]) {
			ys[i] = ys[i-1]
		}
	}
	for i := len(ys) - 2; i >= 0; i-- {
		if bad(ys[i]) {
			ys[i] = ys[i+1]
		}
	}
	if bad(ys[0]) {
		clear(ys)
	}
}

func floatUnary(l *lowerer, n *graph.Node, v int) program.Buf {
	f, x := unaries[n.Op], l.get(n.In[0], asF32)
	switch a := n.Attr.(type) {
	case graph.AlphaAttr:
		if n.Op == graph.Binarizer {
			return l.b.Binary(program.Greater, x, l.b.ConstF(a.Alpha))
		}
		return l.b.Unary(f, x, a.Alpha, a.Beta)
	case graph.GeluAttr:
		if a.Tanh {
			f = program.GeluTanh
		}
	}
	if n.Op != graph.Clip {
		return l.b.Unary(f, x, 0, 0)
	}
	lo, okLo := l.bound(n, 1)
	hi, okHi := l.bound(n, 2)
	if okLo && okHi {
		return l.b.Unary(f, x, float32(min(lo, hi)), float32(hi)) // the upper bound wins
	}
	for i, op := range []program.Binary{program.Max, program.Min} {
		if n.Input(i+1) != graph.None {
			x = l.b.Binary(op, x, l.get(n.In[i+1], asF32))
		}
	}
	return x
}

func floatBinary(l *lowerer, n *graph.Node, v int) program.Buf {
	dims := l.dims(v)
	f := binaries[n.Op]
	if a, ok := n.Attr.(graph.ModAttr); ok && a.Fmod {
		f = program.Fmod
	}
	b := l.spread(n.In[0], dims)
	if int(b.N) != graph.Count(dims) && (len(n.In) == 1 || !l.fills(n.In[1:], dims)) {
		b = l.full(b, n.In[0], dims)
	}
	for _, x := range n.In[1:] {
		if n.Op == graph.Div && l.g.Values[x].DType.IsInt() {
			b = l.quotient(b, l.spread(x, dims))
			continue
		}
		b = l.b.Binary(f, b, l.spread(x, dims))
	}
	if n.Op == graph.Mean {
		b = l.b.Binary(program.Div, b, l.b.ConstF(float32(len(n.In))))
	}
	return b
}

// fills reports that one of the values has all elements of dims, so that the result does.
func (l *lowerer) fills(xs []int, dims []int) bool {
	return slices.ContainsFunc(xs, func(x int) bool { return graph.Count(l.dims(x)) == 1 == (graph.Count(dims) == 1) })
}

// full repeats a value of fewer elements over dims.
func (l *lowerer) full(b program.Buf, x int, dims []int) program.Buf {
	if int(b.N) == graph.Count(dims) {
		return b
	}
	return l.b.Gather(b, make([]int32, graph.Count(dims)))
}

// quotient divides integers toward zero.
func (l *lowerer) quotient(a, b program.Buf) program.Buf {
	q := l.b.Binary(program.Div, a, b)
	return l.b.Binary(program.Mul, l.b.Unary(program.Sign, q, 0, 0), l.b.Unary(program.Floor, l.b.Unary(program.Abs, q, 0, 0), 0, 0))
}
