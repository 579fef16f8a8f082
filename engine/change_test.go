package engine

import (
	"fmt"
	"testing"

	"slipstream/fix"
	"slipstream/internal/market"
)

// deskEngine is an engine as far as a desk sees it: every reason not to accept orders
// is lifted, but nothing can be sent.
func deskEngine(t testing.TB) *Engine {
	t.Helper()
	e := newEngine(t)
	e.now = day + 50_000*market.Second
	e.posture = 0
	return e
}

func (e *Engine) order(name string, edit ...func(*fix.Command)) *parent {
	c := fix.Command{Kind: fix.NewParent, Algo: market.TWAP, Side: market.Buy, OrdType: '2', Price: cents(10000), OrderQty: 100,
		ClOrdID: clOrdID(name), EndNanos: e.now + 100*market.Second}
	for _, f := range edit {
		f(&c)
	}
	e.onCommand(&c)
	if len(e.parents) == 0 {
		return nil // refused
	}
	return &e.parents[len(e.parents)-1]
}

func (e *Engine) lastReport() *fix.Report { return &e.fx.Reports[len(e.fx.Reports)-1] }

// TestACancelAlwaysHasAPlaceInTheTable: ClOrdIDs of replaces fill the table of the
// day; the ones of cancels must find room whatever a desk did before.
func TestACancelAlwaysHasAPlaceInTheTable(t *testing.T) {
	e := deskEngine(t)
	const n = 8
	for i := range n {
		e.order(fmt.Sprintf("p%d", i))
	}
	last := "p0"
	full := false
	for i := range 4 * e.cfg.MaxParents {
		e.fx.Reports = e.fx.Reports[:0]
		name := fmt.Sprintf("r%d", i)
		e.onCommand(&fix.Command{Kind: fix.ReplaceParent, Side: market.Buy, OrdType: '2', Price: cents(10000), OrderQty: 100, ClOrdID: clOrdID(name), OrigClOrdID: clOrdID(last)})
		if r := e.lastReport(); r.Kind == fix.CancelReject {
			full = r.Reason == fix.ReasonFull
			break
		}
		last = name
	}
	if !full {
		t.Fatal("the table never filled: the test tests nothing")
	}
	for i := range n {
		orig := fmt.Sprintf("p%d", i)
		if i == 0 {
			orig = last
		}
		e.onCommand(&fix.Command{Kind: fix.CancelParent, Side: market.Buy, ClOrdID: clOrdID("c" + orig), OrigClOrdID: clOrdID(orig)})
		if r := e.lastReport(); r.ExecType != fix.ExecCanceled {
			t.Errorf("cancel of %s: kind %d, %s", orig, r.Kind, r.Reason)
		}
	}
}

// TestAnOrderThatIsFilledCannotBeChanged also while its last child's end is not
// reported yet: the desk was told 39=2.
func TestAnOrderThatIsFilledCannotBeChanged(t *testing.T) {
	e := deskEngine(t)
	p := e.order("a")
	c, i := e.children.take(e.children.nextID())
	c.state, c.qty, c.cum, p.cum = childPendingCancel, 100, 100, 100
	e.link(p, c, i)
	e.onCommand(&fix.Command{Kind: fix.CancelParent, Side: market.Buy, ClOrdID: clOrdID("b"), OrigClOrdID: clOrdID("a")})
	if r := e.lastReport(); r.Kind != fix.CancelReject || r.Reason != fix.ReasonTooLateToCancel || r.OrdStatus != fix.StatusFilled {
		t.Errorf("kind %d, 39=%c, %s; want too late, 39=2", r.Kind, r.OrdStatus, r.Reason)
	}
}

// TestAShutdownAnswersAPendingReplace: 150=E must not be the last word on a G.
func TestAShutdownAnswersAPendingReplace(t *testing.T) {
	e := deskEngine(t)
	p := e.order("a")
	c, i := e.children.take(e.children.nextID())
	c.state, c.qty, c.resting = childPendingNew, 100, true
	e.link(p, c, i)
	e.onCommand(&fix.Command{Kind: fix.ReplaceParent, Side: market.Buy, OrdType: '2', Price: cents(10000), OrderQty: 50, ClOrdID: clOrdID("b"), OrigClOrdID: clOrdID("a")})
	if p.phase != replacing {
		t.Fatalf("phase %d, want replacing", p.phase)
	}
	e.onCommand(&fix.Command{Kind: fix.Shutdown})
	r := e.lastReport()
	if r.Kind != fix.CancelReject || r.ClOrdID != clOrdID("b") || r.ResponseTo != '2' || p.phase != stopping {
		t.Errorf("kind %d about %s, phase %d: want the replace refused", r.Kind, r.ClOrdID, p.phase)
	}
}

// TestARearmKeepsWhatIsNotKnown: while a child's state is being asked, the posture
// goes on saying why nothing leaves.
func TestARearmKeepsWhatIsNotKnown(t *testing.T) {
	e := deskEngine(t)
	e.gate.FilledUnknown(0, market.Buy, 1)
	e.setPosture(PostureUnknown, true)
	e.unsure = 1
	e.onCommand(&fix.Command{Kind: fix.Rearm})
	if e.posture&PostureUnknown == 0 {
		t.Error("the posture is clear, but the gate is halted")
	}
	e.unsure = 0
	e.onCommand(&fix.Command{Kind: fix.Rearm})
	if e.posture&PostureUnknown != 0 || e.gate.Halted() != 0 {
		t.Errorf("posture %s, gate %s after a rearm with everything known", e.posture, e.gate.Halted())
	}
}

