package moldudp64

import "encoding/binary"

var be = binary.BigEndian

const (
	// HeaderSize is the length of a downstream header and of a request packet.
	HeaderSize = 20
	// BlockHeader is the length field before each message.
	BlockHeader = 2
	// Heartbeat is the Message Count of a packet that only tells the next sequence number.
	Heartbeat = 0
	// EndOfSession is the Message Count of a packet that ends the session.
	EndOfSession = 0xFFFF
)

// SessionID names a session, left-justified or right-justified, space-padded.
type SessionID [10]byte

func (s SessionID) String() string { return string(s[:]) }

// MakeSession pads s with spaces on the right; a longer s is cut.
func MakeSession(s string) SessionID {
	id := SessionID{' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '}
	copy(id[:], s)
	return id
}

// Header starts every downstream packet.
type Header struct {
	Session  SessionID
	Sequence uint64 // of the first message; the next to come on a heartbeat or end of session
	Count    uint16 // messages; Heartbeat and EndOfSession are special
}

// IsHeartbeat reports whether the packet carries no message and the session goes on.
func (h *Header) IsHeartbeat() bool { return h.Count == Heartbeat }

// IsEndOfSession reports whether the session ended before Sequence.
func (h *Header) IsEndOfSession() bool { return h.Count == EndOfSession }

// Messages is the number of messages in the packet.
func (h *Header) Messages() int {
	if h.Count == EndOfSession {
		return 0
	}
	return int(h.Count)
}

// NextSequence is the sequence number that follows the packet.
func (h *Header) NextSequence() uint64 { return h.Sequence + uint64(h.Messages()) }

// Append appends the header to dst.
func (h *Header) Append(dst []byte) []byte {
	var b [HeaderSize]byte
	h.put(&b)
	return append(dst, b[:]...)
}

func (h *Header) put(b *[HeaderSize]byte) {
	copy(b[0:10], h.Session[:])
	be.PutUint64(b[10:18], h.Sequence)
	be.PutUint16(b[18:20], h.Count)
}

func (h *Header) decode(b *[HeaderSize]byte) {
	h.Session = SessionID(b[0:10])
	h.Sequence = be.Uint64(b[10:18])
	h.Count = be.Uint16(b[18:20])
}

// Fault says why a packet was dropped.
type Fault uint8

const (
	FaultNone      Fault = iota
	FaultShort           // shorter than a header
	FaultTruncated       // a block reaches past the end
	FaultTrailing        // bytes after the last block
	FaultSequence        // the last message's sequence number leaves 64 bits
	FaultCount           // number of faults; not a fault
)

var faultText = [FaultCount]string{
	"", "shorter than a MoldUDP64 header", "message block past the end of the packet",
	"bytes after the last message block", "sequence number overflows",
}

func (f Fault) String() string {
	if f < FaultCount {
		return faultText[f]
	}
	return "unknown fault"
}

// Packet is one downstream packet whose blocks are known to be whole. It borrows
// the bytes it was decoded from.
type Packet struct {
	Header
	rest []byte // blocks not yet given out
}

// Decode checks b, exactly one UDP payload, and gives the packet. With a Fault
// nothing of it may be used: its header is zero.
func Decode(b []byte) (Packet, Fault) {
	var p Packet
	if len(b) < HeaderSize {
		return p, FaultShort
	}
	var h Header
	h.decode((*[HeaderSize]byte)(b))
	n := h.Messages()
	if h.Sequence+uint64(n) < h.Sequence {
		return p, FaultSequence
	}
	rest := b[HeaderSize:]
	if f := check(rest, n); f != FaultNone {
		return p, f
	}
	p.Header = h
	p.rest = rest
	return p, FaultNone
}

// check walks n blocks, which must fill b exactly.
func check(b []byte, n int) Fault {
	at := 0
	for ; n > 0; n-- {
		if len(b)-at < BlockHeader {
			return FaultTruncated
		}
		at += BlockHeader + int(be.Uint16(b[at:]))
		if at > len(b) {
			return FaultTruncated
		}
	}
	if at != len(b) {
		return FaultTrailing
	}
	return FaultNone
}

// Next gives the packet's messages in order; a message may be empty. The slice
// borrows the packet's bytes and its capacity ends with it.
func (p *Packet) Next() (msg []byte, ok bool) {
	if len(p.rest) < BlockHeader {
		return nil, false
	}
	end := BlockHeader + int(be.Uint16(p.rest))
	if end > len(p.rest) {
		return nil, false
	}
	msg = p.rest[BlockHeader:end:end]
	p.rest = p.rest[end:]
	return msg, true
}
