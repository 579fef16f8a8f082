package wire

import (
	"encoding/binary"
	"math/bits"
)

// index fills Fields and gives their number; the caller checks which are first and
// last. It handles every message, field by field, and names the first fault.
func (m *Message) index(raw []byte) (n int, fault Fault) {
	for i := 0; i < len(raw); {
		m.fault = i
		if n >= MaxFields {
			return n, FaultTooMany
		}
		var first uint64
		end := i
		if i+8 <= len(raw) {
			first = binary.LittleEndian.Uint64(raw[i:])
			if z := zeroByte(first ^ sohWord); z != 0 {
				end = i + bits.TrailingZeros64(z)>>3
			} else {
				end = indexSOH(raw, i+8)
			}
		} else {
			first = Word(raw[i:])
			end = indexSOH(raw, i)
		}
		tag, digits := readTag(first)
		if digits == 0 {
			if end == i {
				return n, FaultEmptyValue
			}
			return n, FaultTag
		}
		start := i + digits + 1
		if end < 0 {
			return n, FaultFieldOrder // raw does not end in SOH
		}
		if start >= end {
			if start == end {
				return n, FaultEmptyValue
			}
			return n, FaultTag // the '=' is in a later field
		}
		m.Fields[n] = Field{Tag: tag, Start: uint16(start), Len: uint16(end - start)}
		i = end + 1
		if tag < uint32(len(special)) && special[tag] != 0 {
			if fault := m.special(raw, n, end); fault != FaultNone {
				return n, fault
			}
			if n >= 3 && tag != TagCheckSum {
				// A length field: its data field follows, SOH and all.
				n++
				if i, fault = m.data(raw, n, i); fault != FaultNone {
					return n, fault
				}
			}
		}
		n++
	}
	return n, FaultNone
}

// special marks the tags that index looks at: 8, 9, 35, 10, and the length fields.
var special = func() (marks [1024]byte) {
	for _, tag := range [...]uint32{TagBeginString, TagBodyLength, TagMsgType, TagCheckSum} {
		marks[tag] = 1
	}
	for _, p := range dataPairs {
		marks[p[0]] = 1
	}
	return marks
}()

// special judges the place of field n, which is one of the marked ones.
func (m *Message) special(raw []byte, n, end int) Fault {
	switch m.Fields[n].Tag {
	case TagBeginString, TagBodyLength, TagMsgType:
		if n >= 3 {
			return FaultFieldOrder
		}
	case TagCheckSum:
		if end+1 != len(raw) {
			return FaultFieldOrder
		}
	default:
		if n < 3 {
			return FaultFieldOrder
		}
	}
	return FaultNone
}

// dataPairs are the length fields and the data fields that must follow them, whose
// values may hold SOH (FIX 4.4 Vol 1, "data" fields).
var dataPairs = [...][2]uint32{
	{90, 91}, {93, 89}, {95, 96}, {212, 213}, {348, 349}, {350, 351}, {352, 353}, {354, 355},
	{356, 357}, {358, 359}, {360, 361}, {362, 363}, {364, 365}, {445, 446}, {618, 619}, {621, 622},
}

// data indexes the data field at raw[i:] as field n, the one after its length
// field, and gives the offset of the field after it.
func (m *Message) data(raw []byte, n, i int) (next int, fault Fault) {
	length, ok := ParseUint(m.Value(m.Fields[n-1]))
	if !ok || length == 0 || n >= MaxFields || i >= len(raw) {
		return i, FaultData
	}
	tag, digits := readTag(Word(raw[i:]))
	start := i + digits + 1
	if digits == 0 || length >= uint64(len(raw)) || start+int(length) >= len(raw) || raw[start+int(length)] != SOH {
		return i, FaultData
	}
	for _, p := range dataPairs {
		if p[0] == m.Fields[n-1].Tag && p[1] == tag {
			m.Fields[n] = Field{Tag: tag, Start: uint16(start), Len: uint16(length)}
			return start + int(length) + 1, FaultNone
		}
	}
	return i, FaultData
}
