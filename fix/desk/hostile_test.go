package desk

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"slipstream/fix"
	"slipstream/fix/wire"
)

// TestAHostileDeskHarmsNoOther: while one desk does its worst, another sends an order
// every few milliseconds. Each is submitted within a bound, memory stays, and what
// reaches the trading thread from the hostile desk is no more than it may send.
func TestAHostileDeskHarmsNoOther(t *testing.T) {
	const flood, patience = 100_000, 10 * time.Second
	cases := []struct {
		name   string
		deeds  func(t *testing.T, p *peer, stop <-chan struct{})
		orders uint64 // of the hostile desk, at most, per second
	}{
		{"100,000 orders as fast as they go", func(_ *testing.T, p *peer, stop <-chan struct{}) {
			var batch []byte
			for n := range flood {
				body := orderNow(fmt.Sprintf("H%d", n))
				batch = append(batch, encode("D", p.header(), body)...)
				p.seq++
				if len(batch) > 32<<10 {
					if !push(p.conn, batch, stop) {
						return
					}
					batch = batch[:0]
				}
			}
		}, 20},
		{"mass status requests as fast as they go", func(_ *testing.T, p *peer, stop <-chan struct{}) {
			for n := range flood {
				if !push(p.conn, encode("AF", p.header(), fmt.Sprintf("584=%d|585=7|", n)), stop) {
					return
				}
				p.seq++
			}
		}, massesPerSecond},
		{"XmlDataLen of 999999999", func(_ *testing.T, p *peer, stop <-chan struct{}) {
			msg := encode("D", p.header()+"212=999999999|213=x|", littleD)
			for push(p.conn, msg, stop) {
			}
		}, 0},
		{"an empty MsgSeqNum", func(_ *testing.T, p *peer, stop <-chan struct{}) {
			msg := encode("D", strings.Replace(p.header(), fmt.Sprintf("34=%d", p.seq), "34=", 1), littleD)
			for push(p.conn, msg, stop) {
			}
		}, 0},
		{"a BodyLength that overflows, then bytes without end", func(_ *testing.T, p *peer, stop <-chan struct{}) {
			push(p.conn, []byte("8=FIX.4.4\x019=99999999999999999999\x01"), stop)
			junk := []byte(strings.Repeat("58=AAAAAAAAAAAAAAA\x01", 1000))
			for push(p.conn, junk, stop) {
			}
		}, 0},
		{"a message that never ends", func(_ *testing.T, p *peer, stop <-chan struct{}) {
			push(p.conn, []byte("8=FIX.4.4\x019=60000\x01"), stop)
			for push(p.conn, []byte(strings.Repeat("A", 4096)), stop) {
			}
		}, 0},
		{"its whole past again and again, never read", func(_ *testing.T, p *peer, stop <-chan struct{}) {
			for push(p.conn, encode("2", p.header(), "7=1|16=0|"), stop) {
				p.seq++
			}
		}, 0},
	}
	g, submitted := openHostile(t, len(cases))
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			deskHostile, deskGood := uint8(2*i), uint8(2*i+1)
			hostile, good := &submitted[deskHostile], &submitted[deskGood]
			bad, p := logon(t, g, fmt.Sprint("HOSTILE", i)), logon(t, g, fmt.Sprint("GOOD", i))
			if err := bad.conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
				t.Fatal(err)
			}
			r := sampleReport()
			r.Desk = deskHostile
			for n := range uint64(200) { // a past to ask for
				r.Serial = n + 1
				g.Deliver(&r)
			}
			p.alive("before")
			before := heap()
			stop, stopped := make(chan struct{}), make(chan struct{})
			start := time.Now()
			go func() {
				defer close(stopped)
				c.deeds(t, bad, stop)
			}()
			slowest := time.Duration(0)
			trips := 0
			for n := 0; n < 25 || time.Since(start) < 300*time.Millisecond; n++ {
				trips++
				sent, was := time.Now(), good.Load()
				p.send("D", orderNow(fmt.Sprintf("N%d", n)))
				wait(t, "an order of the good desk", func() bool { return good.Load() > was })
				r := sampleReport()
				r.Desk, r.Serial = deskGood, uint64(n)
				g.Deliver(&r)
				if m := p.recv(); m.get(tagExecID) != itoa(n) {
					t.Fatalf("the good desk got %v", m)
				}
				slowest = max(slowest, time.Since(sent))
			}
			took := time.Since(start)
			grown := int64(heap()) - int64(before)
			close(stop)
			bad.conn.Close()
			<-stopped
			if slowest > patience {
				t.Errorf("the good desk waited %v", slowest)
			}
			// One batch may be counted on top of the bound, and other tests of this package use
			// the same heap; what the peer offers has no end.
			if most := int64(hostileUnsent + 32<<20); grown > most {
				t.Errorf("the heap grew by %d bytes, at most %d", grown, most)
			}
			if most := c.orders * uint64(took/time.Second+2); hostile.Load() > most {
				t.Errorf("%d commands of the hostile desk in %v, at most %d", hostile.Load(), took, most)
			}
			t.Logf("slowest of the good desk's %d round trips %v, heap %+d kB, hostile commands %d, %+v", trips, slowest, grown>>10, hostile.Load(), g.Stats().Guard)
		})
	}
}

