package program

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Builder lays out the arena and collects instructions. Buffers it hands out are valid
// in every method; the first error sticks and makes every later call do nothing. Each
// method that adds an instruction allocates its result and returns it; Emit adds an
// instruction over buffers allocated with Scratch, State or Const, for results that
// must lie somewhere particular (in the state, or in a part of a concatenation).
//
// Until Build the offsets are those of separate regions; Build moves them together.
type Builder struct {
	p       Program
	state   region
	consts  region
	scratch int64
	err     error
}

type region struct{ bytes []byte }

// The regions before Build, each more than MaxArena long.
const (
	constBase   = 1 << 28
	scratchBase = 2 << 28
	slotAlign   = 64 // a cache line: no two buffers share one
)

// NewBuilder starts an empty program.
func NewBuilder() *Builder { return &Builder{} }

// Err is the first error.
func (b *Builder) Err() error { return b.err }

func (b *Builder) failf(format string, args ...any) Buf {
	if b.err == nil {
		b.err = fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
	}
	return Buf{}
}

func alignUp(n int64) int64 { return (n + slotAlign - 1) &^ (slotAlign - 1) }

// Scratch allocates n elements that live within one evaluation.
func (b *Builder) Scratch(t DType, n int) Buf {
	if b.err != nil || t.Size() == 0 || n < 1 || int64(n) > MaxArena || alignUp(b.scratch)+int64(n*t.Size()) > MaxArena {
		return b.failf("scratch of %d x %s does not fit", n, t)
	}
	off := alignUp(b.scratch)
	b.scratch = off + int64(n*t.Size())
	return Buf{Off: int32(scratchBase + off), N: int32(n), Type: t}
}

// take appends data to a region.
func (b *Builder) take(r *region, base int32, t DType, data []byte) Buf {
	if b.err != nil {
		return Buf{}
	}
	off := alignUp(int64(len(r.bytes)))
	if t.Size() == 0 || len(data) == 0 || off+int64(len(data)) > MaxArena {
		return b.failf("%d bytes of %s do not fit", len(data), t)
	}
	r.bytes = append(append(r.bytes, make([]byte, off-int64(len(r.bytes)))...), data...)
	return Buf{Off: base + int32(off), N: int32(len(data) / t.Size()), Type: t}
}

// encode writes values of an integer type as the arena holds them.
func encode(t DType, values []int32) ([]byte, error) {
	lo, hi := t.Range()
	var out []byte
	for i, v := range values {
		if t == F32 || t.Size() == 0 || v < lo || v > hi {
			return nil, fmt.Errorf("value %d is %d, outside %s", i, v, t)
		}
		switch t.Size() {
		case 1:
			out = append(out, byte(v))
		case 2:
			out = binary.LittleEndian.AppendUint16(out, uint16(v))
		case 4:
			out = binary.LittleEndian.AppendUint32(out, uint32(v))
		}
	}
	return out, nil
}

