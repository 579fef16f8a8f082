package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"slipstream/bench/desk"
	"slipstream/cmd/slipstream/internal/daemon"
	"slipstream/cmd/slipstream/internal/venue"
	"slipstream/internal/market"
	"slipstream/internal/scene"
)

// longScript is tradingScript with more time, so that several daemons can work on it.
var longScript = strings.ReplaceAll(tradingScript, "end_after_ms = 5000", "end_after_ms = 9000")

// edit changes the daemon's configuration.
func (s *stage) edit(old, new string) {
	s.t.Helper()
	path := filepath.Join(s.dir, "daemon.toml")
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), old) {
		s.t.Fatalf("%s without %q (%v)", path, old, err)
	}
	s.write("daemon.toml", strings.Replace(string(b), old, new, 1))
}

// again starts the daemon and waits for what it says of the run before.
func (s *stage) again(run int, event string, args ...string) *scene.Process {
	s.t.Helper()
	p := start(s.t, s.dir, fmt.Sprintf("daemon %d", run), append([]string{"run", "--config", "daemon.toml", "--report", "daemon.json"}, args...)...)
	p.Await(1, event)
	return p
}

// whole holds desk, daemon and exchange against each other at the end of a day of several runs.
func (s *stage) whole(results []*desk.Result, rep *venue.Report, fin *daemon.Final) {
	s.t.Helper()
	log := s.eventLog(rep)
	var told, net market.Qty
	fills := 0
	for _, r := range results {
		for _, p := range r.Parents {
			told += p.CumQty
			fills += len(p.Fills)
			if p.Side == market.Sell.String() {
				net -= p.CumQty
			} else {
				net += p.CumQty
			}
		}
	}
	if told != log.qty || fin.Stats.FilledQty != log.qty || uint64(fills) != fin.Stats.Fills || fin.Stats.Overfill != 0 {
		s.t.Errorf("shares: desk %d, daemon %d, exchange %d; fills: desk %d, daemon %d", told, fin.Stats.FilledQty, log.qty, fills, fin.Stats.Fills)
	}
	if p := fin.Positions[0]; p.Filled != net || net != log.net || p.Buys != 0 || p.Sells != 0 {
		s.t.Errorf("position: desk %d, exchange %d, daemon %+v", net, log.net, p)
	}
	if log.open != 0 {
		s.t.Errorf("%d orders were open at the exchange at the end", log.open)
	}
	if rep.Gate.DuplicateClOrdIDs != 0 || rep.Gate.PossibleResends != 0 || fin.Stats.UnknownReports != 0 {
		s.t.Errorf("the exchange's order entry: %+v; the daemon: %+v", rep.Gate, fin.Stats)
	}
}

// replays puts every run of the journal through the chain, and wants so many.
func (s *stage) replays(n int) {
	s.t.Helper()
	folder, runs := s.journal()
	if len(runs) != n {
		s.t.Fatalf("runs of the journal: %v, want %d", runs, n)
	}
	orders := map[string]bool{}
	for _, run := range runs {
		code, stdout, stderr := runHere(s.t, "replay", folder, "--run", run, "--json")
		var a replayAnswer // of a run that died at once, too: it may have no input at all
		if err := json.Unmarshal([]byte(stdout), &a); err != nil || code != 0 || !a.OK || a.Mismatches != 0 {
			s.t.Errorf("replay of %s: exit code %d: %+v: %v %s", run, code, a, err, stderr)
		}
		list, _ := sentBy(s.t, folder, run)
		if len(list) > 0 {
			checkSent(s.t, list, list[0].seq, orders)
		}
	}
}

