package imitate

import "math"

// adam is the optimiser of Kingma and Ba (2015) with its usual constants.
type adam struct {
	t    float64
	grad []Layer // sums over a batch
	m, v []Layer
}

func newAdam(n *Network) *adam {
	a := &adam{}
	for i := range n.Layers {
		l := &n.Layers[i]
		zero := func() Layer {
			return Layer{In: l.In, Out: l.Out, W: make([]float64, len(l.W)), B: make([]float64, len(l.B))}
		}
		a.grad, a.m, a.v = append(a.grad, zero()), append(a.m, zero()), append(a.v, zero())
	}
	return a
}

// step moves n down the gradient of the mean cross entropy over a batch.
func (a *adam) step(n *Network, batch []Example, rate float64) {
	for i := range a.grad {
		clear(a.grad[i].W)
		clear(a.grad[i].B)
	}
	for i := range batch {
		a.backward(n, &batch[i])
	}
	a.t++
	for i := range n.Layers {
		a.update(n.Layers[i].W, a.grad[i].W, a.m[i].W, a.v[i].W, rate, float64(len(batch)))
		a.update(n.Layers[i].B, a.grad[i].B, a.m[i].B, a.v[i].B, rate, float64(len(batch)))
	}
}

func (a *adam) backward(n *Network, e *Example) {
	acts := n.forward(&e.Features)
	last := len(n.Layers)
	delta := softmax(acts[last])
	delta[e.Choice]--
	for k := last - 1; k >= 0; k-- {
		l, g := &n.Layers[k], &a.grad[k]
		before := make([]float64, l.In)
		for o, d := range delta {
			g.B[o] += d
			for i, x := range acts[k] {
				g.W[o*l.In+i] += d * x
				before[i] += d * l.W[o*l.In+i]
			}
		}
		for i := range before {
			if k > 0 && acts[k][i] <= 0 {
				before[i] = 0
			}
		}
		delta = before
	}
}

func softmax(y []float64) []float64 {
	top := y[0]
	for _, v := range y {
		top = max(top, v)
	}
	out, sum := make([]float64, len(y)), 0.0
	for i, v := range y {
		out[i] = math.Exp(v - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

func (a *adam) update(w, g, m, v []float64, rate, n float64) {
	const b1, b2, eps = 0.9, 0.999, 1e-8
	c1, c2 := 1-math.Pow(b1, a.t), 1-math.Pow(b2, a.t)
	for i := range w {
		d := g[i] / n
		m[i] = b1*m[i] + (1-b1)*d
		v[i] = b2*v[i] + (1-b2)*d*d
		w[i] -= rate * (m[i] / c1) / (math.Sqrt(v[i]/c2) + eps)
	}
}
