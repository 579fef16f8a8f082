package session

import (
	"fmt"
	"strings"
	"testing"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// The acceptor's rules beyond the acceptance definitions (package at), and the settings both
// roles share. In these tests we are SLIP and the peer, an initiator, is VENUE.

func acceptorConfig() Config {
	c := testConfig()
	c.Role = Acceptor
	return c
}

// accept brings an acceptor up, both numbers at 2.
func accept(t testing.TB, cfg Config) *rig {
	t.Helper()
	r := newRig(t, cfg, new(State))
	r.s.Connected(r.now)
	r.peer("A", 1, "98=0|108=30|")
	if !r.s.Active() || !r.s.CaughtUp() {
		why, _ := r.s.Dropped()
		t.Fatalf("not active after the Logon: %v", why)
	}
	r.sent()
	r.events()
	return r
}

const head0 = "|49=SLIP|52=" + at0 + "|56=VENUE|"

func TestAcceptorLogonTerms(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		set          func(*Config)
		seq          int
		want         Why
		answer       string // "" = nothing is sent
	}{
		{"a good one", "98=0|108=45|", nil, 1, WhyNone, "35=A|34=1" + head0 + "98=0|108=45|"},
		{"no HeartBtInt", "98=0|", nil, 1, WhyLogonBad, "35=5|34=1" + head0 + "58=HeartBtInt(108) must be 1 to 3600|"},
		{"HeartBtInt 0", "98=0|108=0|", nil, 1, WhyLogonBad, "35=5|34=1" + head0 + "58=HeartBtInt(108) must be 1 to 3600|"},
		{"encryption", "98=2|108=30|", nil, 1, WhyLogonBad, "35=5|34=1" + head0 + "58=EncryptMethod(98) must be 0|"},
		{"the right password", "98=0|108=30|553=u|554=p|", password, 1, WhyNone, "35=A|34=1" + head0 + "98=0|108=30|"},
		{"a wrong password", "98=0|108=30|553=u|554=q|", password, 1, WhyLogonBad, "35=5|34=1" + head0 + "58=not authorised|"},
		{"the start of the password", "98=0|108=30|553=u|554=|", password, 1, WhyLogonBad, ""},
		{"a longer password", "98=0|108=30|553=u|554=pp|", password, 1, WhyLogonBad, "35=5|34=1" + head0 + "58=not authorised|"},
		{"no password", "98=0|108=30|", password, 1, WhyLogonBad, "35=5|34=1" + head0 + "58=not authorised|"},
		{"a reset of fresh numbers", "98=0|108=30|141=Y|", nil, 1, WhyNone, "35=A|34=1" + head0 + "98=0|108=30|141=Y|"},
		{"a reset with another number than 1", "98=0|108=30|141=Y|", func(c *Config) { c.AcceptReset = true }, 2, WhyLogonBad,
			"35=5|34=1" + head0 + "58=ResetSeqNumFlag(141) wants MsgSeqNum 1|"},
		{"outside the schedule", "98=0|108=30|", func(c *Config) { c.Schedule = Schedule{On: true, StartS: 9 * 3600, EndS: 14 * 3600} }, 1, WhySchedule, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := acceptorConfig()
			if c.set != nil {
				c.set(&cfg)
			}
			r := newRig(t, cfg, new(State))
			r.s.Connected(r.now)
			r.want() // an acceptor waits
			r.peer("A", c.seq, c.fields)
			r.wantDropped(c.want)
			if c.answer == "" {
				r.want()
			} else {
				r.want(c.answer)
			}
			if ok := c.want == WhyNone; r.s.Active() != ok {
				t.Errorf("active is %v", !ok)
			}
		})
	}
}

func password(c *Config) { c.Username, c.Password = "u", "p" }

// A peer whose number is too low is refused at every Logon, loudly, and never locked out.
func TestAcceptorRefusesSequenceLossEachTime(t *testing.T) {
	r := accept(t, acceptorConfig())
	r.peer("0", 2, "")
	for range 3 {
		r.s.Disconnected(r.now)
		r.s.Connected(r.now)
		out := r.s.NextOut()
		r.peer("A", 1, "98=0|108=30|")
		r.want(fmt.Sprintf("35=5|34=%d%s58=MsgSeqNum too low, expecting 3 but received 1|", out, head0))
		r.wantDropped(WhySequenceLoss)
	}
	r.s.Disconnected(r.now)
	r.s.Connected(r.now)
	r.peer("A", 1, "98=0|108=30|141=Y|")
	r.wantDropped(WhySequenceLoss) // a reset that is not agreed
	if !strings.Contains(r.sent(), "58=ResetSeqNumFlag(141) is not agreed|") {
		t.Error("the peer is not told why")
	}
	r.s.Disconnected(r.now)
	r.s.Connected(r.now)
	r.peer("A", 3, "98=0|108=30|")
	if !r.s.Active() {
		t.Error("the peer's right number is refused")
	}
}

