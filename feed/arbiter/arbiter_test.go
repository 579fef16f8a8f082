package arbiter

import (
	"encoding/binary"
	"strings"
	"testing"

	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

var day = moldudp64.MakeSession("DAY")

const ms = market.Millisecond

// pkt is a packet of messages from..to-1 of a session.
func pkt(id moldudp64.SessionID, from, to uint64) []byte {
	b := moldudp64.NewBuilder(id, from, 1<<16)
	for s := from; s < to; s++ {
		b.Add(body(s))
	}
	return append([]byte(nil), b.Heartbeat()...)
}

func eos(id moldudp64.SessionID, seq uint64) []byte {
	return append([]byte(nil), moldudp64.NewBuilder(id, seq, 0).EndOfSession()...)
}

// drain gives the sequence numbers that are ready.
func drain(a *Arbiter) (out []uint64) {
	for msg, ok := a.Next(); ok; msg, ok = a.Next() {
		out = append(out, binary.BigEndian.Uint64(msg))
	}
	return out
}

func equal(a []uint64, b ...uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestOutcomes(t *testing.T) {
	a := New(Config{Session: day, MaxPacket: 200, HoldPackets: 4, RequestTries: 1})
	for _, c := range []struct {
		name string
		line int
		b    []byte
		want Outcome
		out  []uint64
	}{
		{"the first packet", LineA, pkt(day, 1, 3), Accepted, []uint64{1, 2}},
		{"its copy on the other line", LineB, pkt(day, 1, 3), Duplicate, nil},
		{"one too early", LineA, pkt(day, 5, 6), Early, nil},
		{"the same on the other line", LineB, pkt(day, 5, 6), Duplicate, nil},
		{"a packet that overlaps both sides fills the gap", LineB, pkt(day, 2, 6), Accepted, []uint64{3, 4, 5}},
		{"a heartbeat", LineA, pkt(day, 6, 6), Beat, nil},
		{"another session", LineA, pkt(moldudp64.MakeSession("X"), 6, 7), Foreign, nil},
		{"a packet cut short", LineA, pkt(day, 6, 7)[:25], Malformed, nil},
		{"a packet longer than MaxPacket", LineA, pkt(day, 6, 26), Malformed, nil},
		{"a line that does not exist", 7, pkt(day, 6, 7), Malformed, nil},
		{"a sequence number from nowhere", LineA, pkt(day, 1<<40, 1<<40+1), Wild, nil},
		{"the end of the session", LineA, eos(day, 6), End, nil},
	} {
		if got := a.Packet(ms, c.line, c.b); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := drain(a); !equal(got, c.out...) {
			t.Errorf("%s: gave %v, want %v", c.name, got, c.out)
		}
	}
	s := a.Stats()
	if !a.Ended() || s.Messages != 5 || s.Malformed != 3 || s.Foreign != 1 || s.ForeignSession == 0 || s.Duplicates != 2 || s.Heartbeats != 2 {
		t.Errorf("ended %v, %+v", a.Ended(), s)
	}
}

func TestAGapIsRealOnlyWhenBothLinesArePastIt(t *testing.T) {
	a := New(Config{Session: day, RequestTries: 3, GapWaitNanos: 10 * ms, RequestEveryNanos: 5 * ms})
	a.Packet(0, LineA, pkt(day, 1, 2))
	a.Packet(0, LineB, pkt(day, 1, 2))
	a.Packet(1*ms, LineA, pkt(day, 4, 5))
	drain(a)
	if _, ok := a.Request(1*ms, nil); !a.Trusted() || ok {
		t.Fatal("one line alone makes no gap")
	}
	a.Packet(2*ms, LineB, pkt(day, 4, 4)) // a heartbeat tells the same
	from, n := a.Gap()
	if a.Trusted() || from != 2 || n != 2 || a.Stats().GapsBothLines != 1 {
		t.Fatalf("trusted %v, gap %d+%d", a.Trusted(), from, n)
	}
	b, ok := a.Request(2*ms, nil)
	var r moldudp64.Request
	if !ok || !r.Decode(b) || r != (moldudp64.Request{Session: day, Sequence: 2, Count: 2}) {
		t.Fatalf("request %+v", r)
	}
	if _, ok := a.Request(6*ms, nil); ok {
		t.Fatal("asked again before RequestEveryNanos")
	}
	if at, ok := a.Deadline(); !ok || at != 7*ms {
		t.Fatalf("deadline %d", at)
	}
	if _, ok := a.Request(7*ms, nil); !ok {
		t.Fatal("not asked again")
	}
	if o := a.Packet(8*ms, LineRecovery, pkt(day, 2, 4)); o != Accepted || !equal(drain(a), 2, 3, 4) || !a.Trusted() {
		t.Fatalf("the answer: %v, trusted %v", o, a.Trusted())
	}
	if s := a.Stats(); s.Recovered != 2 || s.Requests != 2 || s.Lost != 0 {
		t.Fatalf("%+v", s)
	}
}

func TestAGapIsRealWhenTheOtherLineIsSilent(t *testing.T) {
	a := New(Config{Session: day, RequestTries: 1, GapWaitNanos: 10 * ms})
	a.Packet(0, LineA, pkt(day, 1, 2))
	a.Packet(1*ms, LineA, pkt(day, 3, 4))
	a.Timer(10 * ms)
	if !a.Trusted() {
		t.Fatal("too soon")
	}
	a.Timer(11 * ms)
	if a.Trusted() || a.Stats().GapsTimeout != 1 || a.LastRecv(LineB) != 0 || a.LastRecv(LineA) != 1*ms {
		t.Fatalf("trusted %v, %+v", a.Trusted(), a.Stats())
	}
}

func TestAHeartbeatRevealsALostTail(t *testing.T) {
	a := New(Config{Session: day, RequestTries: 1})
	a.Packet(0, LineA, pkt(day, 1, 2))
	a.Packet(1*ms, LineA, pkt(day, 5, 5))
	a.Packet(1*ms, LineB, pkt(day, 5, 5))
	if from, n := a.Gap(); a.Trusted() || from != 2 || n != 3 {
		t.Fatalf("trusted %v, gap %d+%d", a.Trusted(), from, n)
	}
}

func TestWhatIsAskedForInVainIsLostExactly(t *testing.T) {
	a := New(Config{Session: day, RequestTries: 2, RequestEveryNanos: 5 * ms})
	for line := range 2 {
		a.Packet(0, line, pkt(day, 1, 2))
		a.Packet(0, line, pkt(day, 10, 12))
	}
	drain(a)
	now := market.Nanos(0)
	for range 2 {
		if _, ok := a.Request(now, nil); !ok {
			t.Fatal("no request")
		}
		now += 5 * ms
	}
	if _, _, ok := a.TakeLost(); ok {
		t.Fatal("lost before the last answer was waited for")
	}
	a.Packet(now-1, LineRecovery, pkt(day, 8, 10)) // a part comes: the rest is asked for anew
	if _, _, ok := a.TakeLost(); ok || a.Trusted() {
		t.Fatalf("trusted %v", a.Trusted())
	}
	a.Timer(now)
	if from, n, ok := a.TakeLost(); !ok || from != 2 || n != 6 {
		t.Fatalf("lost %d+%d, %v", from, n, ok)
	}
	if got := drain(a); !equal(got, 8, 9, 10, 11) || !a.Trusted() || a.NextSeq() != 12 {
		t.Fatalf("gave %v, trusted %v", got, a.Trusted())
	}
	if a.Packet(now, LineA, pkt(day, 2, 8)) != Duplicate || drain(a) != nil {
		t.Fatal("what was given up came back")
	}
}

func TestLateJoinerAsksForTheWholeDayInParts(t *testing.T) {
	const joined = 20_000
	a := New(Config{Session: day, RequestTries: 3, RequestMessages: 700, HoldPackets: 16})
	now := market.Nanos(0)
	live := uint64(joined)
	last, requests := uint64(0), 0
	take := func() {
		for _, s := range drain(a) {
			if s != last+1 {
				t.Fatalf("message %d after %d", s, last)
			}
			last = s
		}
	}
	a.Packet(now, LineB, pkt(day, live, live+10))
	if a.Trusted() || a.Stats().Joined != joined {
		t.Fatal("a late joiner is trusted at once")
	}
	for last < live-1 {
		now += 100 * us
		live += 10 // the hold overflows: what is dropped is asked for when its turn comes
		a.Packet(now, LineA, pkt(day, live, live+10))
		a.Packet(now, LineB, pkt(day, live, live+10))
		take()
		b, ok := a.Request(now, nil)
		if !ok {
			continue
		}
		var r moldudp64.Request
		if !r.Decode(b) || r.Count > 700 || r.Sequence+uint64(r.Count) > live+10 {
			t.Fatalf("request %+v", r)
		}
		if requests++; requests > 200 {
			t.Fatalf("%d requests, at %d: %+v", requests, last, a.Stats())
		}
		for s := r.Sequence; s < r.Sequence+uint64(r.Count); s += 50 {
			a.Packet(now, LineRecovery, pkt(day, s, min(s+50, r.Sequence+uint64(r.Count))))
			take()
		}
	}
	if s := a.Stats(); !a.Trusted() || s.Overflow == 0 || s.Lost != 0 || s.GapsOneLine != [2]uint64{} {
		t.Errorf("trusted %v, %+v", a.Trusted(), s)
	}
}

func TestNewSession(t *testing.T) {
	next := moldudp64.MakeSession("NEXT")
	for _, c := range []struct {
		name  string
		cfg   Config
		first [][]byte
		at    market.Nanos
		want  Outcome
	}{
		{"is foreign when not configured to follow", Config{}, [][]byte{eos(day, 3)}, 5 * market.Second, Foreign},
		{"is foreign while the old one is alive", Config{FollowNewSession: true}, nil, 10 * ms, Foreign},
		{"is followed after the end of the old one", Config{FollowNewSession: true}, [][]byte{eos(day, 3)}, 10 * ms, Accepted},
		{"is followed after the old one fell silent", Config{FollowNewSession: true}, nil, 2 * market.Second, Accepted},
		{"is foreign while the old one still lacks messages", Config{FollowNewSession: true, RequestTries: 2}, [][]byte{eos(day, 9)}, 10 * ms, Foreign},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := New(c.cfg)
			a.Packet(0, LineA, pkt(day, 1, 3))
			for _, b := range c.first {
				a.Packet(0, LineA, b)
			}
			drain(a)
			if o := a.Packet(c.at, LineB, pkt(next, 1, 2)); o != c.want {
				t.Fatalf("%v, want %v", o, c.want)
			}
			if id, _ := a.Session(); c.want == Accepted && (id != next || !equal(drain(a), 1) || a.Stats().Rolls != 1 || a.Ended()) {
				t.Errorf("session %v, %+v", id, a.Stats())
			}
		})
	}
}

