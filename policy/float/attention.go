package float

import (
	"math"

	"slipstream/policy/graph"
)

// heads is a [batch][heads][seq][size] array.
type heads struct {
	batch, n, seq, size int
	v                   []float64
}

func (h *heads) at(b, n, s int) []float64 {
	i := ((b*h.n+n)*h.seq + s) * h.size
	return h.v[i : i+h.size]
}

// heads brings a 3-D or 4-D input to that form.
func (c *call) heads(i, n int) (*heads, error) {
	t := c.in[i]
	if !t.DType.IsFloat() {
		return nil, c.bad("input %d is %s, want floats", i, t.DType)
	}
	v, d := reals(t), t.Dims
	switch {
	case t.Rank() == 4:
		return &heads{d[0], d[1], d[2], d[3], v}, nil
	case t.Rank() == 3 && n > 0 && d[2]%n == 0:
		h := &heads{d[0], n, d[1], d[2] / n, make([]float64, len(v))}
		for b := range d[0] {
			for s := range d[1] {
				for k := range n {
					copy(h.at(b, k, s), v[((b*d[1]+s)*n+k)*h.size:])
				}
			}
		}
		return h, nil
	}
	return nil, c.bad("input %d has dims %v for %d heads", i, d, n)
}

// extend puts the cached past before the present along the sequence.
func (c *call) extend(now *heads, past *Tensor) (*heads, error) {
	if past == nil {
		return now, nil
	}
	d := past.Dims
	if len(d) != 4 || d[0] != now.batch || d[1] != now.n || d[3] != now.size || !past.DType.IsFloat() {
		return nil, c.bad("past has dims %v", d)
	}
	old := &heads{d[0], d[1], d[2], d[3], reals(past)}
	if err := c.b.room([]int{d[0], d[1], d[2] + now.seq, d[3]}); err != nil {
		return nil, err
	}
	all := &heads{d[0], d[1], d[2] + now.seq, d[3], make([]float64, len(old.v)+len(now.v))}
	for b := range d[0] {
		for n := range d[1] {
			for s := range all.seq {
				if s < d[2] {
					copy(all.at(b, n, s), old.at(b, n, s))
				} else {
					copy(all.at(b, n, s), now.at(b, n, s-d[2]))
				}
			}
		}
	}
	return all, nil
}

// attention is ONNX's Attention(23, 24). The cap comes before the mask, as the corrected
// definition has it: a masked key stays masked.
func attention(c *call) ([]*Tensor, error) {
	at := c.n.Attr.(graph.AttentionAttr)
	q, err := c.heads(0, at.QHeads)
	if err != nil {
		return nil, err
	}
	k, err := c.heads(1, at.KVHeads)
	if err != nil {
		return nil, err
	}
	v, err := c.heads(2, at.KVHeads)
	if err != nil {
		return nil, err
	}
	past := 0
	if t := c.arg(4); t != nil && t.Rank() == 4 {
		past = t.Dims[2]
	}
	if k, err = c.extend(k, c.arg(4)); err != nil {
		return nil, err
	}
	if v, err = c.extend(v, c.arg(5)); err != nil {
		return nil, err
	}
	if k.batch != q.batch || v.batch != q.batch || k.n == 0 || q.n%k.n != 0 || v.n != k.n || k.size != q.size || v.seq != k.seq {
		return nil, c.bad("dims %v, %v and %v do not fit", c.in[0].Dims, c.in[1].Dims, c.in[2].Dims)
	}
	if err := c.b.Spend(max(q.batch, 1), q.n, max(q.seq, 1), max(k.seq, 1), q.size+v.size+1); err != nil {
		return nil, err
	}
	bias, err := c.bias(q, k, past)
	if err != nil {
		return nil, err
	}
	return c.attend(q, k, v, bias)
}

