package program

import "fmt"

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
