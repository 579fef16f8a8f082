package program

import "math"

// gates checks the weights of a cell with rows gate rows.
func (c *checker) gates(g *Gates, x Buf, in, hidden, rows int32) bool {
	if !c.sizes("rows x inputs", rows, in) || !c.sizes("rows x hidden", rows, hidden) {
		return false
	}
	nx, nh := int(rows)*int(in), int(rows)*int(hidden)
	wide := x.Type == I16
	ok := !wide && len(g.WX8) == nx && len(g.WH8) == nh && len(g.WX16) == 0 && len(g.WH16) == 0 ||
		wide && len(g.WX16) == nx && len(g.WH16) == nh && len(g.WX8) == 0 && len(g.WH8) == 0
	if !c.need(ok, "weights do not fit %d rows of %d inputs of %s and %d of state", rows, in, x.Type, hidden) ||
		!c.need(len(g.XBias) == int(rows) && len(g.HBias) == int(rows) && len(g.XM) == int(rows) && len(g.HM) == int(rows),
			"biases and multipliers are not %d each", rows) || !c.finites("x multiplier", g.XM) || !c.finites("h multiplier", g.HM) {
		return false
	}
	lim := c.columns(x, 1, int(in))
	hlim := make([]int64, hidden)
	for i := range hlim {
		hlim[i] = 255
		if wide {
			hlim[i] = 32768
		}
	}
	for r := range int(rows) {
		sx := rowBound(g.WX8, g.WX16, r, lim) + abs64(int64(g.XBias[r]))
		sh := rowBound(g.WH8, g.WH16, r, hlim) + abs64(int64(g.HBias[r]))
		if !c.need(sx <= math.MaxInt32 && sh <= math.MaxInt32, "the accumulators of gate row %d can reach %d and %d", r, sx, sh) {
			return false
		}
	}
	return true
}

// cell checks the buffers that the recurrent cells share.
func (c *checker) cell(x, h, hOut, y8 Buf, in, hidden int32) bool {
	if !c.sizes("inputs", in) || !c.sizes("hidden", hidden) || !c.read("x", x, int64(in), U8, I16) || !c.read("h", h, int64(hidden), I16) ||
		!c.write("h'", hOut, int64(hidden), []Buf{x}, []Buf{h}, I16) {
		return false
	}
	return y8.IsZero() || c.write("y8", y8, int64(hidden), []Buf{x, h, hOut}, nil, U8)
}

func (l *LSTM) check(c *checker) {
	n := int64(l.Hidden)
	if !c.cell(l.X, l.H, l.HOut, l.Y8, l.In, l.Hidden) || !c.read("c", l.C, n, I16) ||
		!c.write("c'", l.COut, n, []Buf{l.X, l.H, l.HOut, l.Y8}, []Buf{l.C}, I16) {
		return
	}
	c.need(!l.HOut.overlaps(l.C) && !l.Y8.overlaps(l.C), "h' or y8 overlaps c")
	c.need(l.CBits >= 8 && l.CBits <= 15, "cell state has %d fraction bits, want 8 to 15", l.CBits)
	if !c.gates(&l.G, l.X, l.In, l.Hidden, 4*l.Hidden) {
		return
	}
	for _, t := range [][]int16{l.ITab, l.OTab, l.FTab, l.GTab, l.CTab} {
		c.table16("an activation", t)
	}
	c.wrote(l.HOut, 32768)
	c.wrote(l.COut, 32768)
	if !l.Y8.IsZero() {
		c.wrote(l.Y8, 255)
	}
}

func (g *GRU) check(c *checker) {
	if !c.cell(g.X, g.H, g.HOut, g.Y8, g.In, g.Hidden) || !c.gates(&g.G, g.X, g.In, g.Hidden, 3*g.Hidden) {
		return
	}
	for _, t := range [][]int16{g.ZTab, g.RTab, g.NTab} {
		c.table16("an activation", t)
	}
	c.wrote(g.HOut, 32768)
	if !g.Y8.IsZero() {
		c.wrote(g.Y8, 255)
	}
}

func (r *RNN) check(c *checker) {
	if !c.cell(r.X, r.H, r.HOut, r.Y8, r.In, r.Hidden) || !c.gates(&r.G, r.X, r.In, r.Hidden, r.Hidden) || !c.table16("the activation", r.Tab) {
		return
	}
	c.wrote(r.HOut, 32768)
	if !r.Y8.IsZero() {
		c.wrote(r.Y8, 255)
	}
}

func (a *Attention) check(c *checker) {
	if !c.sizes("heads x d", a.Heads, a.D) || !c.sizes("t x heads x d", a.T, a.Heads, a.D) || !c.sizes("s x heads x d", a.S, a.Heads, a.D) {
		return
	}
	w := int64(a.Heads) * int64(a.D)
	if !c.read("q", a.Q, int64(a.T)*w, I16) || !c.read("k", a.K, int64(a.S)*w, I16) || !c.read("v", a.V, int64(a.S)*w, I16) ||
		!c.write("y", a.Y, int64(a.T)*w, []Buf{a.Q, a.K, a.V}, nil, I16) || !c.table16("the exponential", a.Exp) {
		return
	}
	c.need(a.S <= 4096, "%d keys, at most 4096", a.S)
	c.need(!a.Causal || a.S >= a.T, "causal with %d keys for %d queries leaves rows that see nothing", a.S, a.T)
	c.need(finite(a.M) && a.M > 0 && finite(a.MOut), "multipliers are %v and %v", a.M, a.MOut)
	// p = 32767 falls 127/128 of the way into the last interval.
	c.need(a.Exp[511] > 0 && a.Exp[512] > 0, "the exponential of 0 is not positive")
	if s := 2 * int64(a.D) * c.maxLimit(a.Q) * c.maxLimit(a.K); !c.need(s <= math.MaxInt32, "twice a score can reach %d: q and k need narrower clamps", s) {
		return
	}
	c.wrote(a.Y, 32768)
}

func (l *LayerNormQ) check(c *checker) {
	if !c.sizes("rows x n", l.Rows, l.N) || !c.read("x", l.X, int64(l.Rows)*int64(l.N), U8, I16) ||
		!c.write("y", l.Y, int64(l.Rows)*int64(l.N), []Buf{l.X}, nil, U8, I16) {
		return
	}
	c.need(l.N <= 1<<14, "rows of %d elements, at most %d", l.N, 1<<14)
	c.need(l.Eps > 0 && !math.IsInf(l.Eps, 0), "epsilon is %v", l.Eps)
	c.need(len(l.Gamma) == int(l.N) && len(l.Beta) == int(l.N), "has %d gammas and %d betas for %d elements", len(l.Gamma), len(l.Beta), l.N)
	c.finites("gamma", l.Gamma)
	c.finites("beta", l.Beta)
	c.zero(l.X.Type, l.XZero)
	c.clamps(l.Y.Type, l.Zero, l.Lo, l.Hi)
	c.wrote(l.Y, magnitude(l.Lo, l.Hi))
}

func (g *Gates) work() uint64 {
	return uint64(len(g.WX8) + len(g.WH8) + len(g.WX16) + len(g.WH16))
}

func (l *LSTM) work() uint64 { return l.G.work() }
func (g *GRU) work() uint64  { return g.G.work() }
func (r *RNN) work() uint64  { return r.G.work() }
func (a *Attention) work() uint64 {
	return 2 * uint64(a.T) * uint64(a.S) * uint64(a.Heads) * uint64(a.D)
}
func (l *LayerNormQ) work() uint64 { return uint64(l.X.N) }
