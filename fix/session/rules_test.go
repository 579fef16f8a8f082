package session

import (
	"bytes"
	"strings"
	"testing"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// The tests carry the number of the rule in the package comment; FIX test cases are named.

const at0 = "20261103-14:30:00.000" // t0

func TestRule1OnlyActiveReserves(t *testing.T) {
	r := newRig(t, testConfig(), new(State))
	refused := func(when string) {
		t.Helper()
		if _, _, ok := r.s.Reserve(r.now); ok || r.s.Active() {
			t.Errorf("Reserve is allowed %s", when)
		}
	}
	refused("before Connected")
	r.s.Connected(r.now)
	refused("before the venue's Logon")
	r.peer("A", 1, "98=0|108=30|")
	if seq := r.order(); seq != 2 {
		t.Errorf("the first order has number %d, want 2", seq)
	}
	r.s.Logout(r.now, "")
	refused("after Logout")
	r.s.Disconnected(r.now)
	refused("after Disconnected")
	wantList(t, "a message while down", r.peer("8", 2, "37=1|"))
	r.wantNumbers(4, 2)
}

func TestRule2LogonGolden(t *testing.T) {
	cfg := testConfig()
	cfg.Username, cfg.Password = "user", "secret"
	r := newRig(t, cfg, new(State))
	r.s.Connected(r.now)
	const golden = "8=FIX.4.4|9=84|35=A|34=1|49=SLIP|52=20261103-14:30:00.000|56=VENUE|98=0|108=30|553=user|554=secret|10=160|"
	if got := r.sent(); got != golden {
		t.Errorf("sent\n%s\nwant\n%s", got, golden)
	}
	r.peer("A", 1, "98=0|108=30|")
	if !r.s.Active() || !r.s.CaughtUp() {
		t.Error("not active after the venue's Logon")
	}
	r.want()
	wantList(t, "events", r.events(), "logon_sent/1/0", "active/1/2")
}

func TestRule2LogonAnswers(t *testing.T) {
	header := "49=VENUE|52=" + at0 + "|56=SLIP|"
	for _, c := range []struct {
		name, answer string
		want         Why
		logout       string
		in           uint64
	}{
		{"a Logout refuses", "35=5|34=1|" + header + "58=bad password|", WhyLogonRefused, "", 2},
		{"a Logout of another number refuses and uses none", "35=5|34=9|" + header, WhyLogonRefused, "", 1},
		{"a Reject refuses", "35=3|34=1|" + header + "45=1|", WhyLogonRefused, "", 2},
		{"another first message", "35=0|34=1|" + header, WhyLogonBad, "", 1},
		{"a Logon with an empty field", "35=A|34=1|" + header + "98=0|108=|", WhyLogonBad, "", 1},
		{"another HeartBtInt", "35=A|34=1|" + header + "98=0|108=60|", WhyLogonBad, "58=HeartBtInt(108) must be as requested|", 1},
		{"encryption", "35=A|34=1|" + header + "98=1|108=30|", WhyLogonBad, "58=EncryptMethod(98) must be 0|", 1},
		{"another SenderCompID", "35=A|34=1|49=OTHER|52=" + at0 + "|56=SLIP|98=0|108=30|", WhyCompID, "58=CompID problem|", 2},
		{"another TargetCompID", "35=A|34=1|49=VENUE|52=" + at0 + "|56=OTHER|98=0|108=30|", WhyCompID, "58=CompID problem|", 2},
		{"SendingTime 121 s ago", "35=A|34=1|49=VENUE|52=20261103-14:27:59.000|56=SLIP|98=0|108=30|", WhySendingTime, "58=SendingTime accuracy problem|", 2},
		{"no MsgSeqNum", "35=A|" + header + "98=0|108=30|", WhyMissingSeqNum, "58=MsgSeqNum missing or malformed|", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, testConfig(), new(State))
			r.s.Connected(r.now)
			r.sent()
			wantList(t, "for the application", r.raw(frame("FIX.4.4", c.answer)))
			r.wantDropped(c.want)
			if out := r.sent(); !strings.Contains(out, c.logout) || c.logout == "" && out != "" {
				t.Errorf("sent %q, want a Logout with %q", out, c.logout)
			}
			if r.s.NextIn() != c.in {
				t.Errorf("next expected is %d, want %d", r.s.NextIn(), c.in)
			}
			if _, _, ok := r.s.Reserve(r.now); ok {
				t.Error("orders are allowed")
			}
		})
	}
}

