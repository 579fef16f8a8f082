package quant

import (
	"fmt"
	"math"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// emitQ makes v in form k (u8 or i16) by an instruction that gives integers; false if
// there is none for it, or float32 was chosen.
func (l *lowerer) emitQ(n *graph.Node, v int, k kind) (program.Buf, bool) {
	switch n.Op {
	case graph.QuantizeLinear:
		p, ok := l.perTensor(n, v)
		if !ok || k != asU8 {
			return program.Buf{}, false
		}
		return l.into(n.In[0], k, p), true
	case graph.DequantizeLinear:
		if _, ok := l.perTensor(n, n.In[0]); !ok {
			return program.Buf{}, false
		}
		if k == asU8 {
			return l.get(n.In[0], asU8), true
		}
		return l.convert(v, l.get(v, asU8), asU8, k), true
	case graph.Concat, graph.FeatureVectorizer:
		if l.floaty(v) || !l.rng.known(v, k) {
			return program.Buf{}, false
		}
		return l.emitConcat(n, v, k), true
	}
	if !l.rng.known(v, k) {
		return program.Buf{}, false
	}
	if d, _ := l.fused(v, l.q(v, k)); d != nil {
		return l.into(v, k, l.q(v, k)), true
	}
	switch n.Op {
	case graph.LSTM, graph.GRU, graph.RNN:
		return l.cellQ(n, v, k)
	case graph.LayerNormalization, graph.RMSNormalization:
		return l.normQ(n, v, k)
	case graph.Attention:
		return l.attentionQ(n, v, k)
	}
	if l.point(v) != v {
		return l.pointQ(n, v, k)
	}
	switch n.Op {
	case graph.Add, graph.Sub, graph.Mul:
		return l.binaryQ(n, v, k)
	}
	return program.Buf{}, false
}

// fused finds the dense layer that makes v but for a ReLU or Clip, which become clamps of
// the requantisation p; nil if something else makes v or the layer stays in float.
func (l *lowerer) fused(v int, p qparams) (*graph.Node, qparams) {
	for first := true; ; first = false {
		if !first && !l.lone(v) {
			return nil, p
		}
		o := l.origin(v)
		if o.root != v {
			if o.idx != nil || !l.lonePath(v, o.root) {
				return nil, p
			}
			v = o.root
			if !l.lone(v) {
				return nil, p
			}
		}
		n := l.node(v)
		if n == nil {
			return nil, p
		}
		switch n.Op {
		case graph.Gemm:
			if l.denseLayer(n) == nil || l.choose(v, n).p == Float32 {
				return nil, p
			}
			return n, p
		case graph.Relu:
			p.lo = min(max(p.lo, p.zero), p.hi)
			v = n.In[0]
		case graph.Clip:
			lo, okLo := l.bound(n, 1)
			hi, okHi := l.bound(n, 2)
			if !okLo || !okHi {
				return nil, p
			}
			was := p
			p.lo, p.hi = max(p.lo, was.quantise(lo)), min(p.hi, was.quantise(hi))
			if p.lo > p.hi {
				return nil, was
			}
			v = n.In[0]
		default:
			return nil, p
		}
	}
}

// lonePath: nobody else reads the values between v and the root it is an alias of.
func (l *lowerer) lonePath(v, root int) bool {
	for v != root {
		n := l.node(v)
		if v = n.In[0]; v != root && !l.lone(v) {
			return false
		}
	}
	return true
}

// bound is a constant limit of a Clip, infinite if absent.
func (l *lowerer) bound(n *graph.Node, i int) (float64, bool) {
	if n.Input(i) == graph.None {
		return math.Inf(2*i - 3), true
	}
	return l.scalar(n.In[i])
}

// into makes v with a given quantisation, straight from the accumulators if a dense layer
// makes it.
func (l *lowerer) into(v int, k kind, p qparams) program.Buf {
	if n, clamped := l.fused(v, p); n != nil {
		return l.dense(n, k, clamped)
	}
	if l.rng.known(v, k) && l.q(v, k) == p {
		if b, ok := l.have[place{v, k}]; ok {
			return b
		}
	}
	return l.b.Quantize(l.get(v, asF32), p.scale, p.rng(k))
}

// columnsOf makes a value that shows some columns of a dense layer's result by computing
// just those, if everybody who reads the result does: queries, keys and values come from
// one product that way, without gathering.
func (l *lowerer) columnsOf(o origin, v int, k kind) (program.Buf, bool) {
	n := l.node(o.root)
	if n == nil || n.Op != graph.Gemm || o.idx == nil || k == asI32 || l.denseLayer(n) == nil {
		return program.Buf{}, false
	}
	cols := columns(o.idx, l.dims(o.root))
	if cols == nil || !l.onlyColumns(o.root, o.root) || k != asF32 && !l.rng.known(v, k) {
		return program.Buf{}, false
	}
	return l.denseColumns(n, k, l.q(v, k), cols), true
}

// columns are those that idx takes from every row of a matrix, in order; nil if it does
// something else.
func columns(idx []int32, d []int) []int32 {
	rows, outs := d[0], d[1]
	if len(idx)%rows != 0 || len(idx) > rows*outs {
		return nil
	}
	cols := idx[:len(idx)/rows]
	for i, x := range idx {
		if c := cols[i%len(cols)]; c >= int32(outs) || x != int32(i/len(cols)*outs)+c {
			return nil
		}
	}
	return cols
}

// onlyColumns: every reader of v, which shows root, takes columns of it.
func (l *lowerer) onlyColumns(v, root int) bool {
	if l.port[v] {
		return false
	}
	for _, u := range l.use[v] {
		n := &l.g.Nodes[u]
		for _, y := range n.Out {
			if y == graph.None {
				continue
			}
			o := l.origin(y)
			if o.root != root {
				return false
			}
			if (o.idx == nil || columns(o.idx, l.dims(root)) == nil) && !l.onlyColumns(y, root) {
				return false
			}
		}
	}
	return len(l.use[v]) > 0
}

// dense emits a dense layer as chosen, its result in form k.
func (l *lowerer) dense(n *graph.Node, k kind, p qparams) program.Buf {
	return l.denseColumns(n, k, p, nil)
}

// denseColumns is dense for some outputs only; nil: all.
func (l *lowerer) denseColumns(n *graph.Node, k kind, p qparams, cols []int32) program.Buf {
	d, c := l.denseLayer(n), l.choose(n.Out[0], n)
	if cols != nil {
		d = d.take(cols)
	}
	d.fit = c.fit
	rows := l.dims(n.Out[0])[0]
	if c.p == Float32 {
		b := l.b.DenseF(l.get(n.In[0], asF32), rows, d.w, d.b)
		l.reportColumns(n, c, nil, qparams{}, qparams{}, cols)
		if k == asF32 {
			return b
		}
		return l.b.Quantize(b, p.scale, p.rng(k))
	}
	in := asU8
	if c.p == Int16 {
		in = asI16
	}
	x, qx := l.get(n.In[0], in), l.q(n.In[0], in)
	w, err := d.integers(in, qx)
	if err != nil {
		refuse(n, "", "%v", err)
	}
	r := program.Range{Type: program.F32}
	out := float32(1)
	if k != asF32 {
		r, out = p.rng(k), p.scale
	}
	for i := range w.M {
		w.M[i] = float32(float64(qx.scale) * float64(w.M[i]) / float64(out))
	}
	l.reportColumns(n, c, w.proof, qx, p, cols)
	return l.b.Dense(x, rows, w.Weights, r)
}

// integers are a layer's weights for the program, with M still the weights' scales.
type integers struct {
	program.Weights
	proof *Proof
}

// integers rounds weights and bias for inputs of the given quantisation.
func (d *layer) integers(in kind, qx qparams) (*integers, error) {
	q, scale := d.round8()
	xmin, xmax := int64(qx.lo), int64(qx.hi)
	if in == asI16 {
		q, scale = d.round16(float64(qx.scale))
	}
	bias := make([]int64, d.outs)
	set := func() {
		for o := range bias {
			b := math.RoundToEven(float64(d.b[o]) / (float64(qx.scale) * float64(scale[o])))
			bias[o] = int64(min(max(b, -1<<40), 1<<40))
			for _, w := range q[o*d.ins : (o+1)*d.ins] {
				bias[o] -= int64(qx.zero) * int64(w)
			}
		}
	}
	set()
	p, err := prove(q, bias, d.ins, xmin, xmax, in == asI16)
	if err != nil {
		// A bias too large for the weights' scale, or weights of the model's own: coarser
		// weights give it room.
		free := *d
		free.own = nil
		q, scale = free.roundWithin(in, qx)
		set()
		if p, err = prove(q, bias, d.ins, xmin, xmax, in == asI16); err != nil {
			return nil, err
		}
	}
	w := &integers{proof: p}
	w.M = append([]float32{}, scale...)
	for _, b := range bias {
		w.Bias = append(w.Bias, int32(b))
	}
	if in == asI16 {
		w.W16 = make([]int16, len(q))
		for i, v := range q {
			w.W16[i] = int16(v)
		}
		return w, nil
	}
	w.W8 = make([]int8, len(q))
	for i, v := range q {
		w.W8[i] = int8(v)
	}
	return w, nil
}

// roundWithin rounds so that the bias fits half of the accumulator.
func (d *layer) roundWithin(in kind, qx qparams) ([]int32, []float32) {
	o := 0
	full := 127.0
	if in == asI16 {
		full = 32767
	}
	return d.round(func(row []float32) float64 {
		sum := 0.0
		for _, v := range row {
			sum += math.Abs(float64(v))
		}
		room := float64(1<<30) - 65536*float64(len(row))
		k := min(full/max(absMax(row), tiny), room/max(sum*float64(qx.hi), tiny), room*float64(qx.scale)/max(math.Abs(float64(d.b[o])), tiny))
		o++
		return max(k, tiny)
	})
}

// report adds the layer of a node once.
func (l *lowerer) report(n *graph.Node, c choice, proof *Proof, in, out qparams) {
	if l.shown[n.Out[0]] {
		return
	}
	l.shown[n.Out[0]] = true
	name := c.p.String()
	l.layers = append(l.layers, Layer{Name: n.Name, Op: string(n.Op), Precision: name, Reason: c.reason, Error8: c.e8, Error16: c.e16,
		ScaleIn: float64(in.scale), ZeroIn: in.zero, ScaleOut: float64(out.scale), ZeroOut: out.zero, Proof: proof})
}

// reportColumns is report; a part of the outputs is a layer of its own.
func (l *lowerer) reportColumns(n *graph.Node, c choice, proof *Proof, in, out qparams, cols []int32) {
	if cols == nil {
		l.report(n, c, proof, in, out)
		return
	}
	delete(l.shown, n.Out[0])
	l.report(n, c, proof, in, out)
	l.layers[len(l.layers)-1].Name += fmt.Sprintf(" outputs %d to %d", cols[0], cols[len(cols)-1])
}