// The daemon is killed in the middle of trading, several times, and each time the next one
// goes on: the desk, whose session reconnects, sees its orders through and each fill once,
// no order is sent twice, and none stays at the exchange.
func TestAKilledDaemonGoesOnWithItsOrders(t *testing.T) {
	t.Parallel()
	fill := []string{"report", "exec_type=F"}
	type kill struct {
		n    int // the n-th such line of a run's log is its end
		line []string
	}
	for i, c := range []struct {
		name  string
		kills []kill
	}{
		{"after fills", []kill{{3, fill}, {2, fill}}},
		{"after the first fills", []kill{{1, fill}, {1, fill}, {4, fill}}},
		{"late", []kill{{7, fill}, {3, fill}}},
		{"while the desk's orders come in", []kill{{1, []string{"parent_accepted"}}, {1, fill}}},
		{"while it comes back", []kill{{3, []string{"parent_accepted"}}, {1, []string{"run_taken_over"}}, {1, []string{"session_up"}}, {1, []string{"reconciled"}}}},
	} {
		if testing.Short() && i%4 != 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			kills := c.kills
			t.Parallel()
			s := newScene(t)
			s.edit("[engine]\n", "[engine]\nrecover = \"resume\"\n")
			s.write("script.toml", longScript)
			v := s.venue(1)
			d := s.daemon(1)
			client := s.desk("script.toml")
			for i, k := range kills {
				d.Await(k.n, k.line[0], k.line[1:]...)
				d.Kill()
				d = s.again(i+2, "run_taken_over")
				if l := d.Await(1, "run_taken_over"); !l.Is("run_taken_over", "clean=false", "tail_lost=false") || l.Is("run_taken_over", "parents_open=0") {
					t.Errorf("start %d: %s", i+2, l.Text)
				}
			}
			d.Await(1, "taken_over", "resume=true")
			result := s.deskResult(client)
			rep, fin := s.close(v, d)
			s.whole([]*desk.Result{result}, rep, fin)
			s.agree(rep, fin)
			if result.Logons < 2 || fin.Parents != 3 || fin.Done != 3 {
				t.Errorf("the desk logged on %d times; %d parents, %d ended", result.Logons, fin.Parents, fin.Done)
			}
			s.replays(len(kills) + 1)
		})
	}
}

// By default the next daemon cancels what it finds, and tells the desk; ClOrdIDs of the day
// stay taken, and new orders are worked.
func TestAKilledDaemonsOrdersAreCanceled(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("script.toml", longScript)
	s.write("again.toml", shortScript("TAKER"))
	s.write("next.toml", shortScript("NEXT"))
	v := s.venue(1)
	d := s.daemon(1)
	client := s.desk("script.toml")
	d.Await(3, "parent_accepted")
	d.Await(4, "report", "exec_type=F")
	d.Kill()
	d = s.again(2, "run_taken_over")
	first := s.deskResult(client)
	filledOrCanceled(t, first, "canceled after a restart")
	d.Await(1, "posture", "after=clear")
	again := s.desk("again.toml")
	again.Wait()
	var r desk.Result
	if err := json.Unmarshal(again.Out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %q", err, again.Out.String())
	}
	if p := r.Parents[0]; p.Text != "duplicate ClOrdID" || len(p.Fills) != 0 {
		t.Errorf("the ClOrdID of a parent of the run before: %+v", p)
	}
	next := s.deskResult(s.desk("next.toml"))
	if p := next.Parents[0]; p.CumQty != 300 || p.OrderID != "4" {
		t.Errorf("a new parent: %+v", p)
	}
	rep, fin := s.close(v, d)
	s.whole([]*desk.Result{first, next}, rep, fin)
	s.replays(2)
}

// A daemon that was stopped in order leaves its positions and its ClOrdIDs to the next one
// of the day.
func TestAStoppedDaemonLeavesItsPositions(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("first.toml", shortScript("FIRST"))
	s.write("second.toml", shortScript("SECOND"))
	v := s.venue(1)
	d := s.daemon(1)
	first := s.deskResult(s.desk("first.toml"))
	d.Stop(sigStop)
	s.edit("max_long_qty = 50_000", "max_long_qty = 400") // 300 are there, and 300 more are too many
	d = s.daemon(2)
	if l := d.Await(1, "run_taken_over"); !l.Is("run_taken_over", "clean=true", "parents_open=0") {
		t.Error(l.Text)
	}
	d.Await(1, "posture", "after=clear")
	second := s.desk("second.toml")
	d.Await(1, "denied")
	d.Stop(sigStop)
	second.Wait()
	var r desk.Result
	if err := json.Unmarshal(second.Out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %q", err, second.Out.String())
	}
	v.Stop(sigEndOfSession)
	rep, fin := &venue.Report{}, &daemon.Final{}
	s.read("venue.json", rep)
	s.read("daemon.json", fin)
	s.whole([]*desk.Result{first, &r}, rep, fin)
	if fin.Positions[0].Filled < 300 || fin.Positions[0].Filled > 400 {
		t.Errorf("%+v", fin.Positions)
	}
	s.replays(2)
}

