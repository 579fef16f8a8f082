package quant

import (
	"slipstream/policy/graph"
	"slipstream/policy/program"
)

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
