package program

import "unsafe"

// arenaPad follows every arena, for kernels that read whole words at its end.
const arenaPad = 64

// memory is an arena and typed views of it. Buffers have been checked: views do not.
type memory struct {
	base  unsafe.Pointer // slotAlign-aligned
	arena []byte
	tmp16 [4][]int16
	tmp32 [4][]float32
	tmpI  []int32
}

func newMemory(p *Program) *memory {
	raw := make([]byte, int(p.Arena)+slotAlign+arenaPad)
	skip := -int(uintptr(unsafe.Pointer(&raw[0]))) & (slotAlign - 1)
	m := &memory{base: unsafe.Pointer(&raw[skip]), arena: raw[skip : skip+int(p.Arena) : len(raw)]}
	copy(m.arena, p.Init)
	return m
}

func (m *memory) at(b Buf) unsafe.Pointer { return unsafe.Add(m.base, b.Off) }
func (m *memory) bytes(b Buf) []byte      { return m.arena[b.Off : int(b.Off)+b.Bytes()] }
func (m *memory) u8(b Buf) []uint8        { return unsafe.Slice((*uint8)(m.at(b)), b.N) }
func (m *memory) i8(b Buf) []int8         { return unsafe.Slice((*int8)(m.at(b)), b.N) }
func (m *memory) i16(b Buf) []int16       { return unsafe.Slice((*int16)(m.at(b)), b.N) }
func (m *memory) i32(b Buf) []int32       { return unsafe.Slice((*int32)(m.at(b)), b.N) }
func (m *memory) f32(b Buf) []float32     { return unsafe.Slice((*float32)(m.at(b)), b.N) }

// get is element i of an integer buffer.
func (m *memory) get(b Buf, i int) int32 {
	switch b.Type {
	case U8:
		return int32(m.u8(b)[i])
	case I8:
		return int32(m.i8(b)[i])
	case I16:
		return int32(m.i16(b)[i])
	}
	return m.i32(b)[i]
}

// put stores an integer that fits.
func (m *memory) put(b Buf, i int, v int32) {
	switch b.Type {
	case U8:
		m.u8(b)[i] = uint8(v)
	case I8:
		m.i8(b)[i] = int8(v)
	case I16:
		m.i16(b)[i] = int16(v)
	case I32:
		m.i32(b)[i] = v
	}
}

// short is temporary k of n elements; it grows once.
func (m *memory) short(k, n int) []int16 {
	if cap(m.tmp16[k]) < n {
		m.tmp16[k] = make([]int16, n)
	}
	return m.tmp16[k][:n]
}

// floats is float temporary k of n elements; it grows once.
func (m *memory) floats(k, n int) []float32 {
	if cap(m.tmp32[k]) < n {
		m.tmp32[k] = make([]float32, n)
	}
	return m.tmp32[k][:n]
}

// ints is the integer temporary; it grows once.
func (m *memory) ints(n int) []int32 {
	if cap(m.tmpI) < n {
		m.tmpI = make([]int32, n)
	}
	return m.tmpI[:n]
}
