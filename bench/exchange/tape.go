package exchange

import "slipstream/feed/itch"

// chunkMessages is the number of messages of one chunk of a Tape.
const chunkMessages = 4096

// chunk holds consecutive messages back to back; message i is buf[off[i]:off[i+1]].
type chunk struct {
	buf []byte
	off [chunkMessages + 1]uint32
}

// Tape is the exchange's message stream: numbered from 1, hashed, and kept for
// retransmission in a ring of chunks, whose oldest is overwritten when it is full.
type Tape struct {
	chunks []*chunk // chunk k of the stream is at k % len
	cur    *chunk
	n      int    // messages in cur
	seq    uint64 // of the last message
	hash   uint64
	silent bool // drop what is appended: the flow builds its opening book
}

// NewTape makes a Tape that keeps at least the last keep messages.
func NewTape(keep int) *Tape {
	return &Tape{chunks: make([]*chunk, keep/chunkMessages+2)}
}

// Sequence is the number of the last message, 0 before the first.
func (t *Tape) Sequence() uint64 { return t.seq }

// Hash is the fold of HashMessage over all messages.
func (t *Tape) Hash() uint64 { return t.hash }

// First is the oldest sequence number that Message still has.
func (t *Tape) First() uint64 {
	full := t.seq / chunkMessages // chunks before the current one
	if keep := uint64(len(t.chunks)) - 1; full > keep {
		return (full-keep)*chunkMessages + 1
	}
	return 1
}

// Message is the message of sequence number seq; false when it does not exist
// (yet) or is no longer kept. The bytes are valid until the next event.
func (t *Tape) Message(seq uint64) ([]byte, bool) {
	if seq == 0 || seq > t.seq || seq < t.First() {
		return nil, false
	}
	k, i := (seq-1)/chunkMessages, (seq-1)%chunkMessages
	c := t.chunks[k%uint64(len(t.chunks))]
	return c.buf[c.off[i]:c.off[i+1]], true
}

// room is where the next message is appended; commit must follow.
func (t *Tape) room() []byte {
	if t.cur == nil || t.n == chunkMessages {
		t.turn()
	}
	return t.cur.buf
}

// turn starts the next chunk, in the memory of the oldest when all are in use.
func (t *Tape) turn() {
	at := t.seq / chunkMessages % uint64(len(t.chunks))
	if t.chunks[at] == nil {
		t.chunks[at] = &chunk{buf: make([]byte, 0, chunkMessages*itch.MaxSize)}
	}
	t.cur = t.chunks[at]
	t.cur.buf = t.cur.buf[:0]
	t.n = 0
}

// commit takes room() with one message appended to it.
func (t *Tape) commit(buf []byte) {
	if t.silent {
		return
	}
	c := t.cur
	start := len(c.buf)
	c.buf = buf
	t.n++
	c.off[t.n] = uint32(len(buf))
	t.seq++
	t.hash = HashMessage(t.hash, buf[start:])
}
