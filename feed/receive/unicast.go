package receive

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// Unicast is a UDP socket for retransmission requests and their answers: the
// server's from Listen, a client's from Dial.
type Unicast struct {
	socket
	counts sendCounts
}

// Listen opens a server's socket; port 0 lets the kernel pick one, see Addr.
func Listen(local netip.AddrPort) (*Unicast, error) {
	if !isV4(local.Addr()) {
		return nil, badAddress("local address", local.String(), "give an IPv4 address and port")
	}
	return openUnicast(func(u *Unicast) error {
		if err := unix.Bind(u.fd, sockaddr(local)); err != nil {
			return fail("bind", local.String(), err)
		}
		return nil
	})
}

// Dial opens a client's socket that sends to server and takes datagrams from it
// alone. A server that is not there makes later calls Fail with ECONNREFUSED.
func Dial(server netip.AddrPort) (*Unicast, error) {
	if !isV4(server.Addr()) || server.Addr().IsUnspecified() || server.Port() == 0 {
		return nil, badAddress("server address", server.String(), "give the IPv4 address and port of the retransmission server")
	}
	return openUnicast(func(u *Unicast) error {
		if err := unix.Connect(u.fd, sockaddr(server)); err != nil {
			return fail("connect to", server.String(), err)
		}
		return nil
	})
}

func openUnicast(set func(*Unicast) error) (*Unicast, error) {
	s, err := newSocket()
	if err != nil {
		return nil, err
	}
	u := &Unicast{socket: s}
	err = unix.SetsockoptInt(u.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, defaultRcvBuf)
	if err != nil {
		err = fail("size the receive buffer of", "a unicast socket", err)
	} else {
		err = set(u)
	}
	if err != nil {
		_ = u.Close()
		return nil, err
	}
	return u, nil
}

// Recv receives one datagram; Again when there is none.
func (u *Unicast) Recv(buf []byte) (n int, st Status) { return u.recv(buf, false) }

// RecvFrom is Recv with the sender's address.
func (u *Unicast) RecvFrom(buf []byte) (n int, from netip.AddrPort, st Status) {
	n, st = u.recv(buf, true)
	if st == OK || st == Truncated {
		from = netip.AddrPortFrom(netip.AddrFrom4(u.name.Addr), swap(u.name.Port))
	}
	return n, from, st
}

// Send sends one datagram to the server of Dial, or counts that it could not.
func (u *Unicast) Send(b []byte) Status { return u.counts.count(u.send(b, false), len(b), u.errno) }

// SendTo sends one datagram to an IPv4 address, or counts that it could not.
func (u *Unicast) SendTo(b []byte, to netip.AddrPort) Status {
	if !isV4(to.Addr()) {
		u.errno = unix.EAFNOSUPPORT
		return u.counts.count(Failed, 0, u.errno)
	}
	u.name = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: swap(to.Port()), Addr: to.Addr().Unmap().As4()}
	return u.counts.count(u.send(b, true), len(b), u.errno)
}

// Stats is a copy of the counters; any goroutine may ask.
func (u *Unicast) Stats() SendStats { return u.counts.stats() }
