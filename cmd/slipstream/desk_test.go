package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/bench/desk"
	"slipstream/fix"
	gateway "slipstream/fix/desk"
	"slipstream/internal/market"
)

// fillingGateway is a real gateway behind which every parent is accepted and filled at once,
// by as many shares as filled says. It returns its address.
func fillingGateway(t *testing.T, name string, filled func(market.Qty) market.Qty) string {
	t.Helper()
	commands := make(chan fix.Command, 64)
	cfg := gateway.DefaultConfig()
	cfg.Listen = "127.0.0.1:0"
	cfg.Sessions = []gateway.Session{{SenderCompID: "SLIPSTREAM", TargetCompID: name}}
	cfg.Instruments = []market.Instrument{{Symbol: market.MakeSymbol("AMZN"), Tick: market.PriceUnit / 100, Lot: 1}}
	cfg.Submit = func(c *fix.Command) bool {
		select {
		case commands <- *c:
			return true
		default:
			return false
		}
	}
	g, err := gateway.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		serial := uint64(0)
		for c := range commands {
			r := fix.Report{
				Kind: fix.ExecReport, ExecType: fix.ExecNew, OrdStatus: fix.StatusNew, Desk: c.Desk, ClOrdID: c.ClOrdID, Side: c.Side, OrdType: c.OrdType,
				Algo: c.Algo, OrderQty: c.OrderQty, LeavesQty: c.OrderQty, ParentID: serial + 1, Nanos: market.Nanos(time.Now().UnixNano()), Serial: serial + 1,
			}
			g.Deliver(&r)
			r.ExecType, r.OrdStatus, r.Serial = fix.ExecTrade, fix.StatusFilled, serial+2
			r.CumQty, r.LastQty, r.LeavesQty = filled(c.OrderQty), filled(c.OrderQty), 0
			r.LastPx, r.AvgPx, r.LastLiq = 100*market.PriceUnit, 100*market.PriceUnit, 2
			g.Deliver(&r)
			serial += 2
		}
	}()
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		close(commands)
		<-reported
	})
	return g.Addr().String()
}

// deskFile is a configuration with a script of two parents.
func deskFile(t *testing.T, address, name string) string {
	t.Helper()
	dir := t.TempDir()
	script := `
[[step]]
kind = "new"
cl_ord_id = "A1"
symbol = "AMZN"
side = "buy"
qty_shares = 300
ord_type = "market"
algo = "twap"
end_after_ms = 60000

[[step]]
at_ms = 20
kind = "new"
cl_ord_id = "A2"
symbol = "AMZN"
side = "sell"
qty_shares = 200
ord_type = "market"
algo = "is"
end_after_ms = 60000
`
	text := fmt.Sprintf("[client]\naddress = %q\nsender_comp_id = %q\nbound_seconds = 10\nlogon_wait_seconds = 5\nscript = \"script.toml\"\n", address, name)
	for file, content := range map[string]string{"desk.toml": text, "script.toml": script} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "desk.toml")
}

func TestDeskPlaysItsScript(t *testing.T) {
	whole := func(q market.Qty) market.Qty { return q }
	path := deskFile(t, fillingGateway(t, "DESKJSON", whole), "DESKJSON")
	code, stdout, stderr := runHere(t, "desk", "--config", path, "--json")
	var r desk.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v in %s%s", err, stdout, stderr)
	}
	if code != 0 || !r.Complete || len(r.Parents) != 2 || r.Parents[0].CumQty != 300 || r.Parents[1].CumQty != 200 || len(r.Violations) != 0 {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}

	path = deskFile(t, fillingGateway(t, "DESKTEXT", whole), "DESKTEXT")
	code, stdout, stderr = runHere(t, "desk", "--config", path, "--log")
	if code != 0 || !strings.Contains(stdout, "A1") || !strings.Contains(stdout, "filled") || !strings.Contains(stderr, "35=D") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

// A daemon that tells of more shares than were ordered is found out.
func TestDeskFindsAnOverfill(t *testing.T) {
	address := fillingGateway(t, "DESKOVER", func(q market.Qty) market.Qty { return q + 1 })
	code, stdout, stderr := runHere(t, "desk", "--config", deskFile(t, address, "DESKOVER"))
	if code != 1 || !strings.Contains(stdout, "FAILED: ") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestDeskRefusesABrokenScript(t *testing.T) {
	path := deskFile(t, "127.0.0.1:1", "DESKBAD")
	bad := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(bad, []byte("[[step]]\nkindd = \"new\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{bad: "unknown key", "/nonexistent/s.toml": "no such file"} {
		if code, _, stderr := runHere(t, "desk", "--config", path, "--script", script); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d: %s", script, code, stderr)
		}
	}
}

// The example's script is one that a desk accepts.
func TestTheExampleScriptLoads(t *testing.T) {
	s, err := desk.Load(example(t, "desk-script.toml"))
	if err != nil {
		t.Fatal(err)
	}
	algos, changes := map[market.Algo]bool{}, map[desk.Kind]int{}
	for _, step := range s.Steps {
		algos[step.Algo] = true
		changes[step.Kind]++
	}
	if !algos[market.TWAP] || !algos[market.VWAP] || !algos[market.POV] || !algos[market.IS] || changes[desk.Replace] == 0 || changes[desk.Cancel] == 0 {
		t.Errorf("algorithms %v, steps %v", algos, changes)
	}
}
