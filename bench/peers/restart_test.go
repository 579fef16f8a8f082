package peers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The daemon is killed twice in the middle of trading between a desk and a venue on QuickFIX
// C++, and goes on each time: numbers, fills and orders agree on all three.
func TestAKilledDaemonComesBackBetweenQuickFIXPeers(t *testing.T) {
	t.Parallel()
	s := newScene(t, true)
	path := filepath.Join(s.dir, "daemon.toml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.write("daemon.toml", strings.Replace(string(b), "[engine]\n", "[engine]\nrecover = \"resume\"\n", 1))
	exchange := s.exchange()
	venue := s.cppVenue()
	daemon := s.daemon()
	desk := s.cppDesk(t, fix44, "")

	fix44.order(desk, "TAKER", "1", 900, "taker", 14*time.Second)
	fix44.order(desk, "SELL", "2", 3000, "passive", 14*time.Second)
	desk.Await(1, "in", "35=8", "11=SELL", "39=0")
	for range 2 {
		n := len(desk.Find("in", "35=8", "150=F"))
		desk.Await(n+2, "in", "35=8", "150=F")
		daemon.Kill()
		daemon = s.daemon()
		if l := daemon.Await(1, "run_taken_over"); !l.Is("run_taken_over", "tail_lost=false", "clean=false") {
			t.Error(l.Text)
		}
		daemon.Await(1, "posture", "after=clear")
	}
	desk.Tell("send 35=F|11=SELL-2|41=SELL|55=AMZN|54=2")
	for _, end := range [][]string{{"11=TAKER", "151=0"}, {"11=SELL-2", "150=4", "151=0"}} {
		desk.Await(1, "in", append(end, "35=8")...)
	}
	desk.Leave()
	e := s.close(exchange, daemon)
	venue.Leave()

	if d := venue.Find("duplicate"); len(d) > 0 {
		t.Errorf("the venue got ClOrdIDs twice: %v", d)
	}
	told, sent := ledgerOf(t, "in", desk), ledgerOf(t, "out", venue)
	if told.qty() != sent.qty() || told.qty() != e.Stats.FilledQty || len(told.fills) != len(sent.fills) {
		t.Errorf("shares: desk %d in %d fills, venue %d in %d, daemon %d", told.qty(), len(told.fills), sent.qty(), len(sent.fills), e.Stats.FilledQty)
	}
	noRejects(t, 0, venue, desk)
}
