package program

// walker visits the fields of an instruction: to write it, to read it or to move its
// buffers. One description serves all three.
type walker interface {
	buf(*Buf)
	i32(...*int32)
	u8(*uint8)
	flag(*bool)
	f32(...*float32)
	f64(*float64)
	i8s(*[]int8)
	i16s(*[]int16)
	i32s(*[]int32)
	f32s(*[]float32)
	f64s(*[]float64)
	inputs(*[]TreeInput)
	nodes(*[]TreeNode)
}

func (q *Quantize) walk(w walker) {
	w.buf(&q.X)
	w.buf(&q.Y)
	w.f32(&q.Scale)
	w.i32(&q.Zero, &q.Lo, &q.Hi)
}

func (q *Requant) walk(w walker) {
	w.buf(&q.X)
	w.buf(&q.Y)
	w.f32(&q.M)
	w.i32(&q.XZero, &q.Zero, &q.Lo, &q.Hi)
}

func (d *Dense) walk(w walker) {
	w.buf(&d.X)
	w.buf(&d.Y)
	w.i32(&d.Rows, &d.In, &d.Out, &d.Zero, &d.Lo, &d.Hi)
	w.i8s(&d.W8)
	w.i16s(&d.W16)
	w.i32s(&d.Bias)
	w.f32s(&d.M)
}

func (l *LUT8) walk(w walker) {
	w.buf(&l.X)
	w.buf(&l.Y)
	w.i32s(&l.Table)
	w.f32s(&l.TableF)
}

func (l *LUT16) walk(w walker) {
	w.buf(&l.X)
	w.buf(&l.Y)
	w.i16s(&l.Table)
}

func (a *AddQ) walk(w walker) {
	w.buf(&a.A)
	w.buf(&a.B)
	w.buf(&a.Y)
	w.i32(&a.AZero, &a.BZero, &a.Zero, &a.Lo, &a.Hi)
	w.f32(&a.AM, &a.BM)
}

func (a *MulQ) walk(w walker) {
	w.buf(&a.A)
	w.buf(&a.B)
	w.buf(&a.Y)
	w.i32(&a.AZero, &a.BZero, &a.Zero, &a.Lo, &a.Hi)
	w.f32(&a.M)
}

func (m *Copy) walk(w walker) {
	w.buf(&m.X)
	w.buf(&m.Y)
}

func (g *Gather) walk(w walker) {
	w.buf(&g.X)
	w.buf(&g.Y)
	w.i32s(&g.Index)
}

func (a *Arg) walk(w walker) {
	w.buf(&a.X)
	w.buf(&a.Y)
	w.i32(&a.Rows, &a.N)
	w.flag(&a.Min)
	w.flag(&a.Last)
}

func (l *Lookup) walk(w walker) {
	w.buf(&l.X)
	w.buf(&l.Y)
	w.i32s(&l.Table)
	w.f32s(&l.TableF)
	w.i32(&l.Default)
	w.f32(&l.DefaultF)
}

func (g *Gates) walk(w walker) {
	w.i8s(&g.WX8)
	w.i8s(&g.WH8)
	w.i16s(&g.WX16)
	w.i16s(&g.WH16)
	w.i32s(&g.XBias)
	w.i32s(&g.HBias)
	w.f32s(&g.XM)
	w.f32s(&g.HM)
}

func (l *LSTM) walk(w walker) {
	for _, b := range []*Buf{&l.X, &l.H, &l.C, &l.HOut, &l.COut, &l.Y8} {
		w.buf(b)
	}
	w.i32(&l.In, &l.Hidden, &l.CBits)
	l.G.walk(w)
	for _, t := range []*[]int16{&l.ITab, &l.OTab, &l.FTab, &l.GTab, &l.CTab} {
		w.i16s(t)
	}
}

func (g *GRU) walk(w walker) {
	for _, b := range []*Buf{&g.X, &g.H, &g.HOut, &g.Y8} {
		w.buf(b)
	}
	w.i32(&g.In, &g.Hidden)
	w.flag(&g.LinearBeforeReset)
	g.G.walk(w)
	for _, t := range []*[]int16{&g.ZTab, &g.RTab, &g.NTab} {
		w.i16s(t)
	}
}

