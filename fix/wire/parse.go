package wire

import "slipstream/fix/wire/vector"

// Parse indexes the fields of raw into m. raw is one message, as Frame gives
// it; BodyLength and CheckSum are Frame's to judge. After a fault m holds the
// fields before it, which is enough to answer with a Reject(3), or none at all if
// not even the first three are 8, 9, 35.
func Parse(raw []byte, m *Message) Fault {
	m.Raw, m.N = raw, 0
	if len(raw) > MaxMessage {
		return FaultTooLong
	}
	n, ok := m.indexPlain(raw)
	fault := FaultNone
	if !ok {
		n, fault = m.index(raw)
	}
	m.N = n
	if n < 3 || !m.begins() {
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

// begins says that the first three fields are the ones they must be.
func (m *Message) begins() bool {
	return m.Fields[0].Tag == TagBeginString && m.Fields[1].Tag == TagBodyLength && m.Fields[2].Tag == TagMsgType
}

// indexPlain is index for the messages of a trading day, in assembly: no faults, no data
// fields, CheckSum in three bytes. It gives false for anything else.
func (m *Message) indexPlain(raw []byte) (n int, ok bool) {
	body := len(raw) - trailerLen // where CheckSum starts
	if body < vector.BlockBytes {
		return 0, false
	}
	t := raw[body-1:]
	if t[0] != SOH || t[1] != '1' || t[2] != '0' || t[3] != '=' || t[4] == SOH || t[5] == SOH || t[6] == SOH || t[7] != SOH {
		return 0, false
	}
	n = vector.Index(raw, body, &m.Fields, &special)
	if n == 0 || !m.begins() {
		return 0, false
	}
	m.Fields[n] = Field{Tag: TagCheckSum, Start: uint16(body + 3), Len: 3}
	return n + 1, true
}
