package learned

import (
	"slipstream/engine"
	"slipstream/internal/market"
)

// Choice is an action of the learned policy: what the network's outputs stand for,
// in their order. Sizes are multiples of the schedule's slice, the quantity that the
// schedule wants done by its next boundary and that is not done yet.
type Choice uint8

const (
	Hold      Choice = iota
	Rest1            // rest one slice at the near touch
	Rest2            // two slices
	Improve1         // one slice, a tick inside the spread
	CrossHalf        // take half a slice at the far touch
	Cross1
	Cross2
	Cross4
	CrossAll // take all that is left of the parent
	Choices  = iota
)

// Names of the choices, as a bundle carries them.
var Names = [Choices]string{"hold", "rest-1", "rest-2", "improve-1", "cross-1/2", "cross-1", "cross-2", "cross-4", "cross-all"}

// apply turns a choice into a proposal.
func (c Choice) apply(v *engine.View, p *engine.Proposal) {
	slice := v.Next - v.Cum
	if slice <= 0 || c == Hold {
		return
	}
	switch c {
	case Rest1:
		p.Action, p.Qty = engine.Rest, slice
	case Rest2:
		p.Action, p.Qty = engine.Rest, 2*slice
	case Improve1:
		p.Action, p.Qty = engine.Improve, slice
	case CrossHalf:
		cross(p, max(slice/2, v.Lot))
	case Cross1:
		cross(p, slice)
	case Cross2:
		cross(p, 2*slice)
	case Cross4:
		cross(p, 4*slice)
	case CrossAll:
		cross(p, v.Qty-v.Cum)
	}
}

func cross(p *engine.Proposal, qty market.Qty) {
	p.Action, p.Qty, p.Pull = engine.Cross, qty, true
}

// ChoiceOf is the choice that comes nearest to a schedule's proposal: the label of
// imitation learning.
func ChoiceOf(p *engine.Proposal) Choice {
	switch p.Action {
	case engine.Rest:
		return Rest1
	case engine.Improve:
		return Improve1
	case engine.Cross:
		return Cross1
	}
	return Hold
}
