package program

import (
	"fmt"
	"math"
)

// Check proves everything that execution relies on: buffers inside the arena, aligned and
// apart, nothing read before it is written in the same evaluation (scratch carries nothing
// over), constants never written, tables complete, indexes in range, and no accumulator
// that could overflow. It takes memory and time proportional to the program's size.
func (p *Program) Check() error {
	if p.Arena < 0 || p.Arena > MaxArena || len(p.Instrs) > MaxInstrs || len(p.Inputs) > MaxSlots || len(p.Outputs) > MaxSlots || len(p.States) > MaxSlots {
		return fmt.Errorf("%w: arena of %d bytes, %d instructions, %d inputs, %d outputs", ErrLimit, p.Arena, len(p.Instrs), len(p.Inputs), len(p.Outputs))
	}
	if p.State < 0 || int(p.State) > len(p.Init) || len(p.Init) > int(p.Arena) {
		return fmt.Errorf("%w: %d bytes of state, %d of initial contents, an arena of %d", ErrInvalid, p.State, len(p.Init), p.Arena)
	}
	c := newChecker(p)
	if err := c.slots(); err != nil {
		return err
	}
	var work uint64
	for i, in := range p.Instrs {
		c.i, c.in = i, in
		if in == nil {
			return fmt.Errorf("%w: instruction %d is missing", ErrInvalid, i)
		}
		if in.check(c); c.err != nil {
			return c.err
		}
		if work += in.work(); work > MaxWork {
			return fmt.Errorf("%w: more than %d steps up to instruction %d", ErrLimit, MaxWork, i)
		}
	}
	for i := range p.Outputs {
		if b := p.Outputs[i].Buf; !c.written(b) {
			return fmt.Errorf("%w: output %q is never computed", ErrInvalid, p.Outputs[i].Name)
		}
	}
	return nil
}

// Work is the number of elementary steps of one evaluation, of a checked program.
func (p *Program) Work() (steps uint64) {
	for _, in := range p.Instrs {
		steps += in.work()
	}
	return steps
}

// checker walks a program in execution order, knowing of each byte whether it has been
// written and how large what it holds can be.
type checker struct {
	p   *Program
	i   int
	in  Instr
	err error
	set []bool
	// lim8[k] bounds a U8 element at byte k; lim16[k] the magnitude of an I16 element.
	lim8  []uint8
	lim16 []uint16
}

func newChecker(p *Program) *checker {
	c := &checker{p: p, set: make([]bool, p.Arena), lim8: make([]uint8, p.Arena), lim16: make([]uint16, p.Arena)}
	for i := range c.set {
		c.set[i] = i < len(p.Init)
		c.lim8[i], c.lim16[i] = 255, 32768
	}
	return c
}

// fail keeps the first fault.
func (c *checker) fail(format string, args ...any) {
	if c.err == nil {
		c.err = &InstrError{c.i, c.in.Op(), fmt.Sprintf(format, args...)}
	}
}

func (c *checker) need(ok bool, format string, args ...any) bool {
	if !ok {
		c.fail(format, args...)
	}
	return c.err == nil
}

// fits reports a buffer of a known type, aligned and inside the arena, not empty.
func (c *checker) fits(b Buf) bool {
	s := b.Type.Size()
	return s > 0 && b.N > 0 && b.Off >= 0 && int(b.Off)%s == 0 && int64(b.Off)+int64(b.N)*int64(s) <= int64(c.p.Arena)
}

// buf checks shape and type; n < 0 accepts any length.
func (c *checker) buf(what string, b Buf, n int64, types ...DType) bool {
	if c.err != nil {
		return false
	}
	if !c.fits(b) {
		c.fail("%s (%d x %s at %d) is not inside the arena of %d bytes", what, b.N, b.Type, b.Off, c.p.Arena)
		return false
	}
	ok := len(types) == 0
	for _, t := range types {
		ok = ok || t == b.Type
	}
	return c.need(ok, "%s is %s", what, b.Type) && c.need(n < 0 || int64(b.N) == n, "%s has %d elements, want %d", what, b.N, n)
}

// read checks an input.
func (c *checker) read(what string, b Buf, n int64, types ...DType) bool {
	return c.buf(what, b, n, types...) && c.need(c.written(b), "%s reads bytes that nothing has written", what)
}

func (c *checker) written(b Buf) bool {
	for _, s := range c.set[b.Off : int(b.Off)+b.Bytes()] {
		if !s {
			return false
		}
	}
	return true
}

// write checks an output: writable, and apart from others except where it is the very
// buffer named in same.
func (c *checker) write(what string, b Buf, n int64, others, same []Buf, types ...DType) bool {
	if !c.buf(what, b, n, types...) {
		return false
	}
	ro := Buf{Off: c.p.State, N: int32(len(c.p.Init)) - c.p.State, Type: U8}
	if !c.need(!b.overlaps(ro), "%s overwrites constants", what) {
		return false
	}
	for _, o := range others {
		if !c.need(!b.overlaps(o), "%s overlaps another operand", what) {
			return false
		}
	}
	for _, o := range same {
		alias := o.Off == b.Off && o.Bytes() == b.Bytes() && o.Type.Size() == b.Type.Size()
		if !c.need(alias || !b.overlaps(o), "%s overlaps an operand without being it", what) {
			return false
		}
	}
	return true
}

