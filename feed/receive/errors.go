package receive

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Error is why a socket could not be opened: what was done, where, and the remedy.
type Error struct {
	Op     string // "bind", "join", ...
	Where  string // the address or interface concerned
	Err    error
	Remedy string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("receive: %s %s: %v", e.Op, e.Where, e.Err)
	if e.Remedy != "" {
		s += ": " + e.Remedy
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// ErrAddress is wrapped when an address in the configuration cannot be meant.
var ErrAddress = errors.New("not a usable address")

// fail makes an Error with the remedy that the errno asks for.
func fail(op, where string, err error) error {
	remedy := ""
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		remedy = "another socket has this port: stop that process (ss -ulpn shows it), choose another port, or set Shared on both to receive one group twice"
	case errors.Is(err, unix.EADDRNOTAVAIL):
		remedy = "no interface of this host has this address: name one that `ip addr` shows, 127.0.0.1 for the loopback interface"
	case errors.Is(err, unix.ENODEV):
		remedy = "no interface has this address, or it is down: name one that `ip addr` shows as UP, 127.0.0.1 for the loopback interface"
	case errors.Is(err, unix.ENOBUFS):
		remedy = "too many groups are joined: raise sysctl net.ipv4.igmp_max_memberships"
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		remedy = "not permitted: ports below 1024 need CAP_NET_BIND_SERVICE; choose another port"
	case errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTUNREACH):
		remedy = "no route: is the interface up (`ip link`)?"
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		remedy = "out of file descriptors: raise `ulimit -n`"
	}
	return &Error{Op: op, Where: where, Err: err, Remedy: remedy}
}

func badAddress(what, have, remedy string) error {
	return &Error{Op: "use", Where: what + " " + have, Err: ErrAddress, Remedy: remedy}
}
