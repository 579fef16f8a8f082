package peers

import (
	"fmt"
	"testing"
	"time"

	"slipstream/internal/scene"
)

// terms are the tags by which a desk of this version asks for a schedule until end; no
// more than the standard's own. FIX 4.2 has none of the strategy tags: the daemon's default
// algorithm, and ExpireTime.
func (v version) terms(tactic string, end time.Duration) string {
	at := time.Now().Add(end).UTC().Format("20060102-15:04:05.000")
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
func (v version) order(p *scene.Process, id, side string, qty int, tactic string, end time.Duration) {
	p.Tell("send 35=D|11=%s|55=AMZN|54=%s|38=%d|40=1|%s", id, side, qty, v.terms(tactic, end))
}

// trades counts the fills: ExecType of FIX 4.2 says in it whether the order is filled.
func (v version) trades(p *scene.Process) int {
	if v == fix42 {
		return len(p.Find("in", "35=8", "150=1")) + len(p.Find("in", "35=8", "150=2"))
	}
	return len(p.Find("in", "35=8", "150=F"))
}

// deskDay is the day of one desk.
type deskDay struct {
	v        version
	s        *stage
	t        *testing.T
	daemon   *scene.Process
	number   int // of its session in the daemon's configuration
	p, again *scene.Process
}

// deskSteps alternate between what a desk sends and what it waits for, so that the desks
// of all versions are at it at once.
var deskSteps = []struct {
	name string
	do   func(*deskDay)
}{
	{"log on", func(d *deskDay) { d.p = d.s.cppDesk(d.t, d.v, "") }},
	{"send two orders", func(d *deskDay) {
		d.v.order(d.p, "FILL", "1", 400, "taker", 3*time.Second)
		d.v.order(d.p, "WORK", "2", 3000, "passive", 40*time.Second)
	}},
	{"they work", func(d *deskDay) {
		d.p.Await(1, "in", "35=8", "11=FILL", "39=0")
		d.p.Await(1, "in", "35=8", "11=WORK", "39=0")
		d.p.Tell("send 35=G|11=WORK-2|41=WORK|55=AMZN|54=2|38=2000|40=1" + d.v.handl())
		d.p.Await(1, "in", "35=8", "11=WORK-2", "41=WORK", "150=5")
	}},
	// Its own dictionary has none of these tags and values: the reports must not either.
	{"send one with every tag of ours", func(d *deskDay) {
		at := time.Now().Add(2 * time.Second).UTC().Format("20060102-15:04:05.000")
		d.p.Tell("send 35=D|11=TAGS|55=AMZN|54=1|38=100|40=1|847=1001|849=0.5|7001=taker|7002=2.5|848=Urgency=2.5|100=XNAS|126=" + at + d.v.handl())
		d.p.Await(1, "in", "35=8", "11=TAGS", "39=0", "847=", "7001=")
	}},
	{"one for an unknown symbol is rejected", func(d *deskDay) {
		d.p.Tell("send 35=D|11=NOPE|55=NOPE|54=1|38=100|40=1|%s", d.v.terms("passive", time.Minute))
		d.p.Await(1, "in", "35=8", "11=NOPE", "150=8", "39=8", "103=1")
	}},
	{"a cancel of an unknown order is rejected", func(d *deskDay) {
		d.p.Tell("send 35=F|11=LOST-2|41=LOST|55=AMZN|54=1")
		d.p.Await(1, "in", "35=9", "11=LOST-2", "39=8", "102=1")
	}},
	{"an order without a side is a session reject", func(d *deskDay) {
		d.p.Tell("send 35=D|11=NOSIDE|55=AMZN|38=100|40=1|%s", d.v.terms("passive", time.Minute))
		d.p.Await(1, "in", "35=3", "372=D", "371=54", "373=1")
	}},
	{"the status of all is told", func(d *deskDay) {
		if d.v != fix42 {
			d.p.Tell("send 35=AF|584=ALL|585=7")
			d.p.Await(1, "in", "35=8", "150=I", "584=ALL", "912=Y")
		}
	}},
	{"the one with tags of ours ends", func(d *deskDay) { d.p.Await(1, "in", "35=8", "11=TAGS", "151=0") }},
	{"one order fills in parts, to its end", func(d *deskDay) {
		d.p.Await(1, "in", "35=8", "11=FILL", "39=1")
		d.p.Await(1, "in", "35=8", "11=FILL", "151=0")
	}},
	{"the other is canceled", func(d *deskDay) {
		d.p.Tell("send 35=F|11=WORK-3|41=WORK-2|55=AMZN|54=2")
		d.p.Await(1, "in", "35=8", "11=WORK-3", "41=WORK-2", "150=4", "151=0")
	}},
	// The daemon asks, QuickFIX fills the gap and sends the order again as a possible duplicate.
	{"leave out numbers", func(d *deskDay) {
		d.p.Tell("gap 3")
		d.v.order(d.p, "GAP", "1", 100, "taker", 1500*time.Millisecond)
	}},
	{"the gap is filled, and the order worked once", func(d *deskDay) {
		d.p.Await(1, "in", "35=2")
		d.p.Await(1, "out", "35=4", "123=Y")
		d.p.Await(1, "out", "35=D", "11=GAP", "43=Y")
		d.p.Await(1, "in", "35=8", "11=GAP", "151=0")
		if n := len(d.p.Find("in", "35=8", "11=GAP", "150=0", "43=")); n != 1 {
			d.t.Errorf("%s: the order was accepted %d times", d.v.name, n)
		}
	}},
	{"forget numbers of the daemon, which sends the reports again", func(d *deskDay) {
		d.p.Tell("forget 2")
		d.p.Tell("send 35=H|11=GAP|55=AMZN|54=1")
		d.p.Await(1, "out", "35=2")
		d.p.Await(1, "in", "35=8", "43=Y")
		d.p.Await(1, "in", "35=8", "11=GAP", "151=0", d.v.status())
	}},
	{"reset the numbers upwards", func(d *deskDay) {
		d.p.Tell("reset 5")
		d.p.Tell("send 35=H|11=FILL|55=AMZN|54=1")
		d.p.Await(1, "in", "35=8", "11=FILL", d.v.status())
	}},
	{"cut the connection", func(d *deskDay) { d.p.Tell("drop") }},
	{"it comes back by itself", func(d *deskDay) {
		d.p.Await(2, "logon")
		d.v.order(d.p, "AWAY", "2", 300, "taker", 2*time.Second)
		d.p.Await(1, "in", "35=8", "11=AWAY", "39=0")
	}},
	{"the desk is killed while an order works", func(d *deskDay) {
		d.p.Kill()
	}},
	{"the order ends", func(d *deskDay) {
		d.daemon.Await(1, "report", "cl_ord_id=AWAY", "leaves_qty=0", fmt.Sprintf("desk=%d", d.number))
	}},
	{"started again, the desk is told", func(d *deskDay) {
		d.again = d.s.cppDesk(d.t, d.v, "")
		d.again.Await(1, "in", "35=8", "11=AWAY", "151=0", "43=Y")
		d.v.order(d.again, "LAST", "1", 100, "taker", time.Second)
	}},
	{"and trades on", func(d *deskDay) {
		d.again.Await(1, "in", "35=8", "11=LAST", "151=0")
		if d.v != fix42 {
			d.again.Tell("send 35=q|11=STOP|530=7|60=" + time.Now().UTC().Format("20060102-15:04:05"))
			d.again.Await(1, "in", "35=r", "11=STOP", "531=7")
		}
		d.again.Leave()
	}},
}

// A desk on QuickFIX C++ of each version, all at once: partial fills, a replace, cancels,
// rejects of each kind, gaps both ways, a cut connection, the desk's death while its order
// is worked, and at last a Logon that begins anew.
func TestDesksOnQuickFIX(t *testing.T) {
	t.Parallel()
	s := newScene(t, false)
	exchange := s.exchange()
	daemon := s.daemon()
	days := make([]*deskDay, len(versions))
	for i, v := range versions {
		days[i] = &deskDay{v: v, s: s, t: t, daemon: daemon, number: i}
	}
	for _, step := range deskSteps {
		for _, d := range days {
			step.do(d)
		}
		if t.Failed() {
			t.Fatalf("at the step: %s", step.name)
		}
	}
	var told []int64
	sum := int64(0)
	for _, d := range days {
		if n := d.v.trades(d.p); n < 3 {
			t.Errorf("%s: %d trades before the desk was killed", d.v.name, n)
		}
		numbersContinue(t, 3, d.p, d.again)
		noRejects(t, 1, d.p, d.again)
		told = append(told, ledgerOf(t, "in", d.p, d.again).qty())
		sum += told[len(told)-1]
		s.resets(d.v)
	}
	e := s.close(exchange, daemon)
	if sum != e.Stats.FilledQty || sum != e.ExchangeQty || sum == 0 {
		t.Errorf("shares: desks %v, together %d; daemon %d, exchange %d", told, sum, e.Stats.FilledQty, e.ExchangeQty)
	}
}

// resets logs a desk on that begins anew with each Logon, as many are set up.
func (s *stage) resets(v version) {
	s.t.Helper()
	p := s.cppDesk(s.t, v, "ResetOnLogon=Y\n")
	p.Await(1, "out", "35=A", "34=1", "141=Y")
	p.Await(1, "in", "35=A", "34=1", "141=Y")
	p.Tell("send 35=H|11=LAST|55=AMZN|54=1")
	p.Await(1, "in", "35=8", "11=LAST", "151=0", v.status())
	noRejects(s.t, 0, p)
	p.Leave()
}

// status is what marks the answer to a status request.
func (v version) status() string {
	if v == fix42 {
		return "20=3"
	}
	return "150=I"
}
