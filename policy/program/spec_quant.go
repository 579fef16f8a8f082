package program

import "math"

// requant is clamp(RNE(v) + zero, lo, hi), clamped before rounding; NaN gives lo.
func requant(v float32, zero, lo, hi int32) int32 {
	switch {
	case !(v > float32(lo-zero)):
		return lo
	case v >= float32(hi-zero):
		return hi
	}
	return int32(math.RoundToEven(float64(v))) + zero
}

func (q *Quantize) run(m *memory) {
	for i, x := range m.f32(q.X) {
		m.put(q.Y, i, requant(x/q.Scale, q.Zero, q.Lo, q.Hi))
	}
}

func (q *Requant) run(m *memory) {
	for i := range int(q.X.N) {
		v := float32(float32(int64(m.get(q.X, i))-int64(q.XZero)) * q.M)
		if q.Y.Type == F32 {
			m.f32(q.Y)[i] = v
		} else {
			m.put(q.Y, i, requant(v, q.Zero, q.Lo, q.Hi))
		}
	}
}

func (d *Dense) run(m *memory) {
	in, out := int(d.In), int(d.Out)
	for r := range int(d.Rows) {
		for o := range out {
			acc := d.Bias[o]
			for i := range in {
				if d.X.Type == U8 {
					acc += int32(m.u8(d.X)[r*in+i]) * int32(d.W8[o*in+i])
				} else {
					acc += int32(m.i16(d.X)[r*in+i]) * int32(d.W16[o*in+i])
				}
			}
			v := float32(float32(acc) * d.M[o])
			if d.Y.Type == F32 {
				m.f32(d.Y)[r*out+o] = v
			} else {
				m.put(d.Y, r*out+o, requant(v, d.Zero, d.Lo, d.Hi))
			}
		}
	}
}

func (l *LUT8) run(m *memory) {
	for i, x := range m.bytes(l.X) {
		if l.Y.Type == F32 {
			m.f32(l.Y)[i] = l.TableF[x]
		} else {
			m.put(l.Y, i, l.Table[x])
		}
	}
}

// lut16 interpolates between the 513 entries of t.
func lut16(t []int16, x int16) int16 {
	u := int32(x) + 32768
	k, f := u>>7, u&127
	return int16(int32(t[k]) + ((int32(t[k+1])-int32(t[k]))*f+64)>>7)
}

func (l *LUT16) run(m *memory) {
	y := m.i16(l.Y)
	for i, x := range m.i16(l.X) {
		y[i] = lut16(l.Table, x)
	}
}

// pick is element i, or the only one.
func pick(b Buf, i int) int {
	if b.N == 1 {
		return 0
	}
	return i
}

func (a *AddQ) run(m *memory) {
	for i := range int(a.Y.N) {
		p := float32(float32(m.get(a.A, i)-a.AZero) * a.AM)
		q := float32(float32(m.get(a.B, pick(a.B, i))-a.BZero) * a.BM)
		m.put(a.Y, i, requant(float32(p+q), a.Zero, a.Lo, a.Hi))
	}
}

func (a *MulQ) run(m *memory) {
	for i := range int(a.Y.N) {
		p := float32(float32(m.get(a.A, i)-a.AZero) * float32(m.get(a.B, pick(a.B, i))-a.BZero))
		m.put(a.Y, i, requant(float32(p*a.M), a.Zero, a.Lo, a.Hi))
	}
}

func (c *Copy) run(m *memory) { copy(m.bytes(c.Y), m.bytes(c.X)) }

func (g *Gather) run(m *memory) {
	switch g.X.Type.Size() {
	case 1:
		x, y := m.u8(g.X), m.u8(g.Y)
		for i, k := range g.Index {
			y[i] = x[k]
		}
	case 2:
		x, y := m.i16(g.X), m.i16(g.Y)
		for i, k := range g.Index {
			y[i] = x[k]
		}
	case 4: // float32 too: moved as bits
		x, y := m.i32(g.X), m.i32(g.Y)
		for i, k := range g.Index {
			y[i] = x[k]
		}
	}
}

func (a *Arg) run(m *memory) {
	y, n := m.i32(a.Y), int(a.N)
	for r := range y {
		best := 0
		for i := 1; i < n; i++ {
			if a.wins(m, r*n+i, r*n+best) {
				best = i
			}
		}
		y[r] = int32(best)
	}
}

// wins reports that element i, met after j, takes its place.
func (a *Arg) wins(m *memory, i, j int) bool {
	if a.X.Type == F32 {
		x, y := m.f32(a.X)[i], m.f32(a.X)[j]
		if a.Min {
			x, y = -x, -y
		}
		return x > y || a.Last && x == y || y != y && (x == x || a.Last)
	}
	x, y := int64(m.get(a.X, i)), int64(m.get(a.X, j))
	if a.Min {
		x, y = -x, -y
	}
	return x > y || a.Last && x == y
}

func (l *Lookup) run(m *memory) {
	for i, x := range m.i32(l.X) {
		inside := x >= 0 && int(x) < max(len(l.Table), len(l.TableF))
		switch {
		case l.Y.Type == F32 && inside:
			m.f32(l.Y)[i] = l.TableF[x]
		case l.Y.Type == F32:
			m.f32(l.Y)[i] = l.DefaultF
		case inside:
			m.i32(l.Y)[i] = l.Table[x]
		default:
			m.i32(l.Y)[i] = l.Default
		}
	}
}