func TestAConsumerThatStopsLosesNothing(t *testing.T) {
	a := New(Config{Session: day, HoldPackets: 2, RequestTries: 2})
	for s := uint64(1); s <= 5; s++ {
		a.Packet(0, LineA, pkt(day, s, s+1))
	}
	if s := a.Stats(); s.Overflow != 3 || a.Trusted() {
		t.Fatalf("trusted %v, %+v", a.Trusted(), s)
	}
	if got := drain(a); !equal(got, 1, 2) {
		t.Fatalf("gave %v", got)
	}
	b, ok := a.Request(0, nil)
	var r moldudp64.Request
	if !ok || !r.Decode(b) || r.Sequence != 3 || r.Count != 3 {
		t.Fatalf("request %+v", r)
	}
	a.Packet(0, LineRecovery, pkt(day, 3, 6))
	if got := drain(a); !equal(got, 3, 4, 5) || !a.Trusted() {
		t.Fatalf("gave %v, trusted %v", got, a.Trusted())
	}
}

func TestLostRangesWaitForTheirReader(t *testing.T) {
	a := New(Config{Session: day, GapWaitNanos: 1, RequestTries: 0, HoldPackets: 128})
	for s := uint64(1); s <= 100; s += 2 { // every second message is lost
		a.Packet(0, LineA, pkt(day, s, s+1))
	}
	a.Timer(ms)
	n := 0
	for from, k, ok := a.TakeLost(); ok; from, k, ok = a.TakeLost() {
		if n++; from != uint64(2*n) || k != 1 {
			t.Fatalf("range %d: %d+%d", n, from, k)
		}
		a.Timer(ms)
	}
	if n != 49 || a.Stats().Lost != 49 || a.NextSeq() != 1 {
		t.Errorf("%d ranges, next %d, %+v", n, a.NextSeq(), a.Stats())
	}
	if got := drain(a); len(got) != 50 {
		t.Errorf("gave %d messages", len(got))
	}
}

