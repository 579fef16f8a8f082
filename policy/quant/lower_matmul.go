package quant

import (
	"slices"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

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