func TestRule2OtherVersion(t *testing.T) {
	r := newRig(t, testConfig(), new(State))
	r.s.Connected(r.now)
	r.sent()
	r.raw(frame("FIX.4.2", "35=A|34=1|49=VENUE|52="+at0+"|56=SLIP|98=0|108=30|"))
	r.wantDropped(WhyBeginString)
	r.want("35=5|34=2|49=SLIP|52=" + at0 + "|56=VENUE|58=Incorrect BeginString|")
}

func TestRule2LogonTimeout(t *testing.T) {
	r := newRig(t, testConfig(), new(State))
	r.s.Connected(r.now)
	if got, want := r.s.Deadline(), t0+10*market.Second; got != want {
		t.Errorf("deadline %d, want %d", got, want)
	}
	r.wait(10*market.Second - 1)
	r.wantDropped(WhyNone)
	r.wait(1)
	r.wantDropped(WhyLogonTimeout)
}

func TestRule2LogonTooHighAsksForTheGap(t *testing.T) {
	r := newRig(t, testConfig(), new(State))
	r.s.Connected(r.now)
	r.sent()
	r.peer("A", 5, "98=0|108=30|")
	r.want("35=2|34=2|49=SLIP|52=" + at0 + "|56=VENUE|7=1|16=0|")
	if !r.s.Active() || r.s.CaughtUp() {
		t.Error("want Active and not CaughtUp")
	}
	wantList(t, "events", r.events(), "logon_sent/1/0", "active/5/2", "gap/1/5")
	r.raw(r.message("4", 1, "43=Y|", "122="+at0+"|36=6|123=Y|"))
	if !r.s.CaughtUp() {
		t.Error("not CaughtUp after the gap fill")
	}
	r.wantNumbers(3, 6)
}

func TestRule2UnaskedResetIsASequenceLoss(t *testing.T) {
	r := logon(t, testConfig())
	r.peer("8", 2, "37=1|")
	r.s.Disconnected(r.now)
	r.s.Connected(r.now)
	r.sent()
	r.peer("A", 1, "98=0|108=30|141=Y|")
	r.wantDropped(WhySequenceLoss)
	r.wantNumbers(4, 3)
}

func TestRule2AResetThatLosesNothingIsAccepted(t *testing.T) {
	r := newRig(t, testConfig(), new(State))
	r.s.Connected(r.now)
	r.peer("A", 1, "98=0|108=30|141=Y|")
	if !r.s.Active() {
		t.Error("a first logon with 141=Y is refused")
	}
}

func TestRule3Heartbeats(t *testing.T) {
	r := logon(t, testConfig())
	r.wait(30*market.Second - 1)
	r.want()
	r.wait(1)
	r.want("35=0|34=2|49=SLIP|52=20261103-14:30:30.000|56=VENUE|")
	r.peer("1", 2, "112=are you there|")
	r.want("35=0|34=3|49=SLIP|52=20261103-14:30:30.000|56=VENUE|112=are you there|")
	r.peer("1", 3, "")
	r.want("35=3|34=4|49=SLIP|52=20261103-14:30:30.000|56=VENUE|45=3|58=TestReqID missing|371=112|372=1|373=1|")
	r.peer("1", 4, "112="+strings.Repeat("x", testReqIDMax+1)+"|")
	r.want("35=3|34=5|49=SLIP|52=20261103-14:30:30.000|56=VENUE|45=4|58=TestReqID too long|371=112|372=1|373=5|")
	r.wait(20 * market.Second)
	r.order()
	r.sent()
	r.wait(10 * market.Second)
	r.want() // the order counts as a sign of life
	r.wantNumbers(7, 5)
}

func TestRule3SilenceIsTestedThenDropped(t *testing.T) {
	r := logon(t, testConfig())
	r.wait(30 * market.Second)
	r.sent()
	r.wait(6*market.Second - 1)
	r.want()
	if got, want := r.s.Deadline(), t0+36*market.Second; got != want {
		t.Errorf("deadline %d, want %d", got, want)
	}
	r.wait(1)
	r.want("35=1|34=3|49=SLIP|52=20261103-14:30:36.000|56=VENUE|112=3|")
	r.wait(36*market.Second - 1)
	r.wantDropped(WhyNone)
	r.wait(1)
	r.wantDropped(WhyHeartbeat)
	if _, _, ok := r.s.Reserve(r.now); ok {
		t.Error("orders are allowed after the drop")
	}
}

func TestRule3AnyMessageEndsTheTest(t *testing.T) {
	r := logon(t, testConfig())
	r.wait(36 * market.Second)
	r.sent()
	r.peer("0", 2, "112=2|")
	r.wait(36*market.Second - 1)
	r.wantDropped(WhyNone)
}

