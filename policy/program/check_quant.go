package program

import "math"

func (q *Quantize) check(c *checker) {
	if !c.read("x", q.X, -1, F32) || !c.write("y", q.Y, int64(q.X.N), []Buf{q.X}, nil, U8, I8, I16) {
		return
	}
	c.need(finite(q.Scale) && q.Scale > 0, "scale is %v", q.Scale)
	c.clamps(q.Y.Type, q.Zero, q.Lo, q.Hi)
	c.wrote(q.Y, magnitude(q.Lo, q.Hi))
}

func (q *Requant) check(c *checker) {
	if !c.read("x", q.X, -1, U8, I8, I16, I32) || !c.write("y", q.Y, int64(q.X.N), nil, []Buf{q.X}) {
		return
	}
	c.need(finite(q.M), "multiplier is %v", q.M)
	c.clamps(q.Y.Type, q.Zero, q.Lo, q.Hi)
	c.wrote(q.Y, magnitude(q.Lo, q.Hi))
}

func (d *Dense) check(c *checker) {
	rows, in, out := int64(d.Rows), int64(d.In), int64(d.Out)
	if !c.sizes("rows x in", d.Rows, d.In) || !c.sizes("rows x out", d.Rows, d.Out) || !c.sizes("out x in", d.Out, d.In) ||
		!c.read("x", d.X, rows*in, U8, I16) || !c.write("y", d.Y, rows*out, []Buf{d.X}, nil, U8, I8, I16, F32) {
		return
	}
	w8, w16 := int64(len(d.W8)), int64(len(d.W16))
	if d.X.Type == U8 {
		c.need(w8 == out*in && w16 == 0, "has %d s8 and %d s16 weights for %d x %d of u8", w8, w16, out, in)
	} else {
		c.need(w16 == out*in && w8 == 0, "has %d s8 and %d s16 weights for %d x %d of s16", w8, w16, out, in)
	}
	if !c.need(int64(len(d.Bias)) == out && int64(len(d.M)) == out, "has %d biases and %d multipliers for %d outputs", len(d.Bias), len(d.M), out) ||
		!c.finites("multiplier", d.M) || !c.clamps(d.Y.Type, d.Zero, d.Lo, d.Hi) {
		return
	}
	lim := c.columns(d.X, int(d.Rows), int(d.In))
	for o := range int(d.Out) {
		if s := rowBound(d.W8, d.W16, o, lim) + abs64(int64(d.Bias[o])); s > math.MaxInt32 {
			c.fail("the accumulator of output %d can reach %d", o, s)
			return
		}
	}
	c.wrote(d.Y, magnitude(d.Lo, d.Hi))
}

// columns bounds each column of x [rows][in].
func (c *checker) columns(x Buf, rows, in int) []int64 {
	lim := make([]int64, in)
	for r := range rows {
		for i := range in {
			lim[i] = max(lim[i], c.limit(x, r*in+i))
		}
	}
	return lim
}

// rowBound is sum |w|*lim over row o of whichever weights there are.
func rowBound(w8 []int8, w16 []int16, o int, lim []int64) (s int64) {
	for i, l := range lim {
		if k := o*len(lim) + i; len(w8) > 0 {
			s += abs64(int64(w8[k])) * l
		} else {
			s += abs64(int64(w16[k])) * l
		}
	}
	return s
}

func abs64(v int64) int64 { return max(v, -v) }

func (l *LUT8) check(c *checker) {
	if !c.read("x", l.X, -1, U8, I8) || !c.write("y", l.Y, int64(l.X.N), nil, []Buf{l.X}, U8, I8, I16, F32) {
		return
	}
	if l.Y.Type == F32 {
		c.need(len(l.TableF) == 256 && len(l.Table) == 0, "has %d float entries, want 256", len(l.TableF))
		c.wrote(l.Y, 0)
		return
	}
	if !c.need(len(l.Table) == 256 && len(l.TableF) == 0, "has %d entries, want 256", len(l.Table)) {
		return
	}
	lo, hi := l.Y.Type.Range()
	var lim int32
	for i, v := range l.Table {
		if !c.need(v >= lo && v <= hi, "entry %d is %d, outside %s", i, v, l.Y.Type) {
			return
		}
		lim = max(lim, v, -v)
	}
	c.wrote(l.Y, lim)
}

func (l *LUT16) check(c *checker) {
	if !c.read("x", l.X, -1, I16) || !c.write("y", l.Y, int64(l.X.N), nil, []Buf{l.X}, I16) || !c.table16("the table", l.Table) {
		return
	}
	var lim int32
	for _, v := range l.Table {
		lim = max(lim, int32(v), -int32(v))
	}
	c.wrote(l.Y, lim)
}

