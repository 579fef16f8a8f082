package vector

import "unsafe"

// Field is one tag=value: the value is Len bytes from Start of the message.
type Field struct {
	Tag   uint32
	Start uint16
	Len   uint16
}

// FieldsMax is the room for fields of one message.
const FieldsMax = 256

// BlockBytes is the least that Index takes.
const BlockBytes = 64

// Sum adds the bytes of b up to a multiple of 32, and says how many they are: 0 where
// there is no AVX2.
func Sum(b []byte) (sum uint64, n int) {
	blocks := len(b) / 32
	if !Has || blocks == 0 {
		return 0, 0
	}
	return sumBlocks(&b[0], blocks), blocks * 32
}

// Index finds the fields of raw[:body], whose last byte is SOH, and gives their number. It
// gives 0, and anything in fields, where there is no AVX2; if body is shorter than
// BlockBytes or less than seven bytes from the end of raw; if a field is not 1 to 6 digits
// without a leading zero, '=' and a value; if the tag of one from the fourth on is marked
// in special (modulo its size); and if there are more than 188 to 252, by how they lie.
func Index(raw []byte, body int, fields *[FieldsMax]Field, special *[1024]byte) int {
	if !Has || body < BlockBytes || body+7 > len(raw) {
		return 0
	}
	return indexBlocks(&raw[0], body, (*byte)(unsafe.Pointer(fields)), &special[0])
}
