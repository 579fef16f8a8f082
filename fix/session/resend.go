package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// answerResend is rule 5: one gap fill for all that was asked for.
func (s *Session) answerResend(now market.Nanos) {
	begin, ok := s.field(now, wire.TagBeginSeqNo)
	if !ok {
		return
	}
	end, ok := s.field(now, wire.TagEndSeqNo)
	if !ok {
		return
	}
	last := s.num.nextOut - 1
	switch {
	case begin == 0 || begin > last:
		s.sendReject(now, 5, wire.TagBeginSeqNo, "BeginSeqNo was not sent")
		return
	case end != 0 && end < begin:
		s.sendReject(now, 5, wire.TagEndSeqNo, "EndSeqNo before BeginSeqNo")
		return
	}
	if end == 0 || end > last {
		end = last
	}
	s.sendGapFill(now, begin, end+1)
	s.events.push(EventGapFillSent, begin, int64(end+1))
	if s.phase == active {
		s.probe.tries = 0
		s.sendProbe(now)
	}
}

// gapFill is rule 6 with 123=Y: the message has the expected number.
func (s *Session) gapFill(now market.Nanos) {
	next, ok := s.field(now, wire.TagNewSeqNo)
	if !ok {
		return
	}
	if next <= s.num.nextIn {
		s.sendReject(now, 5, wire.TagNewSeqNo, "NewSeqNo not above MsgSeqNum")
		return
	}
	s.advance(now, next)
}

// sequenceReset is rule 6 without 123=Y: its own number is ignored.
func (s *Session) sequenceReset(now market.Nanos) {
	next, ok := s.field(now, wire.TagNewSeqNo)
	if !ok {
		return
	}
	want := s.num.nextIn
	if next < want {
		s.sendReject(now, 5, wire.TagNewSeqNo, "NewSeqNo below the expected MsgSeqNum")
		return
	}
	s.events.push(EventSequenceReset, want, int64(next))
	if next > want {
		s.advance(now, next)
	}
}

// field reads a required number of the message, or rejects the message.
func (s *Session) field(now market.Nanos, tag uint32) (uint64, bool) {
	v, ok, missing := s.msg.GetUint(tag)
	switch {
	case missing:
		s.sendReject(now, 1, tag, "required tag missing")
	case !ok:
		s.sendReject(now, 6, tag, "not a number")
	}
	return v, ok
}
