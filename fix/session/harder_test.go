package session

import (
	"fmt"
	"strings"
	"testing"

	"slipstream/internal/market"
)

// What no other test of the rules holds: the harder cases of resend, of both roles and versions.

// Both sides miss messages and ask at the same time; the venue's ResendRequest lies beyond our gap.
func TestSimultaneousResendRequests(t *testing.T) {
	r := logon(t, testConfig())
	r.order()
	r.sent()
	r.peer("8", 4, "37=1|") // 2 and 3 are missing here, our 2 there
	r.want("35=2|34=3" + head0 + "7=2|16=0|")
	r.peer("2", 5, "7=2|16=0|")
	r.want("35=4|34=2|43=Y"+head0+"122="+at0+"|36=4|123=Y|", "35=1|34=4"+head0+"112=4|")
	dup := func(typ string, seq int, fields string) []string {
		return r.raw(r.message(typ, seq, "43=Y|", "122="+at0+"|"+fields))
	}
	wantList(t, "the resend", append(append(dup("8", 2, "37=1|"), dup("8", 3, "37=1|")...), dup("8", 4, "37=1|")...), "8/2", "8/3", "8/4")
	dup("4", 5, "36=6|123=Y|") // its ResendRequest is not sent again
	r.want()
	if r.s.CaughtUp() {
		t.Error("caught up before the venue has read our gap fill")
	}
	r.peer("0", 6, "112=4|")
	if !r.s.CaughtUp() {
		t.Error("not caught up")
	}
	r.wantNumbers(5, 7)
}

// A PossDup with a number too high is a gap as any other, and taken once the gap is filled.
func TestPossDupBeyondAGap(t *testing.T) {
	r := logon(t, testConfig())
	wantList(t, "beyond the gap", r.raw(r.message("8", 4, "43=Y|", "122="+at0+"|37=1|")))
	r.want("35=2|34=2" + head0 + "7=2|16=0|")
	r.wantNumbers(3, 2)
}

// A gap fill below the expected number is a duplicate; above it, part of the gap that is asked for.
func TestGapFillAroundTheExpectedNumber(t *testing.T) {
	r := logon(t, testConfig())
	r.peer("0", 2, "")
	r.raw(r.message("4", 2, "43=Y|", "122="+at0+"|36=9|123=Y|"))
	r.want()
	r.wantNumbers(2, 3)
	r.raw(r.message("4", 5, "43=Y|", "122="+at0+"|36=9|123=Y|"))
	r.want("35=2|34=2" + head0 + "7=3|16=0|")
	r.wantNumbers(3, 3)
	r.raw(r.message("4", 2, "", "36=9|123=Y|")) // without PossDup: the venue's numbers are lost
	r.wantDropped(WhySequenceLoss)
}

// A message longer than we accept costs its number; asked for again it comes no shorter, and
// the connection ends after ResendTries, loudly, with nothing kept meanwhile.
func TestOversizedMessage(t *testing.T) {
	cfg := testConfig()
	cfg.HeartBtIntS, cfg.ResendTimeoutNanos = 3600, 5*market.Second
	r := newRig(t, cfg, new(State))
	r.s.Connected(r.now)
	r.peer("A", 1, "98=0|108=3600|")
	r.sent()
	r.events()
	big := func(head, more string) []byte {
		return r.message("8", 2, head, more+"37=1|58="+strings.Repeat("x", cfg.MaxMessageBytes)+"|")
	}
	wantList(t, "the long one", r.raw(big("", "")))
	wantList(t, "the next", r.peer("8", 3, "37=1|"))
	for range cfg.ResendTries {
		if !strings.Contains(r.sent(), "|7=2|16=0|") {
			t.Fatal("no ResendRequest")
		}
		r.raw(big("43=Y|", "122="+at0+"|"))
		r.wait(5 * market.Second)
	}
	r.wantDropped(WhyResendExhausted)
	if ev := r.events(); !strings.HasPrefix(ev[0], "garbled/") || !strings.HasSuffix(ev[0], "/4") {
		t.Errorf("events %v, want garbled with FaultTooLong first", ev)
	}
	if r.s.NextIn() != 2 {
		t.Errorf("next expected is %d", r.s.NextIn())
	}
}

// DefaultApplVerID is sent, and wanted back as sent.
func TestInitiatorOfFIXT(t *testing.T) {
	cfg := testConfig()
	cfg.BeginString, cfg.ApplVerID = "FIXT.1.1", "9"
	for answer, want := range map[string]Why{"98=0|108=30|1137=9|": WhyNone, "98=0|108=30|1137=7|": WhyLogonBad, "98=0|108=30|": WhyLogonBad} {
		r := newRig(t, cfg, new(State))
		r.s.Connected(r.now)
		if got := r.sent(); got != "8=FIXT.1.1|9=71|35=A|34=1"+head0+"98=0|108=30|1137=9|10=049|" {
			t.Errorf("sent %s", got)
		}
		r.raw(frame("FIXT.1.1", "35=A|34=1|49=VENUE|52="+at0+"|56=SLIP|"+answer))
		r.wantDropped(want)
	}
}

