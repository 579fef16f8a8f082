package peers

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"slipstream/internal/scene"
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

// stage is a folder with the configurations of an exchange, a daemon and its peers.
type stage struct {
	t     *testing.T
	dir   string
	bins  *binaries
	ports scene.Ports
}

// newScene has the daemon trade with the simulated exchange, or with the C++ venue; the
// market comes from the exchange either way.
func newScene(t *testing.T, withPeer bool) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir(), bins: build(t), ports: scene.FreePorts(t)}
	s.write("exchange.toml", s.ports.ExchangeTOML(11))
	venue := s.ports.Exchange
	if withPeer {
		venue = s.ports.Peer
	}
	desks := "default_algo = \"TWAP\"\n"
	for _, v := range versions {
		desks += fmt.Sprintf("[[desk.sessions]]\nversion = %q\ntarget_comp_id = %q\n", v.name, v.desk())
	}
	s.write("daemon.toml", s.ports.DaemonTOML(venue, desks))
	s.write("venue.cfg", fix44.peerSettings(s.bins.specs, "acceptor", "VENUE", "SLIPSTREAM", s.ports.Peer))
	return s
}

// start runs a program in the stage's folder.
func (s *stage) start(t *testing.T, name, path string, args ...string) *scene.Process {
	t.Helper()
	return scene.Start(t, scene.Program{Name: name, Path: path, Args: args, Dir: s.dir, Merge: true})
}

func (s *stage) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) exchange() *scene.Process {
	s.t.Helper()
	p := s.start(s.t, "exchange", s.bins.slipstream, "venue", "--config", "exchange.toml", "--report", "exchange.json")
	p.Await(1, "venue_open")
	return p
}

func (s *stage) daemon() *scene.Process {
	s.t.Helper()
	p := s.start(s.t, "daemon", s.bins.slipstream, "run", "--config", "daemon.toml", "--report", "daemon.json")
	p.Await(1, "desk_gateway_open")
	return p
}

func (s *stage) cppVenue() *scene.Process {
	s.t.Helper()
	p := s.start(s.t, "C++ venue", s.bins.venue, "venue.cfg")
	p.Await(1, "open")
	return p
}

// cppDesk starts a desk of this version and waits for its logon; more are settings of
// its session beyond the least.
func (s *stage) cppDesk(t *testing.T, v version, more string) *scene.Process {
	t.Helper()
	s.write(v.desk()+".cfg", v.peerSettings(s.bins.specs, "initiator", v.desk(), "SLIPSTREAM", s.ports.Desk)+more)
	p := s.start(t, "C++ desk "+v.name, s.bins.desk, v.desk()+".cfg")
	p.Await(1, "logon")
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
func (s *stage) close(exchange, daemon *scene.Process) (e ended) {
	s.t.Helper()
	exchange.Stop(syscall.SIGUSR1)
	daemon.Await(1, "feed_ended")
	daemon.Stop(syscall.SIGTERM)
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