func TestALineThatDiesIsCountedAsOneGap(t *testing.T) {
	a := New(Config{Session: day})
	a.Packet(0, LineB, pkt(day, 1, 2))
	const n = 3 * window
	for s := uint64(1); s < n; s += 64 {
		a.Packet(market.Nanos(s)*us, LineA, pkt(day, s, s+64))
		for _, ok := a.Next(); ok; _, ok = a.Next() {
		}
	}
	s := a.Stats()
	if s.GapsOneLine != [2]uint64{0, 1} || s.MissedOneLine[1] < n-window-64 || s.MissedOneLine[1] > n {
		t.Errorf("%+v", s)
	}
}

func TestConfigFaultsAreReportedTogether(t *testing.T) {
	err := Config{HoldPackets: -1, MaxPacket: 1 << 20, RequestTries: -1, RequestMessages: 70_000}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"HoldPackets", "MaxPacket", "RequestTries", "RequestMessages"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
	if err := (Config{}).Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
}

// script is a sequence of packets with loss on either line, gaps on both, and answers.
func script(packets int) (lines []int, out [][]byte) {
	for i := range packets {
		from := uint64(i*3 + 1)
		p := pkt(day, from, from+3)
		if i%7 != 3 {
			lines, out = append(lines, LineA), append(out, p)
		}
		if i%5 != 3 {
			lines, out = append(lines, LineB), append(out, p)
		}
		if i%35 == 4 { // packet 3 of 35 was on neither line
			lines, out = append(lines, LineRecovery), append(out, pkt(day, from-3, from))
		}
	}
	return lines, out
}

