package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// resend is a range on its way out again.
type resend struct {
	next uint64       // 0 = nothing is
	last uint64       // the last number asked for; 0 = whatever was sent when it ends
	at   market.Nanos // last time seen
}

// resentMore is the most that a resent message is longer than the original: 43, 122, 369
// and framing.
const resentMore = 256

// answerResend is rule 5: stored messages that are not stale go again, the rest is
// gap-filled; without a Store that is one gap fill. False if it was rejected.
func (s *Session) answerResend(now market.Nanos) bool {
	begin, ok := s.field(now, wire.TagBeginSeqNo)
	if !ok {
		return false
	}
	end, ok := s.field(now, wire.TagEndSeqNo)
	if !ok {
		return false
	}
	last := s.num.nextOut - 1
	switch {
	case begin == 0 || begin > last:
		s.sendReject(now, 5, wire.TagBeginSeqNo, "BeginSeqNo was not sent")
		return false
	case end != 0 && end < begin:
		s.sendReject(now, 5, wire.TagEndSeqNo, "EndSeqNo before BeginSeqNo")
		return false
	}
	if s.cfg.Store != nil {
		s.startResend(now, begin, end)
		return true
	}
	if end == 0 || end > last {
		end = last
	}
	s.gapFillOut(now, begin, end)
	return true
}

// gapFillOut fills [begin, end] with nothing. An Initiator then probes how far the
// venue has read: what lay between is lost.
func (s *Session) gapFillOut(now market.Nanos, begin, end uint64) {
	s.sendGapFill(now, begin, end+1)
	s.events.push(EventGapFillSent, begin, int64(end+1))
	if s.phase == active && s.cfg.Role == Initiator && s.resend.next == 0 {
		s.probe.tries = 0
		s.sendProbe(now)
	}
}

// gapFill is rule 6 with 123=Y: the message has the expected number.
func (s *Session) gapFill(now market.Nanos) {
	next, ok := s.field(now, wire.TagNewSeqNo)
	if !ok {
		s.advance(now, s.num.nextIn+1)
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
	want := s.num.nextIn
	next, ok := s.field(now, wire.TagNewSeqNo)
	if !ok {
		if s.hdr.seq == want {
			s.advance(now, want+1)
		}
		return
	}
	if next < want {
		s.sendReject(now, 5, 0, "Value is incorrect (out of range) for this tag")
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
		s.sendReject(now, 1, tag, "Required tag missing")
	case !ok:
		s.sendReject(now, 6, tag, "Incorrect data format for value")
	}
	return v, ok
}
