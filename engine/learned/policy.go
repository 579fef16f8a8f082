package learned

import (
	"encoding/hex"
	"fmt"

	"slipstream/engine"
	"slipstream/internal/market"
	"slipstream/policy/bundle"
	"slipstream/policy/kernel"
	"slipstream/policy/schedule"
)

const million = 1_000_000

// Policy is a bundle as the engine's policy. Each parent has an episode state of its own.
type Policy struct {
	decider  *bundle.Decider
	env      bundle.Envelope
	rule     engine.Rule
	states   []bundle.State // by parent id - 1
	schedule engine.SchedulePolicy
}

// New prepares b, which bundle.Read gave, for as many parents as a day may have.
// It refuses a bundle whose features, actions or kernel this build does not have.
func New(b *bundle.Bundle, parents int, k kernel.Use) (*Policy, error) {
	d, err := bundle.NewDecider(b, bundle.Engine(), k)
	if err != nil {
		return nil, fmt.Errorf("learned: %w", err)
	}
	p := &Policy{decider: d, env: *b.Envelope, rule: ruleOf(b.Rule), states: make([]bundle.State, parents)}
	for i := range p.states {
		p.states[i] = d.NewState()
	}
	return p, nil
}

// DecisionRule is the bundle's: when the engine asks it. Slower reactions to rejects are
// the engine's own.
func (p *Policy) DecisionRule() engine.Rule { return p.rule }

// ruleOf translates the bundle's rule.
func ruleOf(r *bundle.Rule) engine.Rule {
	out := engine.Rule{IntervalNanos: market.Nanos(r.IntervalNanos), MinSpacingNanos: market.Nanos(r.MinSpacingNanos)}
	for _, name := range r.Events {
		switch name {
		case "ack":
			out.Causes |= 1 << engine.ByVenue
		case "fill":
			out.Causes |= 1 << engine.ByFill
		case "touch":
			out.Causes |= 1 << engine.ByTouch
		case "trade":
			out.Causes |= 1 << engine.ByTrade
		case "slice":
			out.Slices = true
		}
	}
	return out
}

// Name is what the log and a SwapPolicy command call a bundle: the first 16 hex digits
// of its content hash.
func Name(b *bundle.Bundle) string { return hex.EncodeToString(b.ID[:8]) }

// Propose asks the network, inside the bundle's envelope. The schedule decides instead
// in the last part of the window, when the parent has fallen too far behind it, and,
// flagged as a fallback, when the network cannot judge the View.
func (p *Policy) Propose(v *engine.View, out *engine.Proposal) {
	if p.scheduleLeads(v) {
		p.schedule.Propose(v, out)
		return
	}
	if v.Parent == 0 || v.Parent > uint64(len(p.states)) {
		p.fallBack(v, out)
		return
	}
	action, ok := p.decider.Decide(v.Features[:], p.states[v.Parent-1])
	if !ok || action < 0 || action >= Choices {
		p.fallBack(v, out)
		return
	}
	Choice(action).apply(v, out)
	p.bound(v, out)
}

func (p *Policy) fallBack(v *engine.View, out *engine.Proposal) {
	p.schedule.Propose(v, out)
	out.Fallback = true
}

// scheduleLeads holds FinishPpm and MaxBehindPpm of the bundle's envelope.
func (p *Policy) scheduleLeads(v *engine.View) bool {
	window := v.End - v.Start
	finish := v.End - market.Nanos(share(int64(window), p.env.FinishPpm))
	return v.Now >= finish || v.Due-v.Cum > market.Qty(share(int64(v.Qty), p.env.MaxBehindPpm))
}

// bound holds MaxAheadPpm, MaxChildPpm and MaxParticipationPpm. Quantities of Rest and
// Improve are totals, those of Cross are new.
func (p *Policy) bound(v *engine.View, out *engine.Proposal) {
	if out.Qty <= 0 {
		return
	}
	ahead := v.Next + market.Qty(share(int64(v.Qty), p.env.MaxAheadPpm)) - v.Cum
	room := market.Qty(1 << 62)
	if p.env.MaxParticipationPpm > 0 {
		room = max(v.Lot, schedule.Room(p.env.MaxParticipationPpm, v.MarketQty, v.Cum))
	}
	child := max(v.Lot, market.Qty(share(int64(v.Qty), p.env.MaxChildPpm)))
	if out.Action == engine.Cross {
		// What rests is taken back first (Pull), so it does not count twice.
		out.Qty = min(out.Qty, child, ahead, room)
	} else {
		out.Qty = min(out.Qty, v.Open+child, ahead, room)
	}
	if out.Qty <= 0 {
		*out = engine.Proposal{}
	}
}

// share is whole * ppm / 1,000,000 without overflow.
func share(whole int64, ppm uint32) int64 {
	return whole/million*int64(ppm) + whole%million*int64(ppm)/million
}
