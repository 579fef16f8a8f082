package float

import "slipstream/policy/graph"

// layer is an LSTM, GRU or RNN call, unpacked: all arrays are [..] in float64.
type layer struct {
	op                    graph.Op
	at                    *graph.RecurrentAttr
	steps, batch, in, hid int
	gates                 int
	x                     []float64
	w, r, b, p            []float64
	lens                  []int
	y, h, cell            []float64 // [steps][dirs][batch][hid], [dirs][batch][hid]
}

var gateCount = map[graph.Op]int{graph.LSTM: 4, graph.GRU: 3, graph.RNN: 1}

func recurrent(c *call) ([]*Tensor, error) {
	l, err := c.unpack()
	if err != nil {
		return nil, err
	}
	for d := range l.at.Directions() {
		l.run(d)
	}
	return c.pack(l)
}

// unpack checks every dimension.
func (c *call) unpack() (*layer, error) {
	at := c.n.Attr.(*graph.RecurrentAttr)
	x := c.in[0]
	for i, t := range c.in {
		if t != nil && i != 4 && (!t.DType.IsFloat() || t.DType != x.DType) {
			return nil, c.bad("input %d is %s, want floats of one type", i, t.DType)
		}
	}
	if x.Rank() != 3 {
		return nil, c.bad("input has dims %v, want three", x.Dims)
	}
	l := &layer{op: c.n.Op, at: at, steps: x.Dims[0], batch: x.Dims[1], in: x.Dims[2], hid: at.Hidden, gates: gateCount[c.n.Op]}
	if at.BatchFirst {
		l.steps, l.batch = l.batch, l.steps
	}
	dirs, gh := at.Directions(), l.gates*l.hid
	if l.hid <= 0 || len(at.Activations) != dirs*activationsOf(c.n.Op) {
		return nil, c.bad("hidden size %d, %d activations", l.hid, len(at.Activations))
	}
	for i, want := range map[int][]int{1: {dirs, gh, l.in}, 2: {dirs, gh, l.hid}, 3: {dirs, 2 * gh}, 7: {dirs, 3 * l.hid}} {
		if t := c.arg(i); t != nil && !same(t.Dims, want) {
			return nil, c.bad("input %d has dims %v, want %v", i, t.Dims, want)
		}
	}
	state := []int{dirs, l.batch, l.hid}
	if at.BatchFirst {
		state = []int{l.batch, dirs, l.hid}
	}
	for i := 5; i < 7; i++ {
		if t := c.arg(i); t != nil && !same(t.Dims, state) {
			return nil, c.bad("input %d has dims %v, want %v", i, t.Dims, state)
		}
	}
	if err := c.b.Spend(dirs, max(l.steps, 1), max(l.batch, 1), gh, l.in+l.hid+1); err != nil {
		return nil, err
	}
	if err := c.b.room([]int{l.steps, dirs, l.batch, l.hid}); err != nil {
		return nil, err
	}
	return l, c.fill(l, state)
}

func (c *call) fill(l *layer, state []int) error {
	dirs := l.at.Directions()
	lens, err := c.ints(4)
	if err != nil {
		return err
	}
	if lens == nil {
		lens = make([]int, l.batch)
		for i := range lens {
			lens[i] = l.steps
		}
	}
	if len(lens) != l.batch {
		return c.bad("%d sequence lengths for a batch of %d", len(lens), l.batch)
	}
	for _, n := range lens {
		if n < 0 || n > l.steps {
			return c.bad("sequence length %d of %d", n, l.steps)
		}
	}
	l.lens = lens
	l.x, l.w, l.r = reals(c.in[0]), reals(c.in[1]), reals(c.in[2])
	if l.at.BatchFirst {
		l.x = swap(l.x, l.batch, l.steps, l.in)
	}
	l.b, l.p = make([]float64, dirs*2*l.gates*l.hid), make([]float64, dirs*3*l.hid)
	if t := c.arg(3); t != nil {
		copy(l.b, reals(t))
	}
	if t := c.arg(7); t != nil {
		copy(l.p, reals(t))
	}
	l.y = make([]float64, l.steps*dirs*l.batch*l.hid)
	for i, s := range []*[]float64{&l.h, &l.cell} {
		*s = make([]float64, dirs*l.batch*l.hid)
		if t := c.arg(5 + i); t != nil {
			v := reals(t)
			if l.at.BatchFirst {
				v = swap(v, state[0], state[1], l.hid)
			}
			copy(*s, v)
		}
	}
	return nil
}

// swap exchanges the first two axes of [a][b][n].
func swap(v []float64, a, b, n int) []float64 {
	out := make([]float64, len(v))
	for i := range a {
		for j := range b {
			copy(out[(j*a+i)*n:(j*a+i+1)*n], v[(i*b+j)*n:])
		}
	}
	return out
}

