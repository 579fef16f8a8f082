package loop

import (
	"slipstream/engine/ring"
	"slipstream/fix"
)

// spill keeps reports, in order, while the report ring is full. Bounded.
type spill struct {
	buf  []fix.Report
	head int
	n    int
}

func (s *spill) push(r *fix.Report) bool {
	if s.n == len(s.buf) {
		return false
	}
	at := s.head + s.n
	if at >= len(s.buf) {
		at -= len(s.buf)
	}
	s.buf[at] = *r
	s.n++
	return true
}

// drain moves what fits into the ring.
func (s *spill) drain(to *ring.SPSC[fix.Report]) {
	for s.n > 0 && to.Push(&s.buf[s.head]) {
		s.head++
		if s.head == len(s.buf) {
			s.head = 0
		}
		s.n--
	}
}
