package receive

import (
	"net/netip"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Sender sends one multicast line.
type Sender struct {
	socket
	counts sendCounts
}

// SendStats counts datagrams by what became of them.
type SendStats struct {
	Sent, Bytes uint64
	Again       uint64 // no room in the kernel: dropped
	Failed      uint64
	LastErrno   unix.Errno
}

// sendCounts is written by one goroutine and read by any.
type sendCounts struct{ sent, bytes, again, failed, errno atomic.Uint64 }

func (c *sendCounts) count(st Status, n int, e unix.Errno) Status {
	switch st {
	case OK:
		c.sent.Add(1)
		c.bytes.Add(uint64(n))
	case Again:
		c.again.Add(1)
	default:
		c.failed.Add(1)
		c.errno.Store(uint64(e))
	}
	return st
}

func (c *sendCounts) stats() SendStats {
	return SendStats{
		Sent: c.sent.Load(), Bytes: c.bytes.Load(), Again: c.again.Load(),
		Failed: c.failed.Load(), LastErrno: unix.Errno(c.errno.Load()),
	}
}

// NewSender sends to group:port by the interface that has the address ifaceAddr,
// with TTL 0: receivers on this host only.
func NewSender(group netip.Addr, port uint16, ifaceAddr netip.Addr) (*Sender, error) {
	if err := checkMulticast(group, ifaceAddr); err != nil {
		return nil, err
	}
	if port == 0 {
		return nil, badAddress("port", "0 of group "+group.String(), "name the port that the receivers are bound to")
	}
	sock, err := newSocket()
	if err != nil {
		return nil, err
	}
	s := &Sender{socket: sock}
	if err := s.open(netip.AddrPortFrom(group, port), ifaceAddr); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Sender) open(to netip.AddrPort, iface netip.Addr) error {
	if err := unix.SetsockoptInet4Addr(s.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, iface.Unmap().As4()); err != nil {
		return fail("send by interface", iface.String(), err)
	}
	if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, 0); err != nil {
		return fail("set TTL 0 for", to.String(), err)
	}
	if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 1); err != nil {
		return fail("loop back", to.String(), err)
	}
	if err := unix.Connect(s.fd, sockaddr(to)); err != nil {
		return fail("send to "+to.String()+" by interface", iface.String(), err)
	}
	return nil
}

// Send sends one datagram, or counts that it could not.
func (s *Sender) Send(b []byte) Status { return s.counts.count(s.send(b, false), len(b), s.errno) }

// Stats is a copy of the counters; any goroutine may ask.
func (s *Sender) Stats() SendStats { return s.counts.stats() }
