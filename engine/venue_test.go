package engine

import (
	"strconv"
	"strings"
	"testing"

	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// name is the ClOrdID of a child as it stands on the wire.
func (v *peer) name(id venue.ChildID) string {
	var m wire.Message
	msg := v.e.enc.AppendStatus(nil, 1, v.e.now, &venue.Status{Child: id, Symbol: v.e.cfg.Instruments[0].Symbol, Side: market.Buy})
	if f := wire.Parse(msg, &m); f != wire.FaultNone {
		v.t.Fatal(f)
	}
	b, _ := m.Get(wire.TagClOrdID)
	return string(b)
}

// TestVenueMessages is one row for each thing that a venue may say about an order (fix.md
// 4.4; FIX 4.4 Vol 4). A parent of 100 has one child of 100: live, or with a request sent
// for it. In the venue's messages {id} is the child's name, {req} the request's; replies
// are what the engine sent, without header and times.
func TestVenueMessages(t *testing.T) {
	const (
		live = iota
		fresh
		canceling
		replacing
	)
	for _, c := range []struct {
		name    string
		at      int // what the child is when the venue speaks
		says    []string
		replies string // of F, G, H, j
		state   childState
		cum     market.Qty
		open    market.Qty
		posture Posture
	}{
		{name: "150=0 takes the order", at: fresh, says: []string{"8 11={id}|17=1|150=0|39=0|14=0|151=100|"}, state: childLive, open: 100},
		{name: "150=A does not yet", at: fresh, says: []string{"8 11={id}|17=1|150=A|39=A|14=0|151=100|"}, state: childPendingNew, open: 100},
		{name: "150=7, stopped, is an open order", at: fresh, says: []string{"8 11={id}|17=1|150=7|39=7|14=0|151=100|"}, state: childLive, open: 100},
		{name: "150=9, suspended, is an open order", at: fresh, says: []string{"8 11={id}|17=1|150=9|39=9|14=0|151=100|"}, state: childLive, open: 100},
		{name: "150=8 ends it", at: fresh, says: []string{"8 11={id}|17=1|150=8|39=8|103=3|14=0|151=0|"}, state: childClosed},
		{name: "150=3, done for the day, ends it with what it has", says: []string{
			"8 11={id}|17=1|150=F|39=1|32=10|31=99.99|14=10|151=90|", "8 11={id}|17=2|150=3|39=3|14=10|151=0|"}, state: childClosed, cum: 10},
		{name: "150=C, expired, ends it", says: []string{"8 11={id}|17=1|150=C|39=C|14=0|151=0|"}, state: childClosed},
		{name: "150=B, calculated, ends it", says: []string{"8 11={id}|17=1|150=B|39=B|14=0|151=0|"}, state: childClosed},
		{name: "150=4 that nobody asked for ends it", says: []string{"8 11={id}|17=1|150=4|39=4|378=8|14=0|151=0|"}, state: childClosed},
		{name: "150=4 that answers another request for it ends it", at: replacing, says: []string{"8 11=OPERATOR|41={id}|17=1|150=4|39=4|14=0|151=0|",
			"8 11={id}|41={id}|17=2|150=4|39=4|14=0|151=0|"}, state: childClosed, posture: 0},
		{name: "150=J and K, clearing, tell nothing of the order", says: []string{
			"8 11={id}|17=1|150=F|39=1|32=10|31=99.99|14=10|151=90|", "8 11={id}|17=2|150=J|39=1|32=10|31=99.99|14=10|151=90|",
			"8 11={id}|17=3|150=K|39=1|32=10|31=99.99|14=10|151=90|"}, state: childLive, cum: 10, open: 90},
		{name: "150=5 that nobody asked for, at another price", says: []string{"8 11={id}|17=1|150=5|39=0|44=99.98|14=0|151=100|"}, state: childLive, open: 100},
		{name: "150=D with another price", says: []string{"8 11={id}|37=8|17=1|150=D|39=0|378=3|44=99.98|38=100|14=0|151=100|"}, state: childLive, open: 100},
		{name: "150=D with a price beyond the parent's limit: taken back", says: []string{"8 11={id}|17=1|150=D|39=0|378=3|44=100.05|38=100|14=0|151=100|"},
			replies: "F 11={cxl}|41={id}|37=77|55=AAAA|54=1|38=100|", state: childPendingCancel, open: 100},
		{name: "150=D with less", says: []string{"8 11={id}|17=1|150=D|39=0|378=5|38=40|14=0|151=40|"}, state: childLive, open: 40},
		{name: "150=D with less, and later reports that repeat the old OrderQty", says: []string{"8 11={id}|17=1|150=D|39=0|378=5|38=40|14=0|151=40|",
			"8 11={id}|17=2|150=F|39=1|38=100|32=10|31=99.99|14=10|151=30|"}, state: childLive, cum: 10, open: 30},
		{name: "150=D with less, then as it was", says: []string{"8 11={id}|17=1|150=D|39=0|378=5|38=40|14=0|151=40|",
			"8 11={id}|17=2|150=D|39=0|378=99|38=100|14=0|151=100|"}, state: childLive, open: 100},
		{name: "150=D with less while a replace is pending counts at the replace's size", at: replacing, says: []string{"8 11={id}|17=1|150=D|39=0|378=5|38=40|14=0|151=40|"},
			state: childPendingReplace, open: 100},
		{name: "150=D with less, and the replace is refused", at: replacing, says: []string{"8 11={id}|17=1|150=D|39=0|378=5|38=40|14=0|151=40|",
			"9 11={req}|41={id}|37=77|39=0|434=2|102=2|"}, state: childLive, open: 40},
		{name: "150=D with more than was sent: a person must look", says: []string{"8 11={id}|17=1|150=D|39=0|378=99|38=150|14=0|151=150|"}, state: childLive, open: 150, posture: PostureUnknown},
		{name: "150=6 tells that the cancel is at work", at: canceling, says: []string{"8 11={req}|41={id}|17=1|150=6|39=6|14=0|151=100|"}, state: childPendingCancel, open: 100},
		{name: "a fill while the cancel is pending, then the cancel", at: canceling, says: []string{"8 11={id}|17=1|150=F|39=6|32=30|31=99.99|14=30|151=70|",
			"8 11={req}|41={id}|17=2|150=4|39=4|14=30|151=0|"}, state: childClosed, cum: 30},
		{name: "a fill after the cancel was confirmed", at: canceling, says: []string{"8 11={req}|41={id}|17=2|150=4|39=4|14=0|151=0|",
			"8 11={id}|17=1|150=F|39=4|32=30|31=99.99|14=30|151=0|"}, state: childClosed, cum: 30},
		{name: "150=E, then a fill under the old name, then 150=5", at: replacing, says: []string{"8 11={req}|41={id}|17=1|150=E|39=E|14=0|151=100|",
			"8 11={id}|17=2|150=F|39=E|32=30|31=99.99|14=30|151=70|", "8 11={req}|41={id}|17=3|150=5|39=1|38=100|44=99.98|14=30|151=70|"},
			state: childLive, cum: 30, open: 70},
		{name: "a fill under the new name before 150=5", at: replacing, says: []string{"8 11={req}|41={id}|17=2|150=F|39=1|32=30|31=99.98|14=30|151=70|",
			"8 11={req}|41={id}|17=3|150=5|39=1|38=100|44=99.98|14=30|151=70|"}, state: childLive, cum: 30, open: 70},
		{name: "9 102=0, too late, for it is filled: the fill comes first", at: canceling, says: []string{"8 11={id}|17=1|150=F|39=2|32=100|31=99.99|14=100|151=0|",
			"9 11={req}|41={id}|37=77|39=2|434=1|102=0|"}, state: childClosed, cum: 100},
		{name: "9 102=0 comes before the fill: asked", at: canceling, says: []string{"9 11={req}|41={id}|37=77|39=2|434=1|102=0|"},
			replies: "H 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "9 102=0 with an order that is open all the same: asked", at: canceling, says: []string{"9 11={req}|41={id}|37=77|39=0|434=1|102=0|"},
			replies: "H 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "9 102=1, unknown order: asked", at: canceling, says: []string{"9 11={req}|41={id}|37=NONE|39=8|434=1|102=1|"},
			replies: "H 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "9 102=2, the venue's choice: as it was", at: canceling, says: []string{"9 11={req}|41={id}|37=77|39=0|434=1|102=2|"}, state: childLive, open: 100},
		{name: "9 102=3, pending already: asked", at: canceling, says: []string{"9 11={req}|41={id}|37=77|39=0|434=1|102=3|"},
			replies: "H 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "9 102=6, duplicate ClOrdID: asked", at: replacing, says: []string{"9 11={req}|41={id}|37=77|39=0|434=2|102=6|"},
			replies: "H 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "9 without 102: as it was", at: replacing, says: []string{"9 11={req}|41={id}|37=77|39=1|434=2|"}, state: childLive, open: 100},
		{name: "9 102=99 under a name that is not ours: of the request pending", at: replacing, says: []string{"9 11=X|41={id}|37=77|39=0|434=2|102=99|"}, state: childLive, open: 100},
		{name: "9 of an order that is not ours changes nothing", says: []string{"9 11=X|41=Y|37=77|39=0|434=1|102=1|"}, state: childLive, open: 100},
		{name: "3 by our MsgSeqNum ends the new order", at: fresh, says: []string{"3 45={seq}|372=D|373=5|"}, state: childClosed},
		{name: "3 of a cancel: as it was", at: canceling, says: []string{"3 45={seq}|372=F|373=5|"}, state: childLive, open: 100},
		{name: "3 of a replace: as it was", at: replacing, says: []string{"3 45={seq}|372=G|373=5|"}, state: childLive, open: 100},
		{name: "3 of a message that carried no request", at: canceling, says: []string{"3 45=1|372=A|373=5|", "3 45=99999|"}, state: childPendingCancel, open: 100},
		{name: "j by 379 ends the new order", at: fresh, says: []string{"j 45={seq}|372=D|379={id}|380=4|"}, state: childClosed},
		{name: "j by 45 alone of a cancel: asked", at: canceling, says: []string{"j 45={seq}|372=F|380=4|"},
			replies: "H 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "j of a status request waits", at: canceling, says: []string{"j 45={seq}|372=H|380=4|"}, state: childPendingCancel, open: 100},
		{name: "r: everything is asked about", says: []string{"r 37=5|530=7|531=7|533=1|"}, replies: "H 11={id}|37=77|55=AAAA|54=1|",
			state: childLive, open: 100, posture: PostureReconcile},
		{name: "r that refuses changes nothing", says: []string{"r 37=5|530=7|531=0|532=99|"}, state: childLive, open: 100},
		{name: "a type that is not taken: j 380=3", says: []string{"B 148=lunch|", "AE 571=1|"}, replies: "j 45=2|372=B|380=3|\nj 45=3|372=AE|380=3|", state: childLive, open: 100},
		{name: "h without a status: j 380=5", says: []string{"h 336=DAY|"}, replies: "j 45=2|372=h|380=5|", state: childLive, open: 100},
		{name: "j itself is never answered, nor is 3", says: []string{"j 372=Z|380=3|", "3 45=0|"}, state: childLive, open: 100},
		{name: "a report that cannot be read, of an open order: refused, and asked", says: []string{"8 11={id}|17=1|39=1|32=10|31=99.99|14=10|151=90|"},
			replies: "j 45=2|372=8|380=5|\nH 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "a report with a quantity that is none, of an order that is not ours: a person must look", says: []string{"8 11=X|17=1|150=F|39=1|32=1O|31=99.99|14=10|151=90|"},
			replies: "j 45=2|372=8|380=0|", state: childLive, open: 100, posture: PostureUnknown},
		{name: "a report that the session rejects: everything is asked about", says: []string{"8 11={id}|17=1|150=F|39=1|32=|31=99.99|14=10|151=90|"},
			replies: "H 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "tags that are the venue's own, or ours echoed, are no fault", says: []string{
			"8 11={id}|17=1|150=F|39=1|32=10|31=99.99|14=10|151=90|1=ACC|21=1|59=0|18=6|847=1000|5001=abc|9999=|20001=x=y|453=1|448=F|447=D|452=1|30=XNAS|1903=1|"},
			replies: "H 11={id}|37=77|55=AAAA|54=1|", state: childLive, open: 100, posture: PostureReconcile},
		{name: "tags that are the venue's own, none of them empty", says: []string{
			"8 11={id}|17=1|150=F|39=1|32=10|31=99.99|14=10|151=90|1=ACC|21=1|59=0|18=6|847=1000|5001=abc|20001=x=y|453=1|448=F|447=D|452=1|30=XNAS|1903=1|"},
			state: childLive, cum: 10, open: 90},
		{name: "FIX 4.2: a part fill, a bust of it, a status", says: []string{"8 11={id}|17=1|20=0|150=1|39=1|32=10|31=99.99|14=10|151=90|",
			"8 11={id}|17=2|19=1|20=1|150=1|39=0|32=10|31=99.99|14=0|151=100|", "8 11={id}|17=3|20=3|150=0|39=0|14=0|151=100|"}, state: childLive, open: 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := deskEngine(t)
			p := e.order("a", func(c *fix.Command) { c.StartNanos = e.now + market.Second })
			v := logOn(t, e)
			k, i := e.child100(p)
			req := venue.ChildID(0)
			seq := e.sess.NextOut()
			switch c.at {
			case fresh:
				k.state, k.venueRef = childPendingNew, 0
				e.sentAs(seq, k.id)
			case canceling:
				if !e.sendCancel(p, i) {
					t.Fatal("no cancel")
				}
				req = k.cxlID
			case replacing:
				req = e.replacing100(k, i)
				e.sentAs(seq, req)
			}
			v.step(&Input{Kind: NoInput})
			v.heard = nil
			fill := strings.NewReplacer("{id}", v.name(k.id), "{req}", v.name(req), "{seq}", strconv.FormatUint(seq, 10))
			for _, m := range c.says {
				kind, body, _ := strings.Cut(m, " ")
				v.say(kind, fill.Replace(body))
			}
			want := strings.NewReplacer("{id}", v.name(k.id), "{cxl}", v.name(k.cxlID)).Replace(c.replies)
			if got := withoutTime(v.take("FGHj")); got != want {
				t.Errorf("the engine sent\n%s\nwant\n%s", got, want)
			}
			if k.state != c.state || p.cum != c.cum || p.open != c.open || e.posture != c.posture {
				t.Errorf("state %d, cum %d, open %d, posture %s; want %d, %d, %d, %s", k.state, p.cum, p.open, e.posture, c.state, c.cum, c.open, c.posture)
			}
			if err := e.Audit(); err != nil && c.posture != PostureUnknown {
				t.Error(err)
			}
		})
	}
}

// withoutTime drops TransactTime(60).
func withoutTime(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if before, after, found := strings.Cut(l, "|60="); found {
			_, rest, _ := strings.Cut(after, "|")
			lines[i] = before + "|" + rest
		}
	}
	return strings.Join(lines, "\n")
}

// TestTradingSession: what the venue says of its session stops new orders, in what it is
// about, until it says otherwise.
func TestTradingSession(t *testing.T) {
	for _, c := range []struct {
		name string
		says []string
		shut bool
	}{
		{"halted", []string{"336=DAY|340=1|"}, true},
		{"closed", []string{"336=DAY|340=3|"}, true},
		{"before the open", []string{"336=DAY|340=4|"}, true},
		{"before the close", []string{"336=DAY|340=5|"}, true},
		{"open", []string{"336=DAY|340=2|"}, false},
		{"halted, then open", []string{"336=DAY|340=1|", "336=DAY|340=2|"}, false},
		{"halted, of our symbol", []string{"336=DAY|340=1|55=AAAA|"}, true},
		{"halted, of another symbol", []string{"336=DAY|340=1|55=ZZZZ|"}, false},
		{"unknown says nothing", []string{"336=DAY|340=0|"}, false},
		{"a refused request says nothing", []string{"336=DAY|340=1|", "336=DAY|340=6|"}, true},
	} {
		e := deskEngine(t)
		v := logOn(t, e)
		for _, m := range c.says {
			v.say("h", m)
		}
		if ref := e.reference(0); e.inst[0].shut != c.shut || ref.Trusted && c.shut {
			t.Errorf("%s: shut %v, the gate's reference is trusted: %v", c.name, e.inst[0].shut, ref.Trusted)
		}
		if sent := v.take("j"); sent != "" {
			t.Errorf("%s: answered by %s", c.name, sent)
		}
		v.step(&Input{Kind: InCommand, Command: &fix.Command{Kind: fix.Rearm}})
		if e.inst[0].shut {
			t.Errorf("%s: still shut after an operator re-armed", c.name)
		}
	}
}

// TestCancelOnDisconnect: an order that the venue was to take back, and calls open after
// the reconnect, is canceled; without that agreement it works on.
func TestCancelOnDisconnect(t *testing.T) {
	for _, c := range []struct {
		name   string
		agreed bool
		after  market.Nanos
		sent   string
	}{
		{"not agreed", false, 0, ""},
		{"agreed", true, 0, "F"},
		{"agreed for later than this cut lasted", true, 10 * market.Second, ""},
	} {
		e := deskEngine(t)
		e.cfg.CancelsOnDisconnect, e.cfg.CancelAfterNanos = c.agreed, c.after
		p := e.order("a", func(c *fix.Command) { c.StartNanos = e.now + market.Second })
		v := logOn(t, e)
		k, _ := e.child100(p)
		v.step(&Input{Kind: InVenueDown})
		v.connect()
		v.step(&Input{Kind: NoInput})
		if !k.ask {
			t.Fatalf("%s: not asked about", c.name)
		}
		v.take("H")
		v.say("8", "11="+v.name(k.id)+"|150=I|39=0|14=0|151=100|")
		got, _, _ := strings.Cut(v.take("F"), " ")
		if got != c.sent || e.posture != 0 {
			t.Errorf("%s: sent %q, want %q; posture %s", c.name, got, c.sent, e.posture)
		}
	}
}

// TestStayDown: the loop is told not to connect where the session would be dropped at once,
// and the log says why, once.
func TestStayDown(t *testing.T) {
	latched := func() *session.State {
		st := new(session.State)
		st.Reset(5, 9)
		s, err := session.New(testConfig().Session, st)
		if err != nil {
			t.Fatal(err)
		}
		now := day + 50_000*market.Second
		s.Connected(now)
		b := wire.AppendTime([]byte("35=A\x0134=3\x0149=VENUE\x0152="), now, wire.Micros)
		b = append(b, "\x0156=SLIP\x0198=0\x01108=30\x01"...)
		m := append(wire.AppendUintField([]byte("8=FIX.4.4\x01"), wire.TagBodyLength, uint64(len(b))), b...)
		s.Receive(now, wire.AppendTrailer(m, 0))
		s.Next(now)
		if why, _ := s.Dropped(); why != session.WhySequenceLoss {
			t.Fatalf("dropped for %q", why)
		}
		return st
	}
	hours := func(c *Config) {
		c.Session.Schedule = session.Schedule{On: true, StartS: 14 * 3600, EndS: 20 * 3600}
	}
	for _, c := range []struct {
		name string
		st   *session.State
		edit func(*Config)
		at   market.Nanos // of the day
		why  session.Why
	}{
		{"nothing in the way", new(session.State), nil, 50_000 * market.Second, session.WhyNone},
		{"a latched sequence loss", latched(), nil, 50_000 * market.Second, session.WhySequenceLoss},
		{"before the session's hours", new(session.State), hours, 13 * 3600 * market.Second, session.WhySchedule},
		{"in the session's hours", new(session.State), hours, 15 * 3600 * market.Second, session.WhyNone},
	} {
		cfg := testConfig()
		if c.edit != nil {
			c.edit(&cfg)
		}
		e, err := New(cfg, c.st)
		if err != nil {
			t.Fatal(err)
		}
		said := 0
		for n := range 5 {
			fx := e.Step(&Input{Kind: InTimer, Now: day + c.at + market.Nanos(n)*market.Second})
			if fx.StayDown != (c.why != session.WhyNone) {
				t.Errorf("%s: stay down is %v", c.name, fx.StayDown)
			}
			for _, ev := range fx.Events {
				if ev.Code == EvSessionDown && session.Why(ev.A) == c.why {
					said++
				}
			}
		}
		if c.why != session.WhyNone && said != 1 {
			t.Errorf("%s: the log says so %d times", c.name, said)
		}
	}
}

// TestNumbersThatTheVenueResetsInASessionLeadToQuestions: reports may be lost with them.
func TestNumbersThatTheVenueResetsInASessionLeadToQuestions(t *testing.T) {
	cfg := testConfig()
	cfg.Session.AcceptReset = true
	e, err := New(cfg, new(session.State))
	if err != nil {
		t.Fatal(err)
	}
	e.now, e.posture = day+50_000*market.Second, 0
	v := logOn(t, e)
	p := e.order("a", func(c *fix.Command) { c.StartNanos = e.now + market.Second })
	k, _ := e.child100(p)
	v.seq = 0
	v.say("A", "98=0|108=30|141=Y|")
	if got, want := v.take("AH"), "A 98=0|108=30|141=Y|\nH 11="+v.name(k.id)+"|37=77|55=AAAA|54=1|"; got != want {
		t.Errorf("the engine sent\n%s\nwant\n%s", got, want)
	}
	if e.posture != PostureReconcile {
		t.Errorf("posture %s", e.posture)
	}
	v.say("8", "11="+v.name(k.id)+"|17=1|150=I|39=0|14=0|151=100|")
	if e.posture != 0 {
		t.Errorf("posture %s after the answer", e.posture)
	}
}
