package peers

import (
	"fmt"
	"testing"
	"time"
)

// terms are the tags by which a desk of this version asks for a schedule until end; no
// more than the standard's own. FIX 4.2 has none of the strategy tags: the daemon's default
// algorithm, and ExpireTime.
func (v version) terms(tactic string, end time.Duration) string {
	at := time.Now().Add(end).UTC().Format("20060102-15:04:05")
	switch v {
	case fix42:
		return "21=1|126=" + at
	case fix44:
		return "847=1|848=Tactic=" + tactic + ";EndTime=" + at
	}
	return "847=1|957=2|958=Tactic|959=14|960=" + tactic + "|958=EndTime|959=19|960=" + at
}

func (v version) handl() string {
	if v == fix42 {
		return "|21=1"
	}
	return ""
}

// order sends a market order.
func (v version) order(p *process, id, side string, qty int, tactic string, end time.Duration) {
	p.t.Helper()
	p.tell("send 35=D|11=%s|55=AMZN|54=%s|38=%d|40=1|%s", id, side, qty, v.terms(tactic, end))
}

// execType is ExecType of a trade: FIX 4.2 says in it whether the order is filled.
func (v version) trades(p *process) int {
	if v == fix42 {
		return len(p.find("in", "35=8", "150=1")) + len(p.find("in", "35=8", "150=2"))
	}
	return len(p.find("in", "35=8", "150=F"))
}

// A desk on QuickFIX C++ of each version, all at once: partial fills, a replace, cancels,
// rejects of each kind, gaps both ways, a cut connection, and the desk's death while its
// order is worked.
func TestDesksOnQuickFIX(t *testing.T) {
	t.Parallel()
	s := newScene(t, false)
	exchange := s.exchange()
	daemon := s.daemon()
	told := make([]int64, len(versions))
	t.Run("versions", func(t *testing.T) {
		for i, v := range versions {
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				told[i] = s.desk(t, v, daemon, i)
			})
		}
	})
	e := s.close(exchange, daemon)
	if sum := told[0] + told[1] + told[2]; sum != e.Stats.FilledQty || sum != e.ExchangeQty || sum == 0 {
		t.Errorf("shares: desks %v, together %d; daemon %d, exchange %d", told, sum, e.Stats.FilledQty, e.ExchangeQty)
	}
}

// desk is the day of one desk; it gives the shares that it was told of.
func (s *scene) desk(t *testing.T, v version, daemon *process, number int) int64 {
	p := s.cppDesk(t, v)

	v.order(p, "FILL", "1", 400, "taker", 4*time.Second)
	v.order(p, "WORK", "2", 3000, "passive", 40*time.Second)
	p.await(1, "in", "35=8", "11=FILL", "39=0")
	p.await(1, "in", "35=8", "11=WORK", "39=0")
	p.tell("send 35=G|11=WORK-2|41=WORK|55=AMZN|54=2|38=2000|40=1" + v.handl())
	p.await(1, "in", "35=8", "11=WORK-2", "41=WORK", "150=5")

	p.tell("send 35=D|11=NOPE|55=NOPE|54=1|38=100|40=1|%s", v.terms("passive", time.Minute))
	p.await(1, "in", "35=8", "11=NOPE", "150=8", "39=8", "103=1")
	p.tell("send 35=F|11=LOST-2|41=LOST|55=AMZN|54=1")
	p.await(1, "in", "35=9", "11=LOST-2", "39=8", "102=1")
	p.tell("send 35=D|11=NOSIDE|55=AMZN|38=100|40=1|%s", v.terms("passive", time.Minute))
	p.await(1, "in", "35=3", "372=D", "371=54", "373=1")

	p.await(1, "in", "35=8", "11=FILL", "39=1")
	p.await(1, "in", "35=8", "11=FILL", "39=2")
	p.tell("send 35=F|11=WORK-3|41=WORK-2|55=AMZN|54=2")
	p.await(1, "in", "35=8", "11=WORK-3", "41=WORK-2", "150=4", "151=0")

	// A gap in ours: the daemon asks, QuickFIX fills it and sends the order again as a
	// possible duplicate, which is worked once.
	p.tell("gap 3")
	v.order(p, "GAP", "1", 100, "taker", 2*time.Second)
	p.await(1, "in", "35=2")
	p.await(1, "out", "35=4", "123=Y")
	p.await(1, "in", "35=8", "11=GAP", "39=2")
	// A gap in the daemon's: QuickFIX asks, and gets the reports again.
	p.tell("forget 2")
	p.tell("send 35=H|11=GAP|55=AMZN|54=1")
	p.await(1, "out", "35=2")
	p.await(1, "in", "35=8", "43=Y")
	p.await(1, "in", "35=8", "11=GAP", "39=2", statusOf(v))

	p.tell("drop")
	p.await(2, "logon")

	// Killed while an order is worked, and started again on the same files.
	v.order(p, "AWAY", "2", 300, "taker", 3*time.Second)
	p.await(1, "in", "35=8", "11=AWAY", "39=0")
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	daemon.await(1, "report", "cl_ord_id=AWAY", "ord_status=2", fmt.Sprintf("desk=%d", number))
	again := s.cppDesk(t, v)
	again.await(1, "in", "35=8", "11=AWAY", "39=2", "43=Y")
	v.order(again, "LAST", "1", 100, "taker", time.Second)
	again.await(1, "in", "35=8", "11=LAST", "39=2")
	again.leave()

	if v.trades(p) < 3 {
		t.Errorf("%d trades before the desk was killed", v.trades(p))
	}
	numbersContinue(t, 3, p, again)
	noRejects(t, 1, p, again)
	return ledgerOf(t, "in", p, again).qty()
}

// statusOf is what marks the answer to a status request.
func statusOf(v version) string {
	if v == fix42 {
		return "20=3"
	}
	return "150=I"
}
