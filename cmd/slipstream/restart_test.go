package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/cmd/slipstream/internal/daemon"
	"slipstream/cmd/slipstream/internal/venue"
	"slipstream/engine/journal"
	"slipstream/internal/market"
	"slipstream/internal/scene"
)

const (
	sigEndOfSession = syscall.SIGUSR1 // for the exchange
	sigStop         = syscall.SIGTERM
)

// agree holds the end states of exchange and daemon, and the exchange's log, against
// each other.
func (s *stage) agree(v *venue.Report, d *daemon.Final) *eventLog {
	s.t.Helper()
	log := s.eventLog(v)
	// Rejected may count a status request about an order that the cut swallowed.
	if v.Gate.DuplicateClOrdIDs != 0 || v.Gate.PossibleResends != 0 {
		s.t.Errorf("the exchange's order entry: %+v", v.Gate)
	}
	if d.Stats.UnknownReports != 0 || d.Stats.Overfill != 0 || d.Stats.Feed.Lost != 0 || d.Counters["journal_lost"] != 0 || d.Counters["reports_lost"] != 0 {
		s.t.Errorf("the daemon: %+v", d.Stats)
	}
	if v.Fills != log.fills || v.FilledQty != log.qty || fmt.Sprintf("%016x", log.hash) != v.Dump.TapeHash {
		s.t.Errorf("the exchange counts %d fills of %d shares, tape %s; its log gives %d of %d, %016x", v.Fills, v.FilledQty, v.Dump.TapeHash, log.fills, log.qty, log.hash)
	}
	if d.NextSeq != v.Dump.LastSequence+1 || len(d.Books) != 1 || len(v.Dump.Books) != 1 {
		s.t.Fatalf("the daemon expects feed message %d after %d; %d and %d books", d.NextSeq, v.Dump.LastSequence, len(d.Books), len(v.Dump.Books))
	}
	ours, theirs := &d.Books[0], &v.Dump.Books[0]
	if ours.Trust != "good" || ours.Hash != theirs.Hash || len(ours.Bids) == 0 || !sameOrders(ours.Bids, theirs.Bids) || !sameOrders(ours.Asks, theirs.Asks) {
		s.t.Errorf("the books differ: ours %+v\ntheirs %+v", ours, theirs)
	}
	return log
}

func sameOrders(ours []daemon.Order, theirs []exchange.OrderDump) bool {
	if len(ours) != len(theirs) {
		return false
	}
	for i := range ours {
		if ours[i] != daemon.Order(theirs[i]) {
			return false
		}
	}
	return true
}

// replayRun puts one run of the journal through a fresh engine.
func (s *stage) replayRun(folder, run string) replayAnswer {
	s.t.Helper()
	code, stdout, stderr := runHere(s.t, "replay", folder, "--run", run, "--json")
	var a replayAnswer
	if err := json.Unmarshal([]byte(stdout), &a); err != nil {
		s.t.Fatalf("replay: exit code %d: %v: %s%s", code, err, stdout, stderr)
	}
	if code != 0 || !a.OK || a.Mismatches != 0 || a.Inputs == 0 || a.OutputBytes == 0 {
		s.t.Errorf("replay of %s: exit code %d: %+v", run, code, a)
	}
	return a
}

func (s *stage) journal() (folder string, runs []string) {
	s.t.Helper()
	folder = filepath.Join(s.dir, "daemon.state", "journal")
	runs, err := journal.Runs(folder)
	if err != nil {
		s.t.Fatal(err)
	}
	return folder, runs
}