func TestRule4ExpectedNumbersAreTaken(t *testing.T) {
	r := logon(t, testConfig())
	wantList(t, "for the application", r.raw(bytes.Join([][]byte{
		r.message("8", 2, "", "37=1|"), r.message("0", 3, "", ""), r.message("9", 4, "", "37=1|"),
		r.message("j", 5, "", "380=0|"), r.message("h", 6, "", "336=1|"),
	}, nil)), "8/2", "9/4", "j/5", "h/6")
	r.wantNumbers(2, 7)
	r.want()
}

func TestRule4TooHighAsksOnceAndTakesTheResend(t *testing.T) {
	r := logon(t, testConfig())
	wantList(t, "beyond the gap", append(r.peer("8", 4, "37=1|"), r.peer("8", 5, "37=1|")...))
	r.want("35=2|34=2|49=SLIP|52=" + at0 + "|56=VENUE|7=2|16=0|")
	dup := func(seq int) []string { return r.raw(r.message("8", seq, "43=Y|", "122="+at0+"|37=1|")) }
	wantList(t, "the resend", append(append(append(dup(2), dup(3)...), dup(4)...), dup(5)...), "8/2", "8/3", "8/4", "8/5")
	wantList(t, "what follows", r.peer("8", 6, "37=1|"), "8/6")
	wantList(t, "events", r.events(), "gap/2/4", "gap_filled/6/0")
	r.want()
	if !r.s.CaughtUp() {
		t.Error("not CaughtUp")
	}
}

func TestRule4AGapThatIsNotFilledIsAskedForAgainThenDropped(t *testing.T) {
	cfg := testConfig()
	cfg.HeartBtIntS, cfg.ResendTimeoutNanos = 3600, 5*market.Second
	r := newRig(t, cfg, new(State))
	r.s.Connected(r.now)
	r.peer("A", 1, "98=0|108=3600|")
	r.sent()
	r.peer("8", 9, "37=1|")
	for range 3 {
		if !strings.Contains(r.sent(), "|7=2|16=0|") {
			t.Fatal("no ResendRequest")
		}
		r.wait(5*market.Second - 1)
		r.want()
		r.wait(1)
	}
	r.wantDropped(WhyResendExhausted)
}

func TestRule4ProgressRestartsThePatience(t *testing.T) {
	cfg := testConfig()
	cfg.ResendTimeoutNanos = 5 * market.Second
	r := logon(t, cfg)
	r.peer("8", 9, "37=1|")
	r.sent()
	for seq := 2; seq <= 9; seq++ {
		r.wait(4 * market.Second)
		r.raw(r.message("8", seq, "43=Y|", "122="+at0+"|37=1|"))
	}
	r.wantDropped(WhyNone)
	if out := r.sent(); strings.Contains(out, "35=2") {
		t.Errorf("asked again in spite of progress: %s", out)
	}
}

// FIX test case 2c.
func TestRule4TooLowIsALatchedSequenceLoss(t *testing.T) {
	r := logon(t, testConfig())
	r.peer("8", 2, "37=1|")
	wantList(t, "for the application", r.peer("8", 1, "37=1|"))
	r.wantDropped(WhySequenceLoss)
	r.want("35=5|34=2|49=SLIP|52=" + at0 + "|56=VENUE|58=MsgSeqNum too low, expecting 3 but received 1|")
	wantList(t, "events", r.events(), "sequence_loss/3/1", "logout_sent/2/0")
	r.s.Disconnected(r.now)

	for _, run := range []string{"the same run", "the next run"} {
		r.s.Connected(r.now)
		r.wantDropped(WhySequenceLoss)
		r.want()
		r.s.Disconnected(r.now)
		if run == "the same run" {
			r = newRig(t, testConfig(), r.st)
		}
	}
	if _, _, _, latched, err := r.st.Numbers(); !latched || err != nil {
		t.Errorf("the latch is not stored: %v", err)
	}
	r.st.Reset(1, 1)
	r = newRig(t, testConfig(), r.st)
	r.connect(1)
	r.wantNumbers(2, 2)
	if r.s.Epoch() != 4 { // two runs, the operator, and this one
		t.Errorf("epoch %d after Reset, want 4", r.s.Epoch())
	}
}

