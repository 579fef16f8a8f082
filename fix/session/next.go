package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Next is the next in-sequence message for the application: every type that is
// not the session's, and Reject(3). It is valid until the next call of Next, Receive,
// Connected or Disconnected. The session's own messages are answered on the way.
func (s *Session) Next(now market.Nanos) (*wire.Message, bool) {
	for {
		s.settle()
		if !s.up() {
			return nil, false
		}
		if s.early.n != 0 {
			if raw, ok := s.early.take(s.num.nextIn); ok {
				s.replayed = true
				forApp := s.take(now, raw)
				s.replayed = false
				if forApp {
					return &s.msg, true
				}
				continue
			}
		}
		b := s.in.bytes()
		n, fault := wire.Frame(b, s.cfg.MaxMessageBytes)
		if fault != wire.FaultNone {
			if s.phase == logonWait {
				s.end(WhyLogonBad) // FIX session test case 1d
				return nil, false
			}
			if s.cfg.TrustLength {
				if n = wire.Claimed(b, s.cfg.MaxMessageBytes); n == 0 {
					return nil, false
				}
			}
			s.garbled(n, fault)
			s.in.skip(n)
			continue
		}
		if n == 0 {
			return nil, false
		}
		forApp := s.take(now, b[:n:n])
		s.in.skip(n)
		if forApp {
			return &s.msg, true
		}
	}
}

func (s *Session) garbled(n int, fault wire.Fault) {
	s.events.push(EventGarbled, uint64(n), int64(fault))
}

// take handles one framed message; true if it is the application's.
func (s *Session) take(now market.Nanos, raw []byte) bool {
	fault := wire.Parse(raw, &s.msg)
	h := &s.hdr
	h.read(&s.msg, s.cfg.MaxSkewNanos != 0 || s.cfg.Dictionary != nil, s.cfg.Dictionary != nil)
	if s.msg.N == 0 || fault != wire.FaultNone && !h.seqOK {
		s.garbled(len(raw), fault) // rule 9
		return false
	}
	s.lastRecv, s.testSent = now, false
	if s.phase == logonWait {
		s.takeFirst(now, fault)
		return false
	}
	if !equal(s.msg.Value(s.msg.Fields[0]), s.cfg.BeginString) {
		s.quit(now, WhyBeginString, "Incorrect BeginString")
		return false
	}
	if !h.seqOK {
		s.quit(now, WhyMissingSeqNum, "MsgSeqNum missing or malformed")
		return false
	}
	if s.phase == logonSent {
		s.takeLogon(now, fault)
		return false
	}
	if s.cfg.Dictionary != nil {
		s.headerTag = h.missing()
		if fault == wire.FaultNone && s.headerTag != 0 {
			fault = wire.FaultMissing
		}
	}
	if !s.replayed && !s.checkHeader(now) {
		return false
	}
	if s.cfg.AcceptReset && s.phase == active && fault == wire.FaultNone && s.resetAsked() {
		s.resetAgain(now)
		return false
	}
	return s.inSequence(now, fault) && s.process(now, fault)
}

// process handles a message with the expected number; true if it is the
// application's. The number is used, but by a SequenceReset that is wrong.
func (s *Session) process(now market.Nanos, fault wire.Fault) bool {
	if fault != wire.FaultNone {
		s.advance(now, s.num.nextIn+1)
		s.rejectFault(now, fault)
		return false
	}
	if s.cfg.Dictionary != nil {
		if reason, tag, given := s.cfg.Dictionary.Check(&s.msg); reason != DictionaryOK {
			s.advance(now, s.num.nextIn+1)
			s.rejectTag(now, reason, tag, given)
			return false
		}
	}
	typ := s.msg.Type1()
	if typ == '4' {
		s.gapFill(now)
		return false
	}
	s.advance(now, s.num.nextIn+1)
	switch typ {
	case '0', '2': // Heartbeat and ResendRequest were looked at before
	case '1':
		s.answerTestRequest(now)
	case '5':
		s.peerLogout(now)
	case 'A':
		if !s.hdr.possDup && !s.replayed { // replayed: the one that began this connection
			s.sendReject(now, 99, 0, "unexpected Logon")
		}
	default:
		return true
	}
	return false
}

// answerTestRequest is rule 3.
func (s *Session) answerTestRequest(now market.Nanos) {
	id, ok := s.msg.Get(wire.TagTestReqID)
	if !ok {
		s.sendReject(now, 1, wire.TagTestReqID, "TestReqID missing")
		return
	}
	if len(id) > testReqIDMax {
		s.sendReject(now, 5, wire.TagTestReqID, "TestReqID too long")
		return
	}
	s.sendHeartbeat(now, id)
}

// testReqIDMax is the longest TestReqID(112) echoed, in bytes.
const testReqIDMax = 1024
