package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/market"
	"slipstream/internal/testcert"
)

// editFile replaces the first occurrence in a file of the stage.
func (s *stage) editFile(name, old, text string) {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		s.t.Fatalf("%s has no %q", name, old)
	}
	s.write(name, strings.Replace(string(b), old, text, 1))
}

// The daemon trades with the exchange's quickfixgo acceptor in each FIX version, by TLS
// with a certificate of its own: what the desk, the daemon and the exchange count agrees,
// and the journal replays, though it knows nothing of TLS.
func TestEachVersionOfTheVenueByTLS(t *testing.T) {
	t.Parallel()
	a := testcert.New(t)
	venueCert, venueKey := a.Issue("venue.test")
	cert, key := a.Issue("slipstream.test")
	for _, version := range []string{"FIX.4.2", "FIX.4.4", "FIX.5.0SP2"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.editFile("venue.toml", "[[instruments]]", fmt.Sprintf("version = %q\n[fix.tls]\ncert_file = %q\nkey_file = %q\nclient_ca_file = %q\n[[instruments]]",
				version, venueCert, venueKey, a.File))
			s.editFile("daemon.toml", "[desk]", fmt.Sprintf("version = %q\n[venue.tls]\nca_file = %q\ncert_file = %q\nkey_file = %q\nserver_name = \"venue.test\"\n[desk]",
				version, a.File, cert, key))
			s.write("short.toml", shortScript("ONE"))
			v := s.venue(1)
			d := s.daemon(1)
			result := s.deskResult(s.desk("short.toml"))
			rep, fin := s.close(v, d)
			var told market.Qty
			for _, p := range result.Parents {
				told += p.CumQty
			}
			if told != 300 || told != fin.Stats.FilledQty || told != rep.FilledQty || fin.Stats.UnknownReports != 0 || rep.Gate.Undelivered != 0 {
				t.Errorf("shares: desk %d, daemon %d, exchange %d; %+v", told, fin.Stats.FilledQty, rep.FilledQty, fin.Stats)
			}
			s.replayRun(filepath.Join(s.dir, "daemon.state"), fin.Run)
		})
	}
}

// A daemon whose certificate the exchange does not know gets no session, and its log says why.
func TestAStrangerGetsNoSessionByTLS(t *testing.T) {
	t.Parallel()
	a, other := testcert.New(t), testcert.New(t)
	venueCert, venueKey := a.Issue("venue.test")
	cert, key := other.Issue("stranger.test")
	s := newScene(t)
	s.editFile("venue.toml", "[[instruments]]", fmt.Sprintf("[fix.tls]\ncert_file = %q\nkey_file = %q\nclient_ca_file = %q\n[[instruments]]", venueCert, venueKey, a.File))
	s.editFile("daemon.toml", "[desk]", fmt.Sprintf("[venue.tls]\nca_file = %q\ncert_file = %q\nkey_file = %q\n[desk]", a.File, cert, key))
	v := s.venue(1)
	d := start(t, s.dir, "daemon", "run", "--config", "daemon.toml", "--report", "daemon.json")
	if text := fmt.Sprint(d.Await(1, "venue_tls").Log["message"]); !strings.Contains(text, "certificate") {
		t.Errorf("the log says %q", text)
	}
	if up := d.Find("session_up"); len(up) != 0 {
		t.Error("a session all the same")
	}
	d.Stop(sigStop)
	v.Stop(sigStop)
}