// bias is what is added to the scores at [b][n][i][j]: the mask, causality, key counts.
func (c *call) bias(q, k *heads, past int) (func(b, n, i, j int) float64, error) {
	mask, causal := c.arg(3), c.n.Attr.(graph.AttentionAttr).Causal
	valid, err := c.ints(6)
	if err != nil {
		return nil, err
	}
	if valid != nil && len(valid) != q.batch {
		return nil, c.bad("%d key counts for a batch of %d", len(valid), q.batch)
	}
	var idx []int
	width := 0
	if mask != nil {
		if mask.Rank() < 2 || mask.DType == graph.String || mask.Dims[mask.Rank()-1] > k.seq {
			return nil, c.bad("mask has dims %v for %d keys", mask.Dims, k.seq)
		}
		width = mask.Dims[mask.Rank()-1]
		full := []int{q.batch, q.n, q.seq, width}
		d, err := c.broadcastDims(&Tensor{Dims: full}, mask)
		if err != nil || !same(d, full) {
			return nil, c.bad("mask has dims %v for %v", mask.Dims, full)
		}
		if err := c.b.room(full); err != nil {
			return nil, err
		}
		idx = stretch(mask.Dims, full)
	}
	return func(b, n, i, j int) float64 {
		offset := past
		if valid != nil && past == 0 {
			offset = valid[b] - q.seq
		}
		if causal && j > i+offset || valid != nil && j >= valid[b] {
			return math.Inf(-1)
		}
		if mask == nil {
			return 0
		}
		if j >= width {
			return math.Inf(-1)
		}
		m := idx[((b*q.n+n)*q.seq+i)*width+j]
		if mask.DType == graph.Bool {
			return math.Log(mask.At(m)) // 0 where true, -inf where false
		}
		return mask.At(m)
	}, nil
}

func (c *call) attend(q, k, v *heads, bias func(b, n, i, j int) float64) ([]*Tensor, error) {
	at := c.n.Attr.(graph.AttentionAttr)
	scale := float64(at.Scale)
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(q.size))
	}
	y := &heads{q.batch, q.n, q.seq, v.size, nil}
	if err := c.b.room([]int{q.batch, q.n, q.seq, max(v.size, k.seq)}); err != nil {
		return nil, err
	}
	y.v = make([]float64, q.batch*q.n*q.seq*v.size)
	qk := &heads{q.batch, q.n, q.seq, k.seq, make([]float64, q.batch*q.n*q.seq*k.seq)}
	rep := q.n / k.n
	for b := range q.batch {
		for n := range q.n {
			for i := range q.seq {
				shown, row := qk.at(b, n, i), make([]float64, k.seq)
				for j := range row {
					s := dot(k.at(b, n/rep, j), q.at(b, n, i)) * scale
					stages := [3]float64{s, s}
					if cap := float64(at.Softcap); cap > 0 {
						stages[1] = cap * math.Tanh(s/cap)
					}
					stages[2] = stages[1] + bias(b, n, i, j)
					row[j] = stages[2]
					shown[j] = stages[min(at.QKOutput, 2)]
				}
				softRow(graph.Softmax, row)
				if at.QKOutput == 3 {
					copy(shown, row)
				}
				out := y.at(b, n, i)
				for j, w := range row {
					for s, e := range v.at(b, n/rep, j) {
						out[s] += w * e
					}
				}
			}
		}
	}
	return c.joinHeads(y, k, v, qk)
}

// joinHeads gives the output the rank of the input.
func (c *call) joinHeads(y, k, v, qk *heads) ([]*Tensor, error) {
	var outs []*Tensor
	for i, h := range []*heads{y, k, v, qk} {
		dims, val := []int{h.batch, h.n, h.seq, h.size}, h.v
		if i == 0 && c.in[0].Rank() == 3 {
			dims = []int{h.batch, h.seq, h.n * h.size}
			val = make([]float64, len(h.v))
			for b := range h.batch {
				for n := range h.n {
					for s := range h.seq {
						copy(val[((b*h.seq+s)*h.n+n)*h.size:], h.at(b, n, s))
					}
				}
			}
		}
		t, err := c.make(c.in[0].DType, dims...)
		if err != nil {
			return nil, err
		}
		for e := range val {
			set(t, e, val[e])
		}
		outs = append(outs, t)
	}
	return outs, nil
}