// FIX test cases 2e, 2f, 2g.
func TestRule4TooLowWithPossDup(t *testing.T) {
	header := "49=VENUE|52=" + at0 + "|56=SLIP|"
	for _, c := range []struct {
		name, body, want string
		after            Why
	}{
		{"is ignored", "35=8|34=1|43=Y|" + header + "122=20261103-14:29:00|37=1|", "", WhyNone},
		{"without OrigSendingTime is rejected", "35=8|34=1|43=Y|" + header + "37=1|",
			"45=1|58=Required tag missing|371=122|372=8|373=1|", WhyNone},
		{"with a malformed OrigSendingTime is rejected", "35=8|34=1|43=Y|" + header + "122=x|37=1|",
			"45=1|58=OrigSendingTime malformed|371=122|372=8|373=6|", WhyNone},
		{"sent before it was first sent ends the session", "35=8|34=1|43=Y|" + header + "122=20261103-14:30:01|37=1|",
			"45=1|58=SendingTime accuracy problem|372=8|373=10|", WhySendingTime},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := logon(t, testConfig())
			wantList(t, "for the application", r.raw(frame("FIX.4.4", c.body)))
			out := r.sent()
			if !strings.Contains(out, c.want) || c.want == "" && out != "" {
				t.Errorf("sent %s, want %s", out, c.want)
			}
			if r.s.NextIn() != 2 {
				t.Errorf("a duplicate moved the number to %d", r.s.NextIn())
			}
			r.wait(2 * market.Second)
			r.wantDropped(c.after)
		})
	}
}

func TestRule5ResendRequestGetsOneGapFill(t *testing.T) {
	const probe = "35=1|34=5|49=SLIP|52=" + at0 + "|56=VENUE|112=5|"
	for _, c := range []struct{ name, fields, want string }{
		{"to infinity", "7=1|16=0|", "35=4|34=1|43=Y|49=SLIP|52=" + at0 + "|56=VENUE|122=" + at0 + "|36=5|123=Y|\n" + probe},
		{"a range", "7=2|16=3|", "35=4|34=2|43=Y|49=SLIP|52=" + at0 + "|56=VENUE|122=" + at0 + "|36=4|123=Y|\n" + probe},
		{"beyond the last", "7=3|16=99|", "35=4|34=3|43=Y|49=SLIP|52=" + at0 + "|56=VENUE|122=" + at0 + "|36=5|123=Y|\n" + probe},
		{"of what was not sent", "7=5|16=0|", "35=3|34=5|49=SLIP|52=" + at0 + "|56=VENUE|45=2|58=BeginSeqNo was not sent|371=7|372=2|373=5|"},
		{"from zero", "7=0|16=0|", "35=3|34=5|49=SLIP|52=" + at0 + "|56=VENUE|45=2|58=BeginSeqNo was not sent|371=7|372=2|373=5|"},
		{"backwards", "7=3|16=2|", "35=3|34=5|49=SLIP|52=" + at0 + "|56=VENUE|45=2|58=EndSeqNo before BeginSeqNo|371=16|372=2|373=5|"},
		{"without BeginSeqNo", "16=0|", "35=3|34=5|49=SLIP|52=" + at0 + "|56=VENUE|45=2|58=Required tag missing|371=7|372=2|373=1|"},
		{"with a malformed EndSeqNo", "7=1|16=x|", "35=3|34=5|49=SLIP|52=" + at0 + "|56=VENUE|45=2|58=Incorrect data format for value|371=16|372=2|373=6|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := logon(t, testConfig())
			for range 3 {
				r.order()
			}
			r.sent()
			r.peer("2", 2, c.fields)
			r.want(c.want)
			if r.s.NextIn() != 3 {
				t.Errorf("next expected is %d, want 3", r.s.NextIn())
			}
		})
	}
}

func TestRule5TheEngineLearnsWhatWasFilled(t *testing.T) {
	r := logon(t, testConfig())
	r.order()
	r.peer("2", 2, "7=1|16=0|")
	wantList(t, "events", r.events(), "gap_fill_sent/1/3", "test_request/3/0")
	if seq := r.order(); seq != 4 {
		t.Errorf("the order after a gap fill and its probe has number %d, want 4", seq)
	}
}

// FIX test case 8: a ResendRequest with a number too high is answered first.
func TestRule5ResendRequestBeyondAGap(t *testing.T) {
	r := logon(t, testConfig())
	r.order()
	r.sent()
	r.peer("2", 7, "7=1|16=0|")
	r.want("35=4|34=1|43=Y|49=SLIP|52="+at0+"|56=VENUE|122="+at0+"|36=3|123=Y|",
		"35=1|34=3|49=SLIP|52="+at0+"|56=VENUE|112=3|",
		"35=2|34=4|49=SLIP|52="+at0+"|56=VENUE|7=2|16=0|")
	r.wantNumbers(5, 2)
}

