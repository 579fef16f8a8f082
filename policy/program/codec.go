package program

import (
	"encoding/binary"
	"fmt"
	"math"
)

// magic begins a program file; its last byte is the version.
var magic = [8]byte{'S', 'L', 'I', 'P', 'P', 'R', 'G', 1}

// Append writes p after dst. Equal programs give equal bytes. Constants and state are
// written as they lie in the arena, little-endian: NewMachine refuses a big-endian machine.
func (p *Program) Append(dst []byte) []byte {
	w := writer{append(dst, magic[:]...)}
	w.i32(&p.Arena, &p.State)
	w.bytes(p.Init)
	for _, group := range [][]Slot{p.Inputs, p.Outputs, p.States} {
		w.n(len(group))
		for i := range group {
			s := &group[i]
			w.bytes([]byte(s.Name))
			w.buf(&s.Buf)
			w.i32s(&s.Dims)
			w.f32(&s.Scale)
			w.i32(&s.Zero)
		}
	}
	w.n(len(p.Instrs))
	for _, in := range p.Instrs {
		w.b = append(w.b, byte(in.Op()))
		in.walk(&w)
	}
	return w.b
}

// Decode reads one program from all of b and checks it. Its errors wrap ErrFormat,
// ErrShort, ErrLimit or ErrInvalid. Memory is bounded by a small multiple of len(b) plus
// the arena's bound.
func Decode(b []byte) (*Program, error) {
	if len(b) < len(magic) || [8]byte(b[:8]) != magic {
		return nil, ErrFormat
	}
	r := reader{b: b[8:]}
	p := &Program{}
	r.i32(&p.Arena, &p.State)
	p.Init = append([]byte{}, r.bytes(MaxArena)...)
	for _, group := range []*[]Slot{&p.Inputs, &p.Outputs, &p.States} {
		for range r.n(MaxSlots, 25) {
			var s Slot
			s.Name = string(r.bytes(MaxName))
			r.buf(&s.Buf)
			r.i32s(&s.Dims)
			r.f32(&s.Scale)
			r.i32(&s.Zero)
			*group = append(*group, s)
		}
	}
	for i := range r.n(MaxInstrs, 1) {
		var op uint8
		r.u8(&op)
		in := newInstr(Op(op))
		if r.err == nil && in == nil {
			r.err = fmt.Errorf("%w: instruction %d has the unknown code %d", ErrInvalid, i, op)
		}
		if r.err != nil {
			break
		}
		in.walk(&r)
		p.Instrs = append(p.Instrs, in)
	}
	if r.err == nil && len(r.b) > 0 {
		r.err = fmt.Errorf("%w: %d bytes follow the program", ErrInvalid, len(r.b))
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	return p, nil
}

// writer appends fields.
type writer struct{ b []byte }

func (w *writer) n(n int) { w.b = binary.LittleEndian.AppendUint32(w.b, uint32(n)) }

func (w *writer) bytes(v []byte) {
	w.n(len(v))
	w.b = append(w.b, v...)
}

func (w *writer) buf(b *Buf) {
	w.i32(&b.Off, &b.N)
	w.u8((*uint8)(&b.Type))
}

func (w *writer) u8(v *uint8) { w.b = append(w.b, *v) }

func (w *writer) i32(vs ...*int32) {
	for _, v := range vs {
		w.n(int(uint32(*v)))
	}
}

func (w *writer) f32(vs ...*float32) {
	for _, v := range vs {
		w.n(int(math.Float32bits(*v)))
	}
}

func (w *writer) f64(v *float64) {
	w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(*v))
}

func (w *writer) flag(v *bool) {
	var b byte
	if *v {
		b = 1
	}
	w.b = append(w.b, b)
}

func (w *writer) i8s(v *[]int8) {
	w.n(len(*v))
	for _, x := range *v {
		w.b = append(w.b, byte(x))
	}
}

func (w *writer) i16s(v *[]int16) {
	w.n(len(*v))
	for _, x := range *v {
		w.b = binary.LittleEndian.AppendUint16(w.b, uint16(x))
	}
}

func (w *writer) i32s(v *[]int32) {
	w.n(len(*v))
	for i := range *v {
		w.i32(&(*v)[i])
	}
}

func (w *writer) f32s(v *[]float32) {
	w.n(len(*v))
	for i := range *v {
		w.f32(&(*v)[i])
	}
}

