package session

import (
	"slices"
	"strings"
	"testing"

	"slipstream/internal/market"
)

// numbersAt is a State with both numbers in use.
func numbersAt(out, in uint64) *State {
	st := new(State)
	st.Reset(out, in)
	return st
}

// TestAResetOfTheVenueIsFollowedOnlyIfAgreed: a Logon answer with 141=Y that would lose
// numbers is a sequence loss, or, with AcceptReset, an event and numbers from 1 on.
func TestAResetOfTheVenueIsFollowedOnlyIfAgreed(t *testing.T) {
	for _, c := range []struct {
		name    string
		agreed  bool
		seq     int
		why     Why
		out, in uint64
	}{
		{"not agreed", false, 1, WhySequenceLoss, 20, 10},
		{"agreed", true, 1, WhyNone, 2, 2},
		{"agreed, but the number is not 1", true, 3, WhySequenceLoss, 20, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := testConfig()
			cfg.AcceptReset = c.agreed
			r := newRig(t, cfg, numbersAt(18, 10))
			r.s.Connected(r.now)
			r.sent()
			r.peer("A", c.seq, "98=0|108=30|141=Y|")
			if why, _ := r.s.Dropped(); why != c.why || r.s.NextOut() != c.out || r.s.NextIn() != c.in {
				t.Fatalf("dropped for %q, numbers %d and %d; want %q, %d and %d", why, r.s.NextOut(), r.s.NextIn(), c.why, c.out, c.in)
			}
			if _, may := r.s.MayConnect(r.now); may != (c.why == WhyNone) {
				t.Errorf("may connect again: %v", may)
			}
			if c.why != WhyNone {
				return
			}
			r.sent()
			if r.order() != 2 || !slices.Equal(r.peer("8", 2, "37=1|"), []string{"8/2"}) {
				t.Errorf("the session does not go on: %s", r.sent())
			}
			// A venue whose numbers begin at 1 without our Logon finds number 1 missing.
			r.sent()
			r.peer("2", 3, "7=1|16=0|")
			if got := r.sent(); !strings.Contains(got, "35=4|34=1|43=Y|") || !strings.Contains(got, "|36=3|123=Y|") {
				t.Errorf("number 1 is not filled: %s", got)
			}
		})
	}
}

// TestAResetOfTheVenueInASessionThatIsUp is answered in kind (FIX 4.4 Vol 2).
func TestAResetOfTheVenueInASessionThatIsUp(t *testing.T) {
	cfg := testConfig()
	cfg.AcceptReset = true
	r := logon(t, cfg)
	r.order()
	r.sent()
	r.peer("A", 1, "98=0|108=30|141=Y|")
	if got := r.sent(); !strings.Contains(got, "35=A|34=1|") || !strings.Contains(got, "|141=Y|") || r.s.NextOut() != 2 || r.s.NextIn() != 2 {
		t.Errorf("numbers %d and %d after %s", r.s.NextOut(), r.s.NextIn(), got)
	}
	if !slices.Contains(eventCodes(r), EventNumbersReset) {
		t.Error("nothing says that the numbers were reset")
	}
}

func eventCodes(r *rig) (codes []EventCode) {
	for e, ok := r.s.NextEvent(); ok; e, ok = r.s.NextEvent() {
		codes = append(codes, e.Code)
	}
	return codes
}

// TestAWindowThatResetsSaysSo: the first Logon of a window carries 141=Y and number 1, and
// each one after it too, until one is answered.
func TestAWindowThatResetsSaysSo(t *testing.T) {
	cfg := testConfig()
	cfg.Schedule = Schedule{On: true, StartS: 14 * 3600, EndS: 20 * 3600, ResetNumbers: true, SayReset: true}
	r := newRig(t, cfg, new(State))
	logonOf := func() string {
		r.s.Connected(r.now)
		return r.sent()
	}
	const reset, plain = "35=A|34=1|", "141=Y"
	if got := logonOf(); !strings.Contains(got, reset) || !strings.Contains(got, plain) {
		t.Errorf("the first of all: %s", got)
	}
	r.peer("A", 1, "98=0|108=30|141=Y|")
	r.order()
	r.s.Disconnected(r.now)
	if got := logonOf(); strings.Contains(got, plain) || !strings.Contains(got, "34=3|") {
		t.Errorf("later in the window: %s", got)
	}
	r.peer("A", 2, "98=0|108=30|")
	r.sent()
	r.s.Disconnected(r.now)

	r.now += 7 * 3600 * market.Second
	if why, may := r.s.MayConnect(r.now); may || why != WhySchedule {
		t.Errorf("may connect outside the window: %v, %v", why, may)
	}
	r.now += 17 * 3600 * market.Second
	for range 2 { // the first is not answered
		if got := logonOf(); !strings.Contains(got, reset) || !strings.Contains(got, plain) {
			t.Errorf("the next window: %s", got)
		}
		r.s.Disconnected(r.now)
		r.now += market.Second
	}
	logonOf()
	r.peer("A", 1, "98=0|108=30|141=Y|")
	if !r.s.Active() || r.s.NextOut() != 2 || r.s.NextIn() != 2 {
		t.Errorf("active %v, numbers %d and %d", r.s.Active(), r.s.NextOut(), r.s.NextIn())
	}
	r.s.Disconnected(r.now)
	r = newRigAt(t, cfg, r)
	r.s.Connected(r.now)
	if got := r.sent(); strings.Contains(got, plain) || !strings.Contains(got, "34=2|") {
		t.Errorf("after a restart in the window: %s", got)
	}
}

// newRigAt is a new run on the state of r.
func newRigAt(t *testing.T, cfg Config, r *rig) *rig {
	next := newRig(t, cfg, r.st)
	next.now = r.now
	return next
}

// TestALatchedSessionMayNotConnect until an operator's Reset, over restarts too.
func TestALatchedSessionMayNotConnect(t *testing.T) {
	r := logon(t, testConfig())
	r.peer("0", 2, "")
	r.peer("0", 1, "")
	if why, _ := r.s.Dropped(); why != WhySequenceLoss {
		t.Fatalf("dropped for %q", why)
	}
	r.s.Disconnected(r.now)
	r = newRig(t, testConfig(), r.st)
	if why, may := r.s.MayConnect(r.now); may || why != WhySequenceLoss {
		t.Errorf("may connect: %v, %v", may, why)
	}
	r.st.Reset(5, 3)
	r = newRig(t, testConfig(), r.st)
	if _, may := r.s.MayConnect(r.now); !may {
		t.Error("may not connect after Reset")
	}
}
