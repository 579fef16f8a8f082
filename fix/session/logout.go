package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Logout starts an orderly end: no Reserve from here; reports still come. Dropped
// when the venue answered or LogoutTimeout passed. text is cut to 128 bytes.
func (s *Session) Logout(now market.Nanos, text string) {
	s.settle()
	switch s.phase {
	case active:
		s.startLogout(now, WhyLoggedOut, text)
	case logonSent:
		s.end(WhyLoggedOut)
	}
}

// startLogout sends Logout and waits for the answer; why is the reason for the drop.
func (s *Session) startLogout(now market.Nanos, why Why, text string) {
	if !s.up() || s.phase == logoutSent {
		return
	}
	var buf [textMax]byte
	s.phase, s.since, s.after = logoutSent, now, why
	s.sendLogout(now, buf[:copy(buf[:], text)])
}

// quit sends Logout and drops without waiting.
func (s *Session) quit(now market.Nanos, why Why, text string) {
	var buf [textMax]byte
	s.sendLogout(now, buf[:copy(buf[:], text)])
	s.end(why)
}

// end says that the transport must be closed. The first reason stays.
func (s *Session) end(why Why) {
	if s.drop == WhyNone {
		s.drop = why
	}
}

// peerLogout is rule 8 for a Logout of the venue.
func (s *Session) peerLogout(now market.Nanos) {
	s.keepText()
	s.events.push(EventLogoutReceived, s.hdr.seq, 0)
	if s.phase == logoutSent {
		s.end(s.after)
		return
	}
	s.startLogout(now, WhyPeerLogout, "")
}

// keepText keeps Text(58) for the log.
func (s *Session) keepText() {
	v, _ := s.msg.Get(wire.TagText)
	s.peerLen = copy(s.peerText[:], v)
}
