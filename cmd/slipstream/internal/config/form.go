package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a host without zone files knows the exchange's day all the same
)

// forms are the checks that form:"..." names; an empty text is judged only where the
// key has no default.
var forms = map[string]func(string) error{
	"host:port": hostPort,
	"ipv4": func(s string) error {
		if a, err := netip.ParseAddr(s); err != nil || !a.Is4() {
			return fmt.Errorf("%q is no IPv4 address, as in \"127.0.0.1\"", s)
		}
		return nil
	},
	"multicast": func(s string) error {
		if a, err := netip.ParseAddr(s); err != nil || !a.Is4() || !a.IsMulticast() {
			return fmt.Errorf("%q is no IPv4 multicast group (224.0.0.0 to 239.255.255.255)", s)
		}
		return nil
	},
	"symbol": func(s string) error {
		if s == "" || len(s) > 8 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fmt.Errorf("%q is no symbol: want 1 to 8 printable ASCII characters without space", s)
		}
		return nil
	},
	"compid": func(s string) error {
		if strings.Trim(s, ".") == "" || len(s) > 32 || !isName(s) {
			return fmt.Errorf("%q is no FIX comp ID: want 1 to 32 letters, digits, '-', '_' or '.'", s)
		}
		return nil
	},
	"session": func(s string) error {
		if len(s) != 10 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return fmt.Errorf("%q is no MoldUDP64 session: want exactly 10 ASCII characters", s)
		}
		return nil
	},
	"timezone": func(s string) error {
		if _, err := time.LoadLocation(s); err != nil || s == "Local" {
			return fmt.Errorf("%q is no IANA time zone, as in \"America/New_York\" or \"UTC\"", s)
		}
		return nil
	},
	"name": func(s string) error {
		if s == "" || len(s) > 64 || !isName(s) {
			return fmt.Errorf("%q is no name: want 1 to 64 letters, digits, '-', '_' or '.'", s)
		}
		return nil
	},
}

// isName keeps to what is safe in a file name, a log field and a FIX field.
func isName(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '.'
	})
}

func hostPort(s string) error {
	host, port, ok := strings.Cut(s, ":")
	_, err := strconv.ParseUint(port, 10, 16)
	if !ok || err != nil || strings.ContainsAny(host, " \t/") {
		return fmt.Errorf("%q is no address: want host:port, as in \"127.0.0.1:9001\" (port 0 lets the kernel pick)", s)
	}
	return nil
}
