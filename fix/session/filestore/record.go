package filestore

import (
	"encoding/binary"
	"hash/crc32"

	"slipstream/internal/market"
)

const (
	fileMagic  = "SLIPMSG1"
	recordHead = 32       // bytes before the message
	messageMax = 1 << 16  // bytes of one message
	kindPut    = 0x504D53 // a message
	kindCut    = 0x43554D // all numbers from seq on are forgotten
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is one entry of the file.
type record struct {
	kind uint32
	seq  uint64
	at   market.Nanos
	msg  []byte
}

// append appends the record's bytes: length, kind, seq, at, CRC, zero, message.
func (r *record) append(b []byte) []byte {
	n := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.msg)))
	b = binary.LittleEndian.AppendUint32(b, r.kind)
	b = binary.LittleEndian.AppendUint64(b, r.seq)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.at))
	sum := crc32.Update(crc32.Checksum(b[n:], castagnoli), castagnoli, r.msg)
	b = binary.LittleEndian.AppendUint64(b, uint64(sum))
	return append(b, r.msg...)
}

// decode reads the record at the start of b; n is its size, 0 if it is not whole.
func (r *record) decode(b []byte) (n int) {
	if len(b) < recordHead {
		return 0
	}
	size := int(binary.LittleEndian.Uint32(b))
	if size > messageMax || len(b) < recordHead+size {
		return 0
	}
	r.kind = binary.LittleEndian.Uint32(b[4:])
	r.seq = binary.LittleEndian.Uint64(b[8:])
	r.at = market.Nanos(binary.LittleEndian.Uint64(b[16:]))
	r.msg = b[recordHead : recordHead+size]
	sum := crc32.Update(crc32.Checksum(b[:24], castagnoli), castagnoli, r.msg)
	if binary.LittleEndian.Uint64(b[24:]) != uint64(sum) || r.kind != kindPut && r.kind != kindCut {
		return 0
	}
	return recordHead + size
}