// NextExpectedMsgSeqNum that is no number, zero or below the messages we keep.
func TestNextExpectedOfAnAcceptor(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"as expected", "789=5|", ""},
		{"lower: filled from there", "789=2|", "35=4|34=2|43=Y" + head0 + "122=" + at0 + "|36=6|123=Y|"},
		{"zero is no number to resend from", "789=0|", ""},
		{"no number", "789=x|", ""},
		{"missing", "", ""},
	} {
		cfg, st := acceptorConfig(), new(State)
		cfg.NextExpected = true
		st.Reset(5, 8)
		r := newRig(t, cfg, st)
		r.s.Connected(r.now)
		r.peer("A", 8, "98=0|108=30|"+c.value)
		want := []string{"35=A|34=5" + head0 + "98=0|108=30|789=9|"}
		if c.want != "" {
			want = append(want, c.want)
		}
		t.Run(c.name, func(t *testing.T) { r.t = t; r.want(want...) })
	}
	cfg, st := acceptorConfig(), new(State)
	cfg.NextExpected = true
	st.Reset(5, 8)
	r := newRig(t, cfg, st)
	r.s.Connected(r.now)
	r.peer("A", 8, "98=0|108=30|789=9|")
	r.want("35=5|34=5" + head0 + "58=Tag 789 (NextExpectedMsgSeqNum) is higher than expected. Expected 5, Received 9|")
	r.wantDropped(WhySequenceLoss)
}

// A clock that goes back, as a machine's may, drops nothing and sends no storm.
func TestAClockThatGoesBack(t *testing.T) {
	r := logon(t, testConfig())
	r.now -= 60 * market.Second
	for range 100 {
		r.s.Timer(r.now)
	}
	r.want()
	r.wantDropped(WhyNone)
	r.now += 90 * market.Second
	r.s.Timer(r.now)
	if out := r.sent(); strings.Count(out, "|35=0|") != 1 {
		t.Errorf("sent %s, want one Heartbeat", out)
	}
}

// A peer that asks for everything again and again costs one resend at a time, within the output.
func TestAStormOfResendRequests(t *testing.T) {
	cfg := acceptorConfig()
	cfg.Store, cfg.ResendAgeNanos = NewMemory(64, 1<<16), 60*market.Second
	r := accept(t, cfg)
	for range 20 {
		r.report(200)
	}
	r.sent()
	before := r.s.NextOut()
	for seq := 2; seq < 302; seq++ {
		r.s.Receive(r.now, r.message("2", seq, "", "7=1|16=0|"))
		r.drain()
		if n := len(r.s.Output()); n > cfg.OutputBytes {
			t.Fatalf("%d bytes wait", n)
		}
	}
	if why, dropped := r.s.Dropped(); dropped {
		t.Fatalf("dropped for %v", why)
	}
	for turns := 0; r.s.Resending() || len(r.s.Output()) > 0; turns++ {
		if turns > 1000 {
			t.Fatal("the resend does not end")
		}
		r.sent()
	}
	if r.s.NextOut() != before {
		t.Errorf("resends used numbers: %d, before %d", r.s.NextOut(), before)
	}
}

// Numbers at the end of what a number may be: refused, never wrapped.
func TestNumbersAtTheirEnd(t *testing.T) {
	const end = 999_999_999_999_999_999
	r := logon(t, testConfig())
	r.peer("4", 2, fmt.Sprintf("36=%d|", uint64(end)))
	r.wantNumbers(2, end)
	r.peer("0", end, "")
	r.raw(r.message("0", 0, "", "")) // 1e18 cannot be written: too low
	r.wantDropped(WhySequenceLoss)
	r = logon(t, testConfig())
	r.raw(frame("FIX.4.4", "35=0|34=1000000000000000000|49=VENUE|52="+at0+"|56=SLIP|"))
	r.wantDropped(WhyMissingSeqNum)
}

// ApplVerID(1128) is the fourth field of a FIX 5.0 message that has it, before MsgSeqNum.
func TestApplVerIDBeforeMsgSeqNum(t *testing.T) {
	cfg := testConfig()
	cfg.BeginString, cfg.ApplVerID = "FIXT.1.1", "9"
	r := newRig(t, cfg, new(State))
	r.s.Connected(r.now)
	r.raw(frame("FIXT.1.1", "35=A|34=1|49=VENUE|52="+at0+"|56=SLIP|98=0|108=30|1137=9|"))
	wantList(t, "a report", r.raw(frame("FIXT.1.1", "35=8|1128=9|1129=x|1156=1|49=VENUE|56=SLIP|34=2|370="+at0+"|52="+at0+"|37=1|")), "8/2")
	r.wantDropped(WhyNone)
}

// A header field that comes twice: the session and the application see the same one, the first.
func TestAHeaderFieldTwice(t *testing.T) {
	r := logon(t, testConfig())
	wantList(t, "34 twice", r.raw(frame("FIX.4.4", "35=8|34=2|34=7|49=VENUE|52="+at0+"|56=SLIP|37=1|")), "8/2")
	wantList(t, "49, 52, 56 twice", r.raw(frame("FIX.4.4", "35=8|34=3|49=VENUE|49=X|52="+at0+"|52=x|56=SLIP|56=X|37=1|")), "8/3")
	r.want()
	r.raw(frame("FIX.4.4", "35=8|34=2|43=N|43=Y|49=VENUE|52="+at0+"|56=SLIP|122="+at0+"|37=1|"))
	r.wantDropped(WhySequenceLoss)
}