func encodeF(values []float32) (out []byte) {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

// Const allocates integer constants.
func (b *Builder) Const(t DType, values ...int32) Buf {
	data, err := encode(t, values)
	if err != nil {
		return b.failf("constant: %v", err)
	}
	return b.take(&b.consts, constBase, t, data)
}

// ConstF allocates float constants.
func (b *Builder) ConstF(values ...float32) Buf {
	return b.take(&b.consts, constBase, F32, encodeF(values))
}

// State allocates a named part of the state with its values at reset. scale and zero
// say what the integers mean; dims may be empty for one dimension.
func (b *Builder) State(name string, t DType, scale float32, zero int32, dims []int, reset ...int32) Buf {
	data, err := encode(t, reset)
	if err != nil {
		return b.failf("state %q: %v", name, err)
	}
	buf := b.take(&b.state, 0, t, data)
	b.p.States = b.slot(b.p.States, name, buf, scale, zero, dims)
	return buf
}

// StateF allocates a named part of the state in float32.
func (b *Builder) StateF(name string, dims []int, reset ...float32) Buf {
	buf := b.take(&b.state, 0, F32, encodeF(reset))
	b.p.States = b.slot(b.p.States, name, buf, 0, 0, dims)
	return buf
}

func (b *Builder) slot(list []Slot, name string, buf Buf, scale float32, zero int32, dims []int) []Slot {
	if b.err != nil {
		return list
	}
	if len(dims) == 0 {
		dims = []int{int(buf.N)}
	}
	s := Slot{Name: name, Buf: buf, Scale: scale, Zero: zero}
	n := 1
	for _, d := range dims {
		s.Dims = append(s.Dims, int32(d))
		n *= d
	}
	if n != int(buf.N) {
		b.failf("slot %q of dimensions %v holds %d elements", name, dims, buf.N)
	}
	return append(list, s)
}

// Input allocates an input. The hot loop writes floats and lets the program quantise, or
// writes integers itself.
func (b *Builder) Input(name string, t DType, scale float32, zero int32, dims ...int) Buf {
	n := 1
	for _, d := range dims {
		if d < 1 || d > MaxArena || n > MaxArena {
			return b.failf("input %q has dimensions %v", name, dims)
		}
		n *= d
	}
	buf := b.Scratch(t, n)
	b.p.Inputs = b.slot(b.p.Inputs, name, buf, scale, zero, dims)
	return buf
}

// InputAt names an existing buffer as an input: a part of the state that callers may set
// instead of carrying it.
func (b *Builder) InputAt(name string, buf Buf, scale float32, zero int32, dims ...int) {
	b.p.Inputs = b.slot(b.p.Inputs, name, buf, scale, zero, dims)
}

// Output names a buffer as an output.
func (b *Builder) Output(name string, buf Buf, scale float32, zero int32, dims ...int) {
	b.p.Outputs = b.slot(b.p.Outputs, name, buf, scale, zero, dims)
}

// Emit adds an instruction. It is judged in Build, which knows the layout; what can be
// said earlier is said by the methods.
func (b *Builder) Emit(in Instr) {
	if b.err == nil {
		b.p.Instrs = append(b.p.Instrs, in)
	}
}

// Build joins the regions, checks everything and gives the program. The instructions
// are the builder's own: it must not be used again.
func (b *Builder) Build() (*Program, error) {
	if b.err != nil {
		return nil, b.err
	}
	state := alignUp(int64(len(b.state.bytes)))
	consts := alignUp(int64(len(b.consts.bytes)))
	if state+consts+alignUp(b.scratch) > MaxArena {
		return nil, fmt.Errorf("%w: %d bytes of state, %d of constants, %d of scratch", ErrLimit, state, consts, b.scratch)
	}
	p := b.p
	p.State, p.Arena = int32(state), int32(state+consts+alignUp(b.scratch))
	p.Init = make([]byte, state+consts)
	copy(p.Init, b.state.bytes)
	copy(p.Init[state:], b.consts.bytes)
	m := mover{constTo: int32(state), scratchTo: int32(state + consts)}
	for _, in := range p.Instrs {
		in.walk(&m)
	}
	for _, group := range [][]Slot{p.Inputs, p.Outputs, p.States} {
		for i := range group {
			m.buf(&group[i].Buf)
		}
	}
	b.err = fmt.Errorf("%w: the builder has been used", ErrInvalid)
	if err := p.Check(); err != nil {
		return nil, err
	}
	return &p, nil
}

// mover carries buffers from the builder's regions to the arena.
type mover struct{ constTo, scratchTo int32 }

func (m *mover) buf(b *Buf) {
	switch {
	case b.Off >= scratchBase:
		b.Off += m.scratchTo - scratchBase
	case b.Off >= constBase:
		b.Off += m.constTo - constBase
	}
}

func (*mover) i32(...*int32)       {}
func (*mover) u8(*uint8)           {}
func (*mover) flag(*bool)          {}
func (*mover) f32(...*float32)     {}
func (*mover) f64(*float64)        {}
func (*mover) i8s(*[]int8)         {}
func (*mover) i16s(*[]int16)       {}
func (*mover) i32s(*[]int32)       {}
func (*mover) f32s(*[]float32)     {}
func (*mover) f64s(*[]float64)     {}
func (*mover) inputs(*[]TreeInput) {}
func (*mover) nodes(*[]TreeNode)   {}
