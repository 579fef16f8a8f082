package engine

import "slipstream/internal/market"

// View is all that a policy may see of one parent at one decision. Prices as the
// book has them; quantities in shares.
type View struct {
	Parent               uint64       // its id, 1-based; a policy with state keeps one per parent
	Now, Start, End      market.Nanos // End is when the schedule wants to be finished
	SliceStart, SliceEnd market.Nanos
	Algo                 market.Algo
	Tactic               market.Tactic
	Side                 market.Side
	Tick                 market.Price
	Lot                  market.Qty
	Bid, Ask             market.Price
	BidQty, AskQty       market.Qty
	Limit                market.Price // 0 = none
	Qty, Cum, Open       market.Qty
	Resting              market.Qty   // leaves of children that rest
	RestPrice            market.Price // price of the oldest resting child; 0 = none
	Ahead                market.Qty   // shares ahead of it in its queue; -1 = not known
	Due                  market.Qty   // what the schedule wanted done by the last slice boundary
	Next                 market.Qty   // what it wants done by the next one
	MarketQty            market.Qty   // market volume since the start, ours included
	Features             Features
}

// Proposal is what a policy wants. It is only a wish: the envelope bounds it and
// the risk gate may deny it (DESIGN rule 4).
type Proposal struct {
	Action Action     // Hold, Rest, Improve or Cross
	Qty    market.Qty // Rest, Improve: total to have resting; Cross: to take now
	Pull   bool       // take resting children back before crossing

	// Fallback says that the policy could not judge this View (out of its trained
	// range) and proposes what the schedule would; logged once per parent.
	Fallback bool
	// Differs says that a challenger in the shadow would have done OtherAction with
	// OtherQty. It is logged, never sent.
	Differs     bool
	OtherAction Action
	OtherQty    market.Qty
}

// Policy proposes an action for a parent. Propose must be a pure function of the
// View and of state it owns, and must not allocate.
type Policy interface {
	Propose(v *View, p *Proposal)
}

// SchedulePolicy follows the schedule's curve: TWAP, VWAP, POV and IS differ only
// in Due and Next. It is also what a missing or refused policy falls back to.
type SchedulePolicy struct{}

// Propose crosses each slice at its start (Taker), or rests the slice at the near
// touch and crosses at the slice's end what is left of it (Passive). A Taker whose
// limit forbids crossing rests (Engine.act); what rests does not count as done, so
// that it is taken back and crossed as soon as the limit allows.
func (SchedulePolicy) Propose(v *View, p *Proposal) {
	if v.Tactic == market.Taker {
		if want := v.Next - v.Cum - (v.Open - v.Resting); want > 0 {
			*p = Proposal{Action: Cross, Qty: want, Pull: v.Resting > 0}
		}
		return
	}
	if late := v.Due - v.Cum; late >= v.Lot { // less cannot be crossed
		*p = Proposal{Action: Cross, Qty: late, Pull: true}
		return
	}
	if want := v.Next - v.Cum; want > 0 {
		*p = Proposal{Action: Rest, Qty: want}
	}
}
