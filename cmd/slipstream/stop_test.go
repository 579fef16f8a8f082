package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"

	"slipstream/bench/desk"
	"slipstream/bench/imitate"
	"slipstream/cmd/slipstream/internal/daemon"
	"slipstream/cmd/slipstream/internal/venue"
)

// A daemon that is told to stop in the middle of trading takes its orders back, tells the
// desk, and ends with 0.
func TestTheDaemonStopsInOrder(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	v := s.venue(1)
	d := s.daemon(1)
	client := s.desk("script.toml")
	d.Await(3, "parent_accepted")
	d.Await(1, "report", "exec_type=F", "cl_ord_id=PASSIVE")
	d.Stop(sigStop)
	if n := len(d.Find("loop_stopped", "clean=true")); n != 1 {
		t.Errorf("%d lines say that the loop has stopped cleanly", n)
	}
	result := s.deskResult(client)
	filledOrCanceled(t, result, "daemon shutting down")
	v.Stop(sigEndOfSession)
	again := s.venue(2)
	if code := again.Wait(); code != 0 || len(again.Find("venue_session_over")) != 1 {
		t.Errorf("an exchange whose session has ended, started again: exit code %d", code)
	}
	var rep venue.Report
	var fin daemon.Final
	s.read("venue.json", &rep)
	s.read("daemon.json", &fin)
	if log := s.eventLog(&rep); log.qty != fin.Stats.FilledQty || log.open != 0 || fin.Stats.Overfill != 0 {
		t.Errorf("the exchange filled %d shares and ended %d orders itself, the daemon counts %d", log.qty, log.open, fin.Stats.FilledQty)
	}
	folder, runs := s.journal()
	if a := s.replayRun(folder, runs[0]); !a.Clean {
		t.Errorf("%+v", a)
	}
}

// SIGHUP reads the policy again; whatever is wrong with it is logged and changes nothing.
func TestThePolicyIsReadAgain(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("twap.bundle", string(imitate.TWAPBundle))
	s.write("bad.bundle", "no bundle")
	d := start(t, s.dir, "daemon", "run", "--config", "daemon.toml")
	d.Await(1, "daemon_started")
	last := "[engine]\n"
	refused := 0
	for _, c := range []struct{ name, policy, why string }{
		{"no policy", "", "policy.bundle is empty"},
		{"a good one", "[policy]\nbundle = \"twap.bundle\"\n\n", ""},
		{"a file that is none", "[policy]\nbundle = \"bad.bundle\"\n\n", "truncated"},
		{"a key that there is not", "[policy]\nbundel = \"twap.bundle\"\n\n", "bundel"},
		{"none any more", "", "policy.bundle is empty"},
	} {
		s.edit(last, c.policy+"[engine]\n")
		last = c.policy + "[engine]\n"
		d.Signal(syscall.SIGHUP)
		if c.why == "" {
			d.Await(1, "policy_loaded", "bundle=twap.bundle")
			d.Await(1, "policy_swapped", "found=true")
			continue
		}
		refused++
		if l := d.Await(refused, "policy_refused"); !strings.Contains(l.Text, c.why) {
			t.Errorf("%s: %s", c.name, l.Text)
		}
	}
	d.Stop(sigStop)
	if n := len(d.Find("policy_swapped")); n != 1 {
		t.Errorf("%d swaps", n)
	}
}

// filledOrCanceled wants each parent filled or canceled for this reason, and one canceled at least.
func filledOrCanceled(t *testing.T, result *desk.Result, reason string) {
	t.Helper()
	canceled := 0
	for _, p := range result.Parents {
		if p.StatusText == "canceled" && p.Text == reason {
			canceled++
		} else if p.StatusText != "filled" {
			t.Errorf("%s ended as %s: %s", p.ClOrdID, p.StatusText, p.Text)
		}
	}
	if canceled == 0 {
		t.Errorf("no parent was canceled: %s", reason)
	}
}

// The kill switch refuses new parents until it is lifted.
func TestTheKillSwitch(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("first.toml", shortScript("FIRST"))
	s.write("second.toml", shortScript("SECOND"))
	v := s.venue(1)
	d := s.daemon(1)
	d.Signal(syscall.SIGUSR1)
	d.Await(1, "kill", "on=true")
	refused := s.desk("first.toml")
	refused.Wait()
	var r desk.Result
	if err := json.Unmarshal(refused.Out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %q", err, refused.Out.String())
	}
	if p := r.Parents[0]; p.StatusText != "rejected" || p.Text != "kill switch is on" || p.CumQty != 0 {
		t.Errorf("a parent under the kill switch: %+v", p)
	}
	d.Signal(syscall.SIGUSR2)
	d.Await(1, "kill", "on=false")
	if p := s.deskResult(s.desk("second.toml")).Parents[0]; p.CumQty != 300 {
		t.Errorf("a parent after it: %+v", p)
	}
	s.agree(s.close(v, d))
}
