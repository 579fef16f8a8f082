package loop

import (
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// address is a socket address in the kernel's own layout, made once, so that a
// reconnect allocates nothing.
type address struct {
	family int
	size   uintptr
	v4     unix.RawSockaddrInet4
	v6     unix.RawSockaddrInet6
}

// parseAddress takes "host:port" with a numeric host. Names are resolved at the
// edge: a lookup may block for seconds and give another answer each time.
func parseAddress(s string) (*address, error) {
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return nil, fmt.Errorf("loop: address %q: want a numeric host:port (%v)", s, err)
	}
	if ap.Port() == 0 {
		return nil, fmt.Errorf("loop: address %q: port 0 cannot be connected to", s)
	}
	port := ap.Port()<<8 | ap.Port()>>8 // network order, on little endian
	a := &address{}
	if ip := ap.Addr().Unmap(); ip.Is4() {
		a.family, a.size = unix.AF_INET, unix.SizeofSockaddrInet4
		a.v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: ip.As4()}
	} else {
		if ip.Zone() != "" {
			return nil, fmt.Errorf("loop: address %q: zones are not supported", s)
		}
		a.family, a.size = unix.AF_INET6, unix.SizeofSockaddrInet6
		a.v6 = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: ip.As16()}
	}
	return a, nil
}

func (a *address) pointer() unsafe.Pointer {
	if a.family == unix.AF_INET {
		return unsafe.Pointer(&a.v4)
	}
	return unsafe.Pointer(&a.v6)
}
