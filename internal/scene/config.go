package scene

import (
	"fmt"
	"net"
	"testing"
)

// Ports are picked by the kernel; in a network namespace of the test's own nobody else
// takes them meanwhile.
type Ports struct {
	Exchange, Peer, Desk   int // TCP: FIX of the exchange, of another venue, for desks
	LineA, LineB, Recovery int // UDP
}

// FreePorts asks the kernel.
func FreePorts(t testing.TB) (p Ports) {
	t.Helper()
	for _, at := range []*int{&p.Exchange, &p.Peer, &p.Desk} {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		*at = l.Addr().(*net.TCPAddr).Port
	}
	for _, at := range []*int{&p.LineA, &p.LineB, &p.Recovery} {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		*at = c.LocalAddr().(*net.UDPAddr).Port
	}
	return p
}

func (p *Ports) lines() string {
	return fmt.Sprintf("group_a = \"239.192.78.1\"\nport_a = %d\ngroup_b = \"239.192.78.2\"\nport_b = %d\n", p.LineA, p.LineB)
}

// ExchangeTOML is the configuration of an exchange with one stock and a lively flow.
func (p *Ports) ExchangeTOML(seed int) string {
	return fmt.Sprintf(`[exchange]
seed = %d
flow = "poisson"
state_dir = "venue.state"
[lines]
%srecovery_listen = "127.0.0.1:%d"
heartbeat_ms = 100
[fix]
listen = "127.0.0.1:%d"
[[instruments]]
symbol = "AMZN"
`, seed, p.lines(), p.Recovery, p.Exchange)
}

// DaemonTOML is the configuration of a daemon that trades with the venue on a port; desk
// are lines for the end of its table [desk].
func (p *Ports) DaemonTOML(venue int, desk string) string {
	return fmt.Sprintf(`[daemon]
state_dir = "daemon.state"
idle = "poll"
[feed]
%srecovery = "127.0.0.1:%d"
gap_wait_us = 50_000
timezone = "UTC"
[venue]
address = "127.0.0.1:%d"
reconnect_ms = 50
reconnect_max_ms = 200
[desk]
listen = "127.0.0.1:%d"
store_sync = false
%s[engine]
slice_seconds = 1
decision_interval_ms = 100
[risk]
max_messages = 500
window_ms = 1000
cancel_reserve_messages = 50
max_open_orders = 512
max_open_parents = 64
max_parent_qty = 100_000
max_parent_notional_usd = "50000000"
[[instruments]]
symbol = "AMZN"
[instruments.limits]
max_order_qty = 5_000
max_order_notional_usd = "1000000"
collar_bps = 100
max_spread_bps = 200
reference_max_age_ms = 30_000
max_long_qty = 50_000
max_short_qty = 50_000
`, p.lines(), p.Recovery, venue, p.Desk, desk)
}
