package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// takeFirst is rule 2 for an Acceptor: the first message of the connection. What is
// not from the peer of this session gets no answer at all (FIX session test cases
// 1c, 1d, 1e); what is, is told why it is refused.
func (s *Session) takeFirst(now market.Nanos, fault wire.Fault) {
	h, c := &s.hdr, &s.cfg
	if fault != wire.FaultNone || !h.seqOK || s.msg.Type1() != 'A' ||
		!equal(s.msg.Value(s.msg.Fields[0]), c.BeginString) {
		s.end(WhyLogonBad)
		return
	}
	if !equal(h.sender, c.TargetCompID) || !equal(h.target, c.SenderCompID) {
		s.end(WhyCompID)
		return
	}
	if d := now - h.sending; c.MaxSkewNanos != 0 && (h.timeBad || d > c.MaxSkewNanos || -d > c.MaxSkewNanos) {
		s.end(WhySendingTime)
		return
	}
	if _, ok := s.msg.Get(tagApplVerID); c.ApplVerID != "" && !ok {
		s.end(WhyLogonBad) // not a Logon of FIXT.1.1
		return
	}
	if text := s.termsFault(); text != "" {
		s.quit(now, WhyLogonBad, text)
		return
	}
	if !s.credentials() {
		s.quit(now, WhyLogonBad, "not authorised")
		return
	}
	asked := s.resetAsked()
	if asked && !c.AcceptReset && !c.ResetOnLogon && (s.num.nextIn != 1 || s.num.nextOut != 1) {
		s.quit(now, WhySequenceLoss, "ResetSeqNumFlag(141) is not agreed")
		return
	}
	if asked && h.seq != 1 {
		s.quit(now, WhyLogonBad, "ResetSeqNumFlag(141) wants MsgSeqNum 1")
		return
	}
	if asked || c.ResetOnLogon {
		s.resetNumbers()
	}
	s.acceptLogon(now, asked)
}

// acceptLogon answers a Logon whose terms are good.
func (s *Session) acceptLogon(now market.Nanos, reset bool) {
	h, next := &s.hdr, s.num.nextOut
	if h.seq < s.num.nextIn {
		s.sequenceLoss(now, h.seq)
		return
	}
	expected, given := uint64(0), false
	if s.cfg.NextExpected && !reset {
		expected, given, _ = s.msg.GetUint(tagNextExpected)
		if given && expected > next {
			s.expectedTooHigh(now, expected)
			return
		}
	}
	if h.seq == s.num.nextIn {
		s.advance(now, h.seq+1)
	}
	s.phase, s.since = active, now
	s.sendLogon(now, reset)
	s.events.push(EventActive, h.seq, int64(s.num.nextOut))
	if given && expected > 0 && expected < next {
		s.resendFrom(now, expected)
	}
	if h.seq < s.num.nextIn {
		return
	}
	if given { // our 789 asked already
		s.gap = gap{highest: h.seq, asked: h.seq, at: now}
		return
	}
	s.tooHigh(now, h.seq)
}

// expectedTooHigh refuses a peer that expects a number we never used: ours were lost.
func (s *Session) expectedTooHigh(now market.Nanos, expected uint64) {
	var buf [textMax]byte
	text := append(buf[:0], "Tag 789 (NextExpectedMsgSeqNum) is higher than expected. Expected "...)
	text = wire.AppendUint(text, s.num.nextOut)
	text = append(text, ", Received "...)
	text = wire.AppendUint(text, expected)
	s.events.push(EventSequenceLoss, s.num.nextOut, int64(expected))
	if s.cfg.Role == Initiator {
		s.num.latch = expected + 1
		s.save()
	}
	s.sendLogout(now, text)
	s.end(WhySequenceLoss)
}

// resendFrom answers NextExpectedMsgSeqNum(789) as a ResendRequest for all from it on.
func (s *Session) resendFrom(now market.Nanos, expected uint64) {
	if s.cfg.Store != nil {
		s.startResend(now, expected, s.num.nextOut-1)
		return
	}
	s.gapFillOut(now, expected, s.num.nextOut-1)
}