// pair checks the operands of AddQ and MulQ.
func (c *checker) pair(a, b, y Buf) bool {
	return c.read("a", a, -1, U8, I8, I16) && c.read("b", b, -1, U8, I8, I16) &&
		c.need(b.N == a.N || b.N == 1, "b has %d elements, a has %d", b.N, a.N) &&
		c.write("y", y, int64(a.N), nil, []Buf{a, b}, U8, I8, I16) &&
		c.need(y.N == b.N || !y.overlaps(b), "y overlaps the one element of b")
}

func (a *AddQ) check(c *checker) {
	if !c.pair(a.A, a.B, a.Y) {
		return
	}
	c.need(finite(a.AM) && finite(a.BM), "multipliers are %v and %v", a.AM, a.BM)
	c.zero(a.A.Type, a.AZero)
	c.zero(a.B.Type, a.BZero)
	c.clamps(a.Y.Type, a.Zero, a.Lo, a.Hi)
	c.wrote(a.Y, magnitude(a.Lo, a.Hi))
}

func (a *MulQ) check(c *checker) {
	if !c.pair(a.A, a.B, a.Y) {
		return
	}
	c.need(finite(a.M), "multiplier is %v", a.M)
	c.zero(a.A.Type, a.AZero)
	c.zero(a.B.Type, a.BZero)
	c.clamps(a.Y.Type, a.Zero, a.Lo, a.Hi)
	c.wrote(a.Y, magnitude(a.Lo, a.Hi))
}

func (c *checker) zero(t DType, zero int32) {
	lo, hi := t.Range()
	c.need(zero >= lo && zero <= hi, "zero point %d is outside %s", zero, t)
}

func (m *Copy) check(c *checker) {
	if c.read("x", m.X, -1) && c.write("y", m.Y, int64(m.X.N), []Buf{m.X}, nil, m.X.Type) {
		c.moved(m.X, m.Y, func(i int) int { return i })
	}
}

func (g *Gather) check(c *checker) {
	if !c.read("x", g.X, -1) || !c.write("y", g.Y, int64(len(g.Index)), []Buf{g.X}, nil, g.X.Type) {
		return
	}
	for i, k := range g.Index {
		if !c.need(k >= 0 && k < g.X.N, "index %d is %d of %d", i, k, g.X.N) {
			return
		}
	}
	c.moved(g.X, g.Y, func(i int) int { return int(g.Index[i]) })
}

// moved carries bounds along with elements.
func (c *checker) moved(x, y Buf, from func(int) int) {
	c.wrote(y, 32768)
	for i := range int(y.N) {
		switch y.Type {
		case U8:
			c.lim8[int(y.Off)+i] = c.lim8[int(x.Off)+from(i)]
		case I16:
			c.lim16[int(y.Off)+2*i] = c.lim16[int(x.Off)+2*from(i)]
		}
	}
}

func (a *Arg) check(c *checker) {
	if c.sizes("rows x n", a.Rows, a.N) && c.read("x", a.X, int64(a.Rows)*int64(a.N)) && c.write("y", a.Y, int64(a.Rows), []Buf{a.X}, nil, I32) {
		c.wrote(a.Y, 0)
	}
}

func (l *Lookup) check(c *checker) {
	if !c.read("x", l.X, -1, I32) || !c.write("y", l.Y, int64(l.X.N), nil, []Buf{l.X}, I32, F32) {
		return
	}
	if l.Y.Type == I32 {
		c.need(len(l.Table) > 0 && len(l.TableF) == 0, "has %d integer and %d float entries for s32", len(l.Table), len(l.TableF))
	} else {
		c.need(len(l.TableF) > 0 && len(l.Table) == 0, "has %d integer and %d float entries for f32", len(l.Table), len(l.TableF))
	}
	c.wrote(l.Y, 0)
}

func (q *Quantize) work() uint64 { return uint64(q.X.N) }
func (q *Requant) work() uint64  { return uint64(q.X.N) }
func (d *Dense) work() uint64    { return uint64(d.Rows) * uint64(d.In) * uint64(d.Out) }
func (l *LUT8) work() uint64     { return uint64(l.X.N) }
func (l *LUT16) work() uint64    { return uint64(l.X.N) }
func (a *AddQ) work() uint64     { return uint64(a.Y.N) }
func (a *MulQ) work() uint64     { return uint64(a.Y.N) }
func (m *Copy) work() uint64     { return uint64(m.X.N) }
func (g *Gather) work() uint64   { return uint64(g.Y.N) }
func (a *Arg) work() uint64      { return uint64(a.X.N) }
func (l *Lookup) work() uint64   { return uint64(l.X.N) }
