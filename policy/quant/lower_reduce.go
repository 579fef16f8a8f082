package quant

import (
	"math"
	"slices"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// rowsOf brings axis last: the buffer as [rows][n], and the way back (nil: none needed).
func (l *lowerer) rowsOf(b program.Buf, d []int, axis int) (rows program.Buf, n int, back []int32) {
	outer, n, inner := graph.Count(d[:axis]), d[axis], graph.Count(d[axis+1:])
	if inner == 1 {
		return b, n, nil
	}
	there := make([]int32, outer*n*inner)
	back = make([]int32, len(there))
	for o := range outer {
		for i := range inner {
			for k := range n {
				at, to := (o*n+k)*inner+i, (o*inner+i)*n+k
				there[to], back[at] = int32(at), int32(to)
			}
		}
	}
	return l.b.Gather(b, there), n, back
}

func floatSoftmax(l *lowerer, n *graph.Node, v int) program.Buf {
	a, d := n.Attr.(graph.SoftmaxAttr), l.dims(v)
	x := l.get(n.In[0], asF32)
	if len(d) == 0 {
		return l.b.Softmax(x, 1, n.Op == graph.LogSoftmax)
	}
	axis := wrapAxis(a.Axis, len(d))
	if a.Coerce2D {
		d = []int{graph.Count(d[:axis]), graph.Count(d[axis:])}
		axis = 1
	}
	rows, w, back := l.rowsOf(x, d, axis)
	y := l.b.Softmax(rows, int(rows.N)/w, n.Op == graph.LogSoftmax)
	if back != nil {
		y = l.b.Gather(y, back)
	}
	return y
}

func floatHardmax(l *lowerer, n *graph.Node, v int) program.Buf {
	a, d := n.Attr.(graph.SoftmaxAttr), l.dims(v)
	axis := wrapAxis(a.Axis, len(d))
	if a.Coerce2D {
		d = []int{graph.Count(d[:axis]), graph.Count(d[axis:])}
		axis = 1
	}
	rows, w, back := l.rowsOf(l.get(n.In[0], asF32), d, axis)
	r := int(rows.N) / w
	y := l.oneHot(l.b.Arg(rows, r, false, false), r, w)
	if back != nil {
		y = l.b.Gather(y, back)
	}
	return y
}

// oneHot is 1 at each row's position, 0 elsewhere.
func (l *lowerer) oneHot(pos program.Buf, rows, w int) program.Buf {
	at, cols := make([]int32, rows*w), make([]float32, rows*w)
	for i := range at {
		at[i], cols[i] = int32(i/w), float32(i%w)
	}
	return l.b.Binary(program.Equal, l.b.Gather(l.b.Dequantize(pos, 1, 0), at), l.b.ConstF(cols...))
}

func floatReduce(l *lowerer, n *graph.Node, v int) program.Buf {
	a, d := n.Attr.(graph.ReduceAttr), l.dims(n.In[0])
	x := l.get(n.In[0], asF32)
	reduced := make([]bool, len(d))
	if n.Input(1) != graph.None {
		t := l.value(n.In[1])
		if t == nil {
			refuse(n, "export with constant axes", "axes are computed")
		}
		for _, k := range t.I {
			reduced[wrapAxis(int(k), len(d))] = true
		}
	}
	if !slices.Contains(reduced, true) {
		for i := range reduced {
			reduced[i] = !a.NoopEmpty // without axes each element is reduced alone
		}
	}
	if outer, w, inner, ok := oneRun(d, reduced); ok {
		return l.b.Reduce(reductions[n.Op], x, outer, w, inner)
	}
	// Reduced axes last, so that one reduction does all of them in order.
	idx, w := reduceOrder(d, reduced)
	if idx != nil {
		x = l.b.Gather(x, idx)
	}
	return l.b.Reduce(reductions[n.Op], x, int(x.N)/w, w, 1)
}

// oneRun: the reduced axes are neighbours.
func oneRun(d []int, reduced []bool) (outer, n, inner int, ok bool) {
	outer, n, inner = 1, 1, 1
	for i, r := range reduced {
		switch {
		case r && inner > 1:
			return 0, 0, 0, false
		case r:
			n *= d[i]
		case n > 1:
			inner *= d[i]
		default:
			outer *= d[i]
		}
	}
	return outer, n, inner, true
}

// reduceOrder lists elements with the kept axes first; nil if they are already.
func reduceOrder(d []int, reduced []bool) (idx []int32, w int) {
	var perm []int
	w = 1
	for _, last := range []bool{false, true} {
		for i := range d {
			if reduced[i] == last {
				perm = append(perm, i)
			}
			if last && reduced[i] {
				w *= d[i]
			}
		}
	}
	if slices.IsSorted(perm) {
		return nil, w
	}
	stride := make([]int, len(d))
	s := 1
	for i := len(d) - 1; i >= 0; i-- {
		stride[i] = s
		s *= d[i]
	}
	idx = make([]int32, s)
	for i := range idx {
		rest, at := i, 0
		for k := len(perm) - 1; k >= 0; k-- {
			at += rest % d[perm[k]] * stride[perm[k]]
			rest /= d[perm[k]]
		}
		idx[i] = int32(at)
	}
	return idx, w
}

// emitArg compares the most exact form there is: a dense layer's rescaled accumulators.
func (l *lowerer) emitArg(n *graph.Node) {
	a, d := n.Attr.(graph.ArgAttr), l.dims(n.In[0])
	x := l.get(n.In[0], asF32)
	if len(d) == 0 {
		d = []int{1}
	}
	rows, w, _ := l.rowsOf(x, d, wrapAxis(a.Axis, len(d)))
	l.have[place{n.Out[0], asI32}] = l.b.Arg(rows, int(rows.N)/w, n.Op == graph.ArgMin, a.SelectLast)
	l.report(n, choice{p: Float32, e8: -1, e16: -1, reason: "compares rescaled accumulators, or float32 values"}, nil, qparams{}, qparams{})
}

func floatArg(l *lowerer, n *graph.Node, v int) program.Buf {
	if _, ok := l.have[place{v, asI32}]; !ok {
		l.emitArg(n)
	}
	return l.b.Dequantize(l.have[place{v, asI32}], 1, 0)
}

// floatCumSum multiplies by a triangle of ones.
func floatCumSum(l *lowerer, n *graph.Node, v int) program.Buf {
	a, d := n.Attr.(graph.CumSumAttr), l.dims(v)
	axis, ok := l.scalar(n.In[1])
	if !ok || len(d) == 0 {
		refuse(n, "export with a constant axis", "axis is computed")
	}
	rows, w, back := l.rowsOf(l.get(n.In[0], asF32), d, wrapAxis(int(axis), len(d)))
	ones := make([]float32, w*w)
	for o := range w {
		for i := range w {
			from, to := i, o
			if a.Reverse {
				from, to = o, i
			}
			if from < to || from == to && !a.Exclusive {
				ones[o*w+i] = 1
			}
		}
	}
	y := l.b.DenseF(rows, int(rows.N)/w, ones, make([]float32, w))
	if back != nil {
		y = l.b.Gather(y, back)
	}
	return y
}

// floatTopK takes the extreme k times and hides it each time.
func floatTopK(l *lowerer, n *graph.Node, v int) program.Buf {
	a, d := n.Attr.(graph.TopKAttr), l.dims(n.In[0])
	k, ok := l.scalar(n.In[1])
	if !ok || k < 1 || k > 64 {
		refuse(n, "use a constant k from 1 to 64", "k is computed or too large")
	}
	x, w, back := l.rowsOf(l.get(n.In[0], asF32), d, wrapAxis(a.Axis, len(d)))
	if back != nil && d[wrapAxis(a.Axis, len(d))] != w {
		refuse(n, "", "this axis has no compiled form")
	}
	rows := int(x.N) / w
	hide, f := float32(math.Inf(-1)), program.ReduceMax
	if !a.Largest {
		hide, f = float32(math.Inf(1)), program.ReduceMin
	}
	var vals, poss []program.Buf
	for range int(k) {
		pos := l.b.Arg(x, rows, !a.Largest, false)
		vals = append(vals, l.b.Reduce(f, x, rows, w, 1))
		poss = append(poss, l.b.Dequantize(pos, 1, 0))
		x = l.b.Select(l.oneHot(pos, rows, w), l.b.ConstF(hide), x)
	}
	// [k][outer*inner] to [outer][k][inner].
	inner := graph.Count(d[wrapAxis(a.Axis, len(d))+1:])
	idx := make([]int32, rows*int(k))
	for i := range idx {
		o, r := i/(int(k)*inner), i%(int(k)*inner)
		idx[i] = int32(r/inner*rows + o*inner + r%inner)
	}
	for i, parts := range [][]program.Buf{vals, poss} {
		if o := n.Output(i); o != graph.None {
			l.have[place{o, asF32}] = l.b.Gather(l.b.Concat(parts...), idx)
		}
	}
	return l.have[place{v, asF32}]
}
