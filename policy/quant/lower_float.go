package quant

import (
	"math"
	"slices"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// unaries are the float32 instructions of one operand.
var unaries = map[graph.Op]program.Unary{
	graph.Abs: program.Abs, graph.Neg: program.Neg, graph.Sqrt: program.Sqrt, graph.Reciprocal: program.Reciprocal,
	graph.Floor: program.Floor, graph.Ceil: program.Ceil, graph.Round: program.Round, graph.Sign: program.Sign,
	graph.Not: program.Not, graph.IsNaN: program.IsNaN, graph.Relu: program.Relu, graph.LeakyRelu: program.LeakyRelu,
	graph.ThresholdedRelu: program.ThresholdedRelu, graph.HardSigmoid: program.HardSigmoid, graph.HardSwish: program.HardSwish,
	graph.Softsign: program.Softsign, graph.Exp: program.Exp, graph.Log: program.Log, graph.Sigmoid: program.Sigmoid,
	graph.Tanh: program.Tanh, graph.Softplus: program.Softplus, graph.Elu: program.Elu, graph.Celu: program.Celu,
	graph.Selu: program.Selu, graph.Swish: program.Swish, graph.Mish: program.Mish, graph.Erf: program.Erf, graph.Gelu: program.Gelu,
	graph.Clip: program.Clip, graph.Binarizer: program.Sign,
}

var binaries = map[graph.Op]program.Binary{
	graph.Add: program.Add, graph.Sub: program.Sub, graph.Mul: program.Mul, graph.Div: program.Div, graph.Max: program.Max,
	graph.Min: program.Min, graph.Pow: program.Pow, graph.Mod: program.Mod, graph.PRelu: program.PRelu, graph.Less: program.Less,
	graph.LessOrEqual: program.LessOrEqual, graph.Greater: program.Greater, graph.GreaterOrEqual: program.GreaterOrEqual,
	graph.Equal: program.Equal, graph.And: program.And, graph.Or: program.Or, graph.Xor: program.Xor,
	graph.Sum: program.Add, graph.Mean: program.Add,
}

var reductions = map[graph.Op]program.Reduce{
	graph.ReduceSum: program.ReduceSum, graph.ReduceMean: program.ReduceMean, graph.ReduceMax: program.ReduceMax,
	graph.ReduceMin: program.ReduceMin, graph.ReduceProd: program.ReduceProd, graph.ReduceL1: program.ReduceL1,
	graph.ReduceL2: program.ReduceL2, graph.ReduceSumSquare: program.ReduceSumSquare, graph.ReduceLogSum: program.ReduceLogSum,
	graph.ReduceLogSumExp: program.ReduceLogSumExp,
}

// emitF makes v in float32: from the integers where a layer gives those, otherwise by
// float32 instructions.
func (l *lowerer) emitF(n *graph.Node, v int) program.Buf {
	if b, ok := l.fromIntegers(n, v); ok {
		return b
	}
	if f := floatForms[n.Op]; f != nil {
		b := f(l, n, v)
		if !quiet[n.Op] && !l.floaty(v) {
			l.report(n, choice{p: Float32, e8: -1, e16: -1, reason: l.floatReason(n, v)}, nil, qparams{}, qparams{})
		}
		return b
	}
	if root := l.point(v); root != v && l.rng.stat(l.rng.of(root).root) != nil {
		l.report(n, choice{p: Int16, e8: -1, e16: -1, reason: "no float32 instruction: interpolated table over the calibrated range"}, nil, qparams{}, qparams{})
		return l.tableF(v, root)
	}
	refuse(n, "compute it outside the model, or calibrate so that it can be tabulated", "has no compiled form")
	return program.Buf{}
}

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

// quiet operators report themselves.
var quiet = map[graph.Op]bool{graph.Gemm: true, graph.TreeEnsemble: true, graph.TreeEnsembleClassifier: true,
	graph.SVMRegressor: true, graph.SVMClassifier: true, graph.QuantizeLinear: true, graph.DequantizeLinear: true, graph.Concat: true, graph.Cast: true}

func (l *lowerer) floatReason(n *graph.Node, v int) string {
	if c, ok := l.chosen[v]; ok && c.p == Float32 {
		return c.reason
	}
	if c, ok := l.chosen[n.Out[0]]; ok {
		return "inputs of the layer in float32: " + c.reason
	}
	return "float32 escape, summed in a fixed order"
}

// fromIntegers: values that are made as integers anyway are not made again in float32.
func (l *lowerer) fromIntegers(n *graph.Node, v int) (program.Buf, bool) {
	for _, k := range []kind{asI32, asI16} {
		if b, ok := l.have[place{v, k}]; ok {
			return l.convert(v, b, k, asF32), true
		}
	}
	switch n.Op {
	case graph.LSTM, graph.GRU, graph.RNN, graph.LayerNormalization, graph.RMSNormalization, graph.Attention:
	case graph.Add, graph.Sub, graph.Mul:
		if l.point(v) != v {
			return l.pointFromIntegers(n, v)
		}
	case graph.DequantizeLinear:
		if _, ok := l.perTensor(n, n.In[0]); ok {
			return l.convert(v, l.get(v, asU8), asU8, asF32), true
		}
		return program.Buf{}, false
	case graph.QuantizeLinear:
		if _, ok := l.perTensor(n, v); ok {
			return l.convert(v, l.get(v, asU8), asU8, asF32), true
		}
		return program.Buf{}, false
	default:
		return l.pointFromIntegers(n, v)
	}
	if !l.rng.known(v, asI16) {
		return program.Buf{}, false
	}
	b, ok := l.emitQ(n, v, asI16)
	if !ok {
		return b, false
	}
	l.have[place{v, asI16}] = b
	return l.convert(v, b, asI16, asF32), true
}

// pointFromIntegers: in a measurement a table is measured, not the float32 instruction.
func (l *lowerer) pointFromIntegers(n *graph.Node, v int) (program.Buf, bool) {
	root := l.point(v)
	if l.forced == Auto || l.forced == Float32 || root == v {
		return program.Buf{}, false
	}
	if l.forced == Int16 {
		return l.convert(v, l.table16(v, root, n, choice{}), asI16, asF32), true
	}
	qx := l.q(root, asU8)
	table := make([]float32, 256)
	for i, y := range l.bytes(v, root, qx) {
		table[i] = float32(finite(y, l.q(v, asI16)))
	}
	return l.b.LUT8F(l.get(root, asU8), table), true
}

// floatForms emit float32 instructions for a node and give output v's buffer; the other
// outputs are stored.
var floatForms map[graph.Op]func(l *lowerer, n *graph.Node, v int) program.Buf

func init() {
	floatForms = map[graph.Op]func(l *lowerer, n *graph.Node, v int) program.Buf{
		graph.Gemm: floatGemm, graph.MatMul: floatMatMul, graph.Concat: func(l *lowerer, n *graph.Node, v int) program.Buf { return l.emitConcat(n, v, asF32) },
		graph.FeatureVectorizer: func(l *lowerer, n *graph.Node, v int) program.Buf { return l.emitConcat(n, v, asF32) },
		graph.Softmax:           floatSoftmax, graph.LogSoftmax: floatSoftmax, graph.Where: floatWhere, graph.Cast: floatCast,
		graph.LayerNormalization: floatNorm, graph.RMSNormalization: floatNorm, graph.Attention: floatAttention,
		graph.QuantizeLinear: floatQuantize, graph.DequantizeLinear: floatDequantize, graph.ArgMax: floatArg, graph.ArgMin: floatArg,
		graph.LSTM: floatCell, graph.GRU: floatCell, graph.RNN: floatCell,
		graph.TreeEnsemble: floatTrees, graph.TreeEnsembleClassifier: floatTreeClassifier,
		graph.SVMRegressor: floatSVM, graph.SVMClassifier: floatSVMClassifier, graph.LinearRegressor: floatLinear, graph.LinearClassifier: floatLinearClassifier,
		graph.Normalizer: floatNormalizer, graph.Imputer: floatImputer, graph.Gather: floatGather, graph.CumSum: floatCumSum,
		graph.Hardmax: floatHardmax, graph.LabelEncoder: floatLabels, graph.TopK: floatTopK, graph.IsInf: floatIsInf,
		graph.DynamicQuantizeLinear: floatDynamicQuantize, graph.BatchNormalization: floatBatchNorm,
	}
	for op := range unaries {
		floatForms[op] = floatUnary
	}
	for op := range binaries {
		floatForms[op] = floatBinary
	}
	for op := range reductions {
		floatForms[op] = floatReduce
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

func floatGemm(l *lowerer, n *graph.Node, v int) program.Buf {
	if l.denseLayer(n) != nil {
		return l.dense(n, asF32, qparams{})
	}
	a := n.Attr.(graph.GemmAttr)
	x, w, y := l.get(n.In[0], asF32), l.get(n.In[1], asF32), l.dims(v)
	if a.TransA {
		x = l.b.Transpose(x, l.dims(n.In[0]), []int{1, 0})
	}
	if a.TransB {
		w = l.b.Transpose(w, l.dims(n.In[1]), []int{1, 0})
	}
	b := l.b.MatMul(x, w, 1, y[0], int(x.N)/y[0], y[1])
	if a.Alpha != 1 {
		b = l.b.Binary(program.Mul, b, l.b.ConstF(a.Alpha))
	}
	if n.Input(2) != graph.None && a.Beta != 0 {
		c := l.spread(n.In[2], y)
		if a.Beta != 1 {
			c = l.b.Binary(program.Mul, c, l.b.ConstF(a.Beta))
		}
		b = l.b.Binary(program.Add, b, c)
	}
	l.report(n, choice{p: Float32, e8: -1, e16: -1, reason: "product of two computed matrices"}, nil, qparams{}, qparams{})
	return b
}

// floatMatMul broadcasts the batches of both sides by gathering.
func floatMatMul(l *lowerer, n *graph.Node, v int) program.Buf {
	a, b, y := l.dims(n.In[0]), l.dims(n.In[1]), l.dims(v)
	xa, xb := l.get(n.In[0], asF32), l.get(n.In[1], asF32)
	if len(a) == 1 {
		a = []int{1, a[0]}
	}
	if len(b) == 1 {
		b = []int{b[0], 1}
	}
	m, k, c := a[len(a)-2], a[len(a)-1], b[len(b)-1]
	batch := graph.Count(y) / (m * c)
	lead := y
	if extra := len(a) + len(b); extra > 0 {
		lead = broadcastDims(a[:len(a)-2], b[:len(b)-2])
	}
	xa = l.batches(xa, a, lead, m, k)
	xb = l.batches(xb, b, lead, k, c)
	return l.b.MatMul(xa, xb, batch, m, k, c)
}

func (l *lowerer) batches(x program.Buf, d, lead []int, m, k int) program.Buf {
	full := append(slices.Clone(lead), m, k)
	if int(x.N) == graph.Count(full) {
		return x
	}
	return l.b.Gather(x, stretch(d, full))
}

func broadcastDims(a, b []int) []int {
	out := make([]int, max(len(a), len(b)))
	for i := range out {
		p, q := 1, 1
		if k := i - (len(out) - len(a)); k >= 0 {
			p = a[k]
		}
		if k := i - (len(out) - len(b)); k >= 0 {
			q = b[k]
		}
		out[i] = max(p, q)
	}
	return out
}

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

func floatNorm(l *lowerer, n *graph.Node, v int) program.Buf {
	a, d := n.Attr.(graph.NormAttr), l.dims(v)
	w := graph.Count(d[wrapAxis(a.Axis, len(d)):])
	gamma, beta := l.normParams(n, w)
	x := l.get(n.In[0], asF32)
	return l.b.Norm(x, int(x.N)/w, gamma, beta, float64(a.Epsilon), n.Op == graph.RMSNormalization)
}

// normParams are scale and bias spread over the normalised elements.
func (l *lowerer) normParams(n *graph.Node, w int) (gamma, beta []float32) {
	if len(n.Out) > 1 {
		refuse(n, "drop the outputs for mean and deviation", "only the normalised output has a compiled form")
	}
	spread := func(v int) []float32 {
		t := l.value(v)
		if t == nil || t.Len() == 0 || w%t.Len() != 0 {
			refuse(n, "export with constant scale and bias", "scale or bias is computed or does not fit")
		}
		f := make([]float32, w)
		for i := range f {
			f[i] = float32(t.At(i % t.Len()))
		}
		return f
	}
	gamma, beta = spread(n.In[1]), make([]float32, w)
	if n.Input(2) != graph.None {
		beta = spread(n.In[2])
	}
	return gamma, beta
}

func floatBatchNorm(l *lowerer, n *graph.Node, v int) program.Buf {
	refuse(n, "export in inference mode with constant statistics", "batch normalisation with computed statistics has no compiled form")
	return program.Buf{}
}

// floatQuantize is x/scale rounded, plus the zero point, clamped: integers held as floats.
func floatQuantize(l *lowerer, n *graph.Node, v int) program.Buf {
	x := l.b.Binary(program.Div, l.get(n.In[0], asF32), l.scales(n, n.In[1], v))
	x = l.b.Unary(program.Round, x, 0, 0)
	if n.Input(2) != graph.None {
		x = l.b.Binary(program.Add, x, l.scales(n, n.In[2], v))
	}
	lo, hi := l.g.Values[v].DType.Range()
	if lo < -1<<24 || hi > 1<<24 {
		refuse(n, "quantise to 16 bits at most", "quantising to %s has no compiled form", l.g.Values[v].DType)
	}
	return l.b.Unary(program.Clip, x, float32(lo), float32(hi))
}

func floatDequantize(l *lowerer, n *graph.Node, v int) program.Buf {
	if t := l.value(v); t != nil {
		return l.constant(v, t, asF32)
	}
	x := l.get(n.In[0], asF32)
	if n.Input(2) != graph.None {
		x = l.b.Binary(program.Sub, x, l.scales(n, n.In[2], v))
	}
	return l.b.Binary(program.Mul, x, l.scales(n, n.In[1], v))
}

// scales spreads per-axis parameters over v.
func (l *lowerer) scales(n *graph.Node, p, v int) program.Buf {
	b, d, a := l.get(p, asF32), l.dims(v), n.Attr.(graph.QuantAttr)
	if b.N == 1 {
		return b
	}
	axis := wrapAxis(a.Axis, len(d))
	if a.Block != 0 || axis < 0 || axis >= len(d) || d[axis] != int(b.N) {
		refuse(n, "", "blocked scales of computed values have no compiled form")
	}
	idx := make([]int32, graph.Count(d))
	inner := graph.Count(d[axis+1:])
	for i := range idx {
		idx[i] = int32(i / inner % d[axis])
	}
	return l.b.Gather(b, idx)
}

// floatDynamicQuantize computes scale and zero point from the data, step by step as ONNX
// defines it.
func floatDynamicQuantize(l *lowerer, n *graph.Node, v int) program.Buf {
	x := l.get(n.In[0], asF32)
	zero := l.b.ConstF(0)
	hi := l.b.Binary(program.Max, l.b.Reduce(program.ReduceMax, x, 1, int(x.N), 1), zero)
	lo := l.b.Binary(program.Min, l.b.Reduce(program.ReduceMin, x, 1, int(x.N), 1), zero)
	scale := l.b.Binary(program.Div, l.b.Binary(program.Sub, hi, lo), l.b.ConstF(255))
	safe := l.b.Select(scale, scale, l.b.ConstF(1))
	z := l.b.Unary(program.Round, l.b.Unary(program.Clip, l.b.Binary(program.Div, l.b.Unary(program.Neg, lo, 0, 0), safe), 0, 255), 0, 0)
	y := l.b.Unary(program.Round, l.b.Binary(program.Div, x, safe), 0, 0)
	y = l.b.Unary(program.Clip, l.b.Binary(program.Add, y, z), 0, 255)
	for i, b := range []program.Buf{y, scale, z} {
		if o := n.Output(i); o != graph.None {
			l.have[place{o, asF32}] = b
		}
	}
	return l.have[place{v, asF32}]
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