// TestACommandIsNotWrittenTo: it is borrowed, and the journal or a replay may hold it.
func TestACommandIsNotWrittenTo(t *testing.T) {
	e := deskEngine(t)
	e.order("a")
	c := fix.Command{Kind: fix.ReplaceParent, Side: market.Buy, OrdType: '2', Price: cents(10000), OrderQty: 50, ClOrdID: clOrdID("b"), OrigClOrdID: clOrdID("a")}
	before := c
	e.onCommand(&c)
	if c != before {
		t.Errorf("%+v became %+v", before, c)
	}
}

// TestWindowsThatLeaveInt64AreRefused.
func TestWindowsThatLeaveInt64AreRefused(t *testing.T) {
	e := deskEngine(t)
	e.order("a", func(c *fix.Command) { c.StartNanos, c.EndNanos = -1<<62, 1<<62 })
	if r := e.lastReport(); r.Reason != fix.ReasonBadTime {
		t.Errorf("a window of 2^63 ns: %s, want a bad time", r.Reason)
	}
}

// TestALowerCapTakesChildrenDownFirst: what rests was sized by the old participation.
func TestALowerCapTakesChildrenDownFirst(t *testing.T) {
	e := deskEngine(t)
	p := e.order("a", func(c *fix.Command) { c.ParticipationPpm, c.StartNanos = 500_000, e.now+market.Second })
	c, i := e.child100(p)
	g := fix.Command{Kind: fix.ReplaceParent, Side: market.Buy, OrdType: '2', Price: cents(10000), OrderQty: 100, ClOrdID: clOrdID("b"), OrigClOrdID: clOrdID("a")}
	g.ParticipationPpm = 100_000
	e.onCommand(&g)
	if p.phase != replacing || p.terms.ppm != 500_000 {
		t.Fatalf("phase %d at %d ppm with a child of the old cap open", p.phase, p.terms.ppm)
	}
	e.answer(c.id, fix.ExecCanceled, fix.StatusCanceled)
	if p.phase != working || p.terms.ppm != 100_000 || e.children.slab[i].state != childClosed {
		t.Errorf("phase %d at %d ppm after the child ended", p.phase, p.terms.ppm)
	}
}

// A replace that cannot be valued, as while the market is halted, is not ready; only one
// that is too large is beyond a limit. It is as with a new order.
func TestAReplaceIsRefusedForItsOwnReason(t *testing.T) {
	e := deskEngine(t)
	e.order("p")
	for _, c := range []struct {
		name, id string
		ordType  byte
		qty      market.Qty
		want     fix.Reason
	}{
		{"a market order without a market", "a", '1', 200, fix.ReasonNotReady},
		{"a limit order beyond what a parent may be", "b", '2', e.cfg.Risk.Parent.MaxParentQty + 1, fix.ReasonExceedsLimit},
	} {
		cmd := fix.Command{Kind: fix.ReplaceParent, Side: market.Buy, OrdType: c.ordType, OrderQty: c.qty, ClOrdID: clOrdID(c.id), OrigClOrdID: clOrdID("p")}
		if c.ordType == '2' {
			cmd.Price = cents(10000)
		}
		e.onCommand(&cmd)
		if r := e.lastReport(); r.Kind != fix.CancelReject || r.Reason != c.want {
			t.Errorf("%s: kind %d, reason %s; want %s", c.name, r.Kind, r.Reason, c.want)
		}
		n := len(e.parents)
		e.order("n"+c.id, func(n *fix.Command) { n.OrdType, n.OrderQty, n.Price = c.ordType, c.qty, cmd.Price })
		if r := e.lastReport(); len(e.parents) != n || r.ExecType != fix.ExecRejected || r.Reason != c.want {
			t.Errorf("%s, as a new one: exec type %c, reason %s; want %s", c.name, r.ExecType, r.Reason, c.want)
		}
	}
}

// TestAChangeThatComesAgainIsWorkedOnce: a desk whose message was taken just before a kill sends it
// again with PossDupFlag(43)=Y. A refusal would be of a change that holds.
func TestAChangeThatComesAgainIsWorkedOnce(t *testing.T) {
	for _, kind := range []fix.CommandKind{fix.ReplaceParent, fix.CancelParent} {
		e := deskEngine(t)
		p := e.order("a", func(c *fix.Command) { c.StartNanos = e.now + market.Second })
		e.child100(p) // a cancel waits for it
		c := fix.Command{Kind: kind, Side: market.Buy, OrdType: '2', Price: cents(10000), OrderQty: 200, ClOrdID: clOrdID("b"), OrigClOrdID: clOrdID("a")}
		e.onCommand(&c)
		was, n := p.status(), len(e.fx.Reports)
		c.PossResend = true
		e.onCommand(&c)
		if r := e.lastReport(); len(e.fx.Reports) != n+1 || r.Kind != fix.ExecReport || r.ExecType != fix.ExecStatus || r.OrdStatus != was || r.OrderQty != p.terms.qty {
			t.Errorf("kind %d: %d reports, the last %+v", kind, len(e.fx.Reports)-n, r)
		}
		c.PossResend = false
		if e.onCommand(&c); e.lastReport().Reason != fix.ReasonDuplicateClOrdID {
			t.Errorf("kind %d: without PossResend %+v", kind, e.lastReport())
		}
	}
}
