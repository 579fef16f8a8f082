package exchange

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"slipstream/feed/itch"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// recorder is a LineSender that keeps what it is given.
type recorder struct {
	mu   sync.Mutex
	pkts [][]byte
}

func (r *recorder) Send(p []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pkts = append(r.pkts, bytes.Clone(p))
	return nil
}

func (r *recorder) Close() error { return nil }

func liveConfig(dir string) (LiveConfig, *recorder, *recorder) {
	a, b := &recorder{}, &recorder{}
	cfg := LiveConfig{Market: newPulseConfig(), StateDir: dir, Speed: 10, Heartbeat: 10 * time.Millisecond,
		Linger: 20 * time.Millisecond, Lease: 20 * time.Millisecond, FaultSeed: 3}
	cfg.Lines[0] = LineConfig{Sender: a, Faults: Faults{LossPpm: 50_000, DupPpm: 50_000, ReorderPpm: 50_000}}
	cfg.Lines[1] = LineConfig{Sender: b, Faults: Faults{LossPpm: 50_000, DupPpm: 50_000, ReorderPpm: 50_000}}
	return cfg, a, b
}

// gather puts the messages of packets together by sequence number.
func gather(t *testing.T, msgs map[uint64]string, lines ...*recorder) (ended bool) {
	t.Helper()
	for _, r := range lines {
		for _, b := range r.pkts {
			pkt, fault := moldudp64.Decode(b)
			if fault != moldudp64.FaultNone {
				t.Fatalf("packet %x: %v", b, fault)
			}
			ended = ended || pkt.IsEndOfSession()
			seq := pkt.Sequence
			for m, ok := pkt.Next(); ok; m, ok = pkt.Next() {
				if old, ok := msgs[seq]; ok && old != string(m) {
					t.Fatalf("message %d came as %x and as %x", seq, old, m)
				}
				msgs[seq] = string(m)
				seq++
			}
		}
	}
	return ended
}

func submitNew(t *testing.T, l *Live, client uint64) {
	t.Helper()
	q := Request{Kind: KindNew, Owner: 1, ClientRef: client, Side: market.Buy, Qty: 5, Price: 90 * market.PriceUnit}
	if !l.Submit(&q) {
		t.Fatal("the queue is full")
	}
}

