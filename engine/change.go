package engine

import (
	"slipstream/fix"
	"slipstream/internal/market"
	"slipstream/risk"
)

// onChange judges a replace (G) or a cancel (F). One change may be pending per
// parent; the reference is fix.md 4.3 (FIX 4.4 appendix D).
func (e *Engine) onChange(c *fix.Command) {
	again, dup := e.clOrdIDs.find(c.Desk, &c.ClOrdID)
	if dup && c.PossResend { // it was taken before a restart, or is under way: it is no fault
		e.report(&e.parents[again], fix.ExecStatus)
		return
	}
	i, known := e.clOrdIDs.find(c.Desk, &c.OrigClOrdID)
	if !known {
		e.rejectChange(c, fix.ReasonUnknownOrder, nil)
		return
	}
	p := &e.parents[i]
	switch {
	case dup:
		e.rejectChange(c, fix.ReasonDuplicateClOrdID, p)
	case p.phase == done, p.cum >= p.terms.qty: // filled, even if a child's end is not reported yet
		e.rejectChange(c, fix.ReasonTooLateToCancel, p)
	case p.clOrdID != c.OrigClOrdID: // an older name in the chain
		e.rejectChange(c, fix.ReasonUnknownOrder, p)
	case p.phase == stopping, p.phase == expiring:
		e.rejectChange(c, fix.ReasonTooLateToCancel, p)
	case p.phase != working:
		e.rejectChange(c, fix.ReasonPending, p)
	case c.Instrument != p.inst || c.Side != p.side:
		e.rejectChange(c, fix.ReasonNotAllowed, p)
	case c.Kind == fix.CancelParent:
		e.startCancel(p, c, i)
	case !e.roomFor(1):
		e.rejectChange(c, fix.ReasonFull, p)
	default:
		e.startReplace(p, c, i)
	}
}

func (e *Engine) startCancel(p *parent, c *fix.Command, i int32) {
	e.clOrdIDs.add(c.Desk, &c.ClOrdID, i)
	p.changeID, p.phase = c.ClOrdID, canceling
	e.reportChange(p, fix.ExecPendingCancel)
	e.drive(p, ByDesk)
}

func (e *Engine) startReplace(p *parent, cmd *fix.Command, i int32) {
	filled := *cmd // the command is borrowed
	c := &filled
	if c.Algo == market.NoAlgo {
		c.Algo = p.algo // not repeated: unchanged
	}
	switch {
	case c.Algo != p.algo, c.HasTactic && c.Tactic != p.tactic:
		e.rejectChange(c, fix.ReasonNotAllowed, p)
		return
	case c.UrgencyMilli != 0 && p.algo != market.IS:
		e.rejectChange(c, fix.ReasonUnsupported, p)
		return
	}
	e.inherit(p, c)
	t, why := e.judgeTerms(c)
	if why == fix.ReasonNone && t.start != p.terms.start && p.terms.start <= e.now {
		why = fix.ReasonNotAllowed // it has started
	}
	if why == fix.ReasonNone {
		g, ref := gateTerms(p.inst, p.side, &t), e.reference(p.inst)
		if !p.tightens(&t) {
			why = refusal(e.gate.CheckParent(e.now, &g, &ref))
		}
	}
	if why != fix.ReasonNone {
		e.rejectChange(c, why, p)
		return
	}
	e.clOrdIDs.add(c.Desk, &c.ClOrdID, i)
	p.changeID, p.next, p.phase = c.ClOrdID, t, replacing
	e.reportChange(p, fix.ExecPendReplace)
	e.drive(p, ByDesk)
}

// inherit keeps the parameters that a replace does not repeat.
func (e *Engine) inherit(p *parent, c *fix.Command) {
	if c.StartNanos == 0 {
		c.StartNanos = p.terms.start
	}
	if c.EndNanos == 0 {
		c.EndNanos = p.terms.end
	}
	if c.ParticipationPpm == 0 {
		c.ParticipationPpm = p.terms.ppm
	}
	if c.UrgencyMilli == 0 {
		c.UrgencyMilli = p.terms.urgency
	}
}