// orderNow is littleD with another name, written now.
func orderNow(name string) string {
	now := time.Now().UTC().Format("20060102-15:04:05.000")
	return strings.Replace(strings.Replace(littleD, "11=L1", "11="+name, 1), "20260302-15:00:00.000", now, 1)
}

// hostileUnsent is what a desk that does not read may leave with the guard, in bytes.
const hostileUnsent = 8 << 20

// openHostile opens a gateway for pairs of desks, the hostile one first, that counts the
// commands of each.
func openHostile(t *testing.T, pairs int) (*Gateway, []atomic.Uint64) {
	t.Helper()
	submitted := make([]atomic.Uint64, 2*pairs)
	cfg := testConfig()
	cfg.Now = time.Now // rates need a clock that goes
	cfg.CloseTimeout = 20 * time.Second
	cfg.Guard.UnsentMaxBytes = hostileUnsent
	for i := range pairs {
		cfg.Sessions = append(cfg.Sessions,
			Session{SenderCompID: "GATE", TargetCompID: fmt.Sprint("HOSTILE", i), Limits: Limits{MaxOrdersPerSecond: 20}},
			Session{SenderCompID: "GATE", TargetCompID: fmt.Sprint("GOOD", i)})
	}
	cfg.Submit = func(c *fix.Command) bool {
		submitted[c.Desk].Add(1)
		return true
	}
	return openGateway(t, cfg), submitted
}

// push writes b; false once stop is closed or the connection is gone.
func push(c net.Conn, b []byte, stop <-chan struct{}) bool {
	for len(b) > 0 {
		select {
		case <-stop:
			return false
		default:
		}
		if err := c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			return false
		}
		n, err := c.Write(b)
		b = b[n:]
		if ne, slow := err.(net.Error); err != nil && !(slow && ne.Timeout()) {
			return false
		}
	}
	return true
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A connection gets a burst of one second's messages, and then no more than its pace.
func TestTheGuardPacesAConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	guard := NewGuard(l, GuardConfig{MessagesPerSecond: 100})
	defer guard.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c, err := guard.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	msg := encode("1", "49=A|56=B|34=1|", "112=x|")
	go func() {
		for range 140 {
			if _, err := client.Write(msg); err != nil {
				return // the test has ended
			}
		}
	}()
	start := time.Now()
	var got []byte
	for n := 0; n < 140; {
		chunk := make([]byte, 512)
		k, err := c.Read(chunk)
		if err != nil {
			t.Fatal(err)
		}
		for got = append(got, chunk[:k]...); ; n++ {
			size, fault := wire.Frame(got, 1<<16)
			if fault != wire.FaultNone {
				t.Fatal(fault)
			}
			if size == 0 {
				break
			}
			got = got[size:]
		}
	}
	if took := time.Since(start); took < 350*time.Millisecond {
		t.Errorf("140 messages at 100 a second after a burst of 100 took %v", took)
	}
	if guard.Stats().Paced == 0 {
		t.Error("no pause was counted")
	}
}

// A desk that sent far more than it may, and went away, can come back soon: what it left
// behind, in its own kernel too, does not keep its session.
func TestADeskThatFloodedAndLeftCanComeBack(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Now = time.Now
	cfg.Sessions = []Session{{SenderCompID: "GATE", TargetCompID: "BACK"}}
	cfg.Submit = func(*fix.Command) bool { return true }
	cfg.Guard.MessagesPerSecond, cfg.Guard.BehindMax = 100, 500*time.Millisecond
	g, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	p := logon(t, g, "BACK")
	msg := encode("D", p.header()+"212=999999999|213=x|", littleD)
	for range 5000 { // 50 s of messages
		if _, err := p.conn.Write(msg); err != nil {
			break // it is closed already
		}
	}
	p.conn.Close()
	logon(t, g, "BACK") // waits for the end of the session, at most 10 s
	if s := g.Stats().Guard; s.Behind != 1 {
		t.Errorf("%+v", s)
	}
}
