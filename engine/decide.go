package engine

import (
	"slipstream/feed/book"
	"slipstream/internal/market"
	"slipstream/policy/schedule"
)

// drive moves one parent on after any event that concerns it.
func (e *Engine) drive(p *parent, cause Cause) {
	switch p.phase {
	case working:
		switch {
		case p.cum >= p.terms.qty && p.nOpen == 0:
			e.finish(p)
		case e.now >= p.terms.end:
			p.phase = expiring
			e.drive(p, cause)
		case p.nOpen > 0 && (p.cum >= p.terms.qty || e.posture&PostureKill != 0):
			e.pull(p) // also what was acknowledged only after the kill
			p.due = min(e.now+e.cfg.MinSpacingNanos, p.terms.end)
		default:
			e.decide(p, cause)
			p.due = min(p.due, p.terms.end)
		}
	case replacing:
		e.continueReplace(p)
	case canceling, expiring, stopping:
		if p.nOpen == 0 {
			e.finish(p)
			return
		}
		e.pull(p)
	}
	if p.phase != working && p.phase != done {
		p.due = e.now + e.cfg.MinSpacingNanos
	}
	if p.phase != done {
		e.nextDue = min(e.nextDue, p.due)
	}
}

// decide applies the decision rule: a look at least every IntervalNanos, at slice
// boundaries and on the rule's events, but never two sends within MinSpacingNanos.
func (e *Engine) decide(p *parent, cause Cause) {
	if e.now < p.terms.start {
		p.due = p.terms.start
		return
	}
	rule := e.ruleOf(p)
	if !rule.takes(cause) && e.now < p.due {
		return
	}
	if wait := p.lastAct + rule.MinSpacingNanos<<min(p.rejects, 6); e.now < wait && p.lastAct != 0 {
		p.dirty, p.cause = true, cause
		p.due = wait
		return
	}
	if cause == ByTimer && p.dirty {
		cause = p.cause
	}
	p.dirty = false
	p.due = e.now + rule.IntervalNanos

	v, want := &e.view, &e.want
	if !e.look(p, v) {
		return
	}
	if rule.Slices {
		p.due = min(p.due, v.SliceEnd)
	}
	if e.now < v.End {
		p.due = min(p.due, v.End) // from then on all of it is due
	}
	if e.posture != 0 {
		return
	}
	*want = Proposal{}
	e.propose(p, v, want)
	if e.act(p, v, want, cause) {
		p.lastAct = e.now
	}
	p.due = max(p.due, e.now+1)
}

// propose asks the parent's policy. A LEARNED parent without one follows its
// schedule and says so, once.
func (e *Engine) propose(p *parent, v *View, want *Proposal) {
	if p.algo != market.LEARNED {
		e.policy.Propose(v, want)
		return
	}
	if e.learned == nil {
		e.policy.Propose(v, want)
		want.Fallback = true
	} else {
		e.learned.Propose(v, want)
	}
	if want.Fallback && !p.fellBack {
		p.fellBack = true
		e.stats.Fallbacks++
		e.event(EvParentFallback, int64(p.id), 0, 0)
	}
	if want.Differs {
		e.stats.ShadowDiffers++
		e.event(EvShadowDiffers, int64(p.id), int64(want.Action)<<8|int64(want.OtherAction), int64(want.OtherQty))
	}
}

// look gathers what a policy may see; false when no decision can be made: no
// two-sided uncrossed book of a trading instrument that we trust.
func (e *Engine) look(p *parent, v *View) bool {
	e.rollSlice(p)
	b := e.books.Book(p.inst)
	bid, ask := b.Best(market.Buy), b.Best(market.Sell)
	if bid.Qty <= 0 || ask.Qty <= 0 || bid.Price >= ask.Price || b.Trust() != book.Good || b.Halt() != book.Trading || e.inst[p.inst].shut {
		return false
	}
	if p.arrivalBid == 0 {
		p.arrivalBid, p.arrivalAsk = bid.Price, ask.Price
		p.startVolume, _, _ = b.Traded()
	}
	in := &e.cfg.Instruments[p.inst]
	vol := e.marketQty(p)
	*v = View{
		Parent: p.id,
		Now:    e.now, Start: p.terms.start, End: p.scheduleEnd(),
		SliceStart: p.sliceStart(), SliceEnd: p.sliceEnd(),
		Algo: p.algo, Tactic: p.tactic, Side: p.side, Tick: in.Tick, Lot: in.Lot,
		Bid: bid.Price, Ask: ask.Price, BidQty: bid.Qty, AskQty: ask.Qty,
		Limit: p.terms.limit, Qty: p.terms.qty, Cum: p.cum, Open: p.open,
		MarketQty: vol, Ahead: -1,
	}
	e.restingView(p, v)
	v.Due, v.Next = e.targets(p, in.Lot, vol)
	e.inst[p.inst].flow.features(v, p.arrivalBid+p.arrivalAsk)
	return true
}

// restingView sums the resting children; the list's head is the newest.
func (e *Engine) restingView(p *parent, v *View) {
	for i := p.children; i >= 0; i = e.children.slab[i].next {
		c := &e.children.slab[i]
		if !c.resting {
			continue
		}
		v.Resting += c.leaves()
		v.RestPrice = c.price
		if c.venueRef != 0 && e.books.MarkOwn(c.venueRef) {
			if ahead, _, ok := e.books.Ahead(c.venueRef); ok {
				v.Ahead = ahead
			}
		}
	}
}

// targets is what the schedule wants done by the last slice boundary and by the
// next one. After the schedule's end both are the whole quantity.
func (e *Engine) targets(p *parent, lot, marketQty market.Qty) (due, next market.Qty) {
	if p.algo == market.POV {
		return p.povDue, schedule.POV(p.terms.ppm, marketQty, p.cum, p.terms.qty, lot, 0)
	}
	end := p.scheduleEnd()
	due = p.curve.Target(p.terms.qty, lot, p.terms.start, end, p.sliceStart())
	next = p.curve.Target(p.terms.qty, lot, p.terms.start, end, p.sliceEnd())
	if e.now >= end {
		due, next = p.terms.qty, p.terms.qty
	}
	return due, next
}

// marketQty is the instrument's traded quantity since the parent started.
func (e *Engine) marketQty(p *parent) market.Qty {
	qty, _, _ := e.books.Book(p.inst).Traded()
	return max(0, qty-p.startVolume)
}

// scheduleEnd leaves the last part of the window, at most a slice, for finishing.
func (p *parent) scheduleEnd() market.Nanos {
	return p.terms.end - min(p.sliceNanos, (p.terms.end-p.terms.start)/8)
}

func (p *parent) sliceStart() market.Nanos {
	return p.terms.start + market.Nanos(p.sliceIndex)*p.sliceNanos
}

func (p *parent) sliceEnd() market.Nanos { return p.sliceStart() + p.sliceNanos }

// rollSlice moves to the slice of now; at a boundary POV fixes what is due.
func (e *Engine) rollSlice(p *parent) {
	i := int64((e.now - p.terms.start) / p.sliceNanos)
	if i == p.sliceIndex {
		return
	}
	if p.algo == market.POV {
		lot := e.cfg.Instruments[p.inst].Lot
		p.povDue = p.povNext
		p.povNext = schedule.POV(p.terms.ppm, e.marketQty(p), p.cum, p.terms.qty, lot, 0)
	}
	p.sliceIndex = i
}
