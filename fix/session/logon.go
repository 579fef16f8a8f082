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
	if v, _ := s.msg.Get(wire.TagResetSeqNumFlag); equal(v, "Y") && (h.seq != 1 || s.num.nextIn != 1 || s.num.nextOut != 2) {
		s.sequenceLoss(now, h.seq)
		return
	}
	if h.seq < s.num.nextIn {
		s.tooLow(now, h.seq)
		return
	}
	s.phase, s.since = active, now
	s.events.push(EventActive, h.seq, int64(s.num.nextOut))
	if s.num.nextOut > 2 {
		s.sendProbe(now) // the venue may miss messages of an earlier connection
	}
	if h.seq > s.num.nextIn {
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
	return ""
}
