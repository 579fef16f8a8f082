package program

import "slipstream/policy/kernel"

// prepare turns instructions into steps. Consecutive dense layers and byte tables that the
// assembly can run become one call. It walks with a checker, whose bounds on values prove which
// kernel is exact.
func (m *Machine) prepare(use kernel.Use) {
	c := newChecker(m.p)
	_ = c.slots() // Check has passed: this only sets bounds
	var chain *chainStep
	extend := func() *chainStep {
		if chain == nil {
			chain = &chainStep{}
			m.steps = append(m.steps, chain)
		}
		return chain
	}
	for i, in := range m.p.Instrs {
		c.i, c.in = i, in
		if d, ok := in.(*Dense); ok {
			k := m.dense(c, d, use)
			if k.Assembly() {
				extend().Append(k, m.mem.at(d.X), m.mem.at(d.Y))
			} else {
				chain = nil
				m.steps = append(m.steps, &denseStep{k, m.mem.at(d.X), m.mem.at(d.Y)})
			}
			m.notes = append(m.notes, k.Kernel())
		} else if l, ok := in.(*LUT8); ok && use == kernel.AVX2 && l.Y.Type.Size() == 1 {
			extend().AppendTable(l.bytes(), m.mem.at(l.X), m.mem.at(l.Y), int(l.X.N))
			m.notes = append(m.notes, "pshufb")
		} else {
			chain = nil
			m.one(c, in, use)
		}
		in.check(c)
	}
}

// one prepares anything but a Dense.
func (m *Machine) one(c *checker, in Instr, use kernel.Use) {
	name := use.String()
	switch in := in.(type) {
	case *Quantize:
		if in.Y.Type == I8 {
			m.plain(in)
			return
		}
		q := kernel.NewQuantizer(in.Scale, in.Zero, in.Lo, in.Hi, in.Y.Type.Size(), use)
		m.steps = append(m.steps, &quantizeStep{q, m.mem.at(in.X), m.mem.at(in.Y), int(in.X.N)})
	case *LUT8:
		if in.Y.Type.Size() != 1 {
			m.plain(in)
			return
		}
		m.steps, name = append(m.steps, &lut8Step{m.mem.bytes(in.X), m.mem.bytes(in.Y), in.bytes()}), "portable"
	case *LUT16:
		m.steps = append(m.steps, &lut16Step{kernel.NewTable(in.Table), m.mem.at(in.X), m.mem.at(in.Y), int(in.X.N), use})
	case *LSTM:
		cell := m.cell(c, &in.G, in.X, in.H, in.HOut, in.Y8, 4, use, []([]int16){in.ITab, in.OTab, in.FTab, in.GTab, in.CTab}, func(s *kernel.CellSpec) {
			s.CBits, s.C, s.COut = int(in.CBits), m.mem.at(in.C), m.mem.at(in.COut)
		})
		m.steps, name = append(m.steps, lstmStep{cell}), cell.Kernel()
	case *GRU:
		cell := m.cell(c, &in.G, in.X, in.H, in.HOut, in.Y8, 3, use, []([]int16){in.ZTab, in.RTab, in.NTab}, func(s *kernel.CellSpec) {
			s.ResetFirst = !in.LinearBeforeReset
		})
		m.steps, name = append(m.steps, gruStep{cell}), cell.Kernel()
	case *RNN:
		cell := m.cell(c, &in.G, in.X, in.H, in.HOut, in.Y8, 1, use, []([]int16){in.Tab}, func(*kernel.CellSpec) {})
		m.steps, name = append(m.steps, rnnStep{cell}), cell.Kernel()
	case *Attention:
		a, ok := (*kernel.Attention)(nil), false
		if use == kernel.AVX2 {
			a, ok = kernel.NewAttention(kernel.AttentionSpec{T: int(in.T), S: int(in.S), Heads: int(in.Heads), D: int(in.D), Causal: in.Causal, M: in.M, MOut: in.MOut,
				Exp: kernel.NewTable(in.Exp), Q: m.mem.at(in.Q), K: m.mem.at(in.K), V: m.mem.at(in.V), Y: m.mem.at(in.Y)})
		}
		if !ok {
			m.plain(in)
			return
		}
		m.steps = append(m.steps, attentionStep{a})
	case *Requant:
		lo, hi := I16.Range()
		near := in.XZero >= lo && in.XZero <= hi
		if near && in.Y.Type == F32 && (in.X.Type == I16 || in.X.Type == U8) {
			d := &kernel.Dequantizer{Wide: in.X.Type == I16, Zero: in.XZero, M: in.M, Use: use}
			m.steps = append(m.steps, &dequantizeStep{d, m.mem.at(in.X), m.mem.at(in.Y), int(in.X.N)})
			break
		}
		if !near || in.X.Type != I16 || in.Y.Type != I16 {
			m.plain(in)
			return
		}
		a := kernel.NewAffine16(in.XZero, in.M, 0, 0, in.Zero, in.Lo, in.Hi, use)
		m.steps = append(m.steps, &affineStep{a, m.mem.at(in.X), nil, m.mem.at(in.Y), int(in.Y.N)})
	case *AddQ:
		if in.A.Type != I16 || in.B.Type != I16 || in.Y.Type != I16 || in.B.N != in.A.N {
			m.plain(in)
			return
		}
		a := kernel.NewAffine16(in.AZero, in.AM, in.BZero, in.BM, in.Zero, in.Lo, in.Hi, use)
		m.steps = append(m.steps, &affineStep{a, m.mem.at(in.A), m.mem.at(in.B), m.mem.at(in.Y), int(in.Y.N)})
	case *LayerNormQ:
		if in.X.Type == I16 && in.XZero != 0 {
			m.plain(in)
			return
		}
		l := kernel.NewNorm(kernel.NormSpec{Rows: int(in.Rows), N: int(in.N), XBytes: in.X.Type == U8, YBytes: in.Y.Type == U8, XZero: in.XZero, RMS: in.RMS, Eps: in.Eps, Gamma: in.Gamma, Beta: in.Beta, Zero: in.Zero, Lo: in.Lo, Hi: in.Hi}, use)
		m.steps = append(m.steps, &normStep{l, m.mem.at(in.X), m.mem.at(in.Y)})
	case *ReduceF:
		if in.F != ReduceSum && in.F != ReduceMean {
			m.plain(in)
			return
		}
		c := &kernel.Columns{Outer: int(in.Outer), N: int(in.N), Inner: int(in.Inner), Mean: in.F == ReduceMean, Use: use}
		m.steps = append(m.steps, &columnsStep{c, m.mem.at(in.X), m.mem.at(in.Y)})
	case *Trees:
		t := m.trees(in, use)
		m.steps, name = append(m.steps, t), t.forest.Kernel()
	case *DenseF:
		if use != kernel.AVX2 {
			m.plain(in)
			return
		}
		d := kernel.NewDenseF(in.W, in.Bias, int(in.Rows), int(in.In), int(in.Out))
		m.steps = append(m.steps, &denseFStep{d, m.mem.at(in.X), m.mem.at(in.Y)})
	case *SVM:
		if use != kernel.AVX2 {
			m.plain(in)
			return
		}
		m.steps = append(m.steps, &svmStep{in, kernel.NewVectors(in.Vectors, in.Coef, int(in.X.N)), m.mem.at(in.X), m.mem.f32(in.Y)})
	default:
		m.plain(in)
		return
	}
	m.notes = append(m.notes, name)
}

