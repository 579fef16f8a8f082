package session

import "slipstream/internal/market"

// Store keeps outbound application messages, so that a ResendRequest can be answered.
// The numbers themselves are State's.
//
// The daemon's venue session has none, and needs none. Orders are never sent again (a
// ResendRequest is answered by one gap fill, rule 5), so nobody asks for their bytes; what
// must survive is which orders were sent, and that is in the journal as the inputs that
// led to them: a replay gives the same bytes, the same numbers (State.Continue) and the
// orders themselves (engine/takeup). A journal that is to serve resends can be a Store:
// Put appends a record, Truncate and Reset append a mark, Find reads back. Desks' sessions, whose
// reports are sent again, keep theirs in files of their own (fix/desk, filestore).
//
// Put comes before State counts the number as used, and that before the bytes can
// reach the transport. So a crash leaves at worst a message that was never sent
// under a number that is free again; New calls Truncate with that number, and the
// ghost is gone before anything asks for it.
type Store interface {
	// Put keeps msg, a copy, as number seq, sent at the time at; a higher one than all
	// before it. False if it cannot: then the message is not sent.
	Put(seq uint64, at market.Nanos, msg []byte) bool
	// Find gives the kept message with the lowest number from first to last. msg
	// is valid until the next call.
	Find(first, last uint64) (seq uint64, at market.Nanos, msg []byte, ok bool)
	// Truncate forgets the numbers from next on.
	Truncate(next uint64)
	// Reset forgets everything: the numbers start at 1 again.
	Reset()
}

// Memory is a Store of fixed size, without allocation after NewMemory: the oldest
// messages make room for new ones and are gap-filled when asked for. It does not
// survive the process. It belongs to the session's thread.
type Memory struct {
	slots       []kept // ring, ascending numbers
	first, n    int
	buf         []byte // ring of message bytes; a message is never split
	write, free int
}

type kept struct {
	seq      uint64
	at       market.Nanos
	off, len int
	pad      int // bytes left unused before off, at the end of buf
}

// NewMemory has room for the last messages, in at most bytes bytes.
func NewMemory(messages, bytes int) *Memory {
	messages, bytes = max(messages, 1), max(bytes, 1)
	return &Memory{slots: make([]kept, messages), buf: make([]byte, bytes), free: bytes}
}

func (m *Memory) slot(i int) *kept { return &m.slots[(m.first+i)%len(m.slots)] }

func (m *Memory) dropOldest() {
	k := m.slot(0)
	m.free += k.len + k.pad
	m.first = (m.first + 1) % len(m.slots)
	if m.n--; m.n == 0 {
		m.write, m.free = 0, len(m.buf)
	}
}

// Put is Store's. A message longer than the whole ring is refused.
func (m *Memory) Put(seq uint64, at market.Nanos, msg []byte) bool {
	if len(msg) > len(m.buf) || m.n > 0 && m.slot(m.n-1).seq >= seq {
		return false
	}
	if m.n == len(m.slots) {
		m.dropOldest()
	}
	pad := 0
	for {
		if pad = 0; len(m.buf)-m.write < len(msg) {
			pad = len(m.buf) - m.write
		}
		if m.free >= pad+len(msg) {
			break
		}
		m.dropOldest()
	}
	off := (m.write + pad) % len(m.buf)
	copy(m.buf[off:], msg)
	m.write = off + len(msg)
	m.free -= pad + len(msg)
	m.n++
	*m.slot(m.n - 1) = kept{seq, at, off, len(msg), pad}
	return true
}

// Find is Store's.
func (m *Memory) Find(first, last uint64) (uint64, market.Nanos, []byte, bool) {
	lo, hi := 0, m.n
	for lo < hi {
		mid := (lo + hi) / 2
		if m.slot(mid).seq < first {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == m.n || m.slot(lo).seq > last {
		return 0, 0, nil, false
	}
	k := m.slot(lo)
	return k.seq, k.at, m.buf[k.off : k.off+k.len], true
}

// Truncate is Store's.
func (m *Memory) Truncate(next uint64) {
	for m.n > 0 && m.slot(m.n-1).seq >= next {
		k := m.slot(m.n - 1)
		m.free += k.len + k.pad
		m.write = (k.off - k.pad + len(m.buf)) % len(m.buf)
		m.n--
	}
	if m.n == 0 {
		m.Reset()
	}
}

// Reset is Store's.
func (m *Memory) Reset() { m.first, m.n, m.write, m.free = 0, 0, 0, len(m.buf) }