// wrote records a result whose elements are bounded by lim (U8: value, I16: magnitude).
func (c *checker) wrote(b Buf, lim int32) {
	if c.err != nil {
		return
	}
	size := b.Type.Size()
	for k, end := int(b.Off), int(b.Off)+b.Bytes(); k < end; k++ {
		c.set[k], c.lim8[k], c.lim16[k] = true, 255, 32768
		switch {
		case b.Type == U8:
			c.lim8[k] = uint8(min(max(lim, 0), 255))
		case b.Type == I16 && (k-int(b.Off))%size == 0:
			c.lim16[k] = uint16(min(max(lim, 0), 32768))
		}
	}
	// An element that begins just before b and reaches into it is no longer known.
	if b.Off > 0 {
		c.lim16[b.Off-1] = 32768
	}
}

// limit bounds the magnitude of element i of a U8 or I16 buffer.
func (c *checker) limit(b Buf, i int) int64 {
	if b.Type == U8 {
		return int64(c.lim8[int(b.Off)+i])
	}
	return int64(c.lim16[int(b.Off)+2*i])
}

// maxLimit bounds all of b.
func (c *checker) maxLimit(b Buf) (lim int64) {
	for i := range int(b.N) {
		lim = max(lim, c.limit(b, i))
	}
	return lim
}

func (c *checker) slots() error {
	for _, group := range [][]Slot{c.p.Inputs, c.p.Outputs, c.p.States} {
		seen := make(map[string]bool, len(group))
		for i := range group {
			s := &group[i]
			n := int64(1)
			for _, d := range s.Dims {
				if n *= int64(d); d < 1 || n > MaxArena {
					return fmt.Errorf("%w: slot %q has dimensions %v", ErrInvalid, s.Name, s.Dims)
				}
			}
			switch {
			case !c.fits(s.Buf) || n != int64(s.Buf.N) || len(s.Dims) > MaxRank:
				return fmt.Errorf("%w: slot %q of dimensions %v lies at %d, %d elements", ErrInvalid, s.Name, s.Dims, s.Buf.Off, s.Buf.N)
			case seen[s.Name] || len(s.Name) > MaxName:
				return fmt.Errorf("%w: slot name %.40q is used twice or too long", ErrInvalid, s.Name)
			case !finite(s.Scale) || s.Scale < 0:
				return fmt.Errorf("%w: slot %q has scale %v", ErrInvalid, s.Name, s.Scale)
			}
			seen[s.Name] = true
		}
	}
	ro := Buf{Off: c.p.State, N: int32(len(c.p.Init)) - c.p.State, Type: U8}
	for i := range c.p.Inputs {
		b := c.p.Inputs[i].Buf
		if b.overlaps(ro) {
			return fmt.Errorf("%w: input %q lies in the constants", ErrInvalid, c.p.Inputs[i].Name)
		}
		for j := range i {
			if b.overlaps(c.p.Inputs[j].Buf) {
				return fmt.Errorf("%w: inputs %q and %q overlap", ErrInvalid, c.p.Inputs[i].Name, c.p.Inputs[j].Name)
			}
		}
		c.wrote(b, 32768)
	}
	for i := range c.p.States {
		if b := c.p.States[i].Buf; int(b.Off)+b.Bytes() > int(c.p.State) {
			return fmt.Errorf("%w: state %q lies outside the state", ErrInvalid, c.p.States[i].Name)
		}
	}
	return nil
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

// clamps checks a requantisation's zero point and range against its type.
func (c *checker) clamps(t DType, zero, lo, hi int32) bool {
	if t == F32 {
		return c.err == nil
	}
	tlo, thi := t.Range()
	if t == I32 {
		tlo, thi = -1<<24, 1<<24 // so that the bounds minus Zero are exact in float32
		return c.need(lo <= hi && zero == 0 && lo >= tlo && hi <= thi, "clamps s32 to [%d, %d] around %d; want within +-2^24, zero point 0", lo, hi, zero)
	}
	return c.need(lo <= hi && lo >= tlo && hi <= thi && zero >= tlo && zero <= thi, "clamps %s to [%d, %d] around %d", t, lo, hi, zero)
}

// magnitude is the largest magnitude in [lo, hi].
func magnitude(lo, hi int32) int32 { return max(hi, -lo) }

func (c *checker) table16(what string, t []int16) bool {
	if !c.need(len(t) == 513, "%s has %d entries, want 513", what, len(t)) {
		return false
	}
	for i := range 512 {
		if d := int32(t[i+1]) - int32(t[i]); d < -32768 || d > 32767 {
			return c.need(false, "%s jumps by %d at entry %d", what, d, i)
		}
	}
	return true
}

func (c *checker) finites(what string, v []float32) bool {
	for i, x := range v {
		if !finite(x) {
			return c.need(false, "%s[%d] is %v", what, i, x)
		}
	}
	return true
}

// sizes checks that each is at least 1 and that no product of them exceeds the arena or a file.
func (c *checker) sizes(what string, v ...int32) bool {
	n := int64(1)
	for _, d := range v {
		if n *= int64(d); d < 1 || n > 1<<30 {
			return c.need(false, "%s %v is not a size", what, v)
		}
	}
	return c.err == nil
}
