package peers

import (
	"testing"
	"time"

	"slipstream/internal/scene"
)

// The daemon trades with a venue on QuickFIX C++, which fills in parts, refuses, cancels
// too late, leaves out numbers, forgets some, resets them, closes the connection and starts again.
func TestAVenueOnQuickFIX(t *testing.T) {
	t.Parallel()
	s := newScene(t, true)
	exchange := s.exchange()
	venue := s.cppVenue()
	daemon := s.daemon()
	desk := s.cppDesk(t, fix44, "")

	fix44.order(desk, "TAKER", "1", 600, "taker", 8*time.Second)
	fix44.order(desk, "SELL", "2", 3000, "passive", 12*time.Second)
	fix44.order(desk, "BUY", "1", 6000, "passive", 40*time.Second)
	desk.Await(1, "in", "35=8", "11=SELL", "39=0")
	desk.Tell("send 35=G|11=SELL-2|41=SELL|55=AMZN|54=2|38=2400|40=1")
	desk.Await(1, "in", "35=8", "11=SELL-2", "150=5")
	desk.Await(4, "in", "35=8", "150=F")

	venue.Tell("gap 4")
	venue.Await(1, "in", "35=2")
	venue.Await(1, "out", "35=4", "123=Y")
	n := len(desk.Find("in", "35=8", "150=F"))
	desk.Await(n+1, "in", "35=8", "150=F")

	venue.Tell("forget 3")
	venue.Await(1, "out", "35=2")
	venue.Await(1, "in", "35=4", "123=Y", "43=Y")
	n = len(desk.Find("in", "35=8", "150=F"))
	desk.Await(n+1, "in", "35=8", "150=F")

	venue.Tell("reset 5")
	venue.Await(1, "out", "35=4", "123=N")
	n = len(desk.Find("in", "35=8", "150=F"))
	desk.Await(n+1, "in", "35=8", "150=F")

	venue.Tell("drop")
	venue.Await(2, "logon")
	n = len(desk.Find("in", "35=8", "150=F"))
	desk.Await(n+1, "in", "35=8", "150=F")

	desk.Tell("send 35=F|11=BUY-2|41=BUY|55=AMZN|54=1")
	for _, end := range [][]string{{"11=TAKER", "151=0"}, {"11=SELL-2", "151=0"}, {"11=BUY-2", "150=4", "151=0"}} {
		desk.Await(1, "in", append(end, "35=8")...)
	}

	// The venue's program ends in order and is started again on the same files.
	venue.Leave()
	daemon.Await(2, "venue_disconnected")
	second := s.cppVenue()
	second.Await(1, "logon")
	fix44.order(desk, "NEXT", "1", 100, "taker", 2*time.Second)
	desk.Await(1, "in", "35=8", "11=NEXT", "151=0")
	desk.Leave()
	e := s.close(exchange, daemon)
	second.Leave()

	for _, p := range []*scene.Process{venue, second} {
		if d := p.Find("duplicate"); len(d) > 0 {
			t.Errorf("the venue got ClOrdIDs twice: %v", d)
		}
	}
	numbersContinue(t, 3, venue, second)
	numbersContinue(t, 1, desk)
	noRejects(t, 0, venue, second, desk)
	for name, want := range map[string][]string{
		"rejected order": {"35=8", "150=8"}, "replaced": {"35=8", "150=5"}, "canceled": {"35=8", "150=4"},
		"partial fill": {"35=8", "150=F", "39=1"}, "filled": {"35=8", "150=F", "39=2"}, "refused change": {"35=9"},
	} {
		if n := len(venue.Find("out", want...)); n == 0 {
			t.Errorf("the venue sent no %s", name)
		}
	}
	told, sent := ledgerOf(t, "in", desk), ledgerOf(t, "out", venue, second)
	if told.qty() != sent.qty() || told.qty() != e.Stats.FilledQty || len(told.fills) != len(sent.fills) || e.ExchangeQty != 0 {
		t.Errorf("shares: desk %d in %d fills, venue %d in %d, daemon %d; exchange %d", told.qty(), len(told.fills), sent.qty(), len(sent.fills), e.Stats.FilledQty, e.ExchangeQty)
	}
}