// TestRule5CaughtUpWaitsForTheProbe: an order sent before the venue has read our gap fill
// would lie in a range that the venue skips.
func TestRule5CaughtUpWaitsForTheProbe(t *testing.T) {
	r := logon(t, testConfig())
	r.order()
	r.peer("2", 2, "7=2|16=0|")
	if r.s.CaughtUp() || !r.s.Active() {
		t.Error("want Active and not CaughtUp after a gap fill")
	}
	r.peer("0", 3, "112=2|")
	r.peer("0", 4, "")
	if r.s.CaughtUp() {
		t.Error("another Heartbeat counts as the answer")
	}
	r.peer("0", 5, "112=3|")
	if !r.s.CaughtUp() {
		t.Error("not CaughtUp after the answer")
	}
	wantList(t, "events", r.events(), "gap_fill_sent/2/3", "test_request/3/0", "in_sync/5/4")
}

func TestRule5TheAnswerCountsBeyondAGapOfOurs(t *testing.T) {
	r := logon(t, testConfig())
	r.order()
	r.peer("2", 2, "7=2|16=0|")
	r.peer("0", 9, "112=3|")
	r.raw(r.message("4", 3, "43=Y|", "122="+at0+"|36=10|123=Y|"))
	if !r.s.CaughtUp() {
		t.Error("not CaughtUp after answer and gap fill")
	}
}

func TestRule5AResumedSessionIsProbed(t *testing.T) {
	r := logon(t, testConfig())
	if !r.s.CaughtUp() {
		t.Error("a session whose first message was the Logon waits for a probe")
	}
	r.s.Disconnected(r.now)
	r.s.Connected(r.now)
	r.sent()
	r.peer("A", 2, "98=0|108=30|")
	r.want("35=1|34=3|49=SLIP|52=" + at0 + "|56=VENUE|112=3|")
	if !r.s.Active() || r.s.CaughtUp() {
		t.Error("want Active and not CaughtUp")
	}
	for range 3 {
		r.wait(29 * market.Second)
		r.peer("0", int(r.s.NextIn()), "") // the venue lives, but does not answer
		r.wait(1 * market.Second)
	}
	r.wantDropped(WhyNotInSync)
}

// FIX test cases 10 and 11.
func TestRule6SequenceReset(t *testing.T) {
	for _, c := range []struct {
		name   string
		seq    int
		fields string
		in     uint64
		want   string
	}{
		{"a gap fill moves the number", 2, "36=20|123=Y|", 20, ""},
		{"a gap fill with a number too high asks for the gap", 5, "36=20|123=Y|", 2, "|7=2|16=0|"},
		{"a gap fill that does not move is rejected", 2, "36=2|123=Y|", 2, "|371=36|372=4|373=5|"},
		{"a gap fill without NewSeqNo is rejected", 2, "123=Y|", 3, "|371=36|372=4|373=1|"},
		{"a reset ignores its own number", 99, "36=20|", 20, ""},
		{"a reset with 123=N too", 1, "36=20|123=N|", 20, ""},
		{"a reset to the expected number changes nothing", 99, "36=2|", 2, ""},
		{"a reset to a lower number is rejected", 2, "36=1|", 2, "|58=Value is incorrect (out of range) for this tag|372=4|373=5|"},
		{"a reset without NewSeqNo is rejected", 2, "", 3, "|371=36|372=4|373=1|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := logon(t, testConfig())
			wantList(t, "for the application", r.peer("4", c.seq, c.fields))
			out := r.sent()
			if !strings.Contains(out, c.want) || c.want == "" && out != "" {
				t.Errorf("sent %s, want %s", out, c.want)
			}
			if r.s.NextIn() != c.in {
				t.Errorf("next expected is %d, want %d", r.s.NextIn(), c.in)
			}
			r.wantDropped(WhyNone)
		})
	}
}

func TestRule6AResetBeyondAGapEndsIt(t *testing.T) {
	r := logon(t, testConfig())
	r.peer("8", 9, "37=1|")
	r.peer("4", 10, "36=11|")
	if !r.s.CaughtUp() {
		t.Error("the gap is still open")
	}
	wantList(t, "what follows", r.peer("8", 11, "37=1|"), "8/11")
}

func TestRule7RejectGoesToTheApplication(t *testing.T) {
	r := logon(t, testConfig())
	r.order()
	wantList(t, "for the application", r.peer("3", 2, "45=2|373=5|"), "3/2")
	r.wantNumbers(3, 3)
}

