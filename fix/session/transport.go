package session

import "slipstream/internal/market"

// Connected says that the transport is up: the Logon goes to Output. A session with a
// latched sequence loss is dropped at once (rule 4).
func (s *Session) Connected(now market.Nanos) {
	s.settle()
	if s.phase != closed {
		s.Disconnected(now)
	}
	s.phase, s.since = logonSent, now
	if s.cfg.Role == Acceptor {
		s.phase = logonWait
	}
	s.lastSent, s.lastRecv, s.testSent = now, now, false
	if s.num.latch != 0 {
		s.events.push(EventSequenceLoss, s.num.nextIn, int64(s.num.latch-1))
		s.drop = WhySequenceLoss
		return
	}
	if !s.openWindow(now) {
		s.drop = WhySchedule
		return
	}
	if s.cfg.Role == Initiator {
		if s.cfg.ResetOnLogon {
			s.resetNumbers()
		}
		s.sendLogon(now, s.cfg.ResetOnLogon || s.window != 0)
	}
}

// Disconnected says that the transport is closed. Unsent output is dropped; its
// numbers stay used, and the venue's ResendRequest gets a gap fill for them.
func (s *Session) Disconnected(market.Nanos) {
	s.settle()
	if s.phase == closed {
		return
	}
	if n := s.out.w - s.out.r; n > 0 {
		s.events.push(EventDroppedBytes, s.num.nextOut, int64(n))
	}
	why := s.drop
	if why == WhyNone {
		why = WhyTransport
	}
	s.events.push(EventDown, s.num.nextIn, int64(why))
	s.phase, s.drop, s.after, s.window = closed, WhyNone, WhyNone, 0
	s.gap, s.probe, s.resend = gap{}, probe{}, resend{}
	s.early.clear()
	s.in.clear()
	s.out.clear()
}

// Receive takes bytes of the venue's stream, any cut. Call Next until it gives
// false after it. Bytes that come while the session is down are ignored.
func (s *Session) Receive(_ market.Nanos, b []byte) {
	s.settle()
	if s.up() && !s.in.put(b) {
		s.drop = WhyInputOverflow
	}
}

// Output is the bytes for the transport, valid until the next call of any method
// but Consumed.
func (s *Session) Output() []byte { return s.out.buf[s.out.r:s.out.w] }

// Consumed says that the first n bytes of Output are the transport's now.
func (s *Session) Consumed(n int) {
	s.out.r += min(max(n, 0), s.out.w-s.out.r)
	if s.out.r == s.out.w {
		s.out.r, s.out.w = 0, 0
	}
	if s.resend.next != 0 && s.up() {
		s.pump(s.resend.at)
	}
}

// Reserve gives room and the number for one application message: append the whole
// message to dst with MsgSeqNum seq and Commit it, with no other call between. ok is
// false when not Active, when Resending, or when the output is full. Without Commit
// nothing happened.
func (s *Session) Reserve(market.Nanos) (dst []byte, seq uint64, ok bool) {
	o := &s.out
	if !s.Active() || s.resend.next != 0 || !o.room(s.cfg.MaxAppBytes+AdminReserveBytes) {
		return nil, 0, false
	}
	o.seq = s.num.nextOut
	return o.buf[o.w : o.w : o.w+s.cfg.MaxAppBytes], o.seq, true
}

// Commit takes the message appended to what Reserve gave. The number is stored as
// used before the bytes can reach the transport (rule 11). False, and nothing
// sent nor used, if dst outgrew its room (Config.MaxAppBytes) or was not reserved,
// or if the Store cannot keep it.
func (s *Session) Commit(now market.Nanos, dst []byte) bool {
	o := &s.out
	if o.seq == 0 || o.seq != s.num.nextOut || !s.Active() ||
		len(dst) == 0 || o.w+len(dst) > len(o.buf) || &dst[0] != &o.buf[o.w] {
		return false
	}
	if s.cfg.Store != nil && !s.cfg.Store.Put(o.seq, now, dst) {
		return false
	}
	o.seq = 0
	s.num.nextOut++
	s.save()
	o.w += len(dst)
	s.lastSent = now
	return true
}
