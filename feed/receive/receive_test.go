package receive

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"slipstream/internal/netns"
)

var (
	place    netns.Place
	groupA   = netip.MustParseAddr("239.255.77.1")
	groupB   = netip.MustParseAddr("239.255.77.2")
	loopback = netip.MustParseAddr("127.0.0.1")
)

const patience = 5 * time.Second // bound of every wait; passing takes microseconds

func TestMain(m *testing.M) {
	p, code, done := netns.Reexec()
	if done {
		os.Exit(code)
	}
	place = p
	os.Exit(m.Run())
}

// line opens a receiver and a sender of one group on a port the kernel picked.
func line(t testing.TB, group netip.Addr, rcvBuf int) (*Receiver, *Sender) {
	t.Helper()
	r, err := Open(Config{Group: group, InterfaceAddr: loopback, RcvBuf: rcvBuf})
	if err != nil {
		t.Fatalf("in %v: %v", place, err)
	}
	t.Cleanup(func() { _ = r.Close() })
	s, err := NewSender(group, r.Addr().Port(), loopback)
	if err != nil {
		t.Fatalf("in %v: %v", place, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return r, s
}

func recv(t testing.TB, r *Receiver, buf []byte) string {
	t.Helper()
	if !r.Wait(patience) {
		t.Fatalf("nothing came within %v", patience)
	}
	n, st := r.Recv(buf)
	if st != OK {
		t.Fatalf("Recv: %v %v", st, r.Errno())
	}
	return string(buf[:n])
}

func TestMulticastArrivesAtItsGroupOnly(t *testing.T) {
	ra, sa := line(t, groupA, 0)
	rb, err := Open(Config{Group: groupB, Port: ra.Addr().Port(), InterfaceAddr: loopback}) // another group, same port
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rb.Close() }()
	buf := make([]byte, 2048)
	if _, st := ra.Recv(buf); st != Again {
		t.Fatalf("an empty socket: %v", st)
	}
	for i := range 3 {
		if st := sa.Send(fmt.Appendf(nil, "packet %d", i)); st != OK {
			t.Fatalf("Send: %v %v", st, sa.Errno())
		}
	}
	for i := range 3 {
		if got, want := recv(t, ra, buf), fmt.Sprintf("packet %d", i); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if _, st := rb.Recv(buf); st != Again {
		t.Errorf("the other group: %v, want nothing", st)
	}
	if s := sa.Stats(); s.Sent != 3 || s.Bytes != 24 || s.Failed+s.Again != 0 {
		t.Errorf("%+v", s)
	}
	if n, ok := ra.Drops(); n != 0 || !ok {
		t.Errorf("%d drops, %v", n, ok)
	}
}

func TestMulticastNeverLeavesTheHost(t *testing.T) {
	_, s := line(t, groupA, 0)
	ttl, err := unix.GetsockoptInt(s.FD(), unix.IPPROTO_IP, unix.IP_MULTICAST_TTL)
	if err != nil || ttl != 0 {
		t.Errorf("TTL %d, %v", ttl, err)
	}
}

func TestBatchReceivesWhatIsWaiting(t *testing.T) {
	r, s := line(t, groupA, 0)
	b := NewBatch(4, 16)
	if n, st := r.RecvBatch(b); n != 0 || st != Again || b.Len() != 0 {
		t.Fatalf("an empty socket: %d, %v", n, st)
	}
	for i := range 5 {
		s.Send(fmt.Appendf(nil, "packet %d", i))
	}
	s.Send(make([]byte, 40))
	var got []string
	for len(got) < 6 && r.Wait(patience) {
		n, st := r.RecvBatch(b)
		if st != OK || n > b.Cap() || n != b.Len() {
			t.Fatalf("%d packets (%v)", n, st)
		}
		for i := range n {
			got = append(got, string(b.Packet(i)))
			if b.Truncated(i) != (len(got) == 6) {
				t.Errorf("packet %d: truncated %v", len(got), b.Truncated(i))
			}
		}
	}
	if len(got) != 6 || got[0] != "packet 0" || got[4] != "packet 4" || len(got[5]) != 16 {
		t.Errorf("%q", got)
	}
}

func TestADatagramLongerThanTheBufferIsTruncated(t *testing.T) {
	r, s := line(t, groupA, 0)
	s.Send([]byte("0123456789"))
	buf := make([]byte, 4)
	if !r.Wait(patience) {
		t.Fatal("nothing came")
	}
	if n, st := r.Recv(buf); n != 4 || st != Truncated || string(buf) != "0123" {
		t.Errorf("%d, %v, %q", n, st, buf)
	}
}

func TestKernelDropsAreCounted(t *testing.T) {
	r, s := line(t, groupA, 8<<10)
	const sent = 500
	for range sent {
		s.Send(make([]byte, 1000))
	}
	buf := make([]byte, 2048)
	got, n := uint64(0), uint64(0)
	for end := time.Now().Add(patience); got+n < sent && time.Now().Before(end); {
		if r.Wait(10 * time.Millisecond) {
			if _, st := r.Recv(buf); st != OK {
				t.Fatal(st)
			}
			got++
		}
		n, _ = r.Drops()
	}
	if n == 0 || got == 0 || got+n != sent || r.DropsSeen() != n {
		t.Errorf("%d sent, %d received, %d dropped", sent, got, n)
	}
	if again, _ := r.Drops(); again != n {
		t.Errorf("%d drops, then %d", n, again)
	}
}

func TestErrorsNameThingPlaceAndRemedy(t *testing.T) {
	r, _ := line(t, groupA, 0)
	taken := r.Addr().Port()
	nowhere := netip.MustParseAddr("192.0.2.77")
	for _, c := range []struct {
		name string
		open func() error
		is   error
		say  []string
	}{
		{"a port in use", func() error {
			_, err := Open(Config{Group: groupA, Port: taken, InterfaceAddr: loopback})
			return err
		}, unix.EADDRINUSE, []string{"bind", fmt.Sprintf("239.255.77.1:%d", taken), "ss -ulpn", "Shared"}},
		{"an interface that does not exist", func() error {
			_, err := Open(Config{Group: groupA, InterfaceAddr: nowhere})
			return err
		}, unix.ENODEV, []string{"join", "239.255.77.1", "192.0.2.77", "ip addr"}},
		{"a group that is none", func() error {
			_, err := Open(Config{Group: loopback, InterfaceAddr: loopback})
			return err
		}, ErrAddress, []string{"multicast group 127.0.0.1", "239.1.1.1"}},
		{"no interface address", func() error {
			_, err := Open(Config{Group: groupA})
			return err
		}, ErrAddress, []string{"interface address", "127.0.0.1"}},
		{"an IPv6 group", func() error {
			_, err := Open(Config{Group: netip.MustParseAddr("ff02::1"), InterfaceAddr: loopback})
			return err
		}, ErrAddress, []string{"ff02::1"}},
		{"a sender by an interface that does not exist", func() error {
			_, err := NewSender(groupA, taken, nowhere)
			return err
		}, unix.EADDRNOTAVAIL, []string{"192.0.2.77", "ip addr"}},
		{"a sender without a port", func() error {
			_, err := NewSender(groupA, 0, loopback)
			return err
		}, ErrAddress, []string{"port", "239.255.77.1"}},
		{"a server on an address of another host", func() error {
			_, err := Listen(netip.AddrPortFrom(nowhere, 0))
			return err
		}, unix.EADDRNOTAVAIL, []string{"bind", "192.0.2.77"}},
		{"a server without a port", func() error {
			_, err := Dial(netip.AddrPortFrom(loopback, 0))
			return err
		}, ErrAddress, []string{"127.0.0.1:0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.open()
			var e *Error
			if !errors.Is(err, c.is) || !errors.As(err, &e) || e.Remedy == "" {
				t.Fatalf("%v, want %v with a remedy", err, c.is)
			}
			for _, s := range c.say {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("no %q in: %v", s, err)
				}
			}
		})
	}
}

func TestSharedReceiversBothGetTheLine(t *testing.T) {
	a, err := Open(Config{Group: groupA, InterfaceAddr: loopback, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	b, err := Open(Config{Group: groupA, Port: a.Addr().Port(), InterfaceAddr: loopback, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	s, err := NewSender(groupA, a.Addr().Port(), loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	s.Send([]byte("both"))
	buf := make([]byte, 64)
	if x, y := recv(t, a, buf), recv(t, b, buf); x != "both" || y != "both" {
		t.Errorf("%q and %q", x, y)
	}
}

func TestUnicastRequestAndAnswer(t *testing.T) {
	server, err := Listen(netip.AddrPortFrom(loopback, 0))
	if err != nil {
		t.Fatal(err)
	}
	client, err := Dial(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	buf := make([]byte, 64)
	if st := client.Send([]byte("request")); st != OK {
		t.Fatal(st)
	}
	if !server.Wait(patience) {
		t.Fatal("no request came")
	}
	n, from, st := server.RecvFrom(buf)
	if st != OK || string(buf[:n]) != "request" || from != client.Addr() {
		t.Fatalf("%q from %v (%v), want it from %v", buf[:n], from, st, client.Addr())
	}
	for _, m := range []string{"first", "second"} {
		if st := server.SendTo([]byte(m), from); st != OK {
			t.Fatal(st)
		}
		if !client.Wait(patience) {
			t.Fatal("no answer came")
		}
		if n, st := client.Recv(buf); st != OK || string(buf[:n]) != m {
			t.Fatalf("%q (%v), want %q", buf[:n], st, m)
		}
	}
	if st := server.SendTo(buf, netip.MustParseAddrPort("[::1]:9")); st != Failed || server.Stats().Failed != 1 {
		t.Errorf("an IPv6 address: %v, %+v", st, server.Stats())
	}
	_ = server.Close()
	client.Send([]byte("anyone?")) // the refusal comes with a later call
	if !client.Wait(patience) {
		t.Fatal("no refusal came")
	}
	if _, st := client.Recv(buf); st != Failed || client.Errno() != unix.ECONNREFUSED {
		t.Errorf("a server that is gone: %v, %v", st, client.Errno())
	}
}

func TestFailedSendsAreCounted(t *testing.T) {
	_, s := line(t, groupA, 0)
	if st := s.Send(make([]byte, 1<<16)); st != Failed || s.Errno() != unix.EMSGSIZE {
		t.Errorf("a datagram too long for UDP: %v, %v", st, s.Errno())
	}
	_ = s.Close()
	s.Send([]byte("closed"))
	if c := s.Stats(); c.Failed != 2 || c.Sent != 0 || c.LastErrno != unix.EBADF {
		t.Errorf("%+v", c)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestNoAllocs(t *testing.T) {
	r, s := line(t, groupA, 0)
	server, err := Listen(netip.AddrPortFrom(loopback, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	client, err := Dial(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	b, buf, msg := NewBatch(8, 256), make([]byte, 256), []byte("some bytes of a packet")
	got, answered := 0, 0
	per := testing.AllocsPerRun(300, func() {
		for range 3 {
			s.Send(msg)
		}
		for want := got + 3; got < want && r.Wait(patience); {
			n, _ := r.RecvBatch(b)
			got += n
		}
		s.Send(msg)
		r.Wait(patience)
		if _, st := r.Recv(buf); st == OK {
			got++
		}
		r.Drops()
		client.Send(msg)
		server.Wait(patience)
		if n, from, st := server.RecvFrom(buf); st == OK {
			server.SendTo(buf[:n], from)
		}
		client.Wait(patience)
		if _, st := client.Recv(buf); st == OK {
			answered++
		}
	})
	if per != 0 || got != 301*4 || answered != 301 {
		t.Errorf("%v allocations, %d datagrams, %d answers", per, got, answered)
	}
}
