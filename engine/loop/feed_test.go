package loop

import (
	"bytes"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/feed/receive"
	"slipstream/fix"
	"slipstream/internal/market"
)

func TestPacketsOfBothLinesReachTheCoreAndOrdersTheVenue(t *testing.T) {
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		if in.Kind == engine.InPacket {
			fx.Venue = append(fx.Venue, in.Line+'A')
			fx.Venue = append(fx.Venue, in.Bytes...)
			if in.Line == 0 {
				fx.NewOrders = 1
			}
		}
	})
	for _, idle := range []Idle{IdlePoll, IdleSpin} {
		a, b := newLine(t), newLine(t)
		r := newRig(t, core, func(c *Config) { c.Idle = idle }, a, b).start()
		c := r.accept()
		eventually(t, "up", r.Connected)
		ta, tb := sender(t, a), sender(t, b)
		buf := make([]byte, 3)
		for i := range 20 {
			tx, line := ta, byte('A')
			if i%2 == 1 {
				tx, line = tb, 'B'
			}
			if st := tx.Send([]byte{'-', byte(i)}); st != receive.OK {
				t.Fatal(st)
			}
			if _, err := io.ReadFull(c, buf); err != nil || !bytes.Equal(buf, []byte{line, '-', byte(i)}) {
				t.Fatalf("packet %d: the venue read %q, %v", i, buf, err)
			}
		}
		r.stop()
		var s HistSnapshot
		r.Latency(TickToOrder, &s)
		if s.Count != 10 || s.Quantile(1, 2) <= 0 || s.Max > int64(patience) {
			t.Errorf("tick to order: %d of 10 orders, p50 %d, max %d", s.Count, s.Quantile(1, 2), s.Max)
		}
		n := r.Counters()
		if n[PacketsA] != 10 || n[PacketsB] != 10 || n[FeedBytes] != 40 || n[NewOrders] != 10 || n[VenueBytesOut] != 60 {
			t.Errorf("counters %v", n)
		}
		r.Latency(StepTime, &s)
		if s.Count != n[Inputs] {
			t.Errorf("%d step times of %d inputs", s.Count, n[Inputs])
		}
		r.Latency(LoopGap, &s)
		if s.Count != n[Turns] || n[Turns] == 0 {
			t.Errorf("%d gaps of %d turns", s.Count, n[Turns])
		}
	}
}

func TestAGapRequestGoesToTheServerAndItsAnswerComesAsLineTwo(t *testing.T) {
	srv, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	answer := make(chan string, 1)
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		if in.Kind == engine.InCommand && in.Command.Kind == fix.NewParent {
			fx.FeedRequest = append(fx.FeedRequest, "please 7"...)
		}
		if in.Kind == engine.InPacket && in.Line == 2 {
			answer <- string(in.Bytes)
		}
	})
	r := newRig(t, core, func(c *Config) { c.RecoveryAddr = srv.LocalAddr().String() }).start()
	r.Submit(&fix.Command{Kind: fix.NewParent})
	buf := make([]byte, 64)
	_ = srv.SetDeadline(time.Now().Add(patience))
	n, from, err := srv.ReadFromUDP(buf)
	if err != nil || string(buf[:n]) != "please 7" {
		t.Fatalf("the server read %q, %v", buf[:n], err)
	}
	if _, err := srv.WriteToUDP([]byte("seven"), from); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-answer:
		if got != "seven" {
			t.Errorf("the core saw %q", got)
		}
	case <-time.After(patience):
		t.Fatal("no answer reached the core")
	}
	r.stop()
	if n := r.Counters(); n[FeedRequests] != 1 || n[FeedRequestErrors] != 0 || n[PacketsRecovery] != 1 {
		t.Errorf("counters %v", n)
	}
}

func TestAGapRequestWithoutAServerIsSaid(t *testing.T) {
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		if in.Kind == engine.InCommand {
			fx.FeedRequest = append(fx.FeedRequest, "x"...)
		}
	})
	r := newRig(t, core, nil).start()
	r.Submit(&fix.Command{Kind: fix.NewParent})
	if e := r.event(journal.EvFeedRequestFailed); unix.Errno(e.A) != unix.ENOTCONN {
		t.Errorf("errno %v", unix.Errno(e.A))
	}
	r.stop()
}

// brokenLine always fails with the same errno.
type brokenLine struct{ e unix.Errno }

func (b *brokenLine) RecvBatch(*receive.Batch) (int, receive.Status) { return 0, receive.Failed }
func (b *brokenLine) FD() int                                        { return -1 }
func (b *brokenLine) Errno() unix.Errno                              { return b.e }
func (b *brokenLine) Drops() (uint64, bool)                          { return 0, false }

func TestALineInTroubleIsSaidOnceNotEachTurn(t *testing.T) {
	r := newRig(t, newCore(nil), nil, nil, &brokenLine{unix.ENETDOWN}).start()
	e := r.event(journal.EvFeedReceiveError)
	if e.A != 1 || unix.Errno(e.B) != unix.ENETDOWN {
		t.Errorf("line %d, errno %v", e.A, unix.Errno(e.B))
	}
	eventually(t, "more turns", func() bool { return r.Counters()[FeedReceiveErrors] > 20 })
	r.stop()
	r.drain()
	n := 0
	for _, b := range r.records {
		var rec journal.Record
		var e engine.Event
		if journal.DecodeRecord(b, &rec) && rec.Kind == journal.Event && journal.GetEvent(rec.Payload, &e) && e.Code == journal.EvFeedReceiveError {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestABusyFeedDoesNotPutTheTimerOff(t *testing.T) {
	a := newLine(t)
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		fx.Timer = in.Now + market.Second // always later, as an engine that counts from now
	})
	r := newRig(t, core, func(c *Config) { c.TimerMax = market.Millisecond }, a).start()
	tx := sender(t, a)
	eventually(t, "ten timers", func() bool {
		for range 50 {
			tx.Send([]byte("x"))
		}
		r.drain()
		return core.saw(engine.InTimer) >= 10
	})
	r.stop()
	var times []market.Nanos
	r.drain()
	for _, b := range r.records {
		var rec journal.Record
		if journal.DecodeRecord(b, &rec) && rec.Kind == journal.Input && engine.Kind(rec.Sub) == engine.InTimer {
			times = append(times, rec.Now)
		}
	}
	for i := 2; i < len(times); i++ {
		if times[i]-times[i-1] < market.Millisecond {
			t.Errorf("timers %d ns apart", times[i]-times[i-1])
		}
	}
	if !slices.IsSorted(times) {
		t.Error("timers out of order")
	}
}

func TestWhatTheKernelDropsIsCountedAndSaid(t *testing.T) {
	small, err := receive.Open(receive.Config{Group: group, InterfaceAddr: loopback, RcvBuf: 4096})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	tx := sender(t, small)
	for range 200 { // before anybody reads
		tx.Send(make([]byte, 1400))
	}
	r := newRig(t, newCore(nil), nil, small).start()
	e := r.event(journal.EvFeedKernelDrops)
	r.stop()
	c := r.Counters()
	if e.A != 0 || e.B <= 0 || c[KernelDropsA] != uint64(e.C) || c[PacketsA]+c[KernelDropsA] != 200 {
		t.Errorf("event %+v, %d packets, %d drops", e, c[PacketsA], c[KernelDropsA])
	}
}
