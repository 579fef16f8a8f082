package quant

import (
	"math"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// normQ normalises in integers: 16-bit input, or bytes where that is accurate enough.
func (l *lowerer) normQ(n *graph.Node, v int, k kind) (program.Buf, bool) {
	c := l.choose(v, n)
	x := n.In[0]
	if c.p == Float32 || l.floaty(x) {
		return program.Buf{}, false
	}
	in := asI16
	if c.p == Int8 && (k == asU8 || l.forced != Auto) {
		in = asU8
	}
	if !l.rng.known(x, in) {
		return program.Buf{}, false
	}
	a, d := n.Attr.(graph.NormAttr), l.dims(v)
	w := graph.Count(d[wrapAxis(a.Axis, len(d)):])
	gamma, beta := l.normParams(n, w)
	b, qx, qy := l.get(x, in), l.q(x, in), l.q(v, k)
	for i := range gamma {
		gamma[i] = ratio(gamma[i], qy.scale)
		beta[i] = ratio(beta[i], qy.scale)
	}
	s := float64(w) / float64(qx.scale)
	l.report(n, c, nil, qx, qy)
	return l.b.LayerNormQ(b, int(b.N)/w, program.LayerNormQ{XZero: qx.zero, RMS: n.Op == graph.RMSNormalization,
		Eps: max(float64(a.Epsilon)*s*s, 1e-6), Gamma: gamma, Beta: beta}, qy.rng(k)), true
}

// softRange is how far below the largest a score still gets a share: exp(-12) is 6e-6.
const softRange = 12.0

// plainAttention reports the form that has an integer instruction: one sample by rows, one
// key head per query head, nothing but q, k and v.
func plainAttention(r *rewriter, n *graph.Node) (t, s, heads, d int, ok bool) {
	a := n.Attr.(graph.AttentionAttr)
	if len(n.In) > 3 || len(n.Out) > 1 || a.Softcap != 0 || a.QHeads < 1 || a.QHeads != a.KVHeads {
		return
	}
	q, k, v := r.dims(n.In[0]), r.dims(n.In[1]), r.dims(n.In[2])
	if len(q) != 3 || len(k) != 3 || len(v) != 3 || q[0] != 1 || q[2] != k[2] || q[2] != v[2] || q[2]%a.QHeads != 0 || k[1] > 4096 {
		return
	}
	if a.Causal && k[1] != q[1] {
		return // ONNX counts from the first key, the instruction from the last
	}
	return q[1], k[1], a.QHeads, q[2] / a.QHeads, true
}

// scoreLimit is the largest |q| and |k| for which the difference of two dot products of d
// terms stays within int32.
func scoreLimit(d int) int32 {
	return int32(min(math.Sqrt(float64(math.MaxInt32/2)/float64(d)), 32767))
}

// takeAttention narrows the queries and keys.
func (g *ranges) takeAttention() {
	for i := range g.r.g.Nodes {
		if n := &g.r.g.Nodes[i]; n.Op == graph.Attention {
			if _, _, _, d, ok := plainAttention(g.r, n); ok {
				g.narrow(n.In[0], scoreLimit(d))
				g.narrow(n.In[1], scoreLimit(d))
			}
		}
	}
}

func (l *lowerer) attentionQ(n *graph.Node, v int, k kind) (program.Buf, bool) {
	t, s, heads, d, ok := plainAttention(l.rewriter, n)
	if !ok {
		return program.Buf{}, false
	}
	c := l.choose(v, n)
	if c.p == Float32 || !l.rng.known(n.In[0], asI16) || !l.rng.known(n.In[1], asI16) || !l.rng.known(n.In[2], asI16) {
		return program.Buf{}, false
	}
	a := n.Attr.(graph.AttentionAttr)
	scale := float64(a.Scale)
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(d))
	}
	qq, qk, qv, qy := l.q(n.In[0], asI16), l.q(n.In[1], asI16), l.q(n.In[2], asI16), l.q(v, asI16)
	if !(scale > 0) {
		return program.Buf{}, false
	}
	unit := softRange / 65535
	exp := program.FillTable16(func(x float64) float64 { return math.Exp(x - 32767*unit) }, unit, 1.0/32767)
	b := l.b.Attention(l.get(n.In[0], asI16), l.get(n.In[1], asI16), l.get(n.In[2], asI16), program.Attention{
		T: int32(t), S: int32(s), Heads: int32(heads), D: int32(d), Causal: a.Causal,
		M:    float32(float64(qq.scale) * float64(qk.scale) * scale / unit),
		MOut: float32(float64(qv.scale) / float64(qy.scale) / 32767), Exp: exp})
	l.report(n, c, nil, qq, qy)
	l.have[place{v, asI16}] = b
	return l.convert(v, b, asI16, k), true
}

