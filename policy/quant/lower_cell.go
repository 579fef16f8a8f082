package quant

import (
	"math"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// cell is a recurrent node unpacked: constants in float, sizes, activations.
type cell struct {
	n              *graph.Node
	at             *graph.RecurrentAttr
	gates          int
	steps, batch   int
	ins, hid, dirs int
	w, r, b, p     *graph.Tensor // b and p may be nil
	lens           []int         // steps per sample; nil: all
	unknown        bool          // lengths are computed
	x, h0, c0      int
	y, yh, yc      int
	xRow           func(t, b int) int // row of x
	yAt            func(t, d, b int) int
	sAt            func(d, b int) int
	bounded        bool
}

var gateRows = map[graph.Op]int{graph.LSTM: 4, graph.GRU: 3, graph.RNN: 1}

// unpack reads a recurrent node; nil if its weights are not constant.
func (r *rewriter) unpack(n *graph.Node) *cell {
	at, ok := n.Attr.(*graph.RecurrentAttr)
	if !ok || gateRows[n.Op] == 0 {
		return nil
	}
	d := r.dims(n.In[0])
	c := &cell{n: n, at: at, gates: gateRows[n.Op], steps: d[0], batch: d[1], ins: d[2], hid: at.Hidden, dirs: at.Directions(),
		x: n.In[0], h0: n.Input(5), c0: n.Input(6), y: n.Output(0), yh: n.Output(1), yc: n.Output(2)}
	if at.BatchFirst {
		c.steps, c.batch = c.batch, c.steps
	}
	c.w, c.r = r.value(n.In[1]), r.value(n.In[2])
	if c.w == nil || c.r == nil {
		return nil
	}
	if v := n.Input(3); v != graph.None {
		if c.b = r.value(v); c.b == nil {
			return nil
		}
	}
	if v := n.Input(7); v != graph.None {
		if c.p = r.value(v); c.p == nil {
			return nil
		}
	}
	c.shorten(r, n.Input(4))
	c.layout()
	c.bounded = true
	for _, a := range at.Activations {
		c.bounded = c.bounded && boundedBy1(a)
	}
	return c
}

// shorten reads sequence lengths other than all steps.
func (c *cell) shorten(r *rewriter, v int) {
	if v == graph.None {
		return
	}
	t := r.value(v)
	if t == nil || t.Len() != c.batch {
		c.unknown = true
		return
	}
	lens, short := make([]int, c.batch), false
	for i := range lens {
		lens[i] = min(max(int(t.At(i)), 0), c.steps)
		short = short || lens[i] != c.steps
	}
	if short {
		c.lens = lens
	}
}

// length is the number of steps of sample b.
func (c *cell) length(b int) int {
	if c.lens == nil {
		return c.steps
	}
	return c.lens[b]
}

func (c *cell) layout() {
	if c.at.BatchFirst {
		c.xRow = func(t, b int) int { return b*c.steps + t }
		c.yAt = func(t, d, b int) int { return (b*c.steps+t)*c.dirs + d }
		c.sAt = func(d, b int) int { return b*c.dirs + d }
		return
	}
	c.xRow = func(t, b int) int { return t*c.batch + b }
	c.yAt = func(t, d, b int) int { return (t*c.dirs+d)*c.batch + b }
	c.sAt = func(d, b int) int { return d*c.batch + b }
}

func boundedBy1(a graph.Activation) bool {
	switch a.Kind {
	case graph.Sigmoid, graph.Tanh, graph.HardSigmoid, graph.Softsign:
		return true
	case graph.ScaledTanh:
		return math.Abs(float64(a.Alpha)) <= 1
	}
	return false
}

// activate evaluates an activation after the node's clip.
func (c *cell) activate(a graph.Activation) func(float64) float64 {
	clip := float64(c.at.Clip)
	f := func(x float64) float64 { return math.Tanh(x) }
	al, be := float64(a.Alpha), float64(a.Beta)
	switch a.Kind {
	case graph.Sigmoid:
		f = func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	case graph.HardSigmoid:
		f = func(x float64) float64 { return min(max(al*x+be, 0), 1) }
	case graph.Softsign:
		f = func(x float64) float64 { return x / (1 + math.Abs(x)) }
	case graph.ScaledTanh:
		f = func(x float64) float64 { return al * math.Tanh(be*x) }
	}
	if clip <= 0 {
		return f
	}
	return func(x float64) float64 { return f(min(max(x, -clip), clip)) }
}

// reach is the pre-activation beyond which the table holds its end: the error there is
// below 5e-5 for sigmoid and tanh.
func reach(a graph.Activation) float64 {
	switch a.Kind {
	case graph.Tanh:
		return 6
	case graph.Softsign:
		return 64
	case graph.HardSigmoid:
		if a.Alpha > 0 {
			return min(max(1/float64(a.Alpha)*(1+math.Abs(float64(a.Beta))), 1), 64)
		}
	case graph.ScaledTanh:
		return min(max(6/max(math.Abs(float64(a.Beta)), 0.1), 1), 64)
	}
	return 10
}

// fits reports a cell that the integer instructions can do.
func (c *cell) fits() bool {
	return c != nil && c.bounded && c.p == nil && c.lens == nil && !c.unknown && !c.at.InputForget && c.steps > 0 && c.batch > 0
}

// reachH is the power of two that h stays within: 1, as activations bounded by 1 imply
// for states reached from zero, unless the calibration starts from larger ones. The output
// tables are divided by it, so the instruction's 1.15 fixed point stands for h/reachH.
func (g *ranges) reachH(c *cell) float64 {
	r := 1.0
	if v := c.h0; v != graph.None {
		if s := g.stat(g.of(v).root); s != nil {
			for r < s.absMax() && r < 16 {
				r *= 2
			}
		}
	}
	return r
}

// h16 and h8 are the quantisation of h in 16 bits and as a byte around 128.
func (g *ranges) h16(c *cell) qparams {
	return qparams{scale: float32(g.reachH(c) / 32768), lo: -32768, hi: 32767}
}

func (g *ranges) h8(c *cell) qparams {
	return qparams{scale: float32(g.reachH(c) / 128), zero: 128, lo: 0, hi: 255}
}

// takeCells fixes the quantisation of recurrent states where the instruction says it.
func (g *ranges) takeCells() {
	for i := range g.r.g.Nodes {
		n := &g.r.g.Nodes[i]
		c := g.r.unpack(n)
		if !c.fits() {
			continue
		}
		for _, v := range []int{c.y, c.yh} {
			if v != graph.None {
				g.fixed16[v], g.fixed8[v] = g.h16(c), g.h8(c)
			}
		}
		if v := c.h0; v != graph.None && g.r.value(v) == nil {
			if s := g.stat(g.of(v).root); s == nil || s.absMax() <= g.reachH(c) {
				g.fixed16[g.of(v).root] = g.h16(c)
			}
		}
		if n.Op == graph.LSTM {
			g.takeCarry(c)
		}
	}
}

// takeCarry gives c enough integer bits for one and a half times what was seen.
func (g *ranges) takeCarry(c *cell) {
	if g.cal == nil {
		return
	}
	m := 1.0
	for _, v := range []int{c.c0, c.yc} {
		if v != graph.None {
			m = max(m, g.cal.stats[v].absMax())
		}
	}
	if c.yc == graph.None {
		m = max(m, float64(c.steps)) // |c| grows by at most 1 per step
	}
	bits := int32(15)
	for bits > 8 && float64(int32(1)<<(15-bits)) < 1.5*m {
		bits--
	}
	p := qparams{scale: 1 / float32(int32(1)<<bits), lo: -32768, hi: 32767}
	for _, v := range []int{c.c0, c.yc} {
		if v != graph.None && g.r.g.Const(v) == nil {
			g.fixed16[g.of(v).root] = p
		}
	}
	g.carry[key(c.n)] = bits
}

// cellQ runs a recurrent layer in integers; all outputs are made at once.
func (l *lowerer) cellQ(n *graph.Node, v int, k kind) (program.Buf, bool) {
	c := l.unpack(n)
	if !c.fits() || !l.rng.known(c.x, asI16) || !l.rng.known(c.x, asU8) {
		return program.Buf{}, false
	}
	if c.h0 != graph.None && l.value(c.h0) == nil && l.q16Of(c.h0) != l.rng.h16(c) {
		return program.Buf{}, false // the state is too large or shared with something else
	}
	ch := l.choose(key(n), n)
	if ch.p == Float32 {
		return program.Buf{}, false
	}
	if _, done := l.have[place{v, asI16}]; !done {
		l.runCell(c, ch)
	}
	if b, ok := l.have[place{v, k}]; ok {
		return b, true
	}
	return l.convert(v, l.have[place{v, asI16}], asI16, k), true
}

func (l *lowerer) q16Of(v int) qparams {
	if !l.rng.known(v, asI16) {
		return qparams{}
	}
	return l.q(v, asI16)
}

// key is the value that stands for a node of several outputs.
func key(n *graph.Node) int {
	for _, o := range n.Out {
		if o != graph.None {
			return o
		}
	}
	return graph.None
}

func (l *lowerer) runCell(c *cell, ch choice) {
	in := asU8
	if ch.p == Int16 {
		in = asI16
	}
	x, qx := l.get(c.x, in), l.q(c.x, in)
	bits := l.rng.carryBits(c)
	h0, inPlaceH := l.initial(c, c.h0, l.rng.h16(c))
	c0, inPlaceC := program.Buf{}, false
	if c.n.Op == graph.LSTM {
		c0, inPlaceC = l.initial(c, c.c0, qparams{scale: 1 / float32(int32(1)<<bits), lo: -32768, hi: 32767})
	}
	runs := c.dirs * c.batch
	y := l.b.Scratch(program.I16, c.steps*runs*c.hid)
	var y8, carry program.Buf
	if in == asU8 {
		y8 = l.b.Scratch(program.U8, int(y.N))
	}
	if c.n.Op == graph.LSTM {
		carry = l.b.Scratch(program.I16, runs*c.hid)
	}
	last := make([]program.Buf, runs)
	for d := range c.dirs {
		g := l.gatesOf(c, d, in, qx)
		for b := range c.batch {
			s := c.sAt(d, b)
			h, cc := h0.Slice(s*c.hid, (s+1)*c.hid), program.Buf{}
			var cOut program.Buf
			if c.n.Op == graph.LSTM {
				cc, cOut = c0.Slice(s*c.hid, (s+1)*c.hid), carry.Slice(s*c.hid, (s+1)*c.hid)
				if inPlaceC {
					cOut = cc
				}
			}
			for i := range c.steps {
				t := i
				if c.at.Direction == graph.Reverse || d == 1 {
					t = c.steps - 1 - i
				}
				at := c.yAt(t, d, b) * c.hid
				out := y.Slice(at, at+c.hid)
				if inPlaceH {
					out = h
				}
				var byteOut program.Buf
				if in == asU8 {
					byteOut = y8.Slice(at, at+c.hid)
				}
				row := c.xRow(t, b) * c.ins
				l.step(c, d, g, x.Slice(row, row+c.ins), h, out, cc, cOut, byteOut, bits)
				h, cc = out, cOut
			}
			last[s] = h
		}
	}
	l.storeCell(c, y, y8, carry, c0, last, inPlaceH, inPlaceC)
	l.report(c.n, ch, nil, qx, l.rng.h16(c))
}

// storeCell names the results. In place there is one run of one step: h' is the state.
func (l *lowerer) storeCell(c *cell, y, y8, carry, c0 program.Buf, last []program.Buf, inPlaceH, inPlaceC bool) {
	if inPlaceH {
		y = last[0]
	}
	if c.y != graph.None {
		l.have[place{c.y, asI16}] = y
		if !y8.IsZero() {
			l.have[place{c.y, asU8}] = y8
		}
	}
	if c.yh != graph.None {
		b := last[0]
		if len(last) > 1 {
			b = l.b.Concat(last...)
		}
		l.have[place{c.yh, asI16}] = b
		if !y8.IsZero() && c.steps == 1 && len(last) == 1 {
			l.have[place{c.yh, asU8}] = y8
		}
	}
	if c.yc != graph.None {
		if inPlaceC {
			carry = c0
		}
		l.have[place{c.yc, asI16}] = carry
	}
}

// initial is the state that a layer starts from, and whether it may be overwritten: it is
// carried state that nobody else reads, one run of one step.
func (l *lowerer) initial(c *cell, v int, q qparams) (program.Buf, bool) {
	n := c.dirs * c.batch * c.hid
	if v == graph.None {
		return l.b.Const(program.I16, make([]int32, n)...), false
	}
	if t := l.value(v); t != nil {
		vals := make([]int32, n)
		for i := range vals {
			vals[i] = q.quantise(t.At(i))
		}
		return l.b.Const(program.I16, vals...), false
	}
	o := l.origin(v)
	s := l.states[o.root]
	alone := s != nil && s.k == asI16 && o.idx == nil && c.steps == 1 && c.dirs*c.batch == 1 && l.lone(o.root) && l.lonePath(v, o.root) && (v == o.root || l.lone(v))
	return l.get(v, asI16), alone
}

// gatesOf rounds the weights of one direction.
func (l *lowerer) gatesOf(c *cell, d int, in kind, qx qparams) program.Gates {
	rows := c.gates * c.hid
	part := func(t *graph.Tensor, cols, bias int) *layer {
		p := &layer{outs: rows, ins: cols, w: t.F[d*rows*cols : (d+1)*rows*cols], b: make([]float32, rows)}
		if c.b != nil {
			copy(p.b, c.b.F[(2*d+bias)*rows:(2*d+bias+1)*rows])
		}
		return p
	}
	qh := l.rng.h16(c)
	if in == asU8 {
		qh = l.rng.h8(c)
	}
	wx, errX := part(c.w, c.ins, 0).integers(in, qx)
	wh, errH := part(c.r, c.hid, 1).integers(in, qh)
	if errX != nil || errH != nil {
		refuse(c.n, "", "gate weights cannot be represented: %v %v", errX, errH)
	}
	for r := range rows {
		unit := reach(c.gateActivation(d, r/c.hid)) / 32768
		wx.M[r] = float32(float64(wx.M[r]) * float64(qx.scale) / unit)
		wh.M[r] = float32(float64(wh.M[r]) * float64(qh.scale) / unit)
	}
	return program.Gates{WX8: wx.W8, WH8: wh.W8, WX16: wx.W16, WH16: wh.W16, XBias: wx.Bias, HBias: wh.Bias, XM: wx.M, HM: wh.M}
}

// gateActivation: LSTM i o f are the first, c the second; GRU z r the first, h the second.
func (c *cell) gateActivation(d, gate int) graph.Activation {
	per := len(c.at.Activations) / c.dirs
	a := c.at.Activations[d*per : (d+1)*per]
	if per > 1 && gate == c.gates-1 {
		return a[1]
	}
	return a[0]
}

// table maps pre-activations to the activation over size, 1.15 fixed point.
func (c *cell) table(a graph.Activation, size float64) []int16 {
	return program.FillTable16(c.activate(a), reach(a)/32768, size/32768)
}

func (l *lowerer) step(c *cell, d int, g program.Gates, x, h, hOut, cc, cOut, y8 program.Buf, bits int32) {
	size := l.rng.reachH(c)
	one, two := c.gateActivation(d, 0), c.gateActivation(d, c.gates-1)
	first := c.table(one, 1)
	in, hid := int32(c.ins), int32(c.hid)
	switch c.n.Op {
	case graph.LSTM:
		per := len(c.at.Activations) / c.dirs
		free := *c.at
		free.Clip = 0 // the clip is not applied to c
		out := (&cell{at: &free}).activate(c.at.Activations[d*per+2])
		l.b.Emit(&program.LSTM{X: x, H: h, C: cc, HOut: hOut, COut: cOut, Y8: y8, In: in, Hidden: hid, CBits: bits, G: g,
			ITab: first, OTab: c.table(one, size), FTab: first, GTab: c.table(two, 1), CTab: program.FillTable16(out, 1/float64(int32(1)<<bits), 1.0/32768)})
	case graph.GRU:
		l.b.Emit(&program.GRU{X: x, H: h, HOut: hOut, Y8: y8, In: in, Hidden: hid, LinearBeforeReset: c.at.LinearBeforeReset, G: g, ZTab: first, RTab: first, NTab: c.table(two, size)})
	default:
		l.b.Emit(&program.RNN{X: x, H: h, HOut: hOut, Y8: y8, In: in, Hidden: hid, G: g, Tab: c.table(one, size)})
	}
}
