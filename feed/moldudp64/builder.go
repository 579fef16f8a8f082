package moldudp64

// MaxPayload is the default largest packet in bytes: it fits an Ethernet frame of
// 1500 bytes with room for IP options and a tunnel.
const MaxPayload = 1400

// Builder packs messages into packets of one session.
type Builder struct {
	head Header
	buf  []byte // len: bytes of the packet so far; cap: the largest packet
}

// NewBuilder starts a session at sequence next (1 for a new one) with packets of at
// most maxPayload bytes, 0 for MaxPayload; it is the only allocation.
func NewBuilder(session SessionID, next uint64, maxPayload int) *Builder {
	if maxPayload <= 0 {
		maxPayload = MaxPayload
	}
	return &Builder{
		head: Header{Session: session, Sequence: next},
		buf:  make([]byte, HeaderSize, max(maxPayload, HeaderSize)),
	}
}

// Fits reports whether a message of n bytes fits an empty packet.
func (b *Builder) Fits(n int) bool {
	return n >= 0 && n <= cap(b.buf)-HeaderSize-BlockHeader && n <= 0xFFFF
}

// Add puts msg into the packet; false when it has no room: send Flush, then Add
// again (a message that does not Fits never has room).
func (b *Builder) Add(msg []byte) bool {
	n := len(b.buf)
	if len(msg) > 0xFFFF || n+BlockHeader+len(msg) > cap(b.buf) || b.head.Count == EndOfSession-1 {
		return false
	}
	b.buf = append(b.buf, byte(len(msg)>>8), byte(len(msg)))
	b.buf = append(b.buf, msg...)
	b.head.Count++
	return true
}

// Pending is the number of messages waiting for Flush.
func (b *Builder) Pending() int { return int(b.head.Count) }

// Sequence is the number that the next added message will have.
func (b *Builder) Sequence() uint64 { return b.head.NextSequence() }

// Flush gives the packet of all messages added since the last one, nil when there
// are none. The bytes are valid until the next call.
func (b *Builder) Flush() []byte {
	if b.head.Count == 0 {
		return nil
	}
	p := b.seal()
	b.head.Sequence = b.head.NextSequence()
	b.head.Count = 0
	return p
}

// Heartbeat gives a heartbeat packet, or the waiting messages when there are some.
func (b *Builder) Heartbeat() []byte {
	if p := b.Flush(); p != nil {
		return p
	}
	return b.seal()
}

// EndOfSession gives the end of session packet; nil while messages wait for Flush.
func (b *Builder) EndOfSession() []byte {
	if b.head.Count != 0 {
		return nil
	}
	b.head.Count = EndOfSession
	p := b.seal()
	b.head.Count = 0
	return p
}

// seal writes the header in front and empties the buffer.
func (b *Builder) seal() []byte {
	p := b.buf
	b.head.put((*[HeaderSize]byte)(p))
	b.buf = p[:HeaderSize]
	return p
}
