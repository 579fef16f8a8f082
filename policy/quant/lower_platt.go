package quant

import (
	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// Coupling is unrolled: plattRounds of libsvm's 100, which stops after a few.
const (
	plattRounds  = 16
	plattClasses = 6
)

// platt couples pairwise probabilities as libsvm does (Wu, Lin and Weng 2004, second
// method), for rows at once: bufs hold one number per row. A row that has converged keeps
// its answer.
func (l *lowerer) platt(a *graph.SVMAttr, s program.Buf, rows int) program.Buf {
	b, n := l.b, a.Labels.Len()
	add := func(x, y program.Buf) program.Buf { return b.Binary(program.Add, x, y) }
	mul := func(x, y program.Buf) program.Buf { return b.Binary(program.Mul, x, y) }
	r := make([][]program.Buf, n)
	for i := range r {
		r[i] = make([]program.Buf, n)
	}
	pairs := n * (n - 1) / 2
	for i, p := 0, 0; i < n; i++ {
		for j := i + 1; j < n; j, p = j+1, p+1 {
			f := b.Unary(program.Sigmoid, b.Unary(program.Affine, l.column(s, rows, pairs, p), a.ProbA[p], a.ProbB[p]), 0, 0)
			r[i][j] = b.Unary(program.Clip, b.Unary(program.Affine, f, -1, 1), 1e-7, 1-1e-7)
			r[j][i] = b.Unary(program.Affine, r[i][j], -1, 1)
		}
	}
	q, prob := make([][]program.Buf, n), make([]program.Buf, n)
	start := make([]float32, rows)
	for i := range start {
		start[i] = 1 / float32(n)
	}
	for i := range n {
		q[i], prob[i] = make([]program.Buf, n), b.ConstF(start...)
		for j := range n {
			if j == i {
				continue
			}
			q[i][j] = b.Unary(program.Neg, mul(r[j][i], r[i][j]), 0, 0)
			if sq := mul(r[j][i], r[j][i]); q[i][i].IsZero() {
				q[i][i] = sq
			} else {
				q[i][i] = add(q[i][i], sq)
			}
		}
	}
	done := b.ConstF(make([]float32, rows)...)
	for range plattRounds {
		prob, done = l.plattRound(q, prob, done)
	}
	return l.interleave(prob, rows)
}

// plattRound is one sweep over the classes, and whether it was still needed.
func (l *lowerer) plattRound(q [][]program.Buf, prob []program.Buf, done program.Buf) ([]program.Buf, program.Buf) {
	b, n := l.b, len(prob)
	add := func(x, y program.Buf) program.Buf { return b.Binary(program.Add, x, y) }
	mul := func(x, y program.Buf) program.Buf { return b.Binary(program.Mul, x, y) }
	div := func(x, y program.Buf) program.Buf { return b.Binary(program.Div, x, y) }
	sub := func(x, y program.Buf) program.Buf { return b.Binary(program.Sub, x, y) }
	dot := func(x, y []program.Buf) program.Buf {
		s := mul(x[0], y[0])
		for k := 1; k < n; k++ {
			s = add(s, mul(x[k], y[k]))
		}
		return s
	}
	qp := make([]program.Buf, n)
	for i := range n {
		qp[i] = dot(q[i], prob)
	}
	pqp := dot(prob, qp)
	worst := b.Unary(program.Abs, sub(qp[0], pqp), 0, 0)
	for i := 1; i < n; i++ {
		worst = b.Binary(program.Max, worst, b.Unary(program.Abs, sub(qp[i], pqp), 0, 0))
	}
	done = b.Binary(program.Or, done, b.Binary(program.Less, worst, b.ConstF(0.005/float32(n))))
	next := append([]program.Buf{}, prob...)
	for i := range n {
		d := div(sub(pqp, qp[i]), q[i][i])
		next[i] = add(next[i], d)
		one := b.Unary(program.Affine, d, 1, 1)
		pqp = div(div(add(pqp, mul(d, add(mul(d, q[i][i]), b.Unary(program.Affine, qp[i], 2, 0)))), one), one)
		for j := range n {
			qp[j] = div(add(qp[j], mul(d, q[i][j])), one)
			next[j] = div(next[j], one)
		}
	}
	for i := range next {
		next[i] = b.Select(done, prob[i], next[i])
	}
	return next, done
}
