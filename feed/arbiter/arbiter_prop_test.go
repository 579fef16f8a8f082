package arbiter

import (
	"encoding/binary"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// world is an exchange with two lossy lines and a retransmission server.
type world struct {
	t       *rapid.T
	session moldudp64.SessionID
	n       uint64 // messages 1..n
	events  []arrival
	order   int
	gave    [2]map[uint64]bool
	absent  map[uint64]bool // not at the server
	dropped int             // answers dropped in a row
}

type arrival struct {
	at    market.Nanos
	order int
	line  int
	b     []byte
}

const us = market.Microsecond

// body is the content of message seq; lengths vary and include 8 to 19 bytes.
func body(seq uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, seq)
	return append(b, make([]byte, seq%12)...)
}

func (w *world) send(at market.Nanos, line int, b []byte) {
	w.order++
	w.events = append(w.events, arrival{at, w.order, line, append([]byte(nil), b...)})
}

func (w *world) packet(from, to uint64) []byte {
	bl := moldudp64.NewBuilder(w.session, from, 0)
	for s := from; s < to; s++ {
		if !bl.Add(body(s)) {
			w.t.Fatalf("packet %d..%d does not fit", from, to)
		}
	}
	return bl.Flush()
}

// publish sends all messages over both lines, from time 1 ms on.
func (w *world) publish(loss, dup int, maxDelay market.Nanos) {
	t := w.t
	at := market.Millisecond
	skew := market.Nanos(rapid.IntRange(0, 300).Draw(t, "skewUs")) * us
	for from := uint64(1); from <= w.n; {
		to := min(w.n+1, from+uint64(rapid.IntRange(1, 5).Draw(t, "perPacket")))
		p := w.packet(from, to)
		for line := range 2 {
			if rapid.IntRange(0, 99).Draw(t, "loss") < loss {
				continue
			}
			for s := from; s < to; s++ {
				w.gave[line][s] = true
			}
			copies := 1
			if rapid.IntRange(0, 99).Draw(t, "dup") < dup {
				copies = 2
			}
			for range copies {
				delay := market.Nanos(rapid.IntRange(0, int(maxDelay/us)).Draw(t, "delayUs")) * us
				w.send(at+delay+market.Nanos(line)*skew, line, p)
			}
		}
		if rapid.IntRange(0, 9).Draw(t, "noise") == 0 {
			w.send(at, rapid.IntRange(0, 1).Draw(t, "line"), moldudp64.NewBuilder(moldudp64.MakeSession("OTHER"), 5, 0).Heartbeat())
			w.send(at, 0, p[:len(p)-1])
		}
		from = to
		at += market.Nanos(rapid.IntRange(1, 200).Draw(t, "pauseUs")) * us
	}
	end := moldudp64.NewBuilder(w.session, w.n+1, 0)
	for i := range market.Nanos(10) {
		for line := range 2 {
			w.send(at+(i+5)*market.Millisecond, line, end.Heartbeat())
		}
	}
	w.send(at+20*market.Millisecond, 0, end.EndOfSession())
	w.send(at+20*market.Millisecond, 1, end.EndOfSession())
}

// serve answers a request with what the server has of it, in packets of up to four
// messages, now and then dropping one, but never four in a row.
func (w *world) serve(now market.Nanos, b []byte) {
	var r moldudp64.Request
	if !r.Decode(b) || r.Session != w.session {
		w.t.Fatalf("bad request % x", b)
	}
	if r.Sequence+uint64(r.Count) > w.n+1 {
		w.t.Fatalf("request for %d..%d, there are %d", r.Sequence, r.Sequence+uint64(r.Count)-1, w.n)
	}
	end := min(r.Sequence+uint64(r.Count), r.Sequence+24)
	for s := r.Sequence; s < end; {
		to := s
		for to < min(end, s+4) && !w.absent[to] {
			to++
		}
		if to == s {
			s++
			if s == end && end < r.Sequence+uint64(r.Count) {
				end = min(r.Sequence+uint64(r.Count), end+24) // nothing there: look on
			}
			continue
		}
		if rapid.IntRange(0, 9).Draw(w.t, "dropAnswer") < 3 && w.dropped < 3 {
			w.dropped++
		} else {
			w.dropped = 0
			w.send(now+100*us, LineRecovery, w.packet(s, to))
		}
		s = to
	}
}

func TestArbiterGivesEverySequenceOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{
			t: t, session: moldudp64.MakeSession("DAY"), absent: map[uint64]bool{},
			n:    uint64(rapid.IntRange(1, 120).Draw(t, "messages")),
			gave: [2]map[uint64]bool{{}, {}},
		}
		cfg := Config{Session: w.session, RequestTries: 8, RequestMessages: rapid.IntRange(1, 40).Draw(t, "requestMessages"), HoldPackets: 512}
		maxDelay := 5 * market.Millisecond
		cfg.GapWaitNanos = maxDelay + market.Millisecond
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0: // no server: what both lines miss is lost
			cfg.RequestTries = 0
		case 1: // the server lacks some
			for s := uint64(1); s <= w.n; s++ {
				w.absent[s] = rapid.IntRange(0, 9).Draw(t, "absent") < 4
			}
		case 2: // little room
			cfg.HoldPackets = rapid.IntRange(1, 6).Draw(t, "hold")
		case 3: // packets later than a line is waited for
			cfg.GapWaitNanos = 0
		}
		w.publish(rapid.SampledFrom([]int{0, 2, 20, 60, 100}).Draw(t, "lossPercent"), 10, maxDelay)
		run(w, cfg)
	})
}

// run drives an Arbiter through the world's events and checks all that it gives out.
func run(w *world, cfg Config) {
	t := w.t
	a := New(cfg)
	lost := map[uint64]bool{}
	last := uint64(0)
	req := make([]byte, 0, 64)
	after := func(now market.Nanos) {
		for {
			msg, ok := a.Next()
			if !ok {
				break
			}
			seq := binary.BigEndian.Uint64(msg)
			if seq <= last || string(msg) != string(body(seq)) {
				t.Fatalf("message %d after %d", seq, last)
			}
			if a.NextSeq() < seq+1 {
				t.Fatalf("NextSeq %d after message %d", a.NextSeq(), seq)
			}
			for s := last + 1; s < seq; s++ {
				if !lost[s] {
					for from, n, ok := a.TakeLost(); ok; from, n, ok = a.TakeLost() {
						for s := from; s < from+n; s++ {
							lost[s] = true
						}
					}
				}
				if !lost[s] {
					t.Fatalf("message %d was left out and not reported", s)
				}
			}
			last = seq
		}
		for from, n, ok := a.TakeLost(); ok; from, n, ok = a.TakeLost() {
			for s := from; s < from+n; s++ {
				if lost[s] {
					t.Fatalf("message %d reported lost twice", s)
				}
				lost[s] = true
			}
		}
		if r, ok := a.Request(now, req); ok {
			if a.Trusted() {
				t.Fatalf("a request while trusted")
			}
			w.serve(now, r)
		}
	}
	sort.SliceStable(w.events, func(i, j int) bool { return w.events[i].at < w.events[j].at })
	now := market.Nanos(0)
	for steps := 0; !a.Ended() || len(w.events) > 0; steps++ {
		if steps > 200_000 {
			from, n := a.Gap()
			t.Fatalf("no end: gap %d+%d, %+v", from, n, a.Stats())
		}
		now += 250 * us
		a.Timer(now)
		after(now)
		for {
			i := sort.Search(len(w.events), func(i int) bool { return w.events[i].at > now })
			if i == 0 {
				break
			}
			batch := append([]arrival(nil), w.events[:i]...)
			w.events = w.events[i:]
			for _, e := range batch {
				a.Packet(now, e.line, e.b)
				after(now)
			}
			sort.SliceStable(w.events, func(i, j int) bool { return w.events[i].at < w.events[j].at })
		}
	}
	for range 3 { // settle the lines' accounts
		now += market.Second
		a.Timer(now)
	}
	judge(w, a, cfg, lost)
}

func judge(w *world, a *Arbiter, cfg Config, lost map[uint64]bool) {
	t, st := w.t, a.Stats()
	oneLine := [2]bool{}
	missed := [2]uint64{}
	for s := uint64(1); s <= w.n; s++ {
		g0, g1 := w.gave[0][s], w.gave[1][s]
		want := !g0 && !g1 && (w.absent[s] || cfg.RequestTries == 0)
		if lost[s] != want {
			t.Fatalf("message %d: lost %v; line A %v, line B %v, server %v", s, lost[s], g0, g1, !w.absent[s])
		}
		if g0 != g1 {
			line := 0
			if g0 {
				line = 1
			}
			oneLine[line] = true
			missed[line]++
		}
	}
	for line := range 2 {
		late := cfg.GapWaitNanos == 0 // who came after the judgement is not in it
		if !late && ((st.GapsOneLine[line] > 0) != oneLine[line] || st.MissedOneLine[line] != missed[line]) {
			t.Fatalf("line %d: %d gaps of %d messages, want %d messages", line, st.GapsOneLine[line], st.MissedOneLine[line], missed[line])
		}
	}
	if st.Messages+st.Lost != w.n || st.Lost != uint64(len(lost)) || a.NextSeq() != w.n+1 || !a.Trusted() || st.Held != 0 {
		t.Fatalf("of %d messages: next %d, trusted %v, %+v", w.n, a.NextSeq(), a.Trusted(), st)
	}
	if from, n := a.Gap(); n != 0 {
		t.Fatalf("gap %d+%d at the end", from, n)
	}
	if _, ok := a.Deadline(); ok {
		t.Fatalf("a deadline without a gap")
	}
}
