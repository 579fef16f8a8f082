package session

// early keeps messages that came before the ones they follow (Config.EarlyBytes).
// What does not fit is dropped: the peer resends it.
type early struct {
	buf []byte
	w   int
	at  [earlyMax]span
	n   int
}

// earlyMax is the most messages kept.
const earlyMax = 512

type span struct {
	seq      uint64
	off, len int
}

func (e *early) put(seq uint64, raw []byte) {
	if e.n == earlyMax || len(raw) > len(e.buf)-e.w {
		return
	}
	for i := range e.at[:e.n] {
		if e.at[i].seq == seq {
			return
		}
	}
	e.at[e.n] = span{seq, e.w, len(raw)}
	e.n++
	e.w += copy(e.buf[e.w:], raw)
}

// take gives and forgets the message with this number, and forgets those below it.
// Its bytes stay until the next put.
func (e *early) take(seq uint64) (raw []byte, ok bool) {
	kept := 0
	for _, s := range e.at[:e.n] {
		switch {
		case s.seq > seq:
			e.at[kept] = s
			kept++
		case s.seq == seq:
			raw, ok = e.buf[s.off:s.off+s.len:s.off+s.len], true
		}
	}
	if e.n = kept; kept == 0 {
		e.w = 0
	}
	return raw, ok
}

func (e *early) clear() { e.n, e.w = 0, 0 }