func TestAcceptorLogonTimeout(t *testing.T) {
	r := newRig(t, acceptorConfig(), new(State))
	r.s.Connected(r.now)
	if got := r.s.Deadline(); got != t0+10*market.Second {
		t.Errorf("Deadline is %v after Connected, want 10 s", got-t0)
	}
	r.wait(10 * market.Second)
	r.wantDropped(WhyLogonTimeout)
	r.want()
}

// report commits an application message of n bytes of text as an acceptor.
func (r *rig) report(n int) uint64 {
	r.t.Helper()
	dst, seq, ok := r.s.Reserve(r.now)
	if !ok {
		r.t.Fatal("Reserve refused")
	}
	body := fmt.Sprintf("35=8|34=%d|49=SLIP|52=%s|56=VENUE|37=1|58=%s|", seq, wire.AppendTime(nil, r.now, wire.Millis), strings.Repeat("x", n))
	if !r.s.Commit(r.now, append(dst, frame("FIX.4.4", body)...)) {
		r.t.Fatal("Commit refused")
	}
	return seq
}

func TestResendFromStore(t *testing.T) {
	cfg := acceptorConfig()
	cfg.Store, cfg.ResendAgeNanos = NewMemory(16, 1<<12), 60*market.Second
	r := accept(t, cfg)
	r.report(1) // 2: will be stale
	r.wait(50 * market.Second)
	r.sent()
	first := r.s.NextOut() // heartbeats and a TestRequest lie between
	r.report(2)
	r.wait(20 * market.Second)
	r.sent()
	r.peer("0", 2, "")
	last := r.s.NextOut() - 1
	r.peer("2", 3, "7=2|16=0|")
	now := string(wire.AppendTime(nil, r.now, wire.Millis))
	h := "|43=Y|49=SLIP|52=" + now + "|56=VENUE|122="
	want := []string{
		fmt.Sprintf("35=4|34=2%s%s|36=%d|123=Y|", h, now, first),
		fmt.Sprintf("35=8|34=%d%s20261103-14:30:50.000|37=1|58=xx|", first, h),
	}
	if last > first {
		want = append(want, fmt.Sprintf("35=4|34=%d%s%s|36=%d|123=Y|", first+1, h, now, last+1))
	}
	r.want(want...)
	if r.s.NextOut() != last+1 {
		t.Errorf("the resend used numbers: next is %d, want %d", r.s.NextOut(), last+1)
	}
}

// A resend longer than the output waits for the transport, and nothing new mixes with it.
func TestResendWaitsForTheTransport(t *testing.T) {
	cfg := acceptorConfig()
	cfg.OutputBytes = AdminReserveBytes + cfg.MaxAppBytes + resentMore
	cfg.Store, cfg.ResendAgeNanos = NewMemory(64, 1<<16), 60*market.Second
	r := accept(t, cfg)
	const reports = 40
	for range reports {
		r.report(700)
		r.sent()
	}
	r.peer("2", 2, "7=1|16=0|")
	var got strings.Builder
	for turns := 0; r.s.Resending() || len(r.s.Output()) > 0; turns++ {
		if turns > 10_000 {
			t.Fatal("the resend does not end")
		}
		if _, _, ok := r.s.Reserve(r.now); ok && r.s.Resending() {
			t.Fatal("a new message is let in among the old")
		}
		n := min(100, len(r.s.Output()))
		got.WriteString(bars(r.s.Output()[:n]))
		r.s.Consumed(n)
	}
	if n := strings.Count(got.String(), "|43=Y|"); n != reports+1 { // and the gap fill of the Logon
		t.Errorf("%d messages were resent, want %d", n, reports+1)
	}
	at := -1
	for seq := 2; seq < 2+reports; seq++ {
		i := strings.Index(got.String(), fmt.Sprintf("|34=%d|43=Y|", seq))
		if i <= at {
			t.Fatalf("number %d is missing or out of order", seq)
		}
		at = i
	}
	r.report(1) // and the session goes on
}

