package program

import (
	"encoding/binary"
	"fmt"
	"math"
)

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