// TestLiveLinesCarryTheTape runs a session over two bad lines and asks the
// retransmission server for what both lost: together they are the tape.
func TestLiveLinesCarryTheTape(t *testing.T) {
	cfg, a, b := liveConfig("")
	execs := make(chan Exec, 1000)
	cfg.OnExecs = func(list []Exec) {
		for _, e := range list {
			execs <- e
		}
	}
	cfg.Linger = 10 * time.Second // the test stops it
	l, err := OpenLive(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	type result struct {
		s   Summary
		err error
	}
	done := make(chan result, 1)
	go func() {
		s, err := l.Run(ctx)
		done <- result{s, err}
	}()
	for i := uint64(1); i <= 20; i++ {
		submitNew(t, l, i)
		select {
		case e := <-execs:
			if e.Kind != ExecAccepted || e.ClientRef != i || e.Serial != i || e.Replayed {
				t.Fatalf("exec %+v", e)
			}
		case <-ctx.Done():
			t.Fatal("no exec")
		}
	}
	var last uint64
	if err := l.Do(ctx, func(m *Market) { m.Advance(m.Now() + 2*market.Second) }); err != nil {
		t.Fatal(err)
	}
	l.Stop()
	// The linger serves Do and retransmissions; wait for the end of the session.
	for ended := false; !ended; {
		if err := l.Do(ctx, func(m *Market) { ended, last = m.Ended(), m.Sequence() }); err != nil {
			t.Fatal(err)
		}
	}
	if l.Submit(&Request{Kind: KindNew}) {
		t.Error("a request was taken after the end")
	}
	msgs := map[uint64]string{}
	fetch(t, l, last, msgs)
	cancel()
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	recovered := len(msgs)
	gather(t, msgs, a, b)
	var hash uint64
	for seq := uint64(1); seq <= last; seq++ {
		m, ok := msgs[seq]
		if !ok {
			t.Fatalf("message %d is nowhere", seq)
		}
		hash = HashMessage(hash, []byte(m))
	}
	if hash != r.s.TapeHash || last != r.s.LastSequence || recovered == 0 {
		t.Errorf("hash %x over %d messages, the exchange says %x over %d; %d retransmitted", hash, last, r.s.TapeHash, r.s.LastSequence, recovered)
	}
	for i, s := range r.s.Lines {
		if s.Lost == 0 || s.Packets == 0 || s.Sent != s.Packets-s.Lost+s.Duplicated {
			t.Errorf("line %d: %+v", i, s)
		}
	}
	if r.s.Requests != 20 || r.s.Retransmission.Malformed == 0 {
		t.Errorf("summary %+v", r.s)
	}
}

// fetch asks the retransmission server for everything, after some noise.
func fetch(t *testing.T, l *Live, last uint64, msgs map[uint64]string) {
	t.Helper()
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(l.RetransmitAddr()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	foreign := moldudp64.Request{Session: moldudp64.MakeSession("OTHER"), Sequence: 1, Count: 1}
	for _, noise := range [][]byte{{1, 2, 3}, foreign.Append(nil)} {
		if _, err := conn.Write(noise); err != nil {
			t.Fatal(err)
		}
	}
	buf := make([]byte, 2048)
	for next := uint64(1); next <= last; {
		q := moldudp64.Request{Session: moldudp64.MakeSession("PULSE"), Sequence: next, Count: 30}
		if _, err := conn.Write(q.Append(nil)); err != nil {
			t.Fatal(err)
		}
		for got := uint64(0); got < min(30, last-next+1); {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatalf("no answer for %d: %v", next+got, err)
			}
			pkt, fault := moldudp64.Decode(buf[:n])
			if fault != moldudp64.FaultNone || pkt.Sequence != next+got {
				t.Fatalf("answer %+v %v, asked for %d", pkt.Header, fault, next+got)
			}
			for m, ok := pkt.Next(); ok; m, ok = pkt.Next() {
				msgs[next+got] = string(m)
				got++
			}
		}
		next = min(next+30, last+1)
	}
}

// TestLiveGoesOnAfterAKill runs a venue, drops it without an end, and starts it
// again with its state folder: the numbers of both runs agree.
func TestLiveGoesOnAfterAKill(t *testing.T) {
	dir := t.TempDir()
	msgs := map[uint64]string{}
	run := func(first uint64, kill bool) (Summary, []Exec) {
		cfg, a, b := liveConfig(dir)
		var execs []Exec
		answered := make(chan struct{}, 1000)
		cfg.OnExecs = func(list []Exec) {
			execs = append(execs, list...)
			for range list {
				answered <- struct{}{}
			}
		}
		l, err := OpenLive(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range execs {
			<-answered
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		done := make(chan error, 1)
		var s Summary
		go func() {
			var err error
			if kill {
				err = l.runKilled(ctx)
			} else {
				s, err = l.Run(ctx)
			}
			done <- err
		}()
		for i := range uint64(10) {
			submitNew(t, l, first+i)
			select {
			case <-answered:
			case err := <-done:
				t.Fatalf("stopped early: %v", err)
			}
		}
		if kill {
			cancel()
		} else {
			l.Stop()
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		ended := gather(t, msgs, a, b)
		if ended == kill {
			t.Errorf("end of session on the lines: %v", ended)
		}
		return s, execs
	}
	_, before := run(1, true)
	s, after := run(101, false)
	if len(after) < len(before)+10 {
		t.Fatalf("%d execs before the kill, %d after", len(before), len(after))
	}
	for i, e := range before {
		r := after[i]
		if !r.Replayed || e.Replayed {
			t.Fatalf("exec %d: replayed %v, then %v", i, e.Replayed, r.Replayed)
		}
		if r.Replayed = false; r != e {
			t.Fatalf("exec %d: %+v, then %+v", i, e, r)
		}
	}
	if last := after[len(after)-1]; last.Kind != ExecCanceled || last.Reason != ReasonEndOfSession {
		t.Errorf("last exec %+v", last)
	}
	cfg := newPulseConfig()
	v, err := openVenue(t, dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer v.l.Close()
	if v.m.TapeHash() != s.TapeHash || !v.m.Ended() {
		t.Errorf("replay of both runs: hash %x, want %x", v.m.TapeHash(), s.TapeHash)
	}
	for seq, m := range msgs {
		if got, ok := v.m.Message(seq); !ok || string(got) != m {
			t.Fatalf("message %d was %x, is %x", seq, m, got)
		}
	}
}

// runKilled is Run as a SIGKILL leaves it: when ctx is done nothing more is written
// or sent.
func (l *Live) runKilled(ctx context.Context) error {
	defer l.close()
	l.started = time.Now()
	for ctx.Err() == nil {
		_, exch := l.now()
		if err := l.catchUp(exch); err != nil {
			return err
		}
		select {
		case q := <-l.requests:
			if err := l.serve(&q); err != nil {
				return err
			}
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

func TestSuspendedSessionGoesOn(t *testing.T) {
	dir := t.TempDir()
	cfg, a, _ := liveConfig(dir)
	l, err := OpenLive(cfg)
	if err != nil {
		t.Fatal(err)
	}
	submitNew(t, l, 1)
	l.Suspend()
	l.Suspend()
	s, err := l.Run(context.Background())
	if err != nil || !s.IsSuspended || gather(t, map[uint64]string{}, a) {
		t.Fatalf("suspended %v, error %v", s.IsSuspended, err)
	}
	if l.Submit(&Request{Kind: KindNew}) {
		t.Error("a request was taken after the run")
	}
	cfg, _, _ = liveConfig(dir)
	again, err := OpenLive(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if ok, cut := again.Recovered(); !ok || cut != 0 || again.Market().Now() < s.Ended {
		t.Errorf("recovered %v, cut %d, at %d after %d", ok, cut, again.Market().Now(), s.Ended)
	}
	again.Stop()
	if s, err = again.Run(context.Background()); err != nil || s.IsSuspended {
		t.Errorf("suspended %v, error %v", s.IsSuspended, err)
	}
}

func TestLiveEndsByItself(t *testing.T) {
	cfg, a, _ := liveConfig("")
	cfg.Duration = 30 * time.Millisecond
	cfg.Lines[0].Faults, cfg.Lines[1].Faults = Faults{}, Faults{}
	l, err := OpenLive(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	msgs := map[uint64]string{}
	if !gather(t, msgs, a) || uint64(len(msgs)) != s.LastSequence {
		t.Errorf("%d messages on a good line, %d on the tape", len(msgs), s.LastSequence)
	}
	// 30 ms at speed 10 are 300 ms of the exchange's clock.
	if d := s.Ended - s.Started; d < 300*market.Millisecond || d > 3*market.Second {
		t.Errorf("the session took %d ns of exchange time", d)
	}
	if last := msgs[s.LastSequence]; last[0] != itch.TypeSystemEvent || last[11] != itch.EventEndOfMessages {
		t.Errorf("last message %x", last)
	}
}

func TestHeartbeatsTellTheNextSequence(t *testing.T) {
	cfg, a, _ := liveConfig("")
	cfg.Market.Flow = nil
	cfg.Lines[0].Faults = Faults{}
	cfg.Heartbeat = 2 * time.Millisecond
	cfg.Duration = 40 * time.Millisecond
	l, err := OpenLive(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	beats := 0
	for _, b := range a.pkts {
		if pkt, _ := moldudp64.Decode(b); pkt.IsHeartbeat() {
			beats++
			if pkt.Sequence != s.LastSequence+1-3 { // the end adds three messages
				t.Fatalf("heartbeat with sequence %d, the session's last message is %d", pkt.Sequence, s.LastSequence)
			}
		}
	}
	if beats < 2 {
		t.Errorf("%d heartbeats", beats)
	}
}

func TestFaultsAreSeededAndCounted(t *testing.T) {
	run := func(seed uint64, line int) ([][]byte, LineStats) {
		r := &recorder{}
		l := newFaultyLine(r, Faults{LossPpm: 100_000, DupPpm: 50_000, ReorderPpm: 50_000}, seed, line)
		for i := range 10_000 {
			l.send([]byte{byte(i >> 8), byte(i)})
		}
		l.flush()
		return r.pkts, l.stats
	}
	a, stats := run(1, 0)
	again, _ := run(1, 0)
	b, _ := run(1, 1)
	c, _ := run(2, 0)
	same := func(x, y [][]byte) bool { return bytes.Equal(bytes.Join(x, nil), bytes.Join(y, nil)) }
	if !same(a, again) || same(a, b) || same(a, c) {
		t.Error("faults must depend on seed and line alone")
	}
	near := func(got, want uint64) bool { return got > want*8/10 && got < want*12/10 }
	if !near(stats.Lost, 1000) || !near(stats.Duplicated, 430) || !near(stats.Reordered, 430) || stats.Sent != uint64(len(a)) {
		t.Errorf("%+v", stats)
	}
	back := 0
	for i := 1; i < len(a); i++ {
		if bytes.Compare(a[i], a[i-1]) < 0 {
			back++
		}
	}
	if uint64(back) < stats.Reordered*8/10 {
		t.Errorf("%d packets came after a later one, %d were reordered", back, stats.Reordered)
	}
}

func TestBadLiveConfigurationIsRefused(t *testing.T) {
	port := netip.MustParseAddrPort("127.0.0.1:0")
	used, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(port))
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	for name, change := range map[string]func(*LiveConfig){
		"speed":          func(c *LiveConfig) { c.Speed = -1 },
		"heartbeat":      func(c *LiveConfig) { c.Heartbeat = 1 },
		"multicast":      func(c *LiveConfig) { c.Lines[1] = LineConfig{Group: netip.MustParseAddrPort("127.0.0.1:99")} },
		"probability":    func(c *LiveConfig) { c.Lines[0].Faults.LossPpm = 1_000_001 },
		"retransmission": func(c *LiveConfig) { c.Retransmit = used.LocalAddr().(*net.UDPAddr).AddrPort() },
		"instruments":    func(c *LiveConfig) { c.Market.Instruments = nil },
		"queue length":   func(c *LiveConfig) { c.QueueLen = -1 },
		"interface address ::": func(c *LiveConfig) {
			c.Interface = netip.IPv6Unspecified()
			c.Lines[0] = LineConfig{Group: netip.MustParseAddrPort("239.1.1.1:4000")}
		},
	} {
		cfg, _, _ := liveConfig("")
		change(&cfg)
		_, err := OpenLive(cfg)
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(name)) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestMulticastStaysOnTheHost sends over a real group on the loopback interface.
func TestMulticastStaysOnTheHost(t *testing.T) {
	group := netip.MustParseAddr("239.255.77.1")
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	in, err := net.ListenMulticastUDP("udp4", lo, &net.UDPAddr{IP: group.AsSlice(), Port: 0})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	port := in.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	out, err := DialLine(netip.AddrPortFrom(group, port), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	want := []byte("one datagram")
	if err := out.Send(want); err != nil {
		t.Fatal(err)
	}
	in.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 100)
	n, _, err := in.ReadFromUDP(buf)
	if err != nil || !bytes.Equal(buf[:n], want) {
		t.Fatalf("received %q: %v", buf[:n], err)
	}
}
