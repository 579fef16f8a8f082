package quant

import (
	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// floatCell is a recurrent layer in float32: any activation, clip, peepholes. All outputs
// are made at once.
func floatCell(l *lowerer, n *graph.Node, v int) program.Buf {
	c := l.unpack(n)
	if c == nil || c.unknown || c.steps < 1 || c.batch < 1 {
		refuse(n, "export with constant weights and sequence lengths", "computed weights or sequence lengths have no compiled form")
	}
	x := l.get(c.x, asF32)
	h0, c0 := l.floatState(c, c.h0), program.Buf{}
	if n.Op == graph.LSTM {
		c0 = l.floatState(c, c.c0)
	}
	runs := c.dirs * c.batch
	ys := make([]program.Buf, c.steps*runs)
	hs, cs := make([]program.Buf, runs), make([]program.Buf, runs)
	for d := range c.dirs {
		for b := range c.batch {
			s := c.sAt(d, b)
			h := h0.Slice(s*c.hid, (s+1)*c.hid)
			carry := h
			if n.Op == graph.LSTM {
				carry = c0.Slice(s*c.hid, (s+1)*c.hid)
			}
			for t := c.length(b); t < c.steps; t++ {
				ys[c.yAt(t, d, b)] = l.b.ConstF(make([]float32, c.hid)...)
			}
			for i := range c.length(b) {
				t := i
				if c.at.Direction == graph.Reverse || d == 1 {
					t = c.length(b) - 1 - i
				}
				row := c.xRow(t, b) * c.ins
				h, carry = l.floatStep(c, d, x.Slice(row, row+c.ins), h, carry)
				ys[c.yAt(t, d, b)] = h
			}
			hs[s], cs[s] = h, carry
		}
	}
	for i, parts := range [][]program.Buf{ys, hs, cs} {
		if o := n.Output(i); o != graph.None && len(parts) > 0 {
			l.have[place{o, asF32}] = l.joined(parts)
		}
	}
	return l.have[place{v, asF32}]
}

func (l *lowerer) joined(parts []program.Buf) program.Buf {
	if len(parts) == 1 {
		return parts[0]
	}
	return l.b.Concat(parts...)
}

func (l *lowerer) floatState(c *cell, v int) program.Buf {
	if v == graph.None {
		return l.b.ConstF(make([]float32, c.dirs*c.batch*c.hid)...)
	}
	return l.get(v, asF32)
}

// floatStep is one step for one sample: the new h and, for LSTM, c.
func (l *lowerer) floatStep(c *cell, d int, x, h, carry program.Buf) (program.Buf, program.Buf) {
	b, hid := l.b, c.hid
	rows := c.gates * hid
	bias := func(part int) []float32 {
		if c.b == nil {
			return make([]float32, rows)
		}
		return c.b.F[(2*d+part)*rows : (2*d+part+1)*rows]
	}
	wx := b.DenseF(x, 1, c.w.F[d*rows*c.ins:(d+1)*rows*c.ins], bias(0))
	r := c.r.F[d*rows*hid : (d+1)*rows*hid]
	wh := b.DenseF(h, 1, r, bias(1))
	gate := func(y program.Buf, k int) program.Buf { return y.Slice(k*hid, (k+1)*hid) }
	sum := func(k int) program.Buf { return b.Binary(program.Add, gate(wx, k), gate(wh, k)) }
	mul := func(p, q program.Buf) program.Buf { return b.Binary(program.Mul, p, q) }
	add := func(p, q program.Buf) program.Buf { return b.Binary(program.Add, p, q) }
	per := len(c.at.Activations) / c.dirs
	f := func(k int, y program.Buf) program.Buf {
		if c.at.Clip > 0 {
			y = b.Unary(program.Clip, y, -c.at.Clip, c.at.Clip)
		}
		return l.activation(c, c.at.Activations[d*per+k], y)
	}
	switch c.n.Op {
	case graph.RNN:
		y := f(0, sum(0))
		return y, y
	case graph.GRU:
		z, reset := f(0, sum(0)), f(0, sum(1))
		var pre program.Buf
		if c.at.LinearBeforeReset {
			pre = add(gate(wx, 2), mul(reset, gate(wh, 2)))
		} else {
			pre = add(gate(wx, 2), b.DenseF(mul(reset, h), 1, r[2*hid*hid:], bias(1)[2*hid:]))
		}
		y := add(mul(b.Unary(program.Affine, z, -1, 1), f(1, pre)), mul(z, h))
		return y, y
	}
	peep := func(k int, y, with program.Buf) program.Buf {
		if c.p == nil {
			return y
		}
		return add(y, mul(with, b.ConstF(c.p.F[d*3*hid+k*hid:d*3*hid+(k+1)*hid]...)))
	}
	in := f(0, peep(0, sum(0), carry))
	forget := b.Unary(program.Affine, in, -1, 1)
	if !c.at.InputForget {
		forget = f(0, peep(2, sum(2), carry))
	}
	next := add(mul(forget, carry), mul(in, f(1, sum(3))))
	out := f(0, peep(1, sum(1), next))
	return mul(out, l.activation(c, c.at.Activations[d*per+2], next)), next
}

// activation is a recurrent activation in float32.
func (l *lowerer) activation(c *cell, a graph.Activation, y program.Buf) program.Buf {
	switch a.Kind {
	case graph.Affine:
		return l.b.Unary(program.Affine, y, a.Alpha, a.Beta)
	case graph.ScaledTanh:
		return l.b.Unary(program.Affine, l.b.Unary(program.Tanh, l.b.Unary(program.Affine, y, a.Beta, 0), 0, 0), a.Alpha, 0)
	}
	f, ok := unaries[a.Kind]
	if !ok {
		refuse(c.n, "", "activation %s has no compiled form", a.Kind)
	}
	return l.b.Unary(f, y, a.Alpha, a.Beta)
}