// What a crash left in the Store under a number that is free again is never resent.
func TestNoGhostAfterCrash(t *testing.T) {
	cfg, st := acceptorConfig(), new(State)
	store := NewMemory(16, 1<<12)
	cfg.Store, cfg.ResendAgeNanos = store, 3600*market.Second
	r := newRig(t, cfg, st)
	if !store.Put(1, r.now, []byte("stored, and the crash came before the number was counted")) {
		t.Fatal("Put refused")
	}
	r = newRig(t, cfg, st)
	r.s.Connected(r.now)
	r.peer("A", 1, "98=0|108=30|")
	r.sent()
	r.peer("2", 2, "7=1|16=0|")
	r.want("35=4|34=1|43=Y|49=SLIP|52=" + at0 + "|56=VENUE|122=" + at0 + "|36=2|123=Y|")
}

func TestScheduleClosesAndResets(t *testing.T) {
	cfg, st := acceptorConfig(), new(State)
	cfg.AcceptReset = false
	cfg.Schedule = Schedule{On: true, StartS: 9 * 3600, EndS: 15 * 3600, ResetNumbers: true} // 14:30 is inside
	r := newRig(t, cfg, st)
	r.s.Connected(r.now)
	r.peer("A", 1, "98=0|108=30|")
	r.sent()
	r.now = t0 + 30*60*market.Second
	if r.s.Deadline() > r.now {
		t.Error("Deadline is after the end of the schedule")
	}
	r.s.Receive(r.now, r.message("0", 2, "", ""))
	r.drain()
	r.s.Timer(r.now)
	if out := r.sent(); !strings.Contains(out, "58=session time is over|") {
		t.Errorf("sent %s", out)
	}
	if _, _, ok := r.s.Reserve(r.now); ok {
		t.Error("Reserve is allowed after the end")
	}
	r.peer("5", 3, "")
	r.wantDropped(WhySchedule)
	r.s.Disconnected(r.now)
	r.wantNumbers(3, 4)
	r.now = t0 + 23*3600*market.Second // the next day
	r.s.Connected(r.now)
	r.wantNumbers(1, 1)
	r.peer("A", 1, "98=0|108=30|")
	if !r.s.Active() {
		t.Error("the first Logon of a new window is refused")
	}
	r.s.Disconnected(r.now) // within a window the numbers go on
	r.s.Connected(r.now)
	r.wantNumbers(2, 2)
}

func TestScheduleOpen(t *testing.T) {
	at := func(day, hour, minute int64) market.Nanos { // 2026-11-02 is a Monday
		return market.Nanos(1793577600+(day-2)*86400+hour*3600+minute*60) * market.Second
	}
	daily := Schedule{On: true, StartS: 9 * 3600, EndS: 17 * 3600, Days: 0b11111}
	night := Schedule{On: true, StartS: 17 * 3600, EndS: 16 * 3600, Days: 0b11111, OffsetS: -5 * 3600}
	weekly := Schedule{On: true, Weekly: true, StartDay: Sunday, StartS: 17 * 3600, EndDay: Friday, EndS: 17 * 3600}
	whole := Schedule{On: true}
	for _, c := range []struct {
		name string
		s    Schedule
		at   market.Nanos
		want bool
	}{
		{"no schedule", Schedule{}, at(7, 0, 0), true},
		{"daily, before", daily, at(2, 8, 59), false},
		{"daily, at the start", daily, at(2, 9, 0), true},
		{"daily, at the end", daily, at(2, 17, 0), false},
		{"daily, on a Saturday", daily, at(7, 10, 0), false},
		{"over midnight, Monday 21:59 UTC", night, at(2, 21, 59), false},
		{"over midnight, Monday 22:00 UTC", night, at(2, 22, 0), true},
		{"over midnight, Saturday 20:00 UTC belongs to Friday", night, at(7, 20, 0), true},
		{"over midnight, Saturday 22:00 UTC", night, at(7, 22, 0), false},
		{"weekly, Sunday 16:59", weekly, at(8, 16, 59), false},
		{"weekly, Sunday 17:00", weekly, at(8, 17, 0), true},
		{"weekly, Wednesday", weekly, at(4, 3, 0), true},
		{"weekly, Friday 17:00", weekly, at(6, 17, 0), false},
		{"all day", whole, at(7, 23, 59), true},
	} {
		if got := c.s.Open(c.at); got != c.want {
			t.Errorf("%s: open is %v", c.name, got)
		}
	}
}

