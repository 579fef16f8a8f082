package quant

import (
	"math"

	"slipstream/policy/graph"
)

// layer is a dense layer's constants in float, and its own quantisation if it came with one.
type layer struct {
	outs, ins int
	w         []float32 // [outs][ins]
	b         []float32 // outs
	own       *ownScales
	fit       bool // int8 rows are coarser where vpmaddubsw could saturate otherwise
}

// ownScales are the integers and scales of a weight behind DequantizeLinear.
type ownScales struct {
	q     []int32   // [outs][ins], within int8 after the zero point is subtracted
	scale []float32 // outs
}

// denseLayer extracts a plain Gemm; nil if its weights are not constant.
func (r *rewriter) denseLayer(n *graph.Node) *layer {
	a, ok := n.Attr.(graph.GemmAttr)
	if n.Op != graph.Gemm || !ok || !r.weights(n.In[1]) || a.TransA || r.value(n.In[0]) != nil {
		return nil
	}
	d := r.dims(n.Out[0])
	if len(d) != 2 || graph.Count(d) == 0 {
		return nil
	}
	w := r.value(n.In[1])
	l := &layer{outs: d[1], ins: w.Len() / d[1], b: make([]float32, d[1])}
	l.w = transposed(w, !a.TransB, a.Alpha)
	if c := n.Input(2); c != graph.None && a.Beta != 0 {
		b := r.perOutput(c, n.Out[0])
		if b == nil || len(b) != l.outs {
			return nil
		}
		for i := range b {
			l.b[i] = b[i] * a.Beta
		}
	}
	l.own = r.ownScales(n.In[1], l, a)
	for _, v := range l.w {
		if v != v || math.IsInf(float64(v), 0) {
			return nil
		}
	}
	return l
}

// ownScales reads integers and scales behind DequantizeLinear, nil where the compiler must
// choose its own: not int8 or uint8, blocked, along the inputs, or alpha not positive.
func (r *rewriter) ownScales(v int, l *layer, a graph.GemmAttr) *ownScales {
	if !r.quantised(v) || !(a.Alpha > 0) {
		return nil
	}
	dq := r.node(v)
	qa := dq.Attr.(graph.QuantAttr)
	t, s, z := r.g.Const(dq.In[0]), r.g.Const(dq.In[1]), r.g.Const(dq.Input(2))
	if t == nil || s == nil || qa.Block != 0 || dq.Op != graph.DequantizeLinear {
		return nil
	}
	outAxis := 1
	if a.TransB {
		outAxis = 0
	}
	if s.Len() != 1 && (wrapAxis(qa.Axis, 2) != outAxis || s.Len() != l.outs) {
		return nil
	}
	o := &ownScales{q: make([]int32, len(l.w)), scale: make([]float32, l.outs)}
	for k := range o.scale {
		o.scale[k] = float32(s.At(k%s.Len())) * a.Alpha
		if !(o.scale[k] > 0) {
			return nil
		}
	}
	for k := range o.scale {
		for i := range l.ins {
			at := i*l.outs + k
			if a.TransB {
				at = k*l.ins + i
			}
			q := t.I[at]
			if z != nil {
				q -= z.I[k%z.Len()]
			}
			if q < -128 || q > 127 {
				return nil
			}
			o.q[k*l.ins+i] = int32(q)
		}
	}
	return o
}

// take is the layer with some outputs only.
func (l *layer) take(cols []int32) *layer {
	t := &layer{outs: len(cols), ins: l.ins, fit: l.fit}
	if l.own != nil {
		t.own = &ownScales{}
	}
	for _, c := range cols {
		from, to := int(c)*l.ins, int(c+1)*l.ins
		t.w = append(t.w, l.w[from:to]...)
		t.b = append(t.b, l.b[c])
		if l.own != nil {
			t.own.q = append(t.own.q, l.own.q[from:to]...)
			t.own.scale = append(t.own.scale, l.own.scale[c])
		}
	}
	return t
}

// round8 is per-output symmetric int8 in [-127, 127], or the layer's own.
func (l *layer) round8() (q []int32, scale []float32) {
	if l.own != nil {
		return l.own.q, l.own.scale
	}
	return l.round(func(row []float32) float64 {
		k := 127 / max(absMax(row), tiny)
		if !l.fit {
			return k
		}
		q := make([]int32, len(row))
		for {
			for i, v := range row {
				q[i] = int32(math.RoundToEven(float64(v) / float64(float32(1/k))))
			}
			if pairsFit(q, 255) {
				return k
			}
			k *= 0.99 // ends: 64 steps to the largest weight always fit
		}
	})
}

// round16 gives each output the finest scale that the accumulator allows: the sum of
// |weights| times 32768, and the bias, stay below 2^31.
func (l *layer) round16(scaleX float64) (q []int32, scale []float32) {
	if l.own != nil {
		return l.own.q, l.own.scale
	}
	o := 0
	return l.round(func(row []float32) float64 {
		sum := 0.0
		for _, v := range row {
			sum += math.Abs(float64(v))
		}
		// steps per unit: sum*k*32768 + |b|*k/scaleX <= 2^31, and rounding adds half a step
		// per weight.
		room := float64(1<<31-1<<16) - 32768*0.5*float64(len(row))
		need := sum*32768 + math.Abs(float64(l.b[o]))/scaleX
		o++
		return min(room/max(need, tiny), 32767/max(absMax(row), tiny))
	})
}

// round scales each row by steps(row) and rounds half to even.
func (l *layer) round(steps func(row []float32) float64) (q []int32, scale []float32) {
	q, scale = make([]int32, len(l.w)), make([]float32, l.outs)
	for o := range l.outs {
		row := l.w[o*l.ins : (o+1)*l.ins]
		k := min(steps(row), 1/tiny)
		scale[o] = float32(1 / k)
		for i, v := range row {
			q[o*l.ins+i] = int32(math.RoundToEven(float64(v) / float64(scale[o])))
		}
	}
	return q, scale
}

func absMax(v []float32) float64 {
	m := 0.0
	for _, x := range v {
		m = max(m, math.Abs(float64(x)))
	}
	return m
}
