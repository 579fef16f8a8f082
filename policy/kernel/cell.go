package kernel

import "unsafe"

// CellArgs are the arguments of a recurrent cell's second half, as the assembly reads
// them (gen/cell.go has the offsets).
type CellArgs struct {
	px, ph *float32
	h, c   *int16
	tab    [5]*Table
	stride int64 // bytes between gates in px and ph
	blocks int64 // of 8 units
	shift  uint64
	half   int32
}

// CellSpec is a recurrent cell in the terms of program.Gates.
type CellSpec struct {
	Gates, In, Hidden          int
	WX8, WH8                   []int8
	WX16, WH16                 []int16
	XBias, HBias               []int32
	XM, HM                     []float32
	XLim                       []int64
	Tabs                       []*Table // in the order of gates; LSTM's fifth is CTab
	CBits                      int
	ResetFirst                 bool           // GRU: the last gate sees the reset state
	X, H, C, HOut, COut, ByteH unsafe.Pointer // ByteH may be nil; C and COut are LSTM's
}

// Cell is a packed recurrent cell bound to its buffers. Units are padded to eights; the
// padding's weights are zero.
type Cell struct {
	s      CellSpec
	use    Use
	pad    int
	px, ph []float32 // [gates][pad]
	h, c   []int16   // [pad]
	h8     []uint8   // [pad], for byte weights
	gates  Chain
	x, hh  *Dense
	last   *Dense // ResetFirst: the last gate's state part
	args   CellArgs
}

// NewCell packs a cell for use (resolved).
func NewCell(s CellSpec, use Use) *Cell {
	c := &Cell{s: s, use: use, pad: roundUp(s.Hidden, 8)}
	c.px, c.ph = make([]float32, s.Gates*c.pad), make([]float32, s.Gates*c.pad)
	c.h, c.c, c.h8 = make([]int16, c.pad+8), make([]int16, c.pad), make([]uint8, c.pad+8)
	hlim := make([]int64, s.Hidden)
	for i := range hlim {
		hlim[i] = 255
		if len(s.WH16) > 0 {
			hlim[i] = 32768
		}
	}
	together := s.Gates
	if s.ResetFirst {
		together--
		c.last = c.part(together, s.Gates, s.Hidden, s.WH8, s.WH16, s.HBias, s.HM, hlim)
	}
	c.x = c.part(0, s.Gates, s.In, s.WX8, s.WX16, s.XBias, s.XM, s.XLim)
	c.hh = c.part(0, together, s.Hidden, s.WH8, s.WH16, s.HBias, s.HM, hlim)
	if c.x.asm && c.hh.asm {
		c.gates.Append(c.x, s.X, unsafe.Pointer(&c.px[0]))
		c.gates.Append(c.hh, c.state(), unsafe.Pointer(&c.ph[0]))
	}
	a := &c.args
	a.px, a.ph, a.h, a.c = &c.px[0], &c.ph[0], &c.h[0], &c.c[0]
	copy(a.tab[:], s.Tabs)
	a.stride, a.blocks = int64(4*c.pad), int64(c.pad/8)
	if s.CBits > 0 {
		a.shift, a.half = uint64(15-s.CBits), int32(1)<<(15-s.CBits)>>1
	}
	return c
}

// part packs gates [from, to) of one of the two matrices.
func (c *Cell) part(from, to, in int, w8 []int8, w16 []int16, bias []int32, m []float32, lim []int64) *Dense {
	n, hidden := (to-from)*c.pad, c.s.Hidden
	d := DenseSpec{In: in, Out: n, Rows: 1, Bias: make([]int32, n), M: make([]float32, n), Kind: OutF32, Lim: lim}
	if len(w8) > 0 {
		d.W8 = make([]int8, n*in)
	} else {
		d.W16 = make([]int16, n*in)
	}
	for g := from; g < to; g++ {
		for j := range hidden {
			old, now := g*hidden+j, (g-from)*c.pad+j
			d.Bias[now], d.M[now] = bias[old], m[old]
			if len(w8) > 0 {
				copy(d.W8[now*in:][:in], w8[old*in:][:in])
			} else {
				copy(d.W16[now*in:][:in], w16[old*in:][:in])
			}
		}
	}
	return NewDense(d, c.use)
}