func (c *call) pack(l *layer) ([]*Tensor, error) {
	dirs, d := l.at.Directions(), c.in[0].DType
	ydims, sdims := []int{l.steps, dirs, l.batch, l.hid}, []int{dirs, l.batch, l.hid}
	y, h, cell := l.y, l.h, l.cell
	if l.at.BatchFirst {
		// [steps][dirs][batch] to [batch][steps][dirs].
		y = swap(y, l.steps*dirs, l.batch, l.hid)
		h, cell = swap(h, dirs, l.batch, l.hid), swap(cell, dirs, l.batch, l.hid)
		ydims, sdims = []int{l.batch, l.steps, dirs, l.hid}, []int{l.batch, dirs, l.hid}
	}
	var outs []*Tensor
	for i, v := range [][]float64{y, h, cell} {
		dims := sdims
		if i == 0 {
			dims = ydims
		}
		t, err := c.make(d, dims...)
		if err != nil {
			return nil, err
		}
		for k := range v {
			set(t, k, v[k])
		}
		outs = append(outs, t)
	}
	return outs, nil
}

func same(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func activationsOf(op graph.Op) int {
	return map[graph.Op]int{graph.LSTM: 3, graph.GRU: 2, graph.RNN: 1}[op]
}

// run goes over the sequences in direction d.
func (l *layer) run(d int) {
	fs := make([]func(float64) float64, activationsOf(l.op))
	for i := range fs {
		a := l.at.Activations[d*len(fs)+i]
		fs[i] = activation(a.Kind, float64(a.Alpha), float64(a.Beta))
	}
	back := l.at.Direction == graph.Reverse || d == 1
	dirs := l.at.Directions()
	for n := range l.batch {
		at := (d*l.batch + n) * l.hid
		h, cell := l.h[at:at+l.hid], l.cell[at:at+l.hid]
		for t := range l.lens[n] {
			if back {
				t = l.lens[n] - 1 - t
			}
			x := l.x[(t*l.batch+n)*l.in:][:l.in]
			switch l.op {
			case graph.LSTM:
				l.lstm(d, x, h, cell, fs)
			case graph.GRU:
				l.gru(d, x, h, fs)
			default:
				l.rnn(d, x, h, fs)
			}
			copy(l.y[((t*dirs+d)*l.batch+n)*l.hid:][:l.hid], h)
		}
	}
}

// linear is row j of gate g: W x + R h + both biases.
func (l *layer) linear(d, g, j int, x, h []float64) float64 {
	wx, rh := l.parts(d, g, j, x, h)
	return wx + rh
}

// parts gives W x + Wb and R h + Rb apart.
func (l *layer) parts(d, g, j int, x, h []float64) (wx, rh float64) {
	row := (d*l.gates+g)*l.hid + j
	wx = dot(l.w[row*l.in:], x) + l.b[(2*d*l.gates+g)*l.hid+j]
	rh = dot(l.r[row*l.hid:], h) + l.b[((2*d+1)*l.gates+g)*l.hid+j]
	return wx, rh
}

func dot(w, x []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += w[i] * v
	}
	return s
}

func (l *layer) clip(v float64) float64 {
	if c := float64(l.at.Clip); c > 0 {
		return clamp(v, -c, c)
	}
	return v
}

// lstm: gates i o f c, peepholes i o f.
func (l *layer) lstm(d int, x, h, cell []float64, f []func(float64) float64) {
	p := l.p[d*3*l.hid:]
	next := make([]float64, l.hid)
	was := append([]float64{}, h...)
	for j := range l.hid {
		i := f[0](l.clip(l.linear(d, 0, j, x, was) + p[j]*cell[j]))
		forget := 1 - i
		if !l.at.InputForget {
			forget = f[0](l.clip(l.linear(d, 2, j, x, was) + p[2*l.hid+j]*cell[j]))
		}
		g := f[1](l.clip(l.linear(d, 3, j, x, was)))
		next[j] = forget*cell[j] + i*g
		o := f[0](l.clip(l.linear(d, 1, j, x, was) + p[l.hid+j]*next[j]))
		h[j] = o * f[2](next[j])
	}
	copy(cell, next)
}

// gru: gates z r h.
func (l *layer) gru(d int, x, h []float64, f []func(float64) float64) {
	was := append([]float64{}, h...)
	z, r := make([]float64, l.hid), make([]float64, l.hid)
	for j := range l.hid {
		z[j] = f[0](l.clip(l.linear(d, 0, j, x, was)))
		r[j] = f[0](l.clip(l.linear(d, 1, j, x, was)))
	}
	reset := make([]float64, l.hid)
	for j := range reset {
		reset[j] = r[j] * was[j]
	}
	for j := range l.hid {
		var g float64
		if l.at.LinearBeforeReset {
			wx, rh := l.parts(d, 2, j, x, was)
			g = wx + r[j]*rh
		} else {
			g = l.linear(d, 2, j, x, reset)
		}
		h[j] = (1-z[j])*f[1](l.clip(g)) + z[j]*was[j]
	}
}

func (l *layer) rnn(d int, x, h []float64, f []func(float64) float64) {
	was := append([]float64{}, h...)
	for j := range l.hid {
		h[j] = f[0](l.clip(l.linear(d, 0, j, x, was)))
	}
}
