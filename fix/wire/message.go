package wire

import (
	"encoding/binary"
	"math/bits"
)

// MaxFields is the most fields of one message, CheckSum included.
const MaxFields = 256

// MaxMessage is the longest message that Parse takes, in bytes: offsets are 16 bit.
const MaxMessage = 1<<16 - 1

// Field is one tag=value: the value is Raw[Start : Start+Len].
type Field struct {
	Tag   uint32
	Start uint16
	Len   uint16
}

// Message is one parsed message. Fields[:N] are in wire order, 8 first and 10
// last; tags of repeating groups occur more than once. It borrows Raw.
type Message struct {
	Raw    []byte
	N      int
	Fields [MaxFields]Field
}

// Parse indexes the fields of raw into m. raw is one message, as Frame gives
// it; BodyLength and CheckSum are Frame's to judge. After a fault m holds the
// fields before it, which is enough to answer with a Reject(3), or none at all if
// not even the first three are 8, 9, 35.
func Parse(raw []byte, m *Message) Fault {
	m.Raw, m.N = raw, 0
	if len(raw) > MaxMessage {
		return FaultTooLong
	}
	n, fault := m.index(raw)
	m.N = n
	if n < 3 || m.Fields[0].Tag != TagBeginString || m.Fields[1].Tag != TagBodyLength || m.Fields[2].Tag != TagMsgType {
		m.N = 0
		if fault == FaultNone {
			fault = FaultFieldOrder
		}
	}
	if fault == FaultNone && m.Fields[n-1].Tag != TagCheckSum {
		fault = FaultFieldOrder
	}
	return fault
}

// index fills Fields and gives their number; the caller checks which are first and
// last. The chain from one field to the next is the search for SOH alone; the tag
// is read on the side, from the field's first eight bytes.
func (m *Message) index(raw []byte) (n int, fault Fault) {
	for i := 0; i < len(raw); {
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
			first = loadShort(raw[i:])
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
		if tag < 640 && special[tag>>6]>>(tag&63)&1 != 0 {
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
var special = func() (bits [10]uint64) {
	set := func(tag uint32) { bits[tag>>6] |= 1 << (tag & 63) }
	set(TagBeginString)
	set(TagBodyLength)
	set(TagMsgType)
	set(TagCheckSum)
	for _, p := range dataPairs {
		set(p[0])
	}
	return bits
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
	tag, digits := readTag(loadShort(raw[i:]))
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

// Value is the value of field f.
func (m *Message) Value(f Field) []byte {
	return m.Raw[f.Start : int(f.Start)+int(f.Len)]
}

// Get is the value of the first field with this tag.
func (m *Message) Get(tag uint32) (value []byte, ok bool) {
	for i := range m.Fields[:m.N] {
		if m.Fields[i].Tag == tag {
			return m.Value(m.Fields[i]), true
		}
	}
	return nil, false
}

// GetUint is the value of the first field with this tag as a number; missing is
// true when there is no such field, ok is false also when it is no number.
func (m *Message) GetUint(tag uint32) (v uint64, ok, missing bool) {
	b, found := m.Get(tag)
	if !found {
		return 0, false, true
	}
	v, ok = ParseUint(b)
	return v, ok, false
}

// Type is MsgType(35).
func (m *Message) Type() []byte {
	if m.N < 3 {
		return nil
	}
	return m.Value(m.Fields[2])
}

// Type1 is MsgType(35) when it is one byte, and 0 otherwise.
func (m *Message) Type1() byte {
	if m.N < 3 || m.Fields[2].Len != 1 {
		return 0
	}
	return m.Raw[m.Fields[2].Start]
}

// MsgSeqNum is MsgSeqNum(34); ok is false when it is missing or no number.
func (m *Message) MsgSeqNum() (seq uint64, ok bool) {
	seq, ok, _ = m.GetUint(TagMsgSeqNum)
	return seq, ok
}

// PossDup says whether PossDupFlag(43) is Y.
func (m *Message) PossDup() bool {
	b, _ := m.Get(TagPossDupFlag)
	return len(b) == 1 && b[0] == 'Y'
}
