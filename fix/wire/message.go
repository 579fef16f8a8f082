package wire

import "slipstream/fix/wire/vector"

// MaxFields is the most fields of one message, CheckSum included.
const MaxFields = vector.FieldsMax

// MaxMessage is the longest message that Parse takes, in bytes: offsets are 16 bit.
const MaxMessage = 1<<16 - 1

// Field is one tag=value: the value is Raw[Start : Start+Len].
type Field = vector.Field

// Message is one parsed message. Fields[:N] are in wire order, 8 first and 10
// last; tags of repeating groups occur more than once. It borrows Raw.
type Message struct {
	Raw    []byte
	N      int
	Fields [MaxFields]Field
	fault  int // offset of the field that Parse found wrong
}

// FaultTag is the text before the '=' of the field at which Parse found a fault, at
// most 10 bytes; nil if there is none. It means something after a fault only.
func (m *Message) FaultTag() []byte {
	b := m.Raw[min(m.fault, len(m.Raw)):]
	for i, c := range b[:min(11, len(b))] {
		if c == '=' {
			return b[:i]
		}
		if c == SOH {
			break
		}
	}
	return nil
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
