package peers

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// version is a FIX version as both engines are told of it.
type version struct {
	name, begin, dictionary string
	applVer                 bool
}

var (
	fix42    = version{name: "FIX.4.2", begin: "FIX.4.2", dictionary: "FIX42.xml"}
	fix44    = version{name: "FIX.4.4", begin: "FIX.4.4", dictionary: "FIX44.xml"}
	fix50SP2 = version{name: "FIX.5.0SP2", begin: "FIXT.1.1", dictionary: "FIX50SP2.xml", applVer: true}
	versions = []version{fix42, fix44, fix50SP2}
)

func (v version) desk() string {
	return "DESK" + strings.NewReplacer("FIX", "", ".", "").Replace(v.name)
}

// peerSettings are a QuickFIX C++ settings file: the least it needs, and a quick
// reconnect, as its default is 30 s.
func (v version) peerSettings(specs, role, sender, target string, port int) string {
	s := fmt.Sprintf("[DEFAULT]\nConnectionType=%s\nFileStorePath=store-%s\nStartTime=00:00:00\nEndTime=00:00:00\nUseDataDictionary=Y\n", role, sender)
	if role == "initiator" {
		s += fmt.Sprintf("HeartBtInt=5\nReconnectInterval=1\nSocketConnectHost=127.0.0.1\nSocketConnectPort=%d\n", port)
	} else {
		s += fmt.Sprintf("SocketAcceptPort=%d\nSocketReuseAddress=Y\n", port)
	}
	if v.applVer {
		s += "DefaultApplVerID=9\nTransportDataDictionary=" + filepath.Join(specs, "FIXT11.xml") + "\nAppDataDictionary=" + filepath.Join(specs, v.dictionary) + "\n"
	} else {
		s += "DataDictionary=" + filepath.Join(specs, v.dictionary) + "\n"
	}
	return s + fmt.Sprintf("[SESSION]\nBeginString=%s\nSenderCompID=%s\nTargetCompID=%s\n", v.begin, sender, target)
}

// scene is a folder with the configurations of an exchange, a daemon and its peers.
type scene struct {
	t    *testing.T
	dir  string
	bins *binaries

	exchangeFIX, peerFIX, desks int // ports
}

func freePorts(t *testing.T) (tcp, udp [3]int) {
	t.Helper()
	for i := range tcp {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		tcp[i] = l.Addr().(*net.TCPAddr).Port
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		udp[i] = c.LocalAddr().(*net.UDPAddr).Port
	}
	return tcp, udp
}

// newScene has the daemon trade with the simulated exchange, or with the C++ venue; the
// market comes from the exchange either way.
func newScene(t *testing.T, withPeer bool) *scene {
	t.Helper()
	tcp, udp := freePorts(t)
	s := &scene{t: t, dir: t.TempDir(), bins: build(t), exchangeFIX: tcp[0], peerFIX: tcp[1], desks: tcp[2]}
	lines := fmt.Sprintf("group_a = \"239.192.79.1\"\nport_a = %d\ngroup_b = \"239.192.79.2\"\nport_b = %d\n", udp[0], udp[1])
	s.write("exchange.toml", fmt.Sprintf(`[exchange]
seed = 11
flow = "poisson"
state_dir = "exchange.state"
[lines]
%srecovery_listen = "127.0.0.1:%d"
heartbeat_ms = 100
[fix]
listen = "127.0.0.1:%d"
[[instruments]]
symbol = "AMZN"
`, lines, udp[2], s.exchangeFIX))
	venue := s.exchangeFIX
	if withPeer {
		venue = s.peerFIX
	}
	sessions := ""
	for _, v := range versions {
		sessions += fmt.Sprintf("[[desk.sessions]]\nversion = %q\ntarget_comp_id = %q\n", v.name, v.desk())
	}
	s.write("daemon.toml", fmt.Sprintf(`[daemon]
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
default_algo = "TWAP"
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
`, lines, udp[2], venue, s.desks, sessions))
	s.write("venue.cfg", fix44.peerSettings(s.bins.specs, "acceptor", "VENUE", "SLIPSTREAM", s.peerFIX))
	return s
}

func (s *scene) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) exchange() *process {
	s.t.Helper()
	p := start(s.t, s.dir, "exchange", s.bins.slipstream, "venue", "--config", "exchange.toml", "--report", "exchange.json")
	p.await(1, "venue_open")
	return p
}

func (s *scene) daemon() *process {
	s.t.Helper()
	p := start(s.t, s.dir, "daemon", s.bins.slipstream, "run", "--config", "daemon.toml", "--report", "daemon.json")
	p.await(1, "desk_gateway_open")
	return p
}

func (s *scene) cppVenue() *process {
	s.t.Helper()
	p := start(s.t, s.dir, "C++ venue", s.bins.venue, "venue.cfg")
	p.await(1, "open")
	return p
}

// cppDesk starts a desk of this version and waits for its logon; more are settings of
// its session beyond the least.
func (s *scene) cppDesk(t *testing.T, v version, more string) *process {
	t.Helper()
	s.write(v.desk()+".cfg", v.peerSettings(s.bins.specs, "initiator", v.desk(), "SLIPSTREAM", s.desks)+more)
	p := start(t, s.dir, "C++ desk "+v.name, s.bins.desk, v.desk()+".cfg")
	p.await(1, "logon")
	return p
}

// ended is what the exchange and the daemon say of their runs.
type ended struct {
	Fix struct {
		Duplicates      uint64 `json:"duplicate_clordids"`
		PossibleResends uint64 `json:"possible_resends"`
	} `json:"fix"`
	ExchangeQty int64 `json:"filled_qty"`
	Stats       struct {
		FilledQty                int64
		UnknownReports, Overfill uint64
	} `json:"stats"`
}

// close ends the exchange's session and the daemon, in order.
func (s *scene) close(exchange, daemon *process) (e ended) {
	s.t.Helper()
	for _, step := range []struct {
		p      *process
		signal syscall.Signal
	}{{exchange, syscall.SIGUSR1}, {daemon, syscall.SIGTERM}} {
		if step.p == daemon {
			daemon.await(1, "feed_ended")
		}
		if err := step.p.cmd.Process.Signal(step.signal); err != nil {
			s.t.Fatal(err)
		}
		step.p.ends()
	}
	for _, name := range []string{"exchange.json", "daemon.json"} {
		b, err := os.ReadFile(filepath.Join(s.dir, name))
		if err == nil {
			err = json.Unmarshal(b, &e)
		}
		if err != nil {
			s.t.Fatalf("%s: %v", name, err)
		}
	}
	if e.Fix.Duplicates != 0 || e.Fix.PossibleResends != 0 || e.Stats.UnknownReports != 0 || e.Stats.Overfill != 0 {
		s.t.Errorf("the end states: %+v", e)
	}
	return e
}
