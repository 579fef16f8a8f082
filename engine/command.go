package engine

import (
	"slipstream/feed/book"
	"slipstream/fix"
	"slipstream/internal/market"
	"slipstream/policy/schedule"
	"slipstream/risk"
)

// onCommand judges a desk's or operator's command against the state.
func (e *Engine) onCommand(c *fix.Command) {
	switch c.Kind {
	case fix.NewParent:
		e.onNewParent(c)
	case fix.ReplaceParent, fix.CancelParent:
		e.onChange(c)
	case fix.StatusParent:
		e.onStatusRequest(c)
	case fix.MassStatus:
		e.onMassStatus(c)
	case fix.MassCancel:
		e.onMassCancel(c)
	case fix.Kill:
		e.gate.Kill()
		e.event(EvKill, 1, 0, 0)
		e.setPosture(PostureKill, true)
		e.pullAll()
	case fix.Rearm:
		e.gate.Rearm()
		e.event(EvKill, 0, 0, 0)
		e.reopenSessions()
		if e.unsure == 0 { // every open order is confirmed
			e.gate.ClearHalt()
			e.setPosture(PostureUnknown, false)
		}
		e.setPosture(PostureKill, false)
	case fix.Shutdown:
		e.startShutdown()
	case fix.SwapPolicy:
		e.swapPolicy(c)
	}
}

// swapPolicy changes the policy of LEARNED parents between two decisions. One that
// is not known leaves the present one in force.
func (e *Engine) swapPolicy(c *fix.Command) {
	found := int64(0)
	if e.cfg.FindPolicy != nil {
		if p := e.cfg.FindPolicy(&c.ClOrdID); p != nil {
			e.learned, found, e.learnedRule = p, 1, e.rule
			if own, ok := p.(Ruled); ok {
				e.learnedRule = own.DecisionRule()
			}
		}
	}
	e.event(EvPolicySwapped, found, 0, 0)
	e.driveAll(ByDesk)
}

// pullAll takes back every open child of every parent.
func (e *Engine) pullAll() {
	for _, i := range e.active {
		e.pull(&e.parents[i])
	}
}

func (e *Engine) onNewParent(c *fix.Command) {
	if i, known := e.clOrdIDs.find(c.Desk, &c.ClOrdID); known {
		p := &e.parents[i]
		if c.PossResend {
			e.report(p, fix.ExecStatus)
			return
		}
		e.rejectNew(c, fix.ReasonDuplicateClOrdID, p)
		return
	}
	t, why := e.judgeNew(c)
	if why != fix.ReasonNone {
		e.rejectNew(c, why, nil)
		return
	}
	e.parents = e.parents[:len(e.parents)+1]
	i := int32(len(e.parents) - 1)
	p := &e.parents[i]
	*p = parent{
		id: uint64(i) + 1, terms: t, clOrdID: c.ClOrdID, desk: c.Desk, algo: c.Algo, tactic: c.Tactic,
		side: c.Side, inst: c.Instrument, children: -1, due: e.now,
	}
	e.clOrdIDs.add(c.Desk, &c.ClOrdID, i)
	e.active = append(e.active, i)
	e.parentInst[i] = p.inst
	e.plan(p)
	if b := e.books.Book(p.inst); p.terms.start <= e.now && e.posture&PostureFeed == 0 {
		bid, ask := b.Best(market.Buy), b.Best(market.Sell)
		if bid.Qty > 0 && ask.Qty > 0 {
			p.arrivalBid, p.arrivalAsk = bid.Price, ask.Price
			p.startVolume, _, _ = b.Traded()
		}
	}
	e.stats.Parents++
	e.event(EvParentAccepted, int64(p.id), int64(t.qty), int64(p.algo))
	e.report(p, fix.ExecNew)
	e.drive(p, ByDesk)
}

// judgeNew fills in defaults and finds the first fault; without one the gate has
// opened the parent under the next id.
func (e *Engine) judgeNew(c *fix.Command) (terms, fix.Reason) {
	t, why := e.judgeTerms(c)
	switch {
	case why != fix.ReasonNone:
		return t, why
	case e.posture&PostureKill != 0:
		return t, fix.ReasonKilled
	case e.posture&(PostureShutdown|PostureJournal|PostureUnknown|PostureVenue|PostureFeedEnded) != 0:
		return t, fix.ReasonNotReady
	case len(e.parents) == cap(e.parents) || !e.roomFor(2):
		return t, fix.ReasonFull
	case e.deskIsFull(c.Desk):
		return t, fix.ReasonOpenOrders
	}
	g := gateTerms(c.Instrument, c.Side, &t)
	ref := e.reference(c.Instrument)
	if deny := e.gate.OpenParent(e.now, uint32(len(e.parents)+1), &g, &ref); deny != 0 {
		e.event(EvDenied, 0, int64(deny), 0)
		return t, refusal(deny)
	}
	return t, fix.ReasonNone
}

