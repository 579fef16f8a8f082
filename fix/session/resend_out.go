package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// startResend puts [begin, end] on its way; end 0 = all that was sent. What is on its
// way already is widened, so that a peer that asks again and again costs one range.
func (s *Session) startResend(now market.Nanos, begin, end uint64) {
	r := &s.resend
	if r.next == 0 {
		*r = resend{next: begin, last: end}
	} else {
		r.next = min(r.next, begin)
		if end == 0 || r.last != 0 && end > r.last {
			r.last = end
		}
	}
	s.pump(now)
}

// pump writes as much of the range as the output has room for, leaving
// AdminReserveBytes free. It goes on with Consumed, Timer and Next.
func (s *Session) pump(now market.Nanos) {
	r := &s.resend
	r.at = now
	filled := false
	for r.next != 0 && s.drop == WhyNone {
		if !s.out.room(s.cfg.MaxAppBytes + resentMore + AdminReserveBytes/2) {
			return
		}
		last := s.num.nextOut - 1
		if r.last != 0 {
			last = min(last, r.last)
		}
		seq, at, msg, ok := s.cfg.Store.Find(r.next, last)
		for ok && s.stale(now, at) {
			seq, at, msg, ok = s.cfg.Store.Find(seq+1, last) // stale: gap-filled
		}
		if !ok {
			begin := r.next
			r.next = 0
			if begin <= last {
				s.gapFillOut(now, begin, last)
			} else if filled && s.cfg.Role == Initiator && s.phase == active {
				s.probe.tries = 0
				s.sendProbe(now)
			}
			return
		}
		if seq > r.next {
			s.gapFillOut(now, r.next, seq-1)
			filled = true
		}
		if s.resendOne(now, seq, msg) {
			s.events.push(EventResent, seq, int64(seq+1))
		} else {
			s.gapFillOut(now, seq, seq)
			filled = true
		}
		r.next = seq + 1
	}
}

// stale says that a message sent at this time is too old to be sent again.
func (s *Session) stale(now, at market.Nanos) bool {
	age := s.cfg.ResendAgeNanos
	return age == 0 || now-at > age || at-now > age
}

// resendOne writes a stored message with 43=Y, 52 of now and 122 = its own 52, the
// rest as it was. False if it is not a message that was sent with this number.
func (s *Session) resendOne(now market.Nanos, seq uint64, raw []byte) bool {
	m := &s.old
	if wire.Parse(raw, m) != wire.FaultNone || m.N < 5 {
		return false
	}
	var h header
	h.read(m, false, false)
	if !h.seqOK || h.seq != seq {
		return false
	}
	b := append(s.out.scratch[:0], "35="...)
	b = append(append(b, m.Type()...), wire.SOH)
	b = wire.AppendUintField(b, wire.TagMsgSeqNum, seq)
	b = append(b, "43=Y\x01"...)
	var sent []byte
	head := true
	for _, f := range m.Fields[3 : m.N-1] {
		v := m.Value(f)
		if head && !headerTag(f.Tag) {
			b = s.appendOrig(b, sent)
			head = false
		}
		switch {
		case head && f.Tag == wire.TagSendingTime:
			sent = v
			b = s.clock.Append(append(b, "52="...), now, s.cfg.TimePrecision)
			b = append(b, wire.SOH)
		case head && (f.Tag == wire.TagMsgSeqNum || f.Tag == wire.TagPossDupFlag ||
			f.Tag == wire.TagOrigSendingTime || f.Tag == tagLastProcessed):
		default:
			b = wire.AppendField(b, f.Tag, v)
		}
		if len(b)+64 > cap(s.out.scratch) {
			return false
		}
	}
	if head {
		b = s.appendOrig(b, sent)
	}
	s.emit(now, b, false)
	return true
}

// appendOrig appends OrigSendingTime(122) and, if wanted, 369.
func (s *Session) appendOrig(b, sent []byte) []byte {
	if sent != nil {
		b = wire.AppendField(b, wire.TagOrigSendingTime, sent)
	}
	return s.appendProcessed(b)
}

// headerTag says whether tag belongs to the standard header, MsgType aside.
func headerTag(tag uint32) bool {
	switch tag {
	case 34, 43, 49, 50, 52, 56, 57, 90, 91, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145,
		212, 213, 347, 369, 370, 627, 628, 629, 630, 1128, 1129, 1156:
		return true
	}
	return false
}
