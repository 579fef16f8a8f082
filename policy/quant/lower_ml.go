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

// second says how a binary model's only score becomes two, as the float runner has it.
type second int8

const (
	secondNone second = iota
	secondComplement
	secondNegative
)

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