func TestRule8OurLogout(t *testing.T) {
	r := logon(t, testConfig())
	r.s.Logout(r.now, "end of \x01day")
	r.want("35=5|34=2|49=SLIP|52=" + at0 + "|56=VENUE|58=end of day|")
	wantList(t, "a report while waiting", r.peer("8", 2, "37=1|"), "8/2")
	r.wantDropped(WhyNone)
	r.peer("5", 3, "58=bye|")
	r.wantDropped(WhyLoggedOut)
	r.want()
	if got := string(r.s.PeerText()); got != "bye" {
		t.Errorf("the venue's text is %q", got)
	}
	r.wantNumbers(3, 4)
}

func TestRule8OurLogoutIsNotAnswered(t *testing.T) {
	r := logon(t, testConfig())
	r.s.Logout(r.now, "")
	r.wait(2*market.Second - 1)
	r.wantDropped(WhyNone)
	r.wait(1)
	r.wantDropped(WhyLoggedOut)
}

func TestRule8LogoutBeforeLogonDropsAtOnce(t *testing.T) {
	r := newRig(t, testConfig(), new(State))
	r.s.Connected(r.now)
	r.s.Logout(r.now, "")
	r.wantDropped(WhyLoggedOut)
}

func TestRule8TheVenuesLogoutIsAnswered(t *testing.T) {
	r := logon(t, testConfig())
	r.peer("5", 2, "58=closing|")
	r.want("35=5|34=2|49=SLIP|52=" + at0 + "|56=VENUE|")
	r.wantDropped(WhyNone)
	if r.s.Active() {
		t.Error("active after the venue's Logout")
	}
	r.wait(2 * market.Second)
	r.wantDropped(WhyPeerLogout)
	r.wantNumbers(3, 3)
}

func TestRule8ALogoutBeyondAGapIsAnsweredAndTheGapStays(t *testing.T) {
	r := logon(t, testConfig())
	r.peer("5", 7, "")
	r.want("35=5|34=2|49=SLIP|52=" + at0 + "|56=VENUE|")
	r.wantNumbers(3, 2)
}

// FIX test cases 2d, 3b, 3c.
func TestRule9GarbledUsesNoNumber(t *testing.T) {
	good := logon(t, testConfig()).message("8", 2, "", "37=1|")
	for name, bad := range map[string][]byte{
		"wrong CheckSum":           bytes.Replace(good, []byte("37=1"), []byte("37=2"), 1),
		"wrong BodyLength":         bytes.Replace(good, []byte("9=57"), []byte("9=56"), 1),
		"not FIX":                  []byte("GET / HTTP/1.1\r\n\r\n"),
		"MsgType is not third":     frame("FIX.4.4", "34=2|35=8|49=VENUE|52="+at0+"|56=SLIP|37=1|"),
		"unreadable before number": frame("FIX.4.4", "35=8|x=2|34=2|49=VENUE|52="+at0+"|56=SLIP|37=1|"),
	} {
		t.Run(name, func(t *testing.T) {
			r := logon(t, testConfig())
			wantList(t, "the bad one", r.raw(bad))
			r.wantNumbers(2, 2)
			r.want()
			wantList(t, "the good one after it", r.raw(good), "8/2")
			if ev := r.events(); len(ev) == 0 || !strings.HasPrefix(ev[0], "garbled/") {
				t.Errorf("events %v", ev)
			}
			r.wantDropped(WhyNone)
		})
	}
}

