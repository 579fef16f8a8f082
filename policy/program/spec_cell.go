package program

import "math"

func mul15(a, b int16) int32 { return (int32(a)*int32(b) + 1<<14) >> 15 }

func sat16(v int32) int16 { return int16(max(-32768, min(32767, v))) }

// byteOf is a state element as a byte, zero 128.
func byteOf(h int16) uint8 { return uint8(min((int32(h)+128)>>8, 127) + 128) }

// dots are the two weighted parts of gate row r, over the inputs and over state h.
func (g *Gates) dots(m *memory, x Buf, h []int16, r int) (px, ph float32) {
	ax, ah := g.XBias[r], g.HBias[r]
	n := int(x.N)
	for i := range n {
		if x.Type == U8 {
			ax += int32(m.u8(x)[i]) * int32(g.WX8[r*n+i])
		} else {
			ax += int32(m.i16(x)[i]) * int32(g.WX16[r*n+i])
		}
	}
	for i, v := range h {
		if x.Type == U8 {
			ah += int32(byteOf(v)) * int32(g.WH8[r*len(h)+i])
		} else {
			ah += int32(v) * int32(g.WH16[r*len(h)+i])
		}
	}
	return float32(float32(ax) * g.XM[r]), float32(float32(ah) * g.HM[r])
}

// activate rounds a pre-activation and looks it up.
func activate(t []int16, v float32) int16 {
	return lut16(t, int16(requant(v, 0, -32768, 32767)))
}

// gate is one activated gate.
func (g *Gates) gate(m *memory, x Buf, h []int16, r int, t []int16) int16 {
	px, ph := g.dots(m, x, h, r)
	return activate(t, float32(px+ph))
}

func (l *LSTM) run(m *memory) {
	n := int(l.Hidden)
	h, c := m.short(0, n), m.short(1, n) // the old state, which HOut and COut may be
	copy(h, m.i16(l.H))
	copy(c, m.i16(l.C))
	half := int32(1) << (15 - l.CBits) >> 1
	for j := range n {
		i := l.G.gate(m, l.X, h, j, l.ITab)
		o := l.G.gate(m, l.X, h, n+j, l.OTab)
		f := l.G.gate(m, l.X, h, 2*n+j, l.FTab)
		g := l.G.gate(m, l.X, h, 3*n+j, l.GTab)
		next := sat16(mul15(f, c[j]) + (mul15(i, g)+half)>>(15-l.CBits))
		m.i16(l.COut)[j] = next
		m.finish(l.HOut, l.Y8, j, mul15(o, lut16(l.CTab, next)))
	}
}

// finish stores element j of the new state.
func (m *memory) finish(hOut, y8 Buf, j int, v int32) {
	h := sat16(v)
	m.i16(hOut)[j] = h
	if !y8.IsZero() {
		m.u8(y8)[j] = byteOf(h)
	}
}

func (g *GRU) run(m *memory) {
	n := int(g.Hidden)
	h, z, r, rh := m.short(0, n), m.short(1, n), m.short(2, n), m.short(3, n)
	copy(h, m.i16(g.H))
	for j := range n {
		z[j] = g.G.gate(m, g.X, h, j, g.ZTab)
		r[j] = g.G.gate(m, g.X, h, n+j, g.RTab)
		rh[j] = sat16(mul15(r[j], h[j]))
	}
	for j := range n {
		var v float32
		if g.LinearBeforeReset {
			px, ph := g.G.dots(m, g.X, h, 2*n+j)
			v = float32(px + float32(float32(float32(r[j])/32768)*ph))
		} else {
			px, ph := g.G.dots(m, g.X, rh, 2*n+j)
			v = float32(px + ph)
		}
		a := activate(g.NTab, v)
		m.finish(g.HOut, g.Y8, j, int32(a)-mul15(z[j], a)+mul15(z[j], h[j]))
	}
}

func (r *RNN) run(m *memory) {
	h := m.short(0, int(r.Hidden))
	copy(h, m.i16(r.H))
	for j := range h {
		m.finish(r.HOut, r.Y8, j, int32(r.G.gate(m, r.X, h, j, r.Tab)))
	}
}

func (a *Attention) run(m *memory) {
	d, w := int(a.D), int(a.Heads)*int(a.D)
	q, k, v, y := m.i16(a.Q), m.i16(a.K), m.i16(a.V), m.i16(a.Y)
	s := m.ints(int(a.S))
	for head := range int(a.Heads) {
		at := head * d
		for t := range int(a.T) {
			seen := s
			if a.Causal {
				seen = s[:t+int(a.S-a.T)+1]
			}
			for j := range seen {
				seen[j] = 0
				for e := range d {
					seen[j] += int32(q[t*w+at+e]) * int32(k[j*w+at+e])
				}
			}
			a.softmax(seen)
			for e := range d {
				var acc int32
				for j, p := range seen {
					acc += p * int32(v[j*w+at+e])
				}
				y[t*w+at+e] = int16(requant(float32(float32(acc)*a.MOut), 0, -32768, 32767))
			}
		}
	}
}

// softmax turns scores into weights that add up to about 32767.
func (a *Attention) softmax(s []int32) {
	top := s[0]
	for _, v := range s {
		top = max(top, v)
	}
	var sum int32
	for j, v := range s {
		p := requant(float32(float32(v-top)*a.M), 32767, -32768, 32767)
		s[j] = max(int32(lut16(a.Exp, int16(p))), 0)
		sum += s[j]
	}
	scale := float32(32767) / float32(sum)
	for j, e := range s {
		s[j] = int32(math.RoundToEven(float64(float32(float32(e) * scale))))
	}
}

func (l *LayerNormQ) run(m *memory) {
	n := int(l.N)
	for r := range int(l.Rows) {
		var s, ss int64
		for i := range n {
			x := int64(m.get(l.X, r*n+i) - l.XZero)
			s += x
			ss += x * x
		}
		if l.RMS {
			s = 0
		}
		scale := float32(1 / math.Sqrt(float64(float64(int64(n)*ss-s*s)+l.Eps)))
		for i := range n {
			x := int64(m.get(l.X, r*n+i) - l.XZero)
			v := float32(float32(int64(n)*x-s) * scale)
			v = float32(float32(v*l.Gamma[i]) + l.Beta[i])
			m.put(l.Y, r*n+i, requant(v, l.Zero, l.Lo, l.Hi))
		}
	}
}