// state is where the state's matrix reads.
func (c *Cell) state() unsafe.Pointer {
	if len(c.s.WH8) > 0 {
		return unsafe.Pointer(&c.h8[0])
	}
	return unsafe.Pointer(&c.h[0])
}

// Kernel names the implementations of the two matrices.
func (c *Cell) Kernel() string { return c.x.name + "/" + c.hh.name }

// byteOf is a state element as a byte, zero 128.
func byteOf(h int16) uint8 { return uint8(min((int32(h)+128)>>8, 127) + 128) }

func mul15(a, b int16) int32 { return (int32(a)*int32(b) + 1<<14) >> 15 }

func sat16(v int32) int16 { return int16(max(-32768, min(32767, v))) }

// begin fetches the state and computes the weighted parts.
func (c *Cell) begin() {
	copy(c.h, unsafe.Slice((*int16)(c.s.H), c.s.Hidden))
	c.narrow()
	if !c.gates.Empty() {
		c.gates.Run()
		return
	}
	c.x.Run(c.s.X, unsafe.Pointer(&c.px[0]))
	c.hh.Run(c.state(), unsafe.Pointer(&c.ph[0]))
}

// narrow makes the bytes of the state.
func (c *Cell) narrow() {
	if len(c.s.WH8) > 0 {
		for i, v := range c.h[:c.s.Hidden] {
			c.h8[i] = byteOf(v)
		}
	}
}

// end stores the new state.
func (c *Cell) end() {
	copy(unsafe.Slice((*int16)(c.s.HOut), c.s.Hidden), c.h)
	if c.s.ByteH != nil {
		y := unsafe.Slice((*uint8)(c.s.ByteH), c.s.Hidden)
		for i := range y {
			y[i] = byteOf(c.h[i])
		}
	}
}

// gate is the activated gate g of unit j.
func (c *Cell) gate(g, j int) int16 {
	k := g*c.pad + j
	return c.s.Tabs[g].activate(float32(c.px[k] + c.ph[k]))
}

// LSTM makes one step.
func (c *Cell) LSTM() {
	copy(c.c, unsafe.Slice((*int16)(c.s.C), c.s.Hidden))
	c.begin()
	if c.use == AVX2 {
		lstmCell((*byte)(unsafe.Pointer(&c.args)))
	} else {
		for j := range c.s.Hidden {
			i, o, f, g := c.gate(0, j), c.gate(1, j), c.gate(2, j), c.gate(3, j)
			c.c[j] = sat16(mul15(f, c.c[j]) + (mul15(i, g)+c.args.half)>>c.args.shift)
			c.h[j] = sat16(mul15(o, c.s.Tabs[4].Look(c.c[j])))
		}
	}
	copy(unsafe.Slice((*int16)(c.s.COut), c.s.Hidden), c.c)
	c.end()
}

// GRU makes one step.
func (c *Cell) GRU() {
	c.begin()
	switch {
	case c.s.ResetFirst:
		c.resetFirst()
	case c.use == AVX2:
		gruCell((*byte)(unsafe.Pointer(&c.args)))
	default:
		for j := range c.s.Hidden {
			k := 2*c.pad + j
			r := float32(float32(c.gate(1, j)) / 32768)
			c.blend(j, c.gate(0, j), float32(c.px[k]+float32(r*c.ph[k])))
		}
	}
	c.end()
}

// blend moves unit j toward its candidate.
func (c *Cell) blend(j int, z int16, pre float32) {
	n := c.s.Tabs[2].activate(pre)
	c.h[j] = sat16(int32(n) - mul15(z, n) + mul15(z, c.h[j]))
}

// resetFirst is the GRU whose candidate sees the state after the reset gate. c.c, unused
// otherwise, keeps the state.
func (c *Cell) resetFirst() {
	copy(c.c, c.h)
	for j := range c.s.Hidden {
		c.h[j] = sat16(mul15(c.gate(1, j), c.h[j]))
	}
	c.narrow()
	at := 2 * c.pad
	c.last.Run(c.state(), unsafe.Pointer(&c.ph[at]))
	copy(c.h, c.c)
	for j := range c.s.Hidden {
		c.blend(j, c.gate(0, j), float32(c.px[at+j]+c.ph[at+j]))
	}
}

// RNN makes one step.
func (c *Cell) RNN() {
	c.begin()
	for j := range c.s.Hidden {
		c.h[j] = c.gate(0, j)
	}
	c.end()
}
