package desk

import (
	"encoding/binary"
	"hash/crc32"
)

// A store's file is frames, one after another, each one write:
//
//	0 marker, 4 length of the message, 8 kind, 12 CRC-32C over all but itself,
//	16 value (8 bytes), 24 the message
//
// all little-endian. The frames tell what happened, in order; the last word counts.
type frame struct {
	kind  uint32
	value uint64
	msg   []byte
}

const (
	frameMarker = 0x31465153 // "SQF1"
	frameHead   = 24         // bytes before the message
	frameMsgMax = 1 << 20    // bytes of one message
)

// Kinds of frames. A message and its number are one frame, so that no crash can part them.
const (
	frameReset   = 1 + iota // numbers 1 and 1, no messages; value is the creation time, Unix ns
	frameCreated            // value is the creation time
	frameSender             // value is the next number out; messages from it on are forgotten
	frameTarget             // value is the next number in
	frameMessage            // message number value
	frameSent               // the same, and value+1 is the next number out
	frameKinds
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (f *frame) append(b []byte) []byte {
	n := len(b)
	b = binary.LittleEndian.AppendUint32(b, frameMarker)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.msg)))
	b = binary.LittleEndian.AppendUint32(b, f.kind)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, f.value)
	b = append(b, f.msg...)
	binary.LittleEndian.PutUint32(b[n+12:], frameSum(b[n:]))
	return b
}

// frameSum is the CRC of a whole frame, its own place left out.
func frameSum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:12], castagnoli), castagnoli, b[16:])
}

// decode reads the frame at the start of b; 0 if there is no whole one.
func (f *frame) decode(b []byte) (n int) {
	if len(b) < frameHead || binary.LittleEndian.Uint32(b) != frameMarker {
		return 0
	}
	n = int(binary.LittleEndian.Uint32(b[4:]))
	if n > frameMsgMax || frameHead+n > len(b) {
		return 0
	}
	n += frameHead
	f.kind, f.value, f.msg = binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint64(b[16:]), b[frameHead:n]
	const valueMax = 1<<63 - 1
	if f.kind < frameReset || f.kind >= frameKinds || f.value > valueMax || binary.LittleEndian.Uint32(b[12:]) != frameSum(b[:n]) {
		return 0
	}
	return n
}

// hasFrame reports whether a whole frame stands anywhere in b.
func hasFrame(b []byte) bool {
	var f frame
	for len(b) >= frameHead {
		if f.decode(b) > 0 {
			return true
		}
		b = b[1:]
	}
	return false
}
