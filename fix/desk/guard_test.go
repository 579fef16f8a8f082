package desk

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wait polls a condition that another goroutine makes true, for at most 10 s.
func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("waited 10 s for %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestCrashMessagesLeaveTheServerAlive(t *testing.T) {
	g := sharedGateway(t)
	p := logon(t, g, deskNames[deskCrash])
	order := func(extra string) []byte { return encode("D", p.header(), goodD+extra) }
	cases := []struct {
		name string
		raw  func() []byte
	}{
		{"XmlDataLen beyond the message panics in extractXMLDataField", func() []byte { return order("212=999999999|213=x|") }},
		{"XmlDataLen with leading zeros", func() []byte { return order("0212=999999999|") }},
		{"XmlDataLen by a tag that wraps around 2^64", func() []byte { return order("18446744073709551828=999999999|") }},
		{"XmlDataLen in an admin message", func() []byte { return encode("1", p.header()+"212=999999999|", "112=x|") }},
		{"BodyLength beyond int panics in findIndexAfterOffset", func() []byte {
			return []byte("8=FIX.4.4\x019=99999999999999999999\x0135=0\x0110=000\x01")
		}},
		{"BodyLength of nine digits is buffered without end", func() []byte {
			return []byte("8=FIX.4.4\x019=999999999\x0135=0\x0110=000\x01")
		}},
		{"BodyLength negative", func() []byte { return []byte("8=FIX.4.4\x019=-5\x0135=0\x0110=000\x01") }},
		{"BodyLength empty", func() []byte { return []byte("8=FIX.4.4\x019=\x0135=0\x0110=000\x01") }},
		{"BodyLength of one digit", func() []byte { return []byte("8=FIX.4.4\x019=5\x0135=0\x0110=163\x01") }},
		{"MsgSeqNum empty panics in atoi", func() []byte {
			return encode("0", strings.Replace(p.header(), "34="+itoa(p.seq), "34=", 1), "")
		}},
		{"MsgSeqNum empty with leading zeros in the tag", func() []byte {
			return encode("0", strings.Replace(p.header(), "34="+itoa(p.seq), "034=", 1), "")
		}},
		{"BodyLength a second time and empty panics in atoi", func() []byte { return order("9=|") }},
		{"CheckSum wrong by one", func() []byte {
			raw := order("")
			raw[len(raw)-2] = '0' + (raw[len(raw)-2]-'0'+1)%10
			return raw
		}},
		{"BodyLength one short", func() []byte {
			return []byte(strings.Replace(string(order("")), "\x0110=", "x\x0110=", 1))
		}},
		{"CheckSum in the middle", func() []byte { return order("10=123|58=x|") }},
		{"a field without a tag", func() []byte { return order("=x|") }},
		{"a field without an equals sign", func() []byte { return order("nonsense|") }},
		{"a tag of letters", func() []byte { return order("abc=x|") }},
		{"bytes that are no FIX at all", func() []byte { return []byte("\x16\x03\x01GET / HTTP/1.1\r\n\r\n") }},
		{"an equals sign in BeginString", func() []byte {
			return []byte(strings.Replace(string(order("")), "8=FIX.4.4", "8=FIX9=1.4", 1))
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p.t = t
			p.write(c.raw())
			p.alive(c.name) // and the bad message used no sequence number
		})
	}
	st := g.Stats().Guard
	if st.Harmful == 0 || st.Garbled == 0 {
		t.Errorf("nothing was counted: %+v", st)
	}
	if _, ok := shared.got.get("P1"); ok {
		t.Error("an order from a bad message reached the engine")
	}
}

func TestConnectionThatIsNoFIXIsClosed(t *testing.T) {
	g := sharedGateway(t)
	for name, bytes := range map[string]string{
		"HTTP":                        "GET / HTTP/1.1\r\n\r\n",
		"a wrong CheckSum":            "8=FIX.4.4\x019=5\x0135=0\x0110=000\x01",
		"a first message not a Logon": string(encode("0", "49=CRASH|56=GATE|34=1|52=20260302-15:00:00|", "")),
		"an unknown CompID":           string(encode("A", "49=WHO|56=GATE|34=1|52=20260302-15:00:00|", "98=0|108=60|")),
	} {
		p := dial(t, g, "CRASH")
		p.write([]byte(bytes))
		if raw, ok := p.next(); ok {
			t.Errorf("%s: answered by %s", name, show(raw))
		}
	}
}

func TestIdleConnectionBeforeLogonIsClosed(t *testing.T) {
	g := sharedGateway(t)
	before := g.Stats().Guard.Silent
	p := dial(t, g, "CRASH")
	p.write([]byte("8=FIX.4.4\x019=6")) // dripping a little does not help
	start := time.Now()
	if raw, ok := p.next(); ok {
		t.Fatalf("answered by %s", show(raw))
	}
	if took := time.Since(start); took < 500*time.Millisecond {
		t.Errorf("closed after %v, before the deadline of 1 s", took)
	}
	if after := g.Stats().Guard.Silent; after != before+1 {
		t.Errorf("Silent went from %d to %d", before, after)
	}
}

func TestSlowReaderIsClosedByTheWriteDeadline(t *testing.T) {
	g := sharedGateway(t)
	p := dial(t, g, deskNames[deskSlow])
	if err := p.conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	p.send("A", "98=0|108=60|141=Y|")
	p.recvRaw()
	wait(t, "the session to be up", func() bool { return g.IsLoggedOn(deskSlow) })
	r := sampleReport()
	r.Desk = deskSlow
	closed := func() bool { return !g.IsLoggedOn(deskSlow) }
	for n := uint64(1); !closed() && n < 200_000; n++ { // 50 MB: more than any kernel buffers
		r.Serial = n
		g.Deliver(&r)
	}
	wait(t, "the slow reader to be cut off", closed)
	if g.Stats().Guard.SlowReaders == 0 {
		t.Error("the slow reader was not counted")
	}
	// The desk comes back and gets the stored reports by a resend.
	q := logon(t, g, deskNames[deskSlow])
	q.alive("after the slow reader came back")
}

func TestGuardRefusesMoreConnectionsThanItsBound(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	guard := NewGuard(l, GuardConfig{ConnectionsMax: 1})
	defer guard.Close()
	accepted := make(chan net.Conn, 2)
	go func() {
		for {
			c, err := guard.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	for range 2 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	wait(t, "the second connection to be refused", func() bool { return guard.Stats().TooMany == 1 })
	guard.CloseConnections()
	c := <-accepted
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("CloseConnections left the connection open: %v", err)
	}
}

// flakyListener fails once as a process does that is out of descriptors.
type flakyListener struct {
	net.Listener
	failed bool
}

func (l *flakyListener) Accept() (net.Conn, error) {
	if !l.failed {
		l.failed = true
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

func TestGuardKeepsListeningWhenDescriptorsRunOut(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	guard := NewGuard(&flakyListener{Listener: l}, GuardConfig{})
	defer guard.Close()
	go func() {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			defer c.Close()
			_, _ = c.Write(encode("0", "49=A|56=B|34=1|52=20260302-15:00:00|", ""))
			_, _ = io.Copy(io.Discard, c)
		}
	}()
	c, err := guard.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.Read(make([]byte, 10)); n != 10 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if guard.Stats().AcceptErrors != 1 {
		t.Errorf("AcceptErrors = %d", guard.Stats().AcceptErrors)
	}
}
