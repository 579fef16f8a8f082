package engine

import (
	"testing"

	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/internal/market"
	"slipstream/risk"
)

// child100 puts a live resting child of 100 at 100.00 under the parent, as if it had
// been sent and acknowledged.
func (e *Engine) child100(p *parent) (*child, int32) {
	c, i := e.children.take(e.children.nextID())
	c.state, c.qty, c.sent, c.price, c.limit, c.side, c.resting, c.venueRef = childLive, 100, 100, cents(10000), cents(10000), p.side, true, 77
	e.link(p, c, i)
	e.gate.Sent(e.now, &risk.Order{Kind: risk.KindNew, Child: uint64(c.id), Parent: uint32(p.id), Side: p.side, Qty: c.qty, Price: c.price})
	return c, i
}

// replacing100 adds a pending replace to 99.99.
func (e *Engine) replacing100(c *child, i int32) venue.ChildID {
	id := e.children.nextID()
	e.children.alias(id, i)
	c.replID, c.replPrice, c.replQty, c.state = id, cents(9999), c.qty, childPendingReplace
	e.gate.Sent(e.now, &risk.Order{Kind: risk.KindReplace, Child: uint64(id), OrigChild: uint64(c.id), Parent: 1, Side: c.side, Qty: c.qty, Price: c.replPrice})
	return id
}

// answer is an ExecutionReport of the venue about id; its ExecID is never the same.
func (e *Engine) answer(id venue.ChildID, t fix.ExecType, s fix.OrdStatus, edit ...func(*venue.ExecReport)) {
	e.serial++
	r := venue.ExecReport{ChildID: id, Known: true, ExecType: t, OrdStatus: s, ExecIDHash: e.serial + 1000, Symbol: e.cfg.Instruments[0].Symbol, Side: market.Buy}
	for _, f := range edit {
		f(&r)
	}
	e.onExecReport(&r)
}

func cum(q market.Qty, avg int64) func(*venue.ExecReport) {
	return func(r *venue.ExecReport) { r.CumQty, r.AvgPx = q, cents(avg) }
}

func last(q market.Qty, px int64) func(*venue.ExecReport) {
	return func(r *venue.ExecReport) { r.LastQty, r.LastPx = q, cents(px) }
}

