package receive

import (
	"net/netip"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Config is one multicast line.
type Config struct {
	Group         netip.Addr // IPv4 multicast
	Port          uint16     // 0: the kernel picks one, see Addr
	InterfaceAddr netip.Addr // IPv4 address of the interface to join on
	RcvBuf        int        // bytes of the socket's buffer; 0 = 4 MiB
	Shared        bool       // let other sockets that are Shared receive the same group and port
}

const defaultRcvBuf = 4 << 20

// Receiver receives one multicast line.
type Receiver struct {
	socket
	rcvBuf  int
	mem     [unix.SK_MEMINFO_VARS]uint32
	memLen  uint32
	lastRaw uint32
	drops   atomic.Uint64
}

// Open joins a group. Only its own group's datagrams arrive, whatever else of this
// host uses the port.
func Open(cfg Config) (*Receiver, error) {
	if err := checkMulticast(cfg.Group, cfg.InterfaceAddr); err != nil {
		return nil, err
	}
	s, err := newSocket()
	if err != nil {
		return nil, err
	}
	r := &Receiver{socket: s}
	if err := r.join(cfg); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

func checkMulticast(group, iface netip.Addr) error {
	if !isV4(group) || !group.Unmap().IsMulticast() {
		return badAddress("multicast group", group.String(), "a group is an IPv4 address in 224.0.0.0/4, for example 239.1.1.1")
	}
	if !isV4(iface) || iface.IsUnspecified() || iface.IsMulticast() {
		return badAddress("interface address", iface.String(), "give the IPv4 address of an interface, 127.0.0.1 for the loopback interface")
	}
	return nil
}

func (r *Receiver) join(cfg Config) error {
	where := netip.AddrPortFrom(cfg.Group, cfg.Port)
	if cfg.Shared {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return fail("share", where.String(), err)
		}
	}
	want := cfg.RcvBuf
	if want == 0 {
		want = defaultRcvBuf
	}
	if unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, want) != nil {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, want); err != nil {
			return fail("size the receive buffer of", where.String(), err)
		}
	}
	if n, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err == nil {
		r.rcvBuf = n / 2 // the kernel doubles it for its bookkeeping
	}
	if err := unix.SetsockoptInt(r.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0); err != nil {
		return fail("restrict to its group", where.String(), err)
	}
	if err := unix.Bind(r.fd, sockaddr(where)); err != nil {
		return fail("bind", where.String(), err)
	}
	m := &unix.IPMreq{Multiaddr: cfg.Group.Unmap().As4(), Interface: cfg.InterfaceAddr.Unmap().As4()}
	if err := unix.SetsockoptIPMreq(r.fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, m); err != nil {
		return fail("join "+where.String()+" on interface", cfg.InterfaceAddr.String(), err)
	}
	return nil
}

// Recv receives one datagram; Again when there is none.
func (r *Receiver) Recv(buf []byte) (n int, st Status) { return r.recv(buf, false) }

// RcvBuf is the size of the socket's buffer that the kernel granted, in bytes; below
// what was asked for, raise sysctl net.core.rmem_max or give CAP_NET_ADMIN.
func (r *Receiver) RcvBuf() int { return r.rcvBuf }

// Drops asks the kernel how many datagrams it dropped for want of buffer since Open;
// ok is false when it does not answer, and n is the last count then. Call it from one
// goroutine; DropsSeen reads the last answer from any.
func (r *Receiver) Drops() (n uint64, ok bool) {
	r.memLen = uint32(unsafe.Sizeof(r.mem))
	_, _, e := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(r.fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&r.mem[0])), uintptr(unsafe.Pointer(&r.memLen)), 0)
	if e != 0 || r.memLen < unix.SK_MEMINFO_DROPS*4+4 {
		return r.drops.Load(), false
	}
	raw := r.mem[unix.SK_MEMINFO_DROPS]
	n = r.drops.Add(uint64(raw - r.lastRaw)) // the kernel's counter has 32 bits and wraps
	r.lastRaw = raw
	return n, true
}

// DropsSeen is the answer of the last Drops.
func (r *Receiver) DropsSeen() uint64 { return r.drops.Load() }
