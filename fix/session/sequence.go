package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// gap is what is known of messages of the venue that did not come.
type gap struct {
	highest uint64       // highest number seen; below nextIn = no gap
	asked   uint64       // highest when last asked for; 0 = nothing asked for
	tries   int          // ResendRequests since the last progress
	at      market.Nanos // when last asked, or progressed
}

// inSequence is rule 4, and what rules 3, 5, 6 and 8 say about numbers other than the
// expected one; true if the message has the expected number.
func (s *Session) inSequence(now market.Nanos, fault wire.Fault) bool {
	seq, want := s.hdr.seq, s.num.nextIn
	if fault == wire.FaultNone && s.wellMade() {
		switch s.msg.Type1() {
		case '0': // counts beyond a gap too: a resend would not bring it again
			s.probeAnswered()
		case '2':
			// An Acceptor answers one of any number: to resend twice does no harm.
			low := seq < want && s.cfg.Role == Acceptor && !s.hdr.possDup
			if (seq >= want || low) && !s.replayed && !s.answerResend(now) && seq == want {
				s.advance(now, want+1)
				return false // rejected
			}
			if low {
				return false
			}
		case '4':
			if v, _ := s.msg.Get(wire.TagGapFillFlag); !equal(v, "Y") {
				s.sequenceReset(now)
				return false
			}
		case '5':
			if seq > want || seq < want && s.cfg.Role == Acceptor {
				s.peerLogout(now) // the gap is asked for at the next logon
				return false
			}
		}
	}
	switch {
	case seq > want:
		s.tooHigh(now, seq)
		return false
	case seq < want:
		s.tooLow(now, seq)
		return false
	}
	return true
}

// wellMade says that the Dictionary finds nothing wrong with a message that is looked at
// whatever its number. A wrong one is only ever rejected, in its turn.
func (s *Session) wellMade() bool {
	switch s.msg.Type1() {
	case '2', '4', '5':
		if s.cfg.Dictionary != nil {
			reason, _, _ := s.cfg.Dictionary.Check(&s.msg)
			return reason == DictionaryOK
		}
	}
	return true
}

// tooHigh asks once for what is missing; the message itself comes again.
func (s *Session) tooHigh(now market.Nanos, seq uint64) {
	s.gap.highest = max(s.gap.highest, seq)
	if s.early.buf != nil {
		s.early.put(seq, s.msg.Raw)
	}
	if s.gap.asked == 0 {
		s.askResend(now)
	}
}

func (s *Session) askResend(now market.Nanos) {
	end := uint64(0)
	s.gap.asked, s.gap.at = s.gap.highest, now
	if c := s.cfg.ResendChunk; c != 0 && s.num.nextIn+c-1 < s.gap.highest {
		end = s.num.nextIn + c - 1
		s.gap.asked = end
	}
	s.gap.tries++
	s.sendResendRequest(now, end)
	s.events.push(EventGap, s.num.nextIn, int64(s.gap.highest))
}

// tooLow ignores a duplicate and ends the session on anything else.
func (s *Session) tooLow(now market.Nanos, seq uint64) {
	h := &s.hdr
	if !h.possDup {
		s.sequenceLoss(now, seq)
		return
	}
	switch {
	case h.origBad:
		s.sendReject(now, 6, wire.TagOrigSendingTime, "OrigSendingTime malformed")
	case h.orig == 0:
		s.sendReject(now, 1, wire.TagOrigSendingTime, "Required tag missing")
	case h.sending != 0 && h.orig > h.sending:
		s.refuse(now, 10, 0, "SendingTime accuracy problem", WhySendingTime)
	default:
		s.events.push(EventDuplicate, seq, 0)
	}
}

// sequenceLoss latches: the venue has lost or reset its numbers, and only an
// operator knows whether reports were lost with them. An Acceptor refuses as loudly, but
// each Logon anew: what is wrong is the peer's, and must not lock the peer out for good.
func (s *Session) sequenceLoss(now market.Nanos, seq uint64) {
	const cut = 1<<63 - 2
	if s.cfg.Role == Initiator {
		s.num.latch = min(seq, cut) + 1
		s.save()
	}
	s.events.push(EventSequenceLoss, s.num.nextIn, int64(min(seq, cut)))
	var buf [textMax]byte
	text := append(buf[:0], "MsgSeqNum too low, expecting "...)
	text = wire.AppendUint(text, s.num.nextIn)
	text = append(text, " but received "...)
	text = wire.AppendUint(text, seq)
	s.sendLogout(now, text)
	s.end(WhySequenceLoss)
}

// advance moves the expected number to next, which is higher.
func (s *Session) advance(now market.Nanos, next uint64) {
	s.num.nextIn = next
	g := &s.gap
	if g.highest == 0 {
		return
	}
	g.tries, g.at = 0, now
	chunk := g.asked < g.highest // more is to be asked for when this part has come
	if next > g.asked || chunk && next == g.asked && s.msg.Type1() == '4' {
		g.asked = 0
	}
	if next > g.highest {
		*g = gap{}
		s.events.push(EventGapFilled, next, 0)
		return
	}
	if s.cfg.ResendChunk != 0 && g.asked == 0 {
		g.tries = 0
		s.askResend(now)
	}
}