// FIX test cases 2i, 2k, 2o, 14.
func TestRule10Header(t *testing.T) {
	for _, c := range []struct {
		name, version, body, want string
		now, later                Why
		in                        uint64
	}{
		{"wrong BeginString", "FIX.4.2", "35=8|34=2|49=VENUE|52=" + at0 + "|56=SLIP|37=1|", "58=Incorrect BeginString|", WhyBeginString, WhyBeginString, 2},
		{"wrong SenderCompID", "FIX.4.4", "35=8|34=2|49=X|52=" + at0 + "|56=SLIP|37=1|", "45=2|58=CompID problem|372=8|373=9|", WhyNone, WhyCompID, 3},
		{"wrong TargetCompID", "FIX.4.4", "35=8|34=2|49=VENUE|52=" + at0 + "|56=X|37=1|", "45=2|58=CompID problem|372=8|373=9|", WhyNone, WhyCompID, 3},
		{"no CompIDs", "FIX.4.4", "35=8|34=2|52=" + at0 + "|37=1|", "373=9|", WhyNone, WhyCompID, 3},
		{"SendingTime 121 s late", "FIX.4.4", "35=8|34=2|49=VENUE|52=20261103-14:27:59|56=SLIP|37=1|", "372=8|373=10|", WhyNone, WhySendingTime, 3},
		{"SendingTime 121 s early", "FIX.4.4", "35=8|34=2|49=VENUE|52=20261103-14:32:01|56=SLIP|37=1|", "372=8|373=10|", WhyNone, WhySendingTime, 3},
		{"no SendingTime", "FIX.4.4", "35=8|34=2|49=VENUE|56=SLIP|37=1|", "371=52|372=8|373=1|", WhyNone, WhySendingTime, 3},
		{"SendingTime malformed", "FIX.4.4", "35=8|34=2|49=VENUE|52=now|56=SLIP|37=1|", "371=52|372=8|373=6|", WhyNone, WhySendingTime, 3},
		{"no MsgSeqNum", "FIX.4.4", "35=8|49=VENUE|52=" + at0 + "|56=SLIP|37=1|", "58=MsgSeqNum missing or malformed|", WhyMissingSeqNum, WhyMissingSeqNum, 2},
		{"MsgSeqNum is no number", "FIX.4.4", "35=8|34=x|49=VENUE|52=" + at0 + "|56=SLIP|37=1|", "58=MsgSeqNum missing or malformed|", WhyMissingSeqNum, WhyMissingSeqNum, 2},
		{"an empty field", "FIX.4.4", "35=8|34=2|49=VENUE|52=" + at0 + "|56=SLIP|37=|", "45=2|58=Tag specified without a value|371=37|372=8|373=4|", WhyNone, WhyNone, 3},
		{"a tag that is no number", "FIX.4.4", "35=8|34=2|49=VENUE|52=" + at0 + "|56=SLIP|37=1|x=1|", "45=2|58=Invalid tag number|371=x|372=8|373=0|", WhyNone, WhyNone, 3},
		{"a Logon in the session", "FIX.4.4", "35=A|34=2|49=VENUE|52=" + at0 + "|56=SLIP|98=0|108=30|", "45=2|58=unexpected Logon|372=A|373=99|", WhyNone, WhyNone, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := logon(t, testConfig())
			wantList(t, "for the application", r.raw(frame(c.version, c.body)))
			if out := r.sent(); !strings.Contains(out, c.want) {
				t.Errorf("sent %s, want %s", out, c.want)
			}
			r.wantDropped(c.now)
			if r.s.NextIn() != c.in {
				t.Errorf("next expected is %d, want %d", r.s.NextIn(), c.in)
			}
			r.wait(2 * market.Second)
			r.wantDropped(c.later)
		})
	}
}

func TestRule10SkewCanBeSwitchedOff(t *testing.T) {
	cfg := testConfig()
	cfg.MaxSkewNanos = 0
	r := logon(t, cfg)
	wantList(t, "for the application", r.raw(frame("FIX.4.4", "35=8|34=2|49=VENUE|52=19990101-00:00:00|56=SLIP|37=1|")), "8/2")
}

func TestRule12AFullOutputRefusesOrdersAndStillAnswers(t *testing.T) {
	cfg := testConfig()
	cfg.OutputBytes = AdminReserveBytes + 2*cfg.MaxAppBytes
	r := logon(t, cfg)
	orders := 0
	for {
		dst, seq, ok := r.s.Reserve(r.now)
		if !ok {
			break
		}
		if !r.s.Commit(r.now, appendOrder(dst, seq)) {
			t.Fatal("Commit refused")
		}
		orders++
	}
	if free := len(r.s.out.buf) - len(r.s.Output()); orders == 0 || free < AdminReserveBytes {
		t.Errorf("%d orders left %d bytes free", orders, free)
	}
	before := len(r.s.Output())
	r.peer("1", 2, "112=x|")
	if len(r.s.Output()) == before {
		t.Error("a TestRequest is not answered while orders are refused")
	}
	seq := 3
	for ; seq < 200; seq++ {
		r.peer("1", seq, "112=x|")
		if _, dropped := r.s.Dropped(); dropped {
			break
		}
	}
	r.wantDropped(WhyOutputOverflow)
	if next := r.s.NextOut(); next != uint64(2+orders+seq-2) {
		t.Errorf("the message that had no room used a number: next is %d", next)
	}
}

func TestRule12InputIsBounded(t *testing.T) {
	r := logon(t, testConfig())
	one := r.message("8", 2, "", "58="+strings.Repeat("x", 4000)+"|")
	for range 100 {
		r.s.Receive(r.now, one)
	}
	r.wantDropped(WhyInputOverflow)
	wantList(t, "for the application", r.drain())
}

func TestRule12EventsAreBounded(t *testing.T) {
	r := logon(t, testConfig())
	for range eventsMax + 5 {
		r.raw([]byte("x"))
	}
	ev := r.events()
	if len(ev) != eventsMax+1 || ev[eventsMax] != "events_lost/0/5" {
		t.Errorf("%d events, the last is %s", len(ev), ev[len(ev)-1])
	}
}

