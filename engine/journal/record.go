package journal

import (
	"encoding/binary"

	"slipstream/internal/market"
)

// Kind says what a record carries.
type Kind uint8

const (
	NoKind      Kind = iota
	Input            // one engine.Input; Sub is its engine.Kind, Line its line
	Output           // bytes for the venue; Sub is 1 when more of the same step follows
	FeedRequest      // one datagram for the retransmission server
	Report           // one fix.Report
	Decision         // one engine.Decision
	Event            // one engine.Event, of the core or of the loop
	MarkRecord       // one Mark; Sub is 1 for the last record of a run
	KindCount        // number of kinds; not a kind
)

var kindNames = [KindCount]string{
	"none", "input", "output", "feed_request", "report", "decision", "event", "mark",
}

func (k Kind) String() string {
	if k < KindCount {
		return kindNames[k]
	}
	return "unknown"
}

const (
	// headSize is the fixed part of a record in front of its payload:
	// kind, sub, line, zero (1 byte each), zero (4), seq (8), now (8).
	headSize = 24
	// MaxPayload is the longest payload; longer outputs are cut into several
	// records, and no datagram or read of the loop is longer.
	MaxPayload = 1 << 16
	// maxBody is the longest record: head and payload.
	maxBody = headSize + MaxPayload
	// HeadSize is what a record costs beyond its payload in the ring.
	HeadSize = headSize
)

// Record is one decoded record. Payload is borrowed until the next one is read.
type Record struct {
	Kind    Kind
	Sub     uint8
	Line    uint8
	Seq     uint64
	Now     market.Nanos
	Payload []byte
}

// putHead writes the fixed part into b, which has at least headSize bytes.
func putHead(b []byte, kind Kind, sub, line uint8, seq uint64, now market.Nanos) {
	_ = b[headSize-1]
	binary.LittleEndian.PutUint64(b, uint64(kind)|uint64(sub)<<8|uint64(line)<<16)
	binary.LittleEndian.PutUint64(b[8:], seq)
	binary.LittleEndian.PutUint64(b[16:], uint64(now))
}

// DecodeRecord reads one record as it stands in the ring or inside a frame; ok is
// false for one that is too short, too long, of an unknown kind, or not zero
// where zeros belong.
func DecodeRecord(b []byte, r *Record) (ok bool) {
	if len(b) < headSize || len(b) > maxBody {
		return false
	}
	word := binary.LittleEndian.Uint64(b)
	kind := Kind(word)
	if kind == NoKind || kind >= KindCount || word>>24 != 0 {
		return false
	}
	*r = Record{
		Kind:    kind,
		Sub:     uint8(word >> 8),
		Line:    uint8(word >> 16),
		Seq:     binary.LittleEndian.Uint64(b[8:]),
		Now:     market.Nanos(binary.LittleEndian.Uint64(b[16:])),
		Payload: b[headSize:],
	}
	return true
}