// continueReplace completes the replace as soon as what is open fits the new
// terms, and until then takes children down. Fills meanwhile are on the old terms.
func (e *Engine) continueReplace(p *parent) {
	if p.cum+p.open > max(p.next.qty, p.cum) || e.beyond(p, p.next.limit) || (p.open > 0 && p.lowersCap()) {
		e.pull(p)
		return
	}
	if p.next.qty < p.cum {
		p.next.qty = p.cum // "requires the balance to be canceled" (C.3.b)
	}
	g, ref := gateTerms(p.inst, p.side, &p.next), e.reference(p.inst)
	if deny := e.gate.AmendParent(e.now, uint32(p.id), &g, &ref); deny != 0 {
		e.refuseReplace(p, deny)
		return
	}
	p.terms = p.next
	p.phase = working
	r := e.report(p, fix.ExecReplaced)
	r.ClOrdID, r.OrigClOrdID = p.changeID, p.clOrdID
	p.clOrdID, p.replaced = p.changeID, true
	r.Replaced = true
	e.plan(p)
	e.stats.ParentsReplaced++
	e.event(EvParentReplaced, int64(p.id), int64(p.terms.qty), 0)
	e.drive(p, ByDesk)
}

// refuseReplace ends a pending replace that the gate no longer allows: the parent
// goes on under its old terms.
func (e *Engine) refuseReplace(p *parent, deny risk.Deny) {
	p.phase = working
	e.event(EvDenied, int64(p.id), int64(deny), 0)
	e.refuseChange(p, fix.ReplaceParent, refusal(deny))
	e.drive(p, ByDesk)
}

// refuseChange answers the pending change with OrderCancelReject(9).
func (e *Engine) refuseChange(p *parent, kind fix.CommandKind, why fix.Reason) {
	e.rejectChange(&fix.Command{Kind: kind, Desk: p.desk, ClOrdID: p.changeID, OrigClOrdID: p.clOrdID}, why, p)
}

// tightens reports whether t takes nothing that the present terms do not allow;
// the gate takes such terms without a look at the market.
func (p *parent) tightens(t *terms) bool {
	limit := t.limit == p.terms.limit || (t.limit != 0 && (p.terms.limit == 0 || worse(p.side, t.limit, p.terms.limit) == p.terms.limit))
	return t.qty <= p.terms.qty && limit && t.start >= p.terms.start && t.end <= p.terms.end
}

// lowersCap reports whether the pending replace lowers the participation, by which
// what is open was sized.
func (p *parent) lowersCap() bool {
	return p.next.ppm != 0 && (p.terms.ppm == 0 || p.next.ppm < p.terms.ppm)
}

// beyond reports whether an open child's price lies beyond limit.
func (e *Engine) beyond(p *parent, limit market.Price) bool {
	if limit == 0 {
		return false
	}
	for i := p.children; i >= 0; i = e.children.slab[i].next {
		c := &e.children.slab[i]
		worst := c.price
		if c.replID != 0 {
			worst = worse(p.side, worst, c.replPrice)
		}
		if worse(p.side, worst, limit) != limit {
			return true
		}
	}
	return false
}

// worse is the higher price for a buy, the lower one for a sell.
func worse(s market.Side, a, b market.Price) market.Price {
	if s == market.Buy {
		return max(a, b)
	}
	return min(a, b)
}

// finish ends a parent whose children are all terminal.
func (e *Engine) finish(p *parent) {
	was := p.phase
	filled := p.cum >= p.terms.qty
	p.phase = done
	switch {
	case filled:
		p.final = fix.StatusFilled
		if was == canceling && p.changeID.N > 0 { // B.1.c: it filled before the cancel could take effect
			e.refuseChange(p, fix.CancelParent, fix.ReasonTooLateToCancel)
		}
	case was == canceling:
		p.final = fix.StatusCanceled
		r := e.reportChange(p, fix.ExecCanceled)
		r.Reason = fix.ReasonByDesk
		p.clOrdID = r.ClOrdID
	case was == stopping:
		p.final = fix.StatusCanceled
		r := e.report(p, fix.ExecCanceled)
		r.Reason = fix.ReasonShutdown
		if p.restarted {
			r.Reason = fix.ReasonRestart
		}
	default:
		p.final = fix.StatusExpired
		e.report(p, fix.ExecExpired).Reason = fix.ReasonEndOfParent
	}
	e.gate.CloseParent(uint32(p.id))
	e.stats.ParentsDone++
	e.event(EvParentDone, int64(p.id), int64(p.cum), int64(p.final))
	for k, i := range e.active {
		if uint64(i)+1 == p.id {
			e.active = append(e.active[:k], e.active[k+1:]...)
			break
		}
	}
}
