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

// dataLength marks the length fields whose next field is data that may hold SOH
// (FIX 4.4: 90-91, 93-89, 95-96, 212-213, 348-349, ... 621-622).
var dataLength = func() (bits [10]uint64) {
	for _, p := range dataPairs {
		bits[p[0]>>6] |= 1 << (p[0] & 63)
	}
	return bits
}()

var dataPairs = [...][2]uint32{
	{90, 91}, {93, 89}, {95, 96}, {212, 213}, {348, 349}, {350, 351}, {352, 353}, {354, 355},
	{356, 357}, {358, 359}, {360, 361}, {362, 363}, {364, 365}, {445, 446}, {618, 619}, {621, 622},
}

// dataTag is the data field that must follow length field tag.
func dataTag(tag uint32) uint32 {
	for _, p := range dataPairs {
		if p[0] == tag {
			return p[1]
		}
	}
	return 0
}

// Parse indexes the fields of raw into m. raw is one message, as Frame gives
// it; BodyLength and CheckSum are Frame's to judge. After a fault m holds the
// fields before it, which is enough to answer with a Reject(3).
func Parse(raw []byte, m *Message) Fault {
	m.Raw, m.N = raw, 0
	if len(raw) > MaxMessage {
		return FaultTooLong
	}
	i, n := 0, 0
	wantTag, wantLen := uint32(0), 0
	for i < len(raw) {
		if n == MaxFields {
			return FaultTooMany
		}
		// The tag: 1 to 6 digits, no leading zero.
		var tag uint32
		start := i
		for ; i < len(raw); i++ {
			c := uint32(raw[i]) - '0'
			if c > 9 {
				break
			}
			tag = tag*10 + c
			if i-start == 6 {
				return FaultTag
			}
		}
		if i == start {
			if raw[i] == SOH {
				return FaultEmptyValue
			}
			return FaultTag
		}
		if i == len(raw) || raw[i] != '=' || raw[start] == '0' {
			return FaultTag
		}
		i++
		// The value: up to SOH, or as long as its length field said.
		end := 0
		if wantTag != 0 {
			end = i + wantLen
			if tag != wantTag || end >= len(raw) || raw[end] != SOH {
				return FaultData
			}
			wantTag = 0
		} else if end = indexSOH(raw, i); end < 0 {
			return FaultFieldOrder // raw does not end in SOH
		}
		if end == i {
			return FaultEmptyValue
		}
		if !inPlace(n, tag, end+1 == len(raw)) {
			return FaultFieldOrder
		}
		m.Fields[n] = Field{Tag: tag, Start: uint16(i), Len: uint16(end - i)}
		n++
		m.N = n
		if tag>>6 < uint32(len(dataLength)) && dataLength[tag>>6]>>(tag&63)&1 != 0 {
			length, ok := ParseUint(raw[i:end])
			if !ok || length > MaxMessage {
				return FaultData
			}
			wantTag, wantLen = dataTag(tag), int(length)
		}
		i = end + 1
	}
	if n < 4 {
		return FaultFieldOrder
	}
	return FaultNone
}

// inPlace says whether tag may be the nth field (from 0): 8, 9, 35 first and only
// there, 10 last and only there.
func inPlace(n int, tag uint32, last bool) bool {
	switch n {
	case 0:
		return tag == TagBeginString
	case 1:
		return tag == TagBodyLength
	case 2:
		return tag == TagMsgType
	}
	switch tag {
	case TagBeginString, TagBodyLength, TagMsgType:
		return false
	case TagCheckSum:
		return last
	}
	return !last
}

const (
	sohWord  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// indexSOH is the offset of the first SOH in b[i:], -1 if none. Eight bytes at a time.
func indexSOH(b []byte, i int) int {
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:]) ^ sohWord
		if z := (w - sohWord) &^ w & highBits; z != 0 {
			return i + bits.TrailingZeros64(z)>>3
		}
		i += 8
	}
	for ; i < len(b); i++ {
		if b[i] == SOH {
			return i
		}
	}
	return -1
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
