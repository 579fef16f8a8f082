package quant

import (
	"math"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// exact reports a layer that computes what the float graph computes, but for the last place.
func (l *lowerer) exact(n *graph.Node, reason string) {
	if l.shown[key(n)] {
		return
	}
	l.shown[key(n)] = true
	l.layers = append(l.layers, Layer{Name: n.Name, Op: string(n.Op), Precision: "exact", Reason: reason, Error8: -1, Error16: -1})
}

// samples views the input as rows.
func (l *lowerer) samples(v int) (x program.Buf, rows, w int) {
	x = l.get(v, asF32)
	d := l.dims(v)
	rows, w = 1, int(x.N)
	if len(d) > 1 && d[0] > 0 {
		rows, w = d[0], w/d[0]
	}
	return x, rows, w
}

// perRow makes a result for each row and joins them.
func (l *lowerer) perRow(x program.Buf, rows, w int, f func(row program.Buf) program.Buf) program.Buf {
	parts := make([]program.Buf, rows)
	for i := range parts {
		parts[i] = f(x.Slice(i*w, (i+1)*w))
	}
	if rows == 1 {
		return parts[0]
	}
	return l.b.Concat(parts...)
}

// forest gives the branches and leaves of a tree attribute to the program.
func (l *lowerer) forest(a *graph.TreeAttr, x program.Buf, base []float64, weight func(w float64) float64) program.Buf {
	at := make([]int32, len(a.Nodes)) // node -> branch index, or ^leaf
	var branches []program.FloatNode
	t := program.Trees{LeafFirst: []int32{0}, Aggregate: program.Aggregate(a.Aggregate), Double: a.Double, Base: base}
	for i := range a.Nodes {
		n := &a.Nodes[i]
		if n.Mode != graph.Leaf {
			at[i] = int32(len(branches))
			branches = append(branches, program.FloatNode{})
			continue
		}
		at[i] = ^int32(len(t.LeafFirst) - 1)
		for _, w := range a.Leaves[n.First : n.First+n.Num] {
			t.LeafTarget = append(t.LeafTarget, w.Target)
			t.LeafValue = append(t.LeafValue, weight(w.Weight))
		}
		t.LeafFirst = append(t.LeafFirst, int32(len(t.LeafValue)))
	}
	for i := range a.Nodes {
		if n := &a.Nodes[i]; n.Mode != graph.Leaf {
			branches[at[i]] = program.FloatNode{Threshold: n.Threshold, Feature: n.Feature, True: at[n.True], False: at[n.False],
				Mode: program.TreeMode(n.Mode - graph.BranchLEQ), Missing: n.Missing}
		}
	}
	for _, r := range a.Roots {
		t.Roots = append(t.Roots, at[r])
	}
	return l.b.Trees(x, a.Targets, branches, t)
}

func same(w float64) float64 { return w }

func floatTrees(l *lowerer, n *graph.Node, v int) program.Buf {
	a := n.Attr.(*graph.TreeAttr)
	x, rows, w := l.samples(n.In[0])
	y := l.perRow(x, rows, w, func(row program.Buf) program.Buf { return l.forest(a, row, a.Base, same) })
	l.exact(n, "ranked thresholds compare as the floats do; leaves are summed in the source's order and precision")
	return l.finish(n, y, rows, a.Targets, a.Post, secondNone)
}

// second says how a binary model's only score becomes two, as the float runner has it.
type second int8

const (
	secondNone second = iota
	secondComplement
	secondNegative
)

// finish applies a post transform to rows of scores.
func (l *lowerer) finish(n *graph.Node, y program.Buf, rows, w int, post graph.Post, add second) program.Buf {
	if w == 1 && add != secondNone && post != graph.PostProbit {
		neg := l.b.Unary(program.Neg, y, 0, 0)
		switch {
		case add == secondComplement:
			neg = l.b.Unary(program.Affine, y, -1, 1)
		case post == graph.PostLogistic:
			neg, y = l.b.Unary(program.Sigmoid, neg, 0, 0), l.b.Unary(program.Sigmoid, y, 0, 0)
		}
		return l.interleave([]program.Buf{neg, y}, rows)
	}
	switch post {
	case graph.PostLogistic:
		return l.b.Unary(program.Sigmoid, y, 0, 0)
	case graph.PostExp:
		return l.b.Unary(program.Exp, y, 0, 0)
	case graph.PostSoftmax:
		return l.b.Softmax(y, rows, false)
	case graph.PostProbit:
		return l.probit(y)
	case graph.PostSoftmaxZero:
		return l.softmaxZero(y, rows, w)
	}
	return y
}

// interleave joins columns of rows into rows.
func (l *lowerer) interleave(cols []program.Buf, rows int) program.Buf {
	b := l.b.Concat(cols...)
	if rows == 1 {
		return b
	}
	idx := make([]int32, rows*len(cols))
	for i := range idx {
		idx[i] = int32(i%len(cols)*rows + i/len(cols))
	}
	return l.b.Gather(b, idx)
}

// perRowOf repeats one number per row over w columns.
func perRowOf(rows, w int) []int32 {
	idx := make([]int32, rows*w)
	for i := range idx {
		idx[i] = int32(i / w)
	}
	return idx
}

// softmaxZero leaves zeros out of the exponentials.
func (l *lowerer) softmaxZero(y program.Buf, rows, w int) program.Buf {
	hi := l.b.Gather(l.b.Reduce(program.ReduceMax, y, rows, w, 1), perRowOf(rows, w))
	e := l.b.Unary(program.Exp, l.b.Binary(program.Sub, y, hi), 0, 0)
	small := l.b.Binary(program.LessOrEqual, l.b.Unary(program.Abs, y, 0, 0), l.b.ConstF(1e-7))
	sum := l.b.Reduce(program.ReduceSum, l.b.Select(small, l.b.ConstF(0), e), rows, w, 1)
	z := l.b.Binary(program.Mul, y, l.b.Unary(program.Exp, l.b.Unary(program.Neg, hi, 0, 0), 0, 0))
	return l.b.Binary(program.Div, l.b.Select(small, z, e), l.b.Gather(sum, perRowOf(rows, w)))
}

// probit is ONNX Runtime's closed form.
func (l *lowerer) probit(y program.Buf) program.Buf {
	const a = 0.147
	x := l.b.Unary(program.Affine, y, 2, -1)
	ln := l.b.Unary(program.Log, l.b.Binary(program.Mul, l.b.Unary(program.Affine, x, -1, 1), l.b.Unary(program.Affine, x, 1, 1)), 0, 0)
	u := l.b.Unary(program.Affine, ln, 0.5, float32(2/(3.14159*a)))
	in := l.b.Binary(program.Sub, l.b.Binary(program.Mul, u, u), l.b.Unary(program.Affine, ln, float32(1/a), 0))
	r := l.b.Unary(program.Sqrt, l.b.Binary(program.Sub, l.b.Unary(program.Sqrt, in, 0, 0), u), 0, 0)
	return l.b.Binary(program.Mul, l.b.Unary(program.Affine, l.b.Unary(program.Sign, x, 0, 0), math.Sqrt2, 0), r)
}

// column is element k of each row.
func (l *lowerer) column(y program.Buf, rows, w, k int) program.Buf {
	if rows == 1 {
		return y.Slice(k, k+1)
	}
	idx := make([]int32, rows)
	for i := range idx {
		idx[i] = int32(i*w + k)
	}
	return l.b.Gather(y, idx)
}

// label stores the classes at positions pos (I32) under the node's first output.
func (l *lowerer) label(n *graph.Node, pos program.Buf, labels *graph.Labels) {
	v := n.Output(0)
	if v == graph.None {
		return
	}
	if len(labels.Ints) > 0 {
		table := make([]int32, len(labels.Ints))
		for i, k := range labels.Ints {
			if k < math.MinInt32 || k > math.MaxInt32 {
				refuse(n, "use class numbers that fit 32 bits", "class label %d", k)
			}
			table[i] = int32(k)
		}
		pos = l.b.Lookup(pos, table, 0)
	}
	l.have[place{v, asI32}] = pos
}

// result gives the buffer of output v after both outputs of a classifier are stored.
func (l *lowerer) result(n *graph.Node, v int, scores program.Buf) program.Buf {
	if o := n.Output(1); o != graph.None {
		l.have[place{o, asF32}] = scores
	}
	if b, ok := l.have[place{v, asF32}]; ok {
		return b
	}
	return l.b.Dequantize(l.have[place{v, asI32}], 1, 0)
}

// floatTreeClassifier follows the float runner's rules case by case.
func floatTreeClassifier(l *lowerer, n *graph.Node, v int) program.Buf {
	a := n.Attr.(*graph.TreeAttr)
	x, rows, w := l.samples(n.In[0])
	l.exact(n, "ranked thresholds compare as the floats do; labels follow ONNX Runtime's rules")
	run := func(base []float64, weight func(float64) float64, agg graph.Aggregate) program.Buf {
		c := *a
		c.Aggregate = agg
		return l.perRow(x, rows, w, func(row program.Buf) program.Buf { return l.forest(&c, row, base, weight) })
	}
	agg := a.Aggregate
	if agg == graph.AggAverage {
		agg = graph.AggSum // the float runner's classifiers do not average
	}
	zero, half := l.b.ConstF(0), l.b.ConstF(0.5)
	if !a.FirstMax && a.Targets == 2 && a.Binary {
		s := run(nil, same, agg)
		s = l.b.Binary(program.Add, l.column(s, rows, 2, 0), l.column(s, rows, 2, 1))
		add, limit := secondNegative, zero
		if a.AllPositive {
			add, limit = secondComplement, half
		}
		if len(a.Base) == 2 {
			s = l.b.Binary(program.Add, s, l.b.ConstF(float32(a.Base[1])))
		}
		l.label(n, l.b.Trunc(l.b.Binary(program.Greater, s, limit)), &a.Labels)
		if len(a.Base) == 2 {
			both := l.interleave([]program.Buf{l.b.Unary(program.Neg, s, 0, 0), s}, rows)
			return l.result(n, v, l.finish(n, both, rows, 2, a.Post, secondNone))
		}
		return l.result(n, v, l.finish(n, s, rows, 1, a.Post, add))
	}
	s := run(a.Base, same, agg)
	switch {
	case a.Targets == 1:
		l.label(n, l.b.Trunc(l.b.Binary(program.Greater, s, zero)), &a.Labels)
	case a.FirstMax || a.Targets != 2:
		l.label(n, l.b.Arg(s, rows, false, false), &a.Labels)
	default:
		// The second class if it was spoken for and is positive, or was not and the first is.
		spoke := run(nil, func(float64) float64 { return 1 }, graph.AggMax)
		s0, s1 := l.column(s, rows, 2, 0), l.column(s, rows, 2, 1)
		l.label(n, l.b.Trunc(l.b.Select(l.column(spoke, rows, 2, 1), l.b.Binary(program.Greater, s1, zero), l.b.Binary(program.Greater, s0, zero))), &a.Labels)
	}
	return l.result(n, v, l.finish(n, s, rows, a.Targets, a.Post, secondNone))
}

var svmKernels = map[graph.Kernel]program.Kernel{graph.KernelLinear: program.KernelLinear, graph.KernelPoly: program.KernelPoly,
	graph.KernelRBF: program.KernelRBF, graph.KernelSigmoid: program.KernelSigmoid}

// kernelSums is Rho + sum Coef * K(x, vector) per row and output.
func (l *lowerer) kernelSums(n *graph.Node, a *graph.SVMAttr, coef, rho []float32) (y program.Buf, rows int) {
	x, rows, w := l.samples(n.In[0])
	if w != a.Features {
		refuse(n, "", "takes %d features, the input has %d", a.Features, w)
	}
	if a.Kernel == graph.KernelPoly && (a.Degree != float32(int32(a.Degree)) || a.Degree < 1 || a.Degree > 16) {
		k := len(a.Vectors) / w
		bias := make([]float32, k)
		for i := range bias {
			bias[i] = a.Coef0
		}
		vec := make([]float32, len(a.Vectors))
		for i, v := range a.Vectors {
			vec[i] = v * a.Gamma
		}
		p := l.b.Binary(program.Pow, l.b.DenseF(x, rows, vec, bias), l.b.ConstF(a.Degree))
		return l.b.DenseF(p, rows, coef, rho), rows
	}
	return l.perRow(x, rows, w, func(row program.Buf) program.Buf {
		return l.b.SVM(row, program.SVM{Kernel: svmKernels[a.Kernel], Gamma: a.Gamma, Coef0: a.Coef0, Degree: a.Degree, Vectors: a.Vectors, Coef: coef, Rho: rho})
	}), rows
}

func floatSVM(l *lowerer, n *graph.Node, v int) program.Buf {
	a := n.Attr.(*graph.SVMAttr)
	k := len(a.Vectors) / max(a.Features, 1)
	var y program.Buf
	rows := 0
	if k == 0 {
		// Linear through the kernel of the only weights, which are the coefficients.
		c := *a
		c.Vectors = a.Coef[:a.Features]
		y, rows = l.kernelSums(n, &c, []float32{1}, a.Rho[:1])
	} else {
		y, rows = l.kernelSums(n, a, a.Coef[:k], a.Rho[:1])
	}
	if a.OneClass {
		y = l.b.Select(l.b.Binary(program.Greater, y, l.b.ConstF(0)), l.b.ConstF(1), l.full(l.b.ConstF(-1), v, []int{rows}))
	}
	l.exact(n, "float32 in eight fixed lanes")
	return l.finish(n, y, rows, 1, a.Post, secondNone)
}

func floatSVMClassifier(l *lowerer, n *graph.Node, v int) program.Buf {
	a := n.Attr.(*graph.SVMAttr)
	classes, k := a.Labels.Len(), len(a.Vectors)/max(a.Features, 1)
	l.exact(n, "float32 in eight fixed lanes; votes are counted exactly")
	if k == 0 {
		return l.linearSVM(n, a, v)
	}
	pairs := classes * (classes - 1) / 2
	if classes < 2 || len(a.PerClass) != classes || len(a.Coef) < (classes-1)*k || len(a.Rho) < pairs {
		refuse(n, "", "coefficients do not fit %d classes", classes)
	}
	coef := make([]float32, pairs*k)
	votes, none := make([]float32, classes*pairs), make([]float32, classes)
	start := make([]int, classes+1)
	for c, m := range a.PerClass {
		start[c+1] = start[c] + m
	}
	p := 0
	for i := range classes {
		for j := i + 1; j < classes; j++ {
			for m := start[i]; m < start[i+1]; m++ {
				coef[p*k+m] = a.Coef[(j-1)*k+m]
			}
			for m := start[j]; m < start[j+1]; m++ {
				coef[p*k+m] = a.Coef[i*k+m]
			}
			votes[i*pairs+p], votes[j*pairs+p] = 1, -1
			none[j]++
			p++
		}
	}
	s, rows := l.kernelSums(n, a, coef, a.Rho[:pairs])
	won := l.b.Binary(program.Greater, s, l.b.ConstF(0))
	l.label(n, l.b.Arg(l.b.DenseF(won, rows, votes, none), rows, false, false), &a.Labels)
	scores := n.Output(1)
	if scores == graph.None || len(l.use[scores]) == 0 && !l.port[scores] {
		return l.result(n, v, program.Buf{})
	}
	switch {
	case len(a.ProbA) > 0:
		if classes > plattClasses || len(a.ProbA) < pairs || len(a.ProbB) < pairs {
			refuse(n, "export without probabilities (probability=False) and use the decision values", "coupled probabilities of %d classes have no compiled form", classes)
		}
		return l.result(n, v, l.finish(n, l.platt(a, s, rows), rows, classes, a.Post, secondNone))
	case classes == 2 && a.Post == graph.PostNone:
		return l.result(n, v, l.finish(n, s, rows, 1, a.Post, secondNegative))
	case classes == 2:
		return l.result(n, v, l.finish(n, s, rows, 1, a.Post, secondComplement))
	}
	return l.result(n, v, l.finish(n, s, rows, pairs, a.Post, secondNone))
}

// linearSVM scores each class by its own weights.
func (l *lowerer) linearSVM(n *graph.Node, a *graph.SVMAttr, v int) program.Buf {
	classes := a.Labels.Len()
	if len(a.Coef) != classes*a.Features || len(a.Rho) == 0 {
		refuse(n, "", "coefficients do not fit %d classes", classes)
	}
	c := *a
	c.Vectors = a.Coef
	coef, rho := make([]float32, classes*classes), make([]float32, classes)
	for i := range classes {
		coef[i*classes+i], rho[i] = 1, a.Rho[0]
	}
	s, rows := l.kernelSums(n, &c, coef, rho)
	pos := l.b.Arg(s, rows, false, false)
	if classes == 2 && len(a.ProbA) == 0 {
		positive := true
		for _, w := range a.Coef {
			positive = positive && w >= 0
		}
		top := l.b.Reduce(program.ReduceMax, s, rows, classes, 1)
		f, limit := program.Greater, float32(0)
		if positive {
			f, limit = program.GreaterOrEqual, 0.5
		}
		pos = l.b.Trunc(l.b.Binary(program.Max, l.b.Binary(f, top, l.b.ConstF(limit)), l.b.Dequantize(pos, 1, 0)))
	}
	l.label(n, pos, &a.Labels)
	return l.result(n, v, l.finish(n, s, rows, classes, a.Post, secondNone))
}

// linearScores is a float dense layer: these models are small and read their input as is.
func (l *lowerer) linearScores(n *graph.Node) (program.Buf, int, *graph.LinearAttr) {
	a := n.Attr.(*graph.LinearAttr)
	x, rows, w := l.samples(n.In[0])
	if len(a.Coef) != a.Targets*w || a.Targets < 1 {
		refuse(n, "", "%d coefficients for %d features and %d targets", len(a.Coef), w, a.Targets)
	}
	b := make([]float32, a.Targets)
	copy(b, a.Intercept)
	l.exact(n, "float32 in a fixed order")
	return l.b.DenseF(x, rows, a.Coef, b), rows, a
}

func floatLinear(l *lowerer, n *graph.Node, v int) program.Buf {
	y, rows, a := l.linearScores(n)
	return l.finish(n, y, rows, a.Targets, a.Post, secondNone)
}

func floatLinearClassifier(l *lowerer, n *graph.Node, v int) program.Buf {
	s, rows, a := l.linearScores(n)
	if a.Targets != 1 {
		l.label(n, l.b.Arg(s, rows, false, false), &a.Labels)
		return l.result(n, v, l.finish(n, s, rows, a.Targets, a.Post, secondNone))
	}
	labels, add := &a.Labels, secondNone
	if labels.Len() == 2 {
		add = secondComplement
		if a.Post == graph.PostLogistic {
			add = secondNegative
		}
	} else {
		labels = &graph.Labels{}
	}
	l.label(n, l.b.Trunc(l.b.Binary(program.Greater, s, l.b.ConstF(0))), labels)
	return l.result(n, v, l.finish(n, s, rows, 1, a.Post, add))
}
