package receive

import (
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Status is the result of a call on the hot path.
type Status uint8

const (
	OK        Status = iota
	Again            // nothing to receive, or no room to send
	Truncated        // the datagram was longer than the buffer, which holds its start
	Failed           // Errno tells why
)

func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case Again:
		return "again"
	case Truncated:
		return "truncated"
	}
	return "failed"
}

// socket is a non-blocking IPv4 UDP descriptor and what its calls point at.
type socket struct {
	fd      int
	errno   unix.Errno
	name    unix.RawSockaddrInet4
	nameLen uint32
}

func newSocket() (socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return socket{fd: -1}, fail("open a UDP socket", "on this host", err)
	}
	return socket{fd: fd}, nil
}

// FD is the descriptor, for polling beside others.
func (s *socket) FD() int { return s.fd }

// Errno is the error of the last call that gave Failed.
func (s *socket) Errno() unix.Errno { return s.errno }

// Close closes the descriptor; later calls fail with EBADF.
func (s *socket) Close() error {
	fd := s.fd
	s.fd = -1
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}

// Addr is the local address, with the port that the kernel picked if it was to.
func (s *socket) Addr() netip.AddrPort {
	sa, err := unix.Getsockname(s.fd)
	if err != nil {
		return netip.AddrPort{}
	}
	if in, ok := sa.(*unix.SockaddrInet4); ok {
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), uint16(in.Port))
	}
	return netip.AddrPort{}
}

// Wait blocks until there is something to receive, an error is pending, or d has
// passed; true for the first two. Not for the hot loop.
func (s *socket) Wait(d time.Duration) bool {
	end := time.Now().Add(d)
	fds := [1]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}
	for {
		left := max(0, time.Until(end))
		ts := unix.NsecToTimespec(int64(left))
		n, err := unix.Ppoll(fds[:], &ts, nil)
		if err == unix.EINTR && left > 0 {
			continue
		}
		return n > 0
	}
}

// recv receives one datagram into buf; the sender is in s.name when named is true.
func (s *socket) recv(buf []byte, named bool) (int, Status) {
	var p, name, nameLen unsafe.Pointer
	if len(buf) != 0 {
		p = unsafe.Pointer(&buf[0])
	}
	if named {
		s.nameLen = unix.SizeofSockaddrInet4
		name, nameLen = unsafe.Pointer(&s.name), unsafe.Pointer(&s.nameLen)
	}
	n, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(p), uintptr(len(buf)),
		unix.MSG_DONTWAIT|unix.MSG_TRUNC, uintptr(name), uintptr(nameLen))
	switch {
	case e != 0:
		return 0, s.status(e)
	case int(n) > len(buf):
		return len(buf), Truncated
	}
	return int(n), OK
}

// send sends one datagram to the connected peer, or to s.name when named is true.
func (s *socket) send(b []byte, named bool) Status {
	var p, name unsafe.Pointer
	var nameLen uintptr
	if len(b) != 0 {
		p = unsafe.Pointer(&b[0])
	}
	if named {
		name, nameLen = unsafe.Pointer(&s.name), unix.SizeofSockaddrInet4
	}
	_, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(p), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(name), nameLen)
	if e != 0 {
		return s.status(e)
	}
	return OK
}

// status maps an errno; a call that a signal cut short is simply made again.
func (s *socket) status(e unix.Errno) Status {
	if e == unix.EAGAIN || e == unix.EINTR || e == unix.ENOBUFS {
		return Again
	}
	s.errno = e
	return Failed
}

func sockaddr(a netip.AddrPort) *unix.SockaddrInet4 {
	return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().Unmap().As4()}
}

// isV4 guards As4, which panics on anything else.
func isV4(a netip.Addr) bool { return a.IsValid() && a.Unmap().Is4() }

// swap turns a port to or from network order; Go on Linux servers is little endian.
func swap(port uint16) uint16 { return port<<8 | port>>8 }