func (r *RNN) walk(w walker) {
	for _, b := range []*Buf{&r.X, &r.H, &r.HOut, &r.Y8} {
		w.buf(b)
	}
	w.i32(&r.In, &r.Hidden)
	r.G.walk(w)
	w.i16s(&r.Tab)
}

func (a *Attention) walk(w walker) {
	for _, b := range []*Buf{&a.Q, &a.K, &a.V, &a.Y} {
		w.buf(b)
	}
	w.i32(&a.T, &a.S, &a.Heads, &a.D)
	w.flag(&a.Causal)
	w.f32(&a.M, &a.MOut)
	w.i16s(&a.Exp)
}

func (l *LayerNormQ) walk(w walker) {
	w.buf(&l.X)
	w.buf(&l.Y)
	w.i32(&l.Rows, &l.N, &l.XZero, &l.Zero, &l.Lo, &l.Hi)
	w.flag(&l.RMS)
	w.f64(&l.Eps)
	w.f32s(&l.Gamma)
	w.f32s(&l.Beta)
}

func (t *Trees) walk(w walker) {
	w.buf(&t.X)
	w.buf(&t.Y)
	w.f32s(&t.Thresholds)
	w.inputs(&t.Inputs)
	w.nodes(&t.Nodes)
	w.i32s(&t.Roots)
	w.i32s(&t.LeafFirst)
	w.i32s(&t.LeafTarget)
	w.f64s(&t.LeafValue)
	w.f64s(&t.Base)
	w.u8((*uint8)(&t.Aggregate))
	w.flag(&t.Double)
}

func (s *SVM) walk(w walker) {
	w.buf(&s.X)
	w.buf(&s.Y)
	w.u8((*uint8)(&s.Kernel))
	w.f32(&s.Gamma, &s.Coef0, &s.Degree)
	w.f32s(&s.Vectors)
	w.f32s(&s.Coef)
	w.f32s(&s.Rho)
}

func (u *UnaryF) walk(w walker) {
	w.buf(&u.X)
	w.buf(&u.Y)
	w.u8((*uint8)(&u.F))
	w.f32(&u.Alpha, &u.Beta)
}

func (b *BinaryF) walk(w walker) {
	w.buf(&b.A)
	w.buf(&b.B)
	w.buf(&b.Y)
	w.u8((*uint8)(&b.F))
}

func (s *SelectF) walk(w walker) {
	w.buf(&s.C)
	w.buf(&s.A)
	w.buf(&s.B)
	w.buf(&s.Y)
}

func (r *ReduceF) walk(w walker) {
	w.buf(&r.X)
	w.buf(&r.Y)
	w.i32(&r.Outer, &r.N, &r.Inner)
	w.u8((*uint8)(&r.F))
}

func (s *SoftmaxF) walk(w walker) {
	w.buf(&s.X)
	w.buf(&s.Y)
	w.i32(&s.Rows, &s.N)
	w.flag(&s.Log)
}

func (n *NormF) walk(w walker) {
	w.buf(&n.X)
	w.buf(&n.Y)
	w.i32(&n.Rows, &n.N)
	w.flag(&n.RMS)
	w.f64(&n.Eps)
	w.f32s(&n.Gamma)
	w.f32s(&n.Beta)
}

func (d *DenseF) walk(w walker) {
	w.buf(&d.X)
	w.buf(&d.Y)
	w.i32(&d.Rows, &d.In, &d.Out)
	w.f32s(&d.W)
	w.f32s(&d.Bias)
}

func (m *MatMulF) walk(w walker) {
	w.buf(&m.A)
	w.buf(&m.B)
	w.buf(&m.Y)
	w.i32(&m.Batch, &m.M, &m.K, &m.N)
}

func (t *TruncF) walk(w walker) {
	w.buf(&t.X)
	w.buf(&t.Y)
}