// termsFault names what is wrong with the terms of the initiator's Logon, and takes
// its HeartBtInt(108).
func (s *Session) termsFault() string {
	if v, _ := s.msg.Get(wire.TagEncryptMethod); !equal(v, "0") {
		return "EncryptMethod(98) must be 0"
	}
	v, ok, _ := s.msg.GetUint(wire.TagHeartBtInt)
	if !ok || v < 1 || v > 3600 {
		return "HeartBtInt(108) must be 1 to 3600"
	}
	if s.cfg.ApplVerID != "" {
		if v, _ := s.msg.Get(tagApplVerID); !equal(v, s.cfg.ApplVerID) {
			return "DefaultApplVerID(1137) is not as agreed"
		}
	}
	s.heartbeat = market.Nanos(v) * market.Second
	if s.cfg.Dictionary != nil {
		if reason, _, _ := s.cfg.Dictionary.Check(&s.msg); reason != DictionaryOK {
			return reasonText[reason]
		}
	}
	return ""
}

// credentials compares Username(553) and Password(554) without a short cut on the
// first byte that differs.
func (s *Session) credentials() bool {
	differ := func(tag uint32, want string) byte {
		if want == "" {
			return 0
		}
		v, _ := s.msg.Get(tag)
		d := byte(0)
		if len(v) != len(want) {
			d = 1
		}
		for i := range len(want) {
			c := byte(0)
			if i < len(v) {
				c = v[i]
			}
			d |= c ^ want[i]
		}
		return d
	}
	return differ(wire.TagUsername, s.cfg.Username)|differ(wire.TagPassword, s.cfg.Password) == 0
}

// resetAsked says whether the message at hand is a Logon with 141=Y.
func (s *Session) resetAsked() bool {
	if s.msg.Type1() != 'A' {
		return false
	}
	v, _ := s.msg.Get(wire.TagResetSeqNumFlag)
	return equal(v, "Y")
}

// resetAgain is a Logon with 141=Y in a session that is up (FIX 4.4 Vol 2, 24-hour
// connectivity).
func (s *Session) resetAgain(now market.Nanos) {
	if s.hdr.seq != 1 {
		s.quit(now, WhyLogonBad, "ResetSeqNumFlag(141) wants MsgSeqNum 1")
		return
	}
	if text := s.termsFault(); text != "" {
		s.quit(now, WhyLogonBad, text)
		return
	}
	s.resetNumbers()
	s.acceptLogon(now, true)
}

// resetNumbers starts both numbers at 1, as agreed: what was stored is forgotten.
func (s *Session) resetNumbers() {
	s.events.push(EventNumbersReset, s.num.nextIn, int64(s.num.nextOut))
	if s.cfg.Store != nil {
		s.cfg.Store.Reset()
	}
	s.num.nextIn, s.num.nextOut, s.doneIn = 1, 1, 1
	s.gap, s.probe, s.resend = gap{}, probe{}, resend{}
	s.early.clear()
	s.save()
}

// openWindow looks at the Schedule; false outside it. In a new window with
// ResetNumbers both numbers start at 1; with SayReset again at every Logon of the window
// until one is answered, for the peer may have heard none of them.
func (s *Session) openWindow(now market.Nanos) bool {
	c := &s.cfg.Schedule
	start, end, open := c.window(now)
	if !open || !c.On {
		return open
	}
	s.closes = market.Nanos(end) * market.Second
	if s.num.window == uint64(start) {
		return true
	}
	old := s.num.window
	if c.ResetNumbers && c.SayReset && (old != 0 || s.num.nextOut == 1 && s.num.nextIn == 1) {
		s.window = uint64(start)
		s.resetNumbers()
		return true
	}
	s.num.window = uint64(start)
	if c.ResetNumbers && old != 0 {
		s.resetNumbers()
	}
	s.save()
	return true
}
