package wire

import (
	"encoding/binary"
	"math/bits"
)

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

// indexPlain is index for the messages of a trading day: no faults, no data fields,
// tags below 10000. It gives false for anything else. The first pass finds the
// ends of the fields a word at a time, the second reads their tags; so no field
// waits for the one before it.
func (m *Message) indexPlain(raw []byte) (n int, ok bool) {
	n = m.ends(raw)
	if n < 4 || n > MaxFields {
		return 0, false
	}
	start := 0
	marked := uint64(0)
	fields := m.Fields[:n]
	for i := range fields {
		f := &fields[i]
		end := int(f.Len)
		if start+8 > len(raw) {
			return 0, false
		}
		w := binary.LittleEndian.Uint64(raw[start:])
		tag := uint32(w&0xFF) - '0'
		digit := tag
		value := start + 2
		if w>>8&0xFF != '=' {
			d := uint32(w>>8&0xFF) - '0'
			digit |= notDigit(d)
			tag = tag*10 + d
			value++
			if w>>16&0xFF != '=' {
				d = uint32(w>>16&0xFF) - '0'
				digit |= notDigit(d)
				tag = tag*10 + d
				value++
				if w>>24&0xFF != '=' {
					d = uint32(w>>24&0xFF) - '0'
					digit |= notDigit(d)
					tag = tag*10 + d
					value++
					if w>>32&0xFF != '=' {
						return 0, false
					}
				}
			}
		}
		if digit-1 > 8 || value >= end {
			return 0, false
		}
		if i >= 3 {
			marked |= special[tag>>6&15] >> (tag & 63)
		}
		f.Tag, f.Start, f.Len = tag, uint16(value), uint16(end-value)
		start = end + 1
		if i == n-2 {
			break // CheckSum is shorter than a word
		}
	}
	last := raw[start:]
	if marked&1 != 0 || len(last) < 5 || last[0] != '1' || last[1] != '0' || last[2] != '=' {
		return 0, false
	}
	fields[n-1] = Field{Tag: TagCheckSum, Start: uint16(start + 3), Len: uint16(len(last) - 4)}
	return n, true
}

// notDigit is above 15 unless d is 0 to 9, so that or-ing it to a digit shows.
func notDigit(d uint32) uint32 { return (d+6)&^15 | d&^15 }

// ends puts the offset of the nth SOH in Fields[n].Len, and gives their number if
// raw ends in the last of them; 0 if not, or if there are too many.
func (m *Message) ends(raw []byte) int {
	n, base := uint(0), 0
	for ; base+64 <= len(raw); base += 64 {
		b := (*[64]byte)(raw[base:])
		mask := sohMask(binary.LittleEndian.Uint64(b[0:])) | sohMask(binary.LittleEndian.Uint64(b[8:]))<<8 |
			sohMask(binary.LittleEndian.Uint64(b[16:]))<<16 | sohMask(binary.LittleEndian.Uint64(b[24:]))<<24 |
			sohMask(binary.LittleEndian.Uint64(b[32:]))<<32 | sohMask(binary.LittleEndian.Uint64(b[40:]))<<40 |
			sohMask(binary.LittleEndian.Uint64(b[48:]))<<48 | sohMask(binary.LittleEndian.Uint64(b[56:]))<<56
		for ; mask != 0; mask &= mask - 1 {
			m.Fields[n%MaxFields].Len = uint16(base + bits.TrailingZeros64(mask))
			n++
		}
	}
	for ; base+8 <= len(raw); base += 8 {
		for soh := sohBits(binary.LittleEndian.Uint64(raw[base:])); soh != 0; soh &= soh - 1 {
			m.Fields[n%MaxFields].Len = uint16(base + bits.TrailingZeros64(soh)>>3)
			n++
		}
	}
	for ; base < len(raw); base++ {
		if raw[base] == SOH {
			m.Fields[n%MaxFields].Len = uint16(base)
			n++
		}
	}
	if n == 0 || n > MaxFields || int(m.Fields[n-1].Len)+1 != len(raw) {
		return 0
	}
	return int(n)
}