func TestNoAllocs(t *testing.T) {
	lines, packets := script(3000)
	a := New(Config{Session: day, RequestTries: 3})
	req := make([]byte, 0, 64)
	i := 0
	per := testing.AllocsPerRun(len(packets)-2, func() {
		now := market.Nanos(i) * 100 * us
		a.Packet(now, lines[i], packets[i])
		for _, ok := a.Next(); ok; _, ok = a.Next() {
		}
		_, _ = a.Request(now, req)
		a.Timer(now)
		a.TakeLost()
		_ = a.Stats()
		i++
	})
	if s := a.Stats(); per != 0 || s.Recovered == 0 || s.GapsOneLine[0] == 0 || s.Messages < 8000 {
		t.Errorf("%v allocations per packet, %+v", per, s)
	}
}

func FuzzPacket(f *testing.F) {
	f.Add(uint8(0), pkt(day, 1, 3), pkt(day, 2, 9))
	f.Add(uint8(1), eos(day, 3), pkt(day, 1<<63, 1<<63+1))
	f.Fuzz(func(t *testing.T, line uint8, x, y []byte) {
		a := New(Config{HoldPackets: 2, RequestTries: 1, FollowNewSession: true, MaxPacket: 256})
		last := uint64(0)
		for i, b := range [][]byte{x, y, pkt(day, 1, 2), x} {
			now := market.Nanos(i) * market.Second
			a.Packet(now, int(line)+i, b)
			rolls := a.Stats().Rolls
			for _, ok := a.Next(); ok; _, ok = a.Next() {
				if rolls == 0 && a.NextSeq() <= last {
					t.Fatalf("NextSeq %d after %d", a.NextSeq(), last)
				}
				last = a.NextSeq()
			}
			_, _ = a.Request(now, nil)
			a.Timer(now + ms)
			a.TakeLost()
		}
		if s := a.Stats(); s.Held > 2 {
			t.Fatalf("%+v", s)
		}
	})
}
