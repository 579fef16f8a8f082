package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"slipstream/bench/desk"
	"slipstream/cmd/slipstream/internal/daemon"
	"slipstream/cmd/slipstream/internal/venue"
)

// scene is an exchange, a daemon and a desk in a folder of their own, on ports that
// the kernel has picked.
type scene struct {
	t   *testing.T
	dir string
}

// steps of a desk's script, all sides and both tactics, for about four seconds.
const tradingScript = `
[[step]]
kind = "new"
cl_ord_id = "TAKER"
symbol = "AMZN"
side = "buy"
qty_shares = 600
ord_type = "market"
algo = "twap"
tactic = "taker"
end_after_ms = 5000

[[step]]
kind = "new"
cl_ord_id = "PASSIVE"
symbol = "AMZN"
side = "sell"
qty_shares = 2000
ord_type = "market"
algo = "twap"
tactic = "passive"
end_after_ms = 5000

[[step]]
at_ms = 100
kind = "new"
cl_ord_id = "VOLUME"
symbol = "AMZN"
side = "buy"
qty_shares = 2000
ord_type = "market"
algo = "pov"
participation_ppm = 100_000
end_after_ms = 5000
`

// shortScript is one parent that is filled as soon as the market allows.
func shortScript(clOrdID string) string {
	return fmt.Sprintf(`
[[step]]
kind = "new"
cl_ord_id = %q
symbol = "AMZN"
side = "buy"
qty_shares = 300
ord_type = "market"
algo = "twap"
tactic = "taker"
end_after_ms = 1000
`, clOrdID)
}

// freePorts asks the kernel; in a network namespace of our own nobody else takes them.
func freePorts(t *testing.T) (tcp [2]int, udp [3]int) {
	t.Helper()
	for i := range tcp {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		tcp[i] = l.Addr().(*net.TCPAddr).Port
	}
	for i := range udp {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		udp[i] = c.LocalAddr().(*net.UDPAddr).Port
	}
	return tcp, udp
}

// newScene writes the three configurations.
func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, dir: t.TempDir()}
	tcp, udp := freePorts(t)
	lines := fmt.Sprintf("group_a = \"239.192.78.1\"\nport_a = %d\ngroup_b = \"239.192.78.2\"\nport_b = %d\n", udp[1], udp[2])
	s.write("venue.toml", fmt.Sprintf(`[exchange]
seed = 7
flow = "poisson"
state_dir = "venue.state"
[lines]
%srecovery_listen = "127.0.0.1:%d"
heartbeat_ms = 100
[fix]
listen = "127.0.0.1:%d"
[[instruments]]
symbol = "AMZN"
`, lines, udp[0], tcp[0]))
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
store_sync = false
[[desk.sessions]]
target_comp_id = "DESK1"
[engine]
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
`, lines, udp[0], tcp[0], tcp[1]))
	s.write("desk.toml", fmt.Sprintf("[client]\naddress = \"127.0.0.1:%d\"\nsender_comp_id = \"DESK1\"\nbound_seconds = 25\nscript = \"script.toml\"\n", tcp[1]))
	s.write("script.toml", tradingScript)
	return s
}

func (s *scene) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) read(name string, v any) {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
}

// venue starts the exchange and waits until it is open; run counts its starts.
func (s *scene) venue(run int) *process {
	s.t.Helper()
	p := start(s.t, s.dir, fmt.Sprintf("venue %d", run), "venue", "--config", "venue.toml", "--report", "venue.json")
	open := p.await("venue_open", 1, nil)[0]
	if rebuilt := open["rebuilt"] == true; rebuilt != (run > 1) {
		s.t.Fatalf("the exchange's start %d: rebuilt from its log: %v", run, rebuilt)
	}
	return p
}

// daemon starts the daemon and waits until desks can log on.
func (s *scene) daemon(run int) *process {
	s.t.Helper()
	p := start(s.t, s.dir, fmt.Sprintf("daemon %d", run), "run", "--config", "daemon.toml", "--report", "daemon.json")
	p.await("desk_gateway_open", 1, nil)
	return p
}

func (s *scene) desk(script string) *process {
	s.t.Helper()
	return start(s.t, s.dir, "desk "+script, "desk", "--config", "desk.toml", "--script", script, "--json")
}

// deskResult waits for a desk and wants a run in order.
func (s *scene) deskResult(p *process) *desk.Result {
	s.t.Helper()
	code := p.wait()
	r := &desk.Result{}
	if err := json.Unmarshal(p.out.Bytes(), r); err != nil {
		s.t.Fatalf("%s: exit code %d: %v in %q", p.name, code, err, p.out.String())
	}
	if code != 0 || !r.Complete || len(r.Violations) > 0 || r.Rejects > 0 {
		s.t.Errorf("%s: exit code %d: %s", p.name, code, p.out.String())
	}
	return r
}

// close ends the exchange's session and then the daemon, in order.
func (s *scene) close(v, d *process) (*venue.Report, *daemon.Final) {
	s.t.Helper()
	v.stop(sigEndOfSession)
	d.await("feed_ended", 1, nil)
	d.stop(sigStop)
	rep, fin := &venue.Report{}, &daemon.Final{}
	s.read("venue.json", rep)
	s.read("daemon.json", fin)
	return rep, fin
}
