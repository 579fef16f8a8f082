package float

import (
	"math"

	"slipstream/policy/graph"
)

// kernelOf is the kernel value of an input row and a vector.
func kernelOf(a *graph.SVMAttr, x *Tensor, at int, v []float32) float64 {
	d, sq := 0.0, 0.0
	for k, w := range v {
		e := x.At(at + k)
		d += e * float64(w)
		sq += (e - float64(w)) * (e - float64(w))
	}
	g, c0 := float64(a.Gamma), float64(a.Coef0)
	switch a.Kernel {
	case graph.KernelPoly:
		return math.Pow(g*d+c0, float64(a.Degree))
	case graph.KernelRBF:
		return math.Exp(-g * sq)
	case graph.KernelSigmoid:
		return math.Tanh(g*d + c0)
	}
	return d
}

// svm checks the sizes that both operators share and gives the number of vectors.
func (c *call) svm(rows, width int) (*graph.SVMAttr, int, error) {
	a := c.n.Attr.(*graph.SVMAttr)
	if a.Features != width || a.Features <= 0 || len(a.Vectors)%a.Features != 0 || len(a.Rho) == 0 || len(a.Coef) == 0 {
		return nil, 0, c.bad("model of %d features, %d support values and %d offsets for %d inputs", a.Features, len(a.Vectors), len(a.Rho), width)
	}
	if err := c.b.Spend(max(rows, 1), len(a.Vectors)+len(a.Coef)+1); err != nil {
		return nil, 0, err
	}
	return a, len(a.Vectors) / a.Features, nil
}

func svmRegressor(c *call) ([]*Tensor, error) {
	x := c.in[0]
	n, w, err := c.rows(x)
	if err != nil {
		return nil, err
	}
	a, vectors, err := c.svm(n, w)
	if err != nil {
		return nil, err
	}
	if vectors > 0 && len(a.Coef) < vectors || vectors == 0 && len(a.Coef) < w {
		return nil, c.bad("%d coefficients for %d vectors", len(a.Coef), vectors)
	}
	out, err := c.make(graph.Float32, n, 1)
	if err != nil {
		return nil, err
	}
	for i := range n {
		s := float64(a.Rho[0])
		if vectors == 0 {
			s += kernelOf(a, x, i*w, a.Coef[:w])
		}
		for k := range vectors {
			s += float64(a.Coef[k]) * kernelOf(a, x, i*w, a.Vectors[k*w:(k+1)*w])
		}
		if a.OneClass {
			if s = sign(s); s == 0 {
				s = -1
			}
		}
		set(out, i, finish([]float64{s}, a.Post, secondNone)[0])
	}
	return one(out, nil)
}

func svmClassifier(c *call) ([]*Tensor, error) {
	x := c.in[0]
	n, w, err := c.rows(x)
	if err != nil {
		return nil, err
	}
	a, vectors, err := c.svm(n, w)
	if err != nil {
		return nil, err
	}
	if err := c.checkClasses(a, vectors); err != nil {
		return nil, err
	}
	classes := a.Labels.Len()
	if err := c.b.Spend(max(n, 1), classes, classes, 1+100*classes); err != nil {
		return nil, err
	}
	res := newLabelled(&a.Labels, n)
	width := classes
	for i := range n {
		k, s := classify(a, vectors, x, i*w)
		res.label(i, k, &a.Labels)
		res.scores[i] = s
	}
	return c.labelled(res, graph.Float32, width)
}

func (c *call) checkClasses(a *graph.SVMAttr, vectors int) error {
	classes := a.Labels.Len()
	pairs := classes * (classes - 1) / 2
	if vectors == 0 {
		if len(a.Coef) != classes*a.Features {
			return c.bad("%d coefficients for %d classes", len(a.Coef), classes)
		}
		return nil
	}
	total := 0
	for _, n := range a.PerClass {
		if n < 0 || n > vectors {
			return c.bad("vectors per class %v", a.PerClass)
		}
		total += n
	}
	prob := len(a.ProbA) == len(a.ProbB) && (len(a.ProbA) == 0 || len(a.ProbA) >= pairs)
	if len(a.PerClass) != classes || total != vectors || len(a.Coef) < (classes-1)*vectors || len(a.Rho) < pairs || !prob || classes < 2 {
		return c.bad("%d coefficients, %d offsets and %d vectors for %d classes", len(a.Coef), len(a.Rho), vectors, classes)
	}
	return nil
}