// FIX 4.2 has no SessionRejectReason above 11: the text says it.
func TestRejectReasonsOfFIX42(t *testing.T) {
	cfg := acceptorConfig()
	cfg.BeginString = "FIX.4.2"
	r := newRig(t, cfg, new(State))
	r.s.Connected(r.now)
	r.raw(frame("FIX.4.2", "35=A|34=1|49=VENUE|52="+at0+"|56=SLIP|98=0|108=30|"))
	r.sent()
	r.raw(frame("FIX.4.2", "35=A|34=2|49=VENUE|52="+at0+"|56=SLIP|98=0|108=30|"))
	if out := r.sent(); !strings.Contains(out, "58=unexpected Logon|") || strings.Contains(out, "|373=") {
		t.Errorf("sent %s", out)
	}
}

// An initiator that resets says so, and forgets what was stored.
func TestInitiatorResetOnLogon(t *testing.T) {
	cfg, st := testConfig(), new(State)
	cfg.ResetOnLogon = true
	st.Reset(40, 50)
	r := newRig(t, cfg, st)
	r.s.Connected(r.now)
	r.want("35=A|34=1" + head0 + "98=0|108=30|141=Y|")
	r.peer("A", 1, "98=0|108=30|141=Y|")
	if !r.s.CaughtUp() {
		t.Error("not caught up after an agreed reset")
	}
	r.wantNumbers(2, 2)
}

func TestNextExpected(t *testing.T) {
	initiator := func() (*rig, *State) {
		cfg, st := testConfig(), new(State)
		cfg.NextExpected = true
		st.Reset(10, 20)
		r := newRig(t, cfg, st)
		r.s.Connected(r.now)
		r.want("35=A|34=10" + head0 + "98=0|108=30|789=20|")
		return r, st
	}
	t.Run("both have all", func(t *testing.T) {
		r, _ := initiator()
		r.peer("A", 20, "98=0|108=30|789=11|")
		r.want("35=1|34=11" + head0 + "112=11|") // the probe
	})
	t.Run("the venue misses some", func(t *testing.T) {
		r, _ := initiator()
		r.peer("A", 20, "98=0|108=30|789=7|")
		r.want("35=4|34=7|43=Y"+head0+"122="+at0+"|36=11|123=Y|", "35=1|34=11"+head0+"112=11|")
	})
	t.Run("we miss some: nothing is asked, the 789 did", func(t *testing.T) {
		r, _ := initiator()
		r.peer("A", 25, "98=0|108=30|789=11|")
		r.want("35=1|34=11" + head0 + "112=11|")
		if r.s.CaughtUp() {
			t.Error("caught up with a gap")
		}
	})
	t.Run("the venue expects what we never sent: our numbers are lost, latched", func(t *testing.T) {
		r, st := initiator()
		r.peer("A", 20, "98=0|108=30|789=99|")
		r.wantDropped(WhySequenceLoss)
		if _, _, _, latched, _ := st.Numbers(); !latched {
			t.Error("not latched")
		}
	})
}

func TestNewSettingsAllocateNothing(t *testing.T) {
	cfg := acceptorConfig()
	cfg.Store, cfg.ResendAgeNanos = NewMemory(64, 1<<14), 60*market.Second
	cfg.EarlyBytes, cfg.LastProcessed = 16<<10, true
	r := accept(t, cfg)
	seq := 2
	order := func(seq int) []byte { return r.message("D", seq, "", "11=X|") }
	var inputs [][]byte
	for range 200 {
		inputs = append(inputs, order(seq+1), order(seq), r.message("2", seq+2, "", "7=1|16=0|"))
		seq += 3
	}
	i := 0
	if n := testing.AllocsPerRun(90, func() {
		for range 3 {
			r.s.Receive(r.now, inputs[i])
			i++
			for {
				if _, ok := r.s.Next(r.now); !ok {
					break
				}
			}
			if dst, seq, ok := r.s.Reserve(r.now); ok {
				r.s.Commit(r.now, appendOrder(dst, seq))
			}
			r.s.Consumed(len(r.s.Output()))
			r.s.Timer(r.now)
		}
		for {
			if _, ok := r.s.NextEvent(); !ok {
				break
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations a round", n)
	}
	if !r.s.Active() {
		t.Error("the session did not survive")
	}
}