// The exchange dies in the middle of trading and comes back: the session goes on, no
// order is sent twice, no fill is lost or counted twice, and the books are equal.
func TestTheExchangeDiesAndComesBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  func(*scene.Process)
	}{
		{"it is killed", func(p *scene.Process) { p.Kill() }},
		{"it is stopped", func(p *scene.Process) { p.Stop(sigStop) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			v := s.venue(1)
			d := s.daemon(1)
			client := s.desk("script.toml")
			d.Await(8, "report", "exec_type=F")
			c.end(v)
			d.Await(1, "venue_disconnected")
			before := d.Find("report", "exec_type=F")

			v = s.venue(2)
			d.Await(2, "session_up")
			up := d.Find("session_up")
			first, second := up[0].Log, up[1].Log
			if second["next_out"].(float64) <= first["next_out"].(float64)+1 || second["next_in"].(float64) <= first["next_in"].(float64)+1 {
				t.Errorf("the numbers do not go on: %v, then %v", first, second)
			}
			result := s.deskResult(client)
			rep, fin := s.close(v, d)

			log := s.agree(rep, fin)
			var told market.Qty
			fills := 0
			for _, p := range result.Parents {
				told += p.CumQty
				fills += len(p.Fills)
			}
			if told != fin.Stats.FilledQty || fills != int(fin.Stats.Fills) || told != log.qty || fills > log.fills || fills <= len(before) {
				t.Errorf("shares: desk %d, daemon %d, exchange %d; fills: desk %d, daemon %d, exchange %d, before the cut %d",
					told, fin.Stats.FilledQty, log.qty, fills, fin.Stats.Fills, log.fills, len(before))
			}
			folder, runs := s.journal()
			if len(runs) != 1 {
				t.Fatalf("runs of the journal: %v", runs)
			}
			list, torn := sentBy(t, folder, runs[0])
			orders := map[string]bool{}
			checkSent(t, list, 1, orders)
			if torn != 0 || len(orders) < len(log.orders) {
				t.Errorf("%d ClOrdIDs sent, %d taken; %d torn bytes", len(orders), len(log.orders), torn)
			}
			for id := range log.orders {
				if !orders[id] {
					t.Errorf("the exchange took %q, which was not sent", id)
				}
			}
			if a := s.replayRun(folder, runs[0]); !a.Clean {
				t.Errorf("%+v", a)
			}
		})
	}
}

// The daemon is killed while no desk is there, and started again: numbers and ClOrdIDs
// go on, and the journal of the killed run replays, also when its last record is torn.
func TestTheDaemonDiesAndComesBack(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("first.toml", shortScript("FIRST"))
	s.write("second.toml", shortScript("SECOND"))
	v := s.venue(1)
	d := s.daemon(1)
	first := s.deskResult(s.desk("first.toml"))
	d.Kill()

	d = s.daemon(2)
	second := s.deskResult(s.desk("second.toml"))
	rep, fin := s.close(v, d)
	log := s.agree(rep, fin)
	if sum := first.Parents[0].CumQty + second.Parents[0].CumQty; sum != 600 || sum != log.qty {
		t.Errorf("the desks were told of %d shares, the exchange filled %d", sum, log.qty)
	}

	folder, runs := s.journal()
	if len(runs) != 2 {
		t.Fatalf("runs of the journal: %v", runs)
	}
	orders := map[string]bool{}
	list, _ := sentBy(t, folder, runs[0])
	next := checkSent(t, list, 1, orders)
	list, _ = sentBy(t, folder, runs[1])
	if len(list) == 0 || list[0].seq < next || list[0].kind != "A" {
		t.Fatalf("the second run begins with %+v, the first one's journal ends before %d", list[:min(1, len(list))], next)
	}
	end := checkSent(t, list, list[0].seq, orders)
	var numbers sessionAnswer
	_, stdout, _ := runHere(t, "ctl", "session", filepath.Join(s.dir, "daemon.state"), "--json")
	if err := json.Unmarshal([]byte(stdout), &numbers); err != nil || numbers.NextOut != end || numbers.Epoch != 2 || numbers.Latched {
		t.Errorf("session state %+v (%v), want %d next", numbers, err, end)
	}
	if a := s.replayRun(folder, runs[0]); a.Clean {
		t.Errorf("a killed run is called clean: %+v", a)
	}
	if a := s.replayRun(folder, runs[1]); !a.Clean || a.TornBytes != 0 {
		t.Errorf("%+v", a)
	}

	torn := t.TempDir()
	name := runs[0] + "-000000.journal"
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(torn, name), b[:len(b)-5], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if a := s.replayRun(torn, runs[0]); a.TornBytes == 0 || a.Clean {
		t.Errorf("%+v", a)
	}
}
