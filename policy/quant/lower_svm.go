package quant

import (
	"slipstream/policy/graph"
	"slipstream/policy/program"
)

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
