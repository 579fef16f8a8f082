package quant

import (
	"math"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// finish applies a post transform to rows of scores.
func (l *lowerer) finish(n *graph.Node, y program.Buf, rows, w int, post graph.Post, add second) program.Buf {
	if w == 1 && add != secondNone && post != graph.PostProbit {
		neg := l.b.Unary(program.Neg, y, 0, 0)
		switch {
		case post == graph.PostLogistic:
			neg, y = l.b.Unary(program.Sigmoid, neg, 0, 0), l.b.Unary(program.Sigmoid, y, 0, 0)
		case add == secondComplement:
			neg = l.b.Unary(program.Affine, y, -1, 1)
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
