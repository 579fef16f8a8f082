package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"slipstream/bench/desk"
	"slipstream/cmd/slipstream/internal/daemon"
	"slipstream/cmd/slipstream/internal/venue"
	"slipstream/internal/scene"
)

// stage is an exchange, a daemon and a desk in a folder of their own, on ports that
// the kernel has picked.
type stage struct {
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

// newScene writes the three configurations.
func newScene(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir()}
	ports := scene.FreePorts(t)
	s.write("venue.toml", ports.ExchangeTOML(7))
	s.write("daemon.toml", ports.DaemonTOML(ports.Exchange, "[[desk.sessions]]\ntarget_comp_id = \"DESK1\"\n"))
	s.write("desk.toml", fmt.Sprintf("[client]\naddress = \"127.0.0.1:%d\"\nsender_comp_id = \"DESK1\"\nbound_seconds = 50\nresend_age_seconds = 30\nscript = \"script.toml\"\n", ports.Desk))
	s.write("script.toml", tradingScript)
	return s
}

func (s *stage) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) read(name string, v any) {
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
func (s *stage) venue(run int) *scene.Process {
	s.t.Helper()
	p := start(s.t, s.dir, fmt.Sprintf("venue %d", run), "venue", "--config", "venue.toml", "--report", "venue.json")
	open := p.Await(1, "venue_open")
	if rebuilt := open.Log["rebuilt"] == true; rebuilt != (run > 1) {
		s.t.Fatalf("the exchange's start %d: rebuilt from its log: %v", run, rebuilt)
	}
	return p
}

// daemon starts the daemon and waits until desks can log on.
func (s *stage) daemon(run int) *scene.Process {
	s.t.Helper()
	p := start(s.t, s.dir, fmt.Sprintf("daemon %d", run), "run", "--config", "daemon.toml", "--report", "daemon.json")
	p.Await(1, "desk_gateway_open")
	return p
}

func (s *stage) desk(script string) *scene.Process {
	s.t.Helper()
	return start(s.t, s.dir, "desk "+script, "desk", "--config", "desk.toml", "--script", script, "--json")
}

// deskResult waits for a desk and wants a run in order.
func (s *stage) deskResult(p *scene.Process) *desk.Result {
	s.t.Helper()
	code := p.Wait()
	r := &desk.Result{}
	if err := json.Unmarshal(p.Out.Bytes(), r); err != nil {
		s.t.Fatalf("%s: exit code %d: %v in %q", p.Name, code, err, p.Out.String())
	}
	if code != 0 || !r.Complete || len(r.Violations) > 0 || r.Rejects > 0 {
		s.t.Errorf("%s: exit code %d: %s", p.Name, code, p.Out.String())
	}
	return r
}

// close ends the exchange's session and then the daemon, in order.
func (s *stage) close(v, d *scene.Process) (*venue.Report, *daemon.Final) {
	s.t.Helper()
	v.Stop(sigEndOfSession)
	d.Await(1, "feed_ended")
	d.Stop(sigStop)
	rep, fin := &venue.Report{}, &daemon.Final{}
	s.read("venue.json", rep)
	s.read("daemon.json", fin)
	return rep, fin
}