func TestCommitRefusesWhatItDidNotReserve(t *testing.T) {
	r := logon(t, testConfig())
	if r.s.Commit(r.now, []byte("8=FIX")) {
		t.Error("committed without Reserve")
	}
	dst, _, _ := r.s.Reserve(r.now)
	if r.s.Commit(r.now, append(dst, make([]byte, 2000)...)) {
		t.Error("committed a message that outgrew its room")
	}
	dst, seq, _ := r.s.Reserve(r.now)
	r.wait(30 * market.Second) // a heartbeat takes the number
	if r.s.Commit(r.now, appendOrder(dst, seq)) {
		t.Error("committed a number that a heartbeat took")
	}
	if r.s.Commit(r.now, dst) {
		t.Error("committed an empty message")
	}
	r.wantNumbers(3, 2)
}

func TestNamesAndConfig(t *testing.T) {
	for w := WhyNone; w < WhyCount; w++ {
		if w.String() == "" || w.String() == "unknown" {
			t.Errorf("Why %d has no name", w)
		}
	}
	for c := NoEvent; c < EventCodeCount; c++ {
		if c.String() == "" || c.String() == "unknown" {
			t.Errorf("event %d has no name", c)
		}
	}
	bad := Config{BeginString: "FIX.9", SenderCompID: "a\x01b", TimePrecision: 4, SkipOut: 1 << 40}
	_, err := New(bad, new(State))
	for _, word := range []string{"BeginString", "SenderCompID", "TargetCompID", "HeartBtIntS", "LogonTimeoutNanos", "LogoutTimeoutNanos",
		"ResendTimeoutNanos", "ResendTries", "TimePrecision", "MaxMessageBytes", "MaxAppBytes", "InputBytes", "OutputBytes", "SkipOut"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not name %s: %v", word, err)
		}
	}
}

// TestSteadyPathNoAllocs: receive a report, send an order, heartbeat, gap and resend.
func TestSteadyPathNoAllocs(t *testing.T) {
	r := logon(t, testConfig())
	msg := make([]byte, 0, 512)
	order := appendOrder(nil, 1)
	n := testing.AllocsPerRun(200, func() {
		r.now += 31 * market.Second
		msg = appendReport(msg[:0], r.s.NextIn(), r.now)
		r.s.Receive(r.now, msg[:100])
		r.s.Next(r.now)
		r.s.Receive(r.now, msg[100:])
		if _, ok := r.s.Next(r.now); !ok {
			t.Fatal("no report")
		}
		dst, _, ok := r.s.Reserve(r.now)
		if !ok || !r.s.Commit(r.now, append(dst, order...)) {
			t.Fatal("no order")
		}
		if _, ok := r.s.Next(r.now); ok {
			t.Fatal("a second report")
		}
		r.now += 31 * market.Second
		r.s.Timer(r.now) // a heartbeat
		msg = appendReport(msg[:0], r.s.NextIn()+1, r.now)
		r.s.Receive(r.now, msg) // a gap
		r.s.Next(r.now)
		msg = appendReport(msg[:0], r.s.NextIn(), r.now)
		r.s.Receive(r.now, msg)
		r.s.Next(r.now)
		msg = appendReport(msg[:0], r.s.NextIn(), r.now)
		r.s.Receive(r.now, msg)
		r.s.Next(r.now)
		r.s.Next(r.now)
		r.s.Consumed(len(r.s.Output()))
		for {
			if _, ok := r.s.NextEvent(); !ok {
				break
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
	if !r.s.CaughtUp() || r.s.NextIn() < 500 {
		t.Errorf("the path was not taken: next expected is %d", r.s.NextIn())
	}
}

// appendReport appends an ExecutionReport with number seq.
func appendReport(dst []byte, seq uint64, now market.Nanos) []byte {
	dst = append(dst, "8=FIX.4.4\x019=000\x0135=8\x0134="...)
	dst = wire.AppendPadded(dst, seq, 9)
	dst = append(dst, "\x0149=VENUE\x0152="...)
	dst = wire.AppendTime(dst, now, wire.Micros)
	dst = append(dst, "\x0156=SLIP\x0137=1\x0117=E1\x0111=X\x01150=F\x0139=1\x0114=100\x01151=0\x0158=a report of a fill\x01"...)
	body := len(dst) - len("8=FIX.4.4\x019=000\x01")
	wire.AppendPadded(dst[:12], uint64(body), 3)
	return wire.AppendTrailer(dst, 0)
}
