package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// The session's own messages: the body is built in scratch, header first, fields
// sorted by tag, then framed into the output.

// begin starts a body. dup makes it a PossDup message, for a gap fill.
func (s *Session) begin(now market.Nanos, typ byte, seq uint64, dup bool) []byte {
	b := append(s.out.scratch[:0], '3', '5', '=', typ, wire.SOH)
	b = wire.AppendUintField(b, wire.TagMsgSeqNum, seq)
	if dup {
		b = append(b, "43=Y\x01"...)
	}
	b = append(append(append(b, "49="...), s.cfg.SenderCompID...), wire.SOH)
	b = s.clock.Append(append(b, "52="...), now, s.cfg.TimePrecision)
	b = append(append(append(b, "\x0156="...), s.cfg.TargetCompID...), wire.SOH)
	if dup {
		b = s.clock.Append(append(b, "122="...), now, s.cfg.TimePrecision)
		b = append(b, wire.SOH)
	}
	return s.appendProcessed(b)
}

// Tags of the session that orders and reports do not have.
const (
	tagLastProcessed = 369
	tagNextExpected  = 789
	tagApplVerID     = 1137
)

// appendProcessed appends LastMsgSeqNumProcessed(369), if wanted.
func (s *Session) appendProcessed(b []byte) []byte {
	if !s.cfg.LastProcessed {
		return b
	}
	return wire.AppendUintField(b, tagLastProcessed, s.num.nextIn-1)
}

// frameMax is the most that framing adds to a body: 8=, 9=, 10=.
const frameMax = 64

// emit frames body into the output, under the next number unless numbered is
// false. An output without room drops the connection (rule 12).
func (s *Session) emit(now market.Nanos, body []byte, numbered bool) {
	o := &s.out
	if s.drop != WhyNone || !o.room(len(body)+frameMax) {
		s.end(WhyOutputOverflow)
		return
	}
	o.seq = 0
	if numbered {
		s.num.nextOut++
		s.save()
	}
	dst := append(o.buf[:o.w], "8="...)
	dst = append(append(dst, s.cfg.BeginString...), "\x019="...)
	dst = append(wire.AppendUint(dst, uint64(len(body))), wire.SOH)
	dst = append(dst, body...)
	dst = wire.AppendTrailer(dst, o.w)
	o.w = len(dst)
	s.lastSent = now
}

// appendText appends 58=text, if any, with SOH and other control bytes left out.
func appendText(b []byte, text []byte) []byte {
	n := len(b)
	b = append(b, "58="...)
	start := len(b)
	for _, c := range text {
		if c >= ' ' {
			b = append(b, c)
		}
	}
	if len(b) == start {
		return b[:n]
	}
	return append(b, wire.SOH)
}

// sendLogon sends the Logon; the number it takes is counted in the 789 of neither side.
func (s *Session) sendLogon(now market.Nanos, reset bool) {
	seq := s.num.nextOut
	b := append(s.begin(now, 'A', seq, false), "98=0\x01"...)
	b = wire.AppendUintField(b, wire.TagHeartBtInt, uint64(s.heartbeat/market.Second))
	if reset {
		b = append(b, "141=Y\x01"...)
	}
	if s.cfg.Role == Initiator && s.cfg.Username != "" {
		b = append(append(append(b, "553="...), s.cfg.Username...), wire.SOH)
	}
	if s.cfg.Role == Initiator && s.cfg.Password != "" {
		b = append(append(append(b, "554="...), s.cfg.Password...), wire.SOH)
	}
	if s.cfg.NextExpected {
		b = wire.AppendUintField(b, tagNextExpected, s.num.nextIn)
	}
	if s.cfg.ApplVerID != "" {
		b = append(append(append(b, "1137="...), s.cfg.ApplVerID...), wire.SOH)
	}
	s.emit(now, b, true)
	s.events.push(EventLogonSent, seq, 0)
}

// sendHeartbeat answers a TestRequest if id is not empty.
func (s *Session) sendHeartbeat(now market.Nanos, id []byte) {
	b := s.begin(now, '0', s.num.nextOut, false)
	if len(id) > 0 {
		b = wire.AppendField(b, wire.TagTestReqID, id)
	}
	s.emit(now, b, true)
}

func (s *Session) sendTestRequest(now market.Nanos) {
	seq := s.num.nextOut
	b := s.begin(now, '1', seq, false)
	if s.cfg.Role == Acceptor {
		b = append(b, "112=TEST\x01"...) // it asks for life, not for what was read
	} else {
		b = wire.AppendUintField(b, wire.TagTestReqID, seq)
	}
	s.emit(now, b, true)
	s.events.push(EventTestRequest, seq, 0)
}

// sendResendRequest asks for [nextIn, end]; end 0 = all that was sent.
func (s *Session) sendResendRequest(now market.Nanos, end uint64) {
	b := s.begin(now, '2', s.num.nextOut, false)
	b = wire.AppendUintField(b, wire.TagBeginSeqNo, s.num.nextIn)
	s.emit(now, wire.AppendUintField(b, wire.TagEndSeqNo, end), true)
}

// sendGapFill fills [begin, next) with nothing; it carries the number begin.
func (s *Session) sendGapFill(now market.Nanos, begin, next uint64) {
	b := wire.AppendUintField(s.begin(now, '4', begin, true), wire.TagNewSeqNo, next)
	s.emit(now, append(b, "123=Y\x01"...), false)
}

func (s *Session) sendLogout(now market.Nanos, text []byte) {
	seq := s.num.nextOut
	s.emit(now, appendText(s.begin(now, '5', seq, false), text), true)
	s.events.push(EventLogoutSent, seq, 0)
}