func (w *writer) f64s(v *[]float64) {
	w.n(len(*v))
	for i := range *v {
		w.f64(&(*v)[i])
	}
}

func (w *writer) inputs(v *[]TreeInput) {
	w.n(len(*v))
	for i := range *v {
		in := &(*v)[i]
		w.i32(&in.Feature, &in.First, &in.Num)
		w.flag(&in.NaNLow)
	}
}

func (w *writer) nodes(v *[]TreeNode) {
	w.n(len(*v))
	for i := range *v {
		n := &(*v)[i]
		w.b = binary.LittleEndian.AppendUint16(w.b, n.Input)
		w.b = binary.LittleEndian.AppendUint16(w.b, n.Rank)
		w.i32(&n.True, &n.False)
	}
}

// reader takes fields; the first fault sticks and everything after reads as zero.
type reader struct {
	b   []byte
	err error
}

// take is the next n bytes, or nil.
func (r *reader) take(n int) []byte {
	if r.err == nil && n > len(r.b) {
		r.err = fmt.Errorf("%w: %d bytes wanted, %d left", ErrShort, n, len(r.b))
	}
	if r.err != nil {
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) word() uint32 {
	if v := r.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

// n is a count of things of at least size bytes each, all of which must be there.
func (r *reader) n(limit, size int) int {
	n := r.word()
	switch {
	case r.err != nil:
		return 0
	case uint64(n) > uint64(limit):
		r.err = fmt.Errorf("%w: a count of %d, at most %d", ErrLimit, n, limit)
		return 0
	case uint64(n)*uint64(size) > uint64(len(r.b)):
		r.err = fmt.Errorf("%w: %d elements of %d bytes wanted, %d bytes left", ErrShort, n, size, len(r.b))
		return 0
	}
	return int(n)
}

func (r *reader) bytes(limit int) []byte { return r.take(r.n(limit, 1)) }

func (r *reader) buf(b *Buf) {
	r.i32(&b.Off, &b.N)
	r.u8((*uint8)(&b.Type))
}

func (r *reader) u8(v *uint8) {
	if b := r.take(1); b != nil {
		*v = b[0]
	}
}

func (r *reader) flag(v *bool) {
	var b uint8
	if r.u8(&b); b > 1 && r.err == nil {
		r.err = fmt.Errorf("%w: a flag is %d", ErrInvalid, b)
	}
	*v = b == 1
}

func (r *reader) i32(vs ...*int32) {
	for _, v := range vs {
		*v = int32(r.word())
	}
}

func (r *reader) f32(vs ...*float32) {
	for _, v := range vs {
		*v = math.Float32frombits(r.word())
	}
}

func (r *reader) f64(v *float64) {
	if b := r.take(8); b != nil {
		*v = math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
}

// slice reads a counted list of elements of size bytes.
func slice[T any](r *reader, size int, v *[]T, one func(b []byte) T) {
	n := r.n(math.MaxInt32, size)
	b := r.take(n * size)
	*v = nil
	if len(b) == 0 {
		return
	}
	*v = make([]T, n)
	for i := range *v {
		(*v)[i] = one(b[i*size:])
	}
}

func (r *reader) i8s(v *[]int8) { slice(r, 1, v, func(b []byte) int8 { return int8(b[0]) }) }
func (r *reader) i16s(v *[]int16) {
	slice(r, 2, v, func(b []byte) int16 { return int16(binary.LittleEndian.Uint16(b)) })
}
func (r *reader) i32s(v *[]int32) {
	slice(r, 4, v, func(b []byte) int32 { return int32(binary.LittleEndian.Uint32(b)) })
}
func (r *reader) f32s(v *[]float32) {
	slice(r, 4, v, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) })
}
func (r *reader) f64s(v *[]float64) {
	slice(r, 8, v, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) })
}

func (r *reader) inputs(v *[]TreeInput) {
	for range r.n(1<<16, 13) {
		var in TreeInput
		r.i32(&in.Feature, &in.First, &in.Num)
		r.flag(&in.NaNLow)
		*v = append(*v, in)
	}
}

func (r *reader) nodes(v *[]TreeNode) {
	slice(r, 12, v, func(b []byte) TreeNode {
		return TreeNode{binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]),
			int32(binary.LittleEndian.Uint32(b[4:])), int32(binary.LittleEndian.Uint32(b[8:]))}
	})
}