// TestAnswers gives a parent of 100 with one live child of 100 a sequence of the
// venue's reports and looks at what it makes of them. Engine and gate must agree.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name    string
		reports func(e *Engine, c *child, i int32)
		state   childState
		cum     market.Qty
		open    market.Qty
		posture Posture
		check   func(e *Engine, c *child) bool
	}{
		{
			name: "a fill and the end in one report",
			reports: func(e *Engine, c *child, i int32) {
				e.answer(c.id, fix.ExecCanceled, fix.StatusCanceled, cum(40, 10000))
			},
			state: childClosed, cum: 40,
			check: func(e *Engine, c *child) bool { return e.lastReport().LastPx == cents(10000) },
		},
		{
			name: "a report of a replace without OrderQty",
			reports: func(e *Engine, c *child, i int32) {
				id := e.replacing100(c, i)
				e.answer(c.id, fix.ExecTrade, fix.StatusPartiallyFilled, cum(30, 10000), last(30, 10000))
				e.answer(id, fix.ExecReplaced, fix.StatusPartiallyFilled, cum(30, 10000))
			},
			state: childLive, cum: 30, open: 70,
			check: func(e *Engine, c *child) bool { return c.price == cents(9999) },
		},
		{
			name: "a fill under the old name after the replace",
			reports: func(e *Engine, c *child, i int32) {
				old, id := c.id, e.replacing100(c, i)
				e.answer(id, fix.ExecReplaced, fix.StatusNew)
				e.answer(old, fix.ExecTrade, fix.StatusPartiallyFilled, cum(10, 9999), last(10, 9999))
			},
			state: childLive, cum: 10, open: 90,
		},
		{
			name: "a replace that comes true after a status report called the order open",
			reports: func(e *Engine, c *child, i int32) {
				id := e.replacing100(c, i)
				e.needStatus(c)
				e.answer(c.id, fix.ExecStatus, fix.StatusNew)
				e.answer(id, fix.ExecReplaced, fix.StatusNew)
				e.answer(id, fix.ExecTrade, fix.StatusPartiallyFilled, cum(10, 9999), last(10, 9999))
			},
			state: childLive, cum: 10, open: 90,
		},
		{
			name: "unknown, said of a name that the order has no more",
			reports: func(e *Engine, c *child, i int32) {
				old, id := c.id, e.replacing100(c, i)
				e.needStatus(c)
				e.answer(id, fix.ExecReplaced, fix.StatusNew)
				e.answer(old, fix.ExecStatus, fix.StatusRejected)
			},
			state: childLive, open: 100, posture: PostureReconcile,
			check: func(e *Engine, c *child) bool { return c.ask && c.asked == 0 },
		},
		{
			name: "unknown by one name, open by that of the replace",
			reports: func(e *Engine, c *child, i int32) {
				old, id := c.id, e.replacing100(c, i)
				e.needStatus(c)
				e.answer(old, fix.ExecStatus, fix.StatusRejected)
				e.answer(id, fix.ExecStatus, fix.StatusPartiallyFilled, cum(20, 9999))
			},
			state: childLive, cum: 20, open: 80,
			check: func(e *Engine, c *child) bool { return c.price == cents(9999) },
		},
		{
			name: "unknown by both names",
			reports: func(e *Engine, c *child, i int32) {
				old, id := c.id, e.replacing100(c, i)
				e.needStatus(c)
				e.answer(old, fix.ExecStatus, fix.StatusRejected)
				e.answer(id, fix.ExecStatus, fix.StatusRejected)
			},
			state: childClosed,
		},
		{
			name: "open again after it was called unknown",
			reports: func(e *Engine, c *child, i int32) {
				e.needStatus(c)
				e.answer(c.id, fix.ExecStatus, fix.StatusRejected)
				e.answer(c.id, fix.ExecNew, fix.StatusNew)
			},
			state: childClosed, posture: PostureUnknown,
		},
		{
			name: "a status report that says the venue is still at the cancel",
			reports: func(e *Engine, c *child, i int32) {
				c.state, c.cxlID = childPendingCancel, e.children.nextID()
				e.needStatus(c)
				e.answer(c.id, fix.ExecStatus, fix.StatusPendingCancel)
			},
			state: childPendingCancel, open: 100,
		},
		{
			name: "a rejected replace told by 150=8",
			reports: func(e *Engine, c *child, i int32) {
				id := e.replacing100(c, i)
				e.answer(id, fix.ExecRejected, fix.StatusRejected)
			},
			state: childLive, open: 100, posture: PostureReconcile,
		},
		{
			name: "filled while a cancel is pending: 39=6, then the refusal says 39=2",
			reports: func(e *Engine, c *child, i int32) {
				id := e.children.nextID()
				e.children.alias(id, i)
				c.state, c.cxlID = childPendingCancel, id
				e.answer(c.id, fix.ExecTrade, fix.StatusPendingCancel, cum(100, 10000), last(100, 10000))
				e.onRequestRefused(id, fix.StatusFilled)
			},
			state: childClosed, cum: 100,
		},
		{
			name: "more OrderQty than was sent",
			reports: func(e *Engine, c *child, i int32) {
				e.answer(c.id, fix.ExecRestated, fix.StatusNew, func(r *venue.ExecReport) { r.OrderQty = 150 })
			},
			state: childLive, open: 150, posture: PostureUnknown,
		},
		{
			name: "less OrderQty than was sent, in any other report than a restatement, counts as open until the end",
			reports: func(e *Engine, c *child, i int32) {
				e.answer(c.id, fix.ExecStatus, fix.StatusNew, func(r *venue.ExecReport) { r.OrderQty = 50 })
			},
			state: childLive, open: 100,
		},
		{
			name: "an old report, repeated, after a replace gave the order another OrderID",
			reports: func(e *Engine, c *child, i int32) {
				ack := func(r *venue.ExecReport) { r.ExecIDHash, r.VenueOrderID = 5, 77 }
				old, id := c.id, e.replacing100(c, i)
				e.answer(old, fix.ExecNew, fix.StatusNew, ack)
				e.answer(id, fix.ExecReplaced, fix.StatusNew, func(r *venue.ExecReport) { r.VenueOrderID = 78 })
				e.answer(old, fix.ExecNew, fix.StatusNew, ack)
			},
			state: childLive, open: 100,
			check: func(e *Engine, c *child) bool { return c.venueRef == 78 },
		},
		{
			name: "a replace that we do not know of, which the lost end of the journal of the run before held",
			reports: func(e *Engine, c *child, i int32) {
				name := venue.ChildIDBase(9) + 5
				e.answer(name, fix.ExecReplaced, fix.StatusNew, func(r *venue.ExecReport) { r.OrigChildID, r.OrderQty, r.Price = c.id, 100, cents(9998) })
				e.answer(name, fix.ExecTrade, fix.StatusPartiallyFilled, cum(30, 9998), last(30, 9998))
				e.needStatus(c)
				e.answer(name, fix.ExecStatus, fix.StatusPartiallyFilled, cum(30, 9998))
			},
			state: childLive, cum: 30, open: 70, posture: PostureUnknown,
			check: func(e *Engine, c *child) bool {
				pos, buys, _ := e.Exposure(0)
				return c.id == venue.ChildIDBase(9)+5 && c.price == cents(9998) && pos == 30 && buys == 70 && e.Audit() == nil
			},
		},
		{
			name: "a fill without any price is booked at the order's",
			reports: func(e *Engine, c *child, i int32) {
				e.answer(c.id, fix.ExecTrade, fix.StatusPartiallyFilled, cum(10, 0))
			},
			state: childLive, cum: 10, open: 90,
			check: func(e *Engine, c *child) bool { return e.lastReport().LastPx == cents(10000) },
		},
		{
			name: "an average rounded to cents does not make a fill worse than its limit",
			reports: func(e *Engine, c *child, i int32) {
				e.answer(c.id, fix.ExecTrade, fix.StatusPartiallyFilled, cum(30, 9999), last(30, 9999))
				// 30 at 99.99 and 70 at 100.00 average 99.997, told as 100.00
				e.answer(c.id, fix.ExecCanceled, fix.StatusCanceled, cum(100, 10000))
			},
			state: childClosed, cum: 100,
			check: func(e *Engine, c *child) bool { return e.lastReport().LastPx == cents(10000) },
		},
		{
			name: "a fill without CumQty is not mistaken for a repeated one",
			reports: func(e *Engine, c *child, i int32) {
				e.answer(c.id, fix.ExecTrade, fix.StatusPartiallyFilled, last(10, 10000))
			},
			state: childLive, open: 100, posture: PostureUnknown,
		},
		{
			name: "a fill a tick worse than the limit stops everything",
			reports: func(e *Engine, c *child, i int32) {
				e.answer(c.id, fix.ExecTrade, fix.StatusPartiallyFilled, cum(10, 10001), last(10, 10001))
			},
			state: childLive, cum: 10, open: 90, posture: PostureUnknown,
			check: func(e *Engine, c *child) bool { return e.Halted() == risk.HaltFillPrice },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := deskEngine(t)
			p := e.order("a", func(c *fix.Command) { c.StartNanos = e.now + market.Second })
			k, i := e.child100(p)
			c.reports(e, k, i)
			if e.unsure == 0 {
				e.askStatus() // as the end of a Step does
			}
			if k.state != c.state || p.cum != c.cum || p.open != c.open || e.posture != c.posture {
				t.Errorf("state %d, cum %d, open %d, posture %s; want %d, %d, %d, %s", k.state, p.cum, p.open, e.posture, c.state, c.cum, c.open, c.posture)
			}
			if c.check != nil && !c.check(e, k) {
				t.Errorf("child %+v", *k)
			}
			if e.stats.UnknownReports != 0 && c.posture == 0 {
				t.Errorf("%d unknown reports", e.stats.UnknownReports)
			}
			if err := e.Audit(); err != nil && c.posture != PostureUnknown {
				t.Error(err)
			}
		})
	}
}

// TestASettledParentDoesNotWakeTheTimer, and none is looked at after its end.
func TestASettledParentDoesNotWakeTheTimer(t *testing.T) {
	e := deskEngine(t)
	p := e.order("a")
	c, _ := e.child100(p)
	c.state, c.cum, p.cum, p.open = childPendingCancel, 100, 100, 0
	e.drive(p, ByVenue)
	if p.due < e.now+e.cfg.MinSpacingNanos {
		t.Errorf("the timer wakes it in %d ns: it only waits for the venue", p.due-e.now)
	}
	e.cfg.IntervalNanos = 1000 * market.Second
	q := e.order("b")
	e.drive(q, ByTimer)
	if q.due > q.terms.end {
		t.Errorf("it is looked at %d ns after its end", q.due-q.terms.end)
	}
}