// floatAttention is the general form in float32: batches, shared key heads, mask, cap.
func floatAttention(l *lowerer, n *graph.Node, v int) program.Buf {
	a := n.Attr.(graph.AttentionAttr)
	if n.Input(4) != graph.None || n.Input(5) != graph.None || n.Input(6) != graph.None || len(n.Out) > 1 {
		refuse(n, "export without a key cache", "past keys, key counts and further outputs have no compiled form")
	}
	q, qd := l.headsOf(n.In[0], a.QHeads, a.QHeads)
	k, kd := l.headsOf(n.In[1], a.KVHeads, qd[1])
	x, vd := l.headsOf(n.In[2], a.KVHeads, qd[1])
	scale := a.Scale
	if scale == 0 {
		scale = float32(1 / math.Sqrt(float64(qd[3])))
	}
	batch, t, s := qd[0]*qd[1], qd[2], kd[2]
	kt := l.b.Transpose(k, []int{batch, s, kd[3]}, []int{0, 2, 1})
	score := l.b.Binary(program.Mul, l.b.MatMul(q, kt, batch, t, qd[3], s), l.b.ConstF(scale))
	if a.Softcap > 0 {
		c := l.b.ConstF(a.Softcap)
		score = l.b.Binary(program.Mul, l.b.Unary(program.Tanh, l.b.Binary(program.Div, score, c), 0, 0), c)
	}
	score = l.masked(n, score, []int{qd[0], qd[1], t, s})
	y := l.b.MatMul(l.b.Softmax(score, batch*t, false), x, batch, t, s, vd[3])
	if len(l.dims(v)) == 3 {
		y = l.b.Transpose(y, []int{qd[0], qd[1], t, vd[3]}, []int{0, 2, 1, 3})
	}
	return y
}

// headsOf is a value as [batch][want heads][rows][size], key heads repeated.
func (l *lowerer) headsOf(v, heads, want int) (program.Buf, []int) {
	b, d := l.get(v, asF32), l.dims(v)
	if len(d) == 3 {
		d4 := []int{d[0], d[1], heads, d[2] / max(heads, 1)}
		b = l.b.Transpose(b, d4, []int{0, 2, 1, 3})
		d = []int{d4[0], d4[2], d4[1], d4[3]}
	}
	if want == 0 || want == d[1] {
		return b, d
	}
	rep, size := want/d[1], d[2]*d[3]
	idx := make([]int32, d[0]*want*size)
	for i := range idx {
		bn, e := i/size, i%size
		idx[i] = int32((bn/want*d[1]+bn%want/rep)*size + e)
	}
	return l.b.Gather(b, idx), []int{d[0], want, d[2], d[3]}
}

// masked adds the mask and hides what is ahead.
func (l *lowerer) masked(n *graph.Node, score program.Buf, dims []int) program.Buf {
	ninf := float32(math.Inf(-1))
	if m := n.Input(3); m != graph.None {
		md := l.dims(m)
		if md[len(md)-1] != dims[3] {
			refuse(n, "give a mask over all keys", "mask has dims %v for %d keys", md, dims[3])
		}
		b := l.spread(m, dims)
		if l.g.Values[m].DType == graph.Bool {
			score = l.b.Select(b, score, l.b.ConstF(ninf))
		} else {
			score = l.b.Binary(program.Add, score, b)
		}
	}
	if !n.Attr.(graph.AttentionAttr).Causal {
		return score
	}
	hide := make([]float32, graph.Count(dims))
	for i := range hide {
		if i%dims[3] > i/dims[3]%dims[2] {
			hide[i] = ninf
		}
	}
	return l.b.Binary(program.Add, score, l.b.ConstF(hide...))
}
