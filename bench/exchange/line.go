package exchange

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// LineSender sends datagrams on one multicast line. Send must not keep pkt.
type LineSender interface {
	Send(pkt []byte) error
	Close() error
}

// multicastSender is a UDP socket connected to a group.
type multicastSender struct{ conn *net.UDPConn }

// DialLine opens a sender to group through the interface that has the address
// via, with TTL 0: the datagrams never leave the host.
func DialLine(group netip.AddrPort, via netip.Addr) (LineSender, error) {
	if !group.Addr().Is4() || !group.Addr().IsMulticast() || group.Port() == 0 {
		return nil, fmt.Errorf("exchange: line %s: want an IPv4 multicast group and a port", group)
	}
	if !via.Is4() {
		return nil, fmt.Errorf("exchange: line %s: interface address %s is not IPv4", group, via)
	}
	d := net.Dialer{
		LocalAddr: net.UDPAddrFromAddrPort(netip.AddrPortFrom(via, 0)),
		Control: func(_, _ string, c syscall.RawConn) error {
			var err error
			if cerr := c.Control(func(fd uintptr) { err = setMulticast(int(fd), via) }); cerr != nil {
				return cerr
			}
			return err
		},
	}
	conn, err := d.DialContext(context.Background(), "udp4", group.String())
	if err != nil {
		return nil, fmt.Errorf("exchange: line %s: %w", group, err)
	}
	return multicastSender{conn.(*net.UDPConn)}, nil
}

func setMulticast(fd int, via netip.Addr) error {
	if err := unix.SetsockoptInet4Addr(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, via.As4()); err != nil {
		return fmt.Errorf("multicast interface %s: %w", via, err)
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, 0); err != nil {
		return fmt.Errorf("multicast TTL: %w", err)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 1)
}

func (s multicastSender) Send(pkt []byte) error {
	_, err := s.conn.Write(pkt)
	return err
}

func (s multicastSender) Close() error { return s.conn.Close() }
