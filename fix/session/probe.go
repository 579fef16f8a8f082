package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// probe is the TestRequest that shows where the venue has read to. What is sent
// between the cause of a venue's ResendRequest and our gap fill lies in the filled
// range and is lost; the answer to a TestRequest sent after it is the proof
// that the venue takes messages again.
type probe struct {
	id    uint64       // its TestReqID(112), the number it was sent with; 0 = none is out
	tries int          // sent since the last cause
	at    market.Nanos // when sent
}

func (s *Session) sendProbe(now market.Nanos) {
	s.probe = probe{id: s.num.nextOut, tries: s.probe.tries + 1, at: now}
	s.sendTestRequest(now)
}

// probeAnswered looks whether the Heartbeat at hand answers the probe.
func (s *Session) probeAnswered() {
	if s.probe.id == 0 {
		return
	}
	if id, ok, _ := s.msg.GetUint(wire.TagTestReqID); ok && id == s.probe.id {
		s.probe = probe{}
		s.events.push(EventInSync, s.hdr.seq, int64(s.num.nextOut))
	}
}