// classify gives the class and the scores of one row.
func classify(a *graph.SVMAttr, vectors int, x *Tensor, at int) (int, []float64) {
	classes := a.Labels.Len()
	if vectors == 0 {
		s := make([]float64, classes)
		for k := range s {
			s[k] = kernelOf(a, x, at, a.Coef[k*a.Features:(k+1)*a.Features]) + float64(a.Rho[0])
		}
		return linearChoice(a, s), finish(s, a.Post, secondNone)
	}
	kern := make([]float64, vectors)
	for k := range kern {
		kern[k] = kernelOf(a, x, at, a.Vectors[k*a.Features:(k+1)*a.Features])
	}
	pairs, votes := decisions(a, kern)
	choice := 0
	for k, v := range votes {
		if v > votes[choice] {
			choice = k
		}
	}
	switch {
	case len(a.ProbA) > 0:
		return choice, finish(platt(a, pairs), a.Post, secondNone)
	case classes == 2 && a.Post == graph.PostNone:
		return choice, finish(pairs, a.Post, secondNegative)
	case classes == 2:
		return choice, finish(pairs, a.Post, secondComplement)
	}
	return choice, finish(pairs, a.Post, secondNone)
}

// linearChoice is ONNX Runtime's rule for two classes, the highest score otherwise.
func linearChoice(a *graph.SVMAttr, s []float64) int {
	k := best(s)
	if len(s) != 2 || len(a.ProbA) > 0 {
		return k
	}
	positive := true
	for _, v := range a.Coef {
		positive = positive && v >= 0
	}
	if positive && s[k] >= 0.5 || !positive && s[k] > 0 {
		return 1
	}
	return k
}

// decisions is one value per pair of classes and the votes they make.
func decisions(a *graph.SVMAttr, kern []float64) (pairs []float64, votes []int) {
	classes, n := a.Labels.Len(), len(kern)
	start := make([]int, classes+1)
	for k, v := range a.PerClass {
		start[k+1] = start[k] + v
	}
	votes = make([]int, classes)
	for i := range classes {
		for j := i + 1; j < classes; j++ {
			s := float64(a.Rho[len(pairs)])
			for m := start[i]; m < start[i+1]; m++ {
				s += float64(a.Coef[(j-1)*n+m]) * kern[m]
			}
			for m := start[j]; m < start[j+1]; m++ {
				s += float64(a.Coef[i*n+m]) * kern[m]
			}
			if s > 0 {
				votes[i]++
			} else {
				votes[j]++
			}
			pairs = append(pairs, s)
		}
	}
	return pairs, votes
}

// platt couples the pairwise probabilities (Wu, Lin and Weng 2004, second method) with
// libsvm's stopping rule.
func platt(a *graph.SVMAttr, pairs []float64) []float64 {
	n := a.Labels.Len()
	r := make([]float64, n*n)
	for i, p := 0, 0; i < n; i++ {
		for j := i + 1; j < n; j, p = j+1, p+1 {
			v := clamp(1-sigmoid(pairs[p]*float64(a.ProbA[p])+float64(a.ProbB[p])), 1e-7, 1-1e-7)
			r[i*n+j], r[j*n+i] = v, 1-v
		}
	}
	q, prob, qp := make([]float64, n*n), make([]float64, n), make([]float64, n)
	for i := range n {
		prob[i] = 1 / float64(n)
		for j := range n {
			if j != i {
				q[i*n+i] += r[j*n+i] * r[j*n+i]
				q[i*n+j] = -r[j*n+i] * r[i*n+j]
			}
		}
	}
	for range 100 {
		pqp, worst := 0.0, 0.0
		for i := range n {
			qp[i] = dot(q[i*n:], prob)
			pqp += prob[i] * qp[i]
		}
		for i := range n {
			worst = math.Max(worst, math.Abs(qp[i]-pqp))
		}
		if worst < 0.005/float64(n) {
			break
		}
		for i := range n {
			d := (pqp - qp[i]) / q[i*n+i]
			prob[i] += d
			pqp = (pqp + d*(d*q[i*n+i]+2*qp[i])) / (1 + d) / (1 + d)
			for j := range n {
				qp[j] = (qp[j] + d*q[i*n+j]) / (1 + d)
				prob[j] /= 1 + d
			}
		}
	}
	return prob
}
