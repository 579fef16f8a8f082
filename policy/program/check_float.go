package program

import "math"

func (u *UnaryF) check(c *checker) {
	if c.read("x", u.X, -1, F32) && c.write("y", u.Y, int64(u.X.N), nil, []Buf{u.X}, F32) {
		c.need(u.F < unaryEnd, "function %d is unknown", u.F)
		c.need(u.Alpha == u.Alpha && u.Beta == u.Beta, "parameters are %v and %v", u.Alpha, u.Beta)
		c.wrote(u.Y, 0)
	}
}

// broadcast checks an operand of y's length or of one element.
func (c *checker) broadcast(what string, b, y Buf) bool {
	return c.read(what, b, -1, F32) && c.need(b.N == y.N || b.N == 1, "%s has %d elements, y has %d", what, b.N, y.N) &&
		c.write("y", y, -1, nil, []Buf{b}, F32)
}

func (b *BinaryF) check(c *checker) {
	if c.broadcast("a", b.A, b.Y) && c.broadcast("b", b.B, b.Y) {
		c.need(b.F < binaryEnd, "function %d is unknown", b.F)
		c.wrote(b.Y, 0)
	}
}

func (s *SelectF) check(c *checker) {
	if c.broadcast("c", s.C, s.Y) && c.broadcast("a", s.A, s.Y) && c.broadcast("b", s.B, s.Y) {
		c.wrote(s.Y, 0)
	}
}

func (r *ReduceF) check(c *checker) {
	if !c.sizes("outer x n x inner", r.Outer, r.N, r.Inner) {
		return
	}
	y := int64(r.Outer) * int64(r.Inner)
	if c.read("x", r.X, y*int64(r.N), F32) && c.write("y", r.Y, y, []Buf{r.X}, nil, F32) {
		c.need(r.F < reduceEnd, "reduction %d is unknown", r.F)
		c.wrote(r.Y, 0)
	}
}

func (s *SoftmaxF) check(c *checker) {
	if !c.sizes("rows x n", s.Rows, s.N) {
		return
	}
	n := int64(s.Rows) * int64(s.N)
	if c.read("x", s.X, n, F32) && c.write("y", s.Y, n, nil, []Buf{s.X}, F32) {
		c.wrote(s.Y, 0)
	}
}

func (n *NormF) check(c *checker) {
	if !c.sizes("rows x n", n.Rows, n.N) {
		return
	}
	k := int64(n.Rows) * int64(n.N)
	if c.read("x", n.X, k, F32) && c.write("y", n.Y, k, nil, []Buf{n.X}, F32) {
		c.need(len(n.Gamma) == int(n.N) && (len(n.Beta) == 0 || len(n.Beta) == int(n.N)), "has %d gammas and %d betas for %d", len(n.Gamma), len(n.Beta), n.N)
		c.need(n.Eps >= 0 && !math.IsInf(n.Eps, 0), "epsilon is %v", n.Eps)
		c.finites("gamma", n.Gamma)
		c.finites("beta", n.Beta)
		c.wrote(n.Y, 0)
	}
}

func (d *DenseF) check(c *checker) {
	if !c.sizes("rows x in", d.Rows, d.In) || !c.sizes("rows x out", d.Rows, d.Out) || !c.sizes("out x in", d.Out, d.In) {
		return
	}
	if c.read("x", d.X, int64(d.Rows)*int64(d.In), F32) && c.write("y", d.Y, int64(d.Rows)*int64(d.Out), []Buf{d.X}, nil, F32) {
		c.need(int64(len(d.W)) == int64(d.Out)*int64(d.In) && len(d.Bias) == int(d.Out), "has %d weights and %d biases for %d x %d", len(d.W), len(d.Bias), d.Out, d.In)
		c.finites("weight", d.W)
		c.finites("bias", d.Bias)
		c.wrote(d.Y, 0)
	}
}

func (m *MatMulF) check(c *checker) {
	if !c.sizes("batch x m x k", m.Batch, m.M, m.K) || !c.sizes("batch x k x n", m.Batch, m.K, m.N) || !c.sizes("batch x m x n", m.Batch, m.M, m.N) {
		return
	}
	b := int64(m.Batch)
	if c.read("a", m.A, b*int64(m.M)*int64(m.K), F32) && c.read("b", m.B, b*int64(m.K)*int64(m.N), F32) &&
		c.write("y", m.Y, b*int64(m.M)*int64(m.N), []Buf{m.A, m.B}, nil, F32) {
		c.wrote(m.Y, 0)
	}
}

func (t *TruncF) check(c *checker) {
	if c.read("x", t.X, -1, F32) && c.write("y", t.Y, int64(t.X.N), nil, []Buf{t.X}, I32) {
		c.wrote(t.Y, 0)
	}
}

func (u *UnaryF) work() uint64   { return uint64(u.X.N) }
func (b *BinaryF) work() uint64  { return uint64(b.Y.N) }
func (s *SelectF) work() uint64  { return uint64(s.Y.N) }
func (r *ReduceF) work() uint64  { return uint64(r.X.N) }
func (s *SoftmaxF) work() uint64 { return uint64(s.X.N) }
func (n *NormF) work() uint64    { return uint64(n.X.N) }
func (d *DenseF) work() uint64   { return uint64(d.Rows) * uint64(d.In) * uint64(d.Out) }
func (m *MatMulF) work() uint64  { return uint64(m.Batch) * uint64(m.M) * uint64(m.K) * uint64(m.N) }
func (t *TruncF) work() uint64   { return uint64(t.X.N) }
