package learned

import (
	"slipstream/engine"
	"slipstream/internal/market"
)

// Shadow runs a challenger beside the champion: both see every View, the champion's
// proposal is taken, and where the challenger's differs that is logged, never sent.
// A challenger that learns that its wishes are not carried out sees it in the Views, as
// any policy does.
type Shadow struct {
	Champion, Challenger engine.Policy
	other                engine.Proposal
}

// DecisionRule is the champion's, if it has one: the challenger is asked when it is.
func (s *Shadow) DecisionRule() engine.Rule {
	if own, ok := s.Champion.(engine.Ruled); ok {
		return own.DecisionRule()
	}
	return engine.Rule{IntervalNanos: 500 * market.Millisecond, MinSpacingNanos: 10 * market.Millisecond, Causes: ^uint8(0), Slices: true}
}

// Propose implements engine.Policy.
func (s *Shadow) Propose(v *engine.View, out *engine.Proposal) {
	s.Champion.Propose(v, out)
	s.other = engine.Proposal{}
	s.Challenger.Propose(v, &s.other)
	if s.other.Action != out.Action || s.other.Qty != out.Qty || s.other.Pull != out.Pull {
		out.Differs, out.OtherAction, out.OtherQty = true, s.other.Action, s.other.Qty
	}
}
