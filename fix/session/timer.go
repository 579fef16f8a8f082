package session

import "slipstream/internal/market"

// never is a Deadline that does not come.
const never = market.Nanos(1<<63 - 1)

func (s *Session) interval() market.Nanos { return s.heartbeat }

// patience is how long the venue may be silent: 1.2 HeartBtInt.
func (s *Session) patience() market.Nanos { return s.interval() * 6 / 5 }

// Timer does what is due at now: heartbeats, test requests, timeouts.
func (s *Session) Timer(now market.Nanos) {
	s.settle()
	if !s.up() {
		return
	}
	if s.resend.next != 0 {
		s.pump(now)
	}
	switch s.phase {
	case logonSent, logonWait:
		if now-s.since >= s.cfg.LogonTimeoutNanos {
			s.end(WhyLogonTimeout)
		}
	case logoutSent:
		if now-s.since >= s.cfg.LogoutTimeoutNanos {
			s.end(s.after)
		}
	case active:
		s.timerActive(now)
	}
}

func (s *Session) timerActive(now market.Nanos) {
	if now >= s.closes {
		s.startLogout(now, WhySchedule, "session time is over")
		return
	}
	switch {
	case s.testSent && now-s.testAt >= s.patience():
		s.end(WhyHeartbeat)
		return
	case !s.testSent && now-s.lastRecv >= s.patience():
		s.testSent, s.testAt = true, now
		s.sendTestRequest(now)
	}
	if s.gap.highest != 0 && now-s.gap.at >= s.cfg.ResendTimeoutNanos {
		if s.gap.tries >= s.cfg.ResendTries {
			s.quit(now, WhyResendExhausted, "ResendRequest not answered")
			return
		}
		s.askResend(now)
	}
	if s.probe.id != 0 && now-s.probe.at >= s.cfg.ResendTimeoutNanos {
		if s.probe.tries >= s.cfg.ResendTries {
			s.quit(now, WhyNotInSync, "TestRequest not answered")
			return
		}
		s.sendProbe(now)
	}
	if s.testSent && s.cfg.Role == Acceptor {
		return // the TestRequest said that we live
	}
	if now-s.lastSent >= s.interval() {
		s.sendHeartbeat(now, nil)
	}
}

// Deadline is when Timer is to be called at the latest; a far future if never.
func (s *Session) Deadline() market.Nanos {
	if !s.up() {
		return never
	}
	switch s.phase {
	case logonSent, logonWait:
		return s.since + s.cfg.LogonTimeoutNanos
	case logoutSent:
		return s.since + s.cfg.LogoutTimeoutNanos
	}
	d := min(s.lastSent+s.interval(), s.lastRecv+s.patience(), s.closes)
	if s.testSent {
		d = min(s.testAt+s.patience(), s.closes)
		if s.cfg.Role == Initiator {
			d = min(d, s.lastSent+s.interval())
		}
	}
	if s.probe.id != 0 {
		d = min(d, s.probe.at+s.cfg.ResendTimeoutNanos)
	}
	if s.gap.highest != 0 {
		d = min(d, s.gap.at+s.cfg.ResendTimeoutNanos)
	}
	return d
}
