package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// header is what the session reads of every message.
type header struct {
	seq      uint64
	seqOK    bool // 34 is there and a number
	seqGiven bool // 34 is there
	dupGiven bool // 43 is there
	possDup  bool
	timeBad  bool // 52 is there and no time
	origBad  bool // 122 is there and no time
	sender   []byte
	target   []byte
	sending  market.Nanos // 0 = missing
	orig     market.Nanos // 0 = missing
}

// read takes the header fields: up to the first field of the body, or wherever they
// are if all is true. Of a field that comes twice the first counts, as for Message.Get.
func (h *header) read(m *wire.Message, withTime, all bool) {
	*h = header{}
	for _, f := range m.Fields[min(3, m.N):m.N] {
		v := m.Value(f)
		switch f.Tag {
		case wire.TagMsgSeqNum:
			if !h.seqGiven {
				h.seqGiven = true
				h.seq, h.seqOK = wire.ParseUint(v)
			}
		case wire.TagPossDupFlag:
			if !h.dupGiven {
				h.dupGiven = true
				h.possDup = len(v) == 1 && v[0] == 'Y'
			}
		case wire.TagSenderCompID:
			if h.sender == nil {
				h.sender = v
			}
		case wire.TagTargetCompID:
			if h.target == nil {
				h.target = v
			}
		case wire.TagSendingTime:
			if withTime && h.sending == 0 && !h.timeBad {
				t, ok := wire.ParseTime(v)
				h.sending, h.timeBad = t, !ok
			}
		case wire.TagOrigSendingTime:
			if h.orig == 0 && !h.origBad {
				t, ok := wire.ParseTime(v)
				h.orig, h.origBad = t, !ok
			}
		default:
			if !all && !headerTag(f.Tag) {
				return
			}
		}
	}
}

// equal compares without a copy.
func equal(b []byte, s string) bool { return string(b) == s }

// checkHeader is rule 10 for a message with a readable number; false if the message ends here.
func (s *Session) checkHeader(now market.Nanos) bool {
	h := &s.hdr
	if s.cfg.Dictionary != nil && s.headerTag != 0 {
		return true // rejected for the missing field, in sequence
	}
	if !equal(h.sender, s.cfg.TargetCompID) || !equal(h.target, s.cfg.SenderCompID) {
		s.refuse(now, 9, 0, "CompID problem", WhyCompID)
		return false
	}
	if s.cfg.MaxSkewNanos == 0 {
		return true
	}
	if h.timeBad || h.sending == 0 {
		reason := 1
		if h.timeBad {
			reason = 6
		}
		s.refuse(now, reason, wire.TagSendingTime, "SendingTime missing or malformed", WhySendingTime)
		return false
	}
	if d := now - h.sending; d > s.cfg.MaxSkewNanos || -d > s.cfg.MaxSkewNanos {
		s.refuse(now, 10, 0, "SendingTime accuracy problem", WhySendingTime)
		return false
	}
	return true
}

// refuse rejects the message, whose number is used if it was the expected one,
// and logs out.
func (s *Session) refuse(now market.Nanos, reason int, tag uint32, text string, why Why) {
	if s.hdr.seq == s.num.nextIn {
		s.advance(now, s.num.nextIn+1)
	}
	s.sendReject(now, reason, tag, text)
	s.startLogout(now, why, "") // the Reject says it
}

// missing is the first required field of the header that is not there, or 0.
func (h *header) missing() uint32 {
	switch {
	case h.sender == nil:
		return wire.TagSenderCompID
	case h.target == nil:
		return wire.TagTargetCompID
	case h.sending == 0 && !h.timeBad:
		return wire.TagSendingTime
	}
	return 0
}
