package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// takeLogon is rule 2: the first message of the venue.
func (s *Session) takeLogon(now market.Nanos, fault wire.Fault) {
	h, typ := &s.hdr, s.msg.Type1()
	if fault == wire.FaultNone && (typ == '5' || typ == '3') {
		s.keepText()
		if h.seq == s.num.nextIn {
			s.advance(now, h.seq+1)
		}
		s.events.push(EventLogoutReceived, h.seq, 0)
		s.end(WhyLogonRefused)
		return
	}
	if fault != wire.FaultNone || typ != 'A' {
		s.end(WhyLogonBad)
		return
	}
	if !s.checkHeader(now) {
		s.end(s.after)
		return
	}
	if text := s.logonFault(); text != "" {
		s.quit(now, WhyLogonBad, text)
		return
	}
	sent := s.num.nextOut - 1 // the number of our Logon
	expected, given := uint64(0), false
	if s.cfg.NextExpected {
		expected, given, _ = s.msg.GetUint(tagNextExpected)
		if given && expected > s.num.nextOut {
			s.expectedTooHigh(now, expected)
			return
		}
	}
	if s.resetAsked() && (h.seq != 1 || s.num.nextIn != 1 || s.num.nextOut != 2) {
		if !s.cfg.AcceptReset || h.seq != 1 {
			s.sequenceLoss(now, h.seq)
			return
		}
		s.resetNumbers()
		s.num.nextOut = 2 // our Logon counts as the first message of the new numbers
		s.save()
		sent = 1
	}
	if h.seq < s.num.nextIn {
		s.tooLow(now, h.seq)
		return
	}
	s.phase, s.since = active, now
	if s.window != 0 {
		s.num.window, s.window = s.window, 0
		s.save()
	}
	s.events.push(EventActive, h.seq, int64(s.num.nextOut))
	if given && expected > 0 && expected <= sent {
		s.resendFrom(now, expected)
	}
	if s.num.nextOut > 2 && s.probe.id == 0 {
		s.sendProbe(now) // the venue may miss messages of an earlier connection
	}
	if h.seq > s.num.nextIn {
		if s.cfg.NextExpected && given { // our 789 asked already
			s.gap = gap{highest: h.seq, asked: h.seq, at: now}
			return
		}
		s.tooHigh(now, h.seq)
		return
	}
	s.advance(now, h.seq+1)
}

// logonFault names what is wrong with the terms of the venue's Logon.
func (s *Session) logonFault() string {
	if v, _ := s.msg.Get(wire.TagEncryptMethod); !equal(v, "0") {
		return "EncryptMethod(98) must be 0"
	}
	if v, ok, _ := s.msg.GetUint(wire.TagHeartBtInt); !ok || v != uint64(s.cfg.HeartBtIntS) {
		return "HeartBtInt(108) must be as requested"
	}
	if s.cfg.ApplVerID != "" {
		if v, _ := s.msg.Get(tagApplVerID); !equal(v, s.cfg.ApplVerID) {
			return "DefaultApplVerID(1137) must be as requested"
		}
	}
	return ""
}
