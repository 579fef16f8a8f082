package engine

import "slipstream/internal/market"

// Rule says when a parent's policy is asked. A policy that brings its own, as a bundle
// does, implements Ruled; the others follow the engine's configuration.
type Rule struct {
	IntervalNanos   market.Nanos // at least this often
	MinSpacingNanos market.Nanos // between two decisions that send something
	Causes          uint8        // also on these events: bit 1 << Cause
	Slices          bool         // also at each slice boundary
}

// Ruled is a Policy with a decision rule of its own.
type Ruled interface{ DecisionRule() Rule }

// ruleOf is the rule in force for a parent.
func (e *Engine) ruleOf(p *parent) *Rule {
	if p.algo == market.LEARNED && e.learned != nil {
		return &e.learnedRule
	}
	return &e.rule
}

// configuredRule is the engine's own: every event counts.
func (c *Config) configuredRule() Rule {
	return Rule{IntervalNanos: c.IntervalNanos, MinSpacingNanos: c.MinSpacingNanos, Causes: ^uint8(0), Slices: true}
}

// takes reports whether an event of this cause is a reason to look. Time and the desk
// always are.
func (r *Rule) takes(cause Cause) bool {
	return cause == ByTimer || cause == ByDesk || r.Causes>>cause&1 == 1
}