// The host went down: the ring is gone and the journal ends too early. What the venue tells of
// orders that are not known is canceled and counted, and nothing new leaves until a person says so.
func TestALostTailWaitsForAPerson(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("script.toml", longScript)
	s.write("next.toml", shortScript("NEXT"))
	v := s.venue(1)
	d := s.daemon(1)
	client := s.desk("script.toml")
	d.Await(3, "parent_accepted")
	d.Await(5, "report", "exec_type=F")
	d.Kill()
	client.Signal(sigStop)
	client.Wait()
	folder, runs := s.journal()
	path := filepath.Join(folder, runs[0]+"-000000.journal")
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()-20_000)
	}
	if err == nil {
		err = os.Remove(filepath.Join(s.dir, "daemon.state", "journal.ring"))
	}
	if err != nil {
		t.Fatal(err)
	}
	d = s.again(2, "run_taken_over")
	if l := d.Await(1, "run_taken_over"); !l.Is("run_taken_over", "tail_lost=true") {
		t.Error(l.Text)
	}
	d.Await(1, "kill", "on=true")
	d.Await(1, "desk_gateway_open")
	d.Await(1, "session_up")
	d.Signal(syscall.SIGUSR2)
	d.Await(1, "posture", "after=clear")
	next := s.deskResult(s.desk("next.toml"))
	if p := next.Parents[0]; p.CumQty != 300 {
		t.Errorf("a new parent: %+v", p)
	}
	rep, fin := s.close(v, d)
	log := s.eventLog(rep)
	if log.open != 0 || rep.Gate.DuplicateClOrdIDs != 0 || rep.Gate.PossibleResends != 0 || fin.Positions[0].Filled != log.net {
		t.Errorf("%d orders were left open; %+v; positions: daemon %+v, exchange %d", log.open, rep.Gate, fin.Positions, log.net)
	}
	s.replays(2)
}

// A journal that cannot be replayed keeps the daemon from starting until a person says that
// the orders are dealt with; then it begins under the kill switch.
func TestADamagedRunHasToBeAbandoned(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("first.toml", shortScript("FIRST"))
	s.write("second.toml", shortScript("SECOND"))
	v := s.venue(1)
	d := s.daemon(1)
	s.deskResult(s.desk("first.toml"))
	d.Kill()
	folder, runs := s.journal()
	path := filepath.Join(folder, runs[0]+"-000000.journal")
	b, err := os.ReadFile(path)
	if err == nil {
		b[len(b)/2] ^= 1
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	d = start(t, s.dir, "daemon 2", "run", "--config", "daemon.toml")
	if code := d.Wait(); code != 1 || !strings.Contains(strings.Join(d.Lines(), "\n"), "start once with --abandon") {
		t.Errorf("exit code %d, %q", code, d.Lines())
	}
	d = s.again(3, "run_abandoned", "--abandon")
	d.Await(1, "kill", "on=true")
	d.Await(1, "desk_gateway_open")
	d.Signal(syscall.SIGUSR2)
	d.Await(1, "posture", "after=clear")
	second := s.deskResult(s.desk("second.toml"))
	rep, fin := s.close(v, d)
	if second.Parents[0].CumQty != 300 || rep.Gate.DuplicateClOrdIDs != 0 || fin.Stats.FilledQty != 300 {
		t.Errorf("%+v, %+v, %+v", second.Parents[0], rep.Gate, fin.Stats)
	}
}
