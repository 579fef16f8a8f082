package program

// DType is the element type of a buffer.
type DType uint8

// The element types. Multi-byte elements are little-endian, in files and in the arena.
const (
	U8 DType = iota + 1
	I8
	I16
	I32
	F32
)

// Size is the number of bytes of an element, 0 for an unknown type.
func (t DType) Size() int {
	switch t {
	case U8, I8:
		return 1
	case I16:
		return 2
	case I32, F32:
		return 4
	}
	return 0
}

// Range is the smallest and largest value of an integer type.
func (t DType) Range() (lo, hi int32) {
	switch t {
	case U8:
		return 0, 255
	case I8:
		return -128, 127
	case I16:
		return -32768, 32767
	case I32:
		return -1 << 31, 1<<31 - 1
	}
	return 0, 0
}

// String is the usual short name.
func (t DType) String() string {
	switch t {
	case U8:
		return "u8"
	case I8:
		return "s8"
	case I16:
		return "s16"
	case I32:
		return "s32"
	case F32:
		return "f32"
	}
	return "unknown"
}

// Buf is a run of N elements at byte Off of the arena. Off is a multiple of the
// element's size.
type Buf struct {
	Off, N int32
	Type   DType
}

// Bytes is the length of the buffer in bytes.
func (b Buf) Bytes() int { return int(b.N) * b.Type.Size() }

// Slice is elements [from, to) of b; out of range gives the zero Buf.
func (b Buf) Slice(from, to int) Buf {
	if from < 0 || to < from || to > int(b.N) {
		return Buf{}
	}
	return Buf{Off: b.Off + int32(from*b.Type.Size()), N: int32(to - from), Type: b.Type}
}

// IsZero reports the absent buffer.
func (b Buf) IsZero() bool { return b == Buf{} }

func (b Buf) overlaps(o Buf) bool {
	return b.N > 0 && o.N > 0 && int(b.Off) < int(o.Off)+o.Bytes() && int(o.Off) < int(b.Off)+b.Bytes()
}