// dense packs a Dense, with the bounds that c knows of its inputs.
func (m *Machine) dense(c *checker, d *Dense, use kernel.Use) *kernel.Dense {
	kinds := map[DType]kernel.Out{U8: kernel.OutU8, I8: kernel.OutI8, I16: kernel.OutI16, F32: kernel.OutF32}
	return kernel.NewDense(kernel.DenseSpec{
		In: int(d.In), Out: int(d.Out), Rows: int(d.Rows),
		XStride: int(d.In) * d.X.Type.Size(), YStride: int(d.Out) * d.Y.Type.Size(),
		W8: d.W8, W16: d.W16, Bias: d.Bias, M: d.M,
		Kind: kinds[d.Y.Type], Zero: d.Zero, Lo: d.Lo, Hi: d.Hi,
		Lim: c.columns(d.X, int(d.Rows), int(d.In)),
	}, use)
}

func (m *Machine) cell(c *checker, g *Gates, x, h, hOut, y8 Buf, gates int, use kernel.Use, tabs [][]int16, more func(*kernel.CellSpec)) *kernel.Cell {
	s := kernel.CellSpec{
		Gates: gates, In: int(x.N), Hidden: int(h.N),
		WX8: g.WX8, WH8: g.WH8, WX16: g.WX16, WH16: g.WH16, XBias: g.XBias, HBias: g.HBias, XM: g.XM, HM: g.HM,
		XLim: c.columns(x, 1, int(x.N)), X: m.mem.at(x), H: m.mem.at(h), HOut: m.mem.at(hOut),
	}
	if !y8.IsZero() {
		s.ByteH = m.mem.at(y8)
	}
	packed := map[*int16]*kernel.Table{} // tables shared by gates stay shared: they lie in the cache once
	for _, t := range tabs {
		k, ok := packed[&t[0]]
		if !ok {
			k = m.sameTable(t, tabs, packed)
			packed[&t[0]] = k
		}
		s.Tabs = append(s.Tabs, k)
	}
	more(&s)
	return kernel.NewCell(s, use)
}

// sameTable finds an equal table among those packed, or packs t.
func (m *Machine) sameTable(t []int16, tabs [][]int16, packed map[*int16]*kernel.Table) *kernel.Table {
	for _, o := range tabs {
		if k, ok := packed[&o[0]]; ok && [513]int16(o) == [513]int16(t) {
			return k
		}
	}
	return kernel.NewTable(t)
}