// refusal is what a desk is told of a parent that the gate denies.
func refusal(deny risk.Deny) fix.Reason {
	switch deny {
	case 0:
		return fix.ReasonNone
	case risk.DenyReference:
		return fix.ReasonNotReady // no usable market to value it at
	}
	return fix.ReasonExceedsLimit
}

// deskIsFull reports whether the desk has as many parents open as it may.
func (e *Engine) deskIsFull(desk uint8) bool {
	if int(desk) >= len(e.cfg.MaxOpen) || e.cfg.MaxOpen[desk] == 0 {
		return false
	}
	open := 0
	for _, i := range e.active {
		if e.parents[i].desk == desk {
			open++
		}
	}
	return open >= e.cfg.MaxOpen[desk]
}

// roomFor reports whether n more ClOrdIDs fit beside one for each open parent, so
// that a cancel always has a place.
func (e *Engine) roomFor(n int) bool { return e.clOrdIDs.room(n + len(e.active)) }

// judgeTerms checks what D and G have in common.
func (e *Engine) judgeTerms(c *fix.Command) (terms, fix.Reason) {
	t := terms{qty: c.OrderQty, limit: c.Price, start: c.StartNanos, end: c.EndNanos, ppm: c.ParticipationPpm, urgency: c.UrgencyMilli, ordType: c.OrdType}
	if int(c.Instrument) >= len(e.cfg.Instruments) {
		return t, fix.ReasonUnknownSymbol
	}
	in := &e.cfg.Instruments[c.Instrument]
	if t.start == 0 {
		t.start = e.now
	}
	if t.end == 0 {
		t.end = t.start + e.cfg.HorizonNanos
	}
	if t.urgency == 0 {
		t.urgency = e.cfg.UrgencyMilli
	}
	switch {
	case c.Side != market.Buy && c.Side != market.Sell:
		return t, fix.ReasonUnsupported
	case c.Algo == market.NoAlgo || c.Algo > market.LEARNED:
		return t, fix.ReasonUnsupported
	case c.Algo == market.POV && (t.ppm == 0 || t.ppm >= 1_000_000), t.ppm > 1_000_000:
		return t, fix.ReasonUnsupported
	case t.qty <= 0 || t.qty%in.Lot != 0 || t.qty > 1<<40:
		return t, fix.ReasonBadQty
	case c.OrdType == '2' && (t.limit <= 0 || t.limit%in.Tick != 0):
		return t, fix.ReasonBadPrice
	case c.OrdType != '1' && c.OrdType != '2', c.OrdType == '1' && t.limit != 0:
		return t, fix.ReasonUnsupported
	case t.end <= e.now:
		return t, fix.ReasonTooLate
	case t.end <= t.start, t.start < 0:
		return t, fix.ReasonBadTime
	}
	return t, fix.ReasonNone
}

// gateTerms are the terms as the risk gate keeps them.
func gateTerms(id market.InstrumentID, s market.Side, t *terms) risk.ParentTerms {
	return risk.ParentTerms{Instrument: id, Side: s, Qty: t.qty, Price: t.limit, StartNanos: t.start, EndNanos: t.end}
}

// reference is the touch as the gate may use it. A packet of the feed, also a
// heartbeat, confirms the book: its age is that of the last one.
func (e *Engine) reference(id market.InstrumentID) risk.Reference {
	b := e.books.Book(id)
	return risk.Reference{
		Bid: b.Best(market.Buy).Price, Ask: b.Best(market.Sell).Price, Nanos: e.lastFeed,
		Trusted: e.posture&(PostureFeed|PostureSilent) == 0 && b.Trust() == book.Good && b.Halt() == book.Trading &&
			!e.inst[id].shut,
	}
}

// plan computes the schedule's curve for the parent's terms.
func (e *Engine) plan(p *parent) {
	window := p.terms.end - p.terms.start
	p.sliceNanos = max(market.Millisecond, min(e.cfg.SliceNanos, window/4))
	p.sliceIndex = 0
	switch p.algo {
	case market.VWAP:
		if e.cfg.Profile != nil {
			p.curve = schedule.Volume(e.cfg.Profile, p.terms.start, p.scheduleEnd())
			return
		}
		p.curve = schedule.Linear()
	case market.IS:
		p.curve = schedule.AlmgrenChriss(p.terms.urgency)
	default:
		p.curve = schedule.Linear()
	}
}
