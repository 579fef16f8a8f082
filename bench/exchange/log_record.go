package exchange

import (
	"encoding/binary"
	"hash/crc32"

	"slipstream/internal/market"
)

// The event log is a sequence of frames: length of the payload and its CRC-32C
// (4 bytes each, little endian), then the payload, whose first byte is its kind.
const (
	recHeader  = 1 // the configuration's text
	recRequest = 2 // time, Request
	recMark    = 3 // time: the tape may have been published up to here
	recEnd     = 4 // time: the session ended

	frameHead     = 8
	maxFrame      = 1 << 20
	requestSize   = 1 + 8 + 8 + 4 + 5*8 + 4 + 1 + TokenMax
	timeSize      = 1 + 8
	logVersion    = "slipstream-exchange-log/1"
	logFile       = "exchange.log"
	timeMissing   = market.Nanos(-1 << 63)
	logBufferSize = 1 << 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame frames payload.
func appendFrame(dst, payload []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload)))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(payload, castagnoli))
	return append(dst, payload...)
}

func appendTime(dst []byte, kind byte, t market.Nanos) []byte {
	dst = append(dst, kind)
	return binary.LittleEndian.AppendUint64(dst, uint64(t))
}

func decodeTime(p []byte) market.Nanos { return market.Nanos(binary.LittleEndian.Uint64(p[1:])) }

func appendRequest(dst []byte, t market.Nanos, q *Request) []byte {
	le := binary.LittleEndian
	dst = appendTime(dst, recRequest, t)
	post := byte(0)
	if q.PostOnly {
		post = 1
	}
	dst = append(dst, byte(q.Kind), byte(q.Side), byte(q.Type), byte(q.TIF), post, byte(q.SelfMatch))
	dst = le.AppendUint16(dst, uint16(q.Instrument))
	dst = le.AppendUint32(dst, q.Owner)
	dst = le.AppendUint64(dst, q.OrderID)
	dst = le.AppendUint64(dst, q.ClientRef)
	dst = le.AppendUint64(dst, q.OrigClientRef)
	dst = le.AppendUint64(dst, uint64(q.Qty))
	dst = le.AppendUint64(dst, uint64(q.Price))
	dst = append(dst, q.MPID[:]...)
	dst = append(dst, q.Token.N)
	return append(dst, q.Token.B[:]...)
}

// decodeRequest reads the payload that appendRequest wrote; its length is checked.
func decodeRequest(p []byte, q *Request) market.Nanos {
	le := binary.LittleEndian
	q.Kind, q.Side, q.Type, q.TIF = Kind(p[9]), market.Side(p[10]), OrdType(p[11]), TIF(p[12])
	q.PostOnly, q.SelfMatch = p[13] == 1, SelfMatch(p[14])
	q.Instrument = market.InstrumentID(le.Uint16(p[15:]))
	q.Owner = le.Uint32(p[17:])
	q.OrderID = le.Uint64(p[21:])
	q.ClientRef = le.Uint64(p[29:])
	q.OrigClientRef = le.Uint64(p[37:])
	q.Qty = market.Qty(le.Uint64(p[45:]))
	q.Price = market.Price(le.Uint64(p[53:]))
	copy(q.MPID[:], p[61:65])
	q.Token.N = p[65]
	copy(q.Token.B[:], p[66:])
	return decodeTime(p)
}
