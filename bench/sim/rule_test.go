package sim

import (
	"testing"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/market"
)

// counting holds and counts how often it is asked.
type counting struct {
	rule  engine.Rule
	asked int
	least market.Nanos // between two questions
	last  market.Nanos
}

func (c *counting) DecisionRule() engine.Rule { return c.rule }

func (c *counting) Propose(v *engine.View, _ *engine.Proposal) {
	if c.asked > 0 && (c.least == 0 || v.Now-c.last < c.least) {
		c.least = v.Now - c.last
	}
	c.asked++
	c.last = v.Now
}

func TestAPolicyIsAskedByItsOwnRule(t *testing.T) {
	ask := func(rule engine.Rule) *counting {
		p := &counting{rule: rule}
		cfg := standardDay(t, 4)
		cfg.LossPpm, cfg.ReorderPpm = 0, 0 // the end of a gap is a reason to look, whatever the rule
		cfg.Engine.FindPolicy = func(*fix.ClOrdID) engine.Policy { return p }
		start := cfg.Exchange.Start
		cfg.Commands = []Command{
			{start + market.Second/2, fix.Command{Kind: fix.SwapPolicy, ClOrdID: id("p")}},
			{start + market.Second, fix.Command{Kind: fix.NewParent, Algo: market.LEARNED, OrdType: '1', Side: market.Buy, OrderQty: 100, EndNanos: start + 9*market.Second, ClOrdID: id("a")}},
		}
		run(t, cfg, 8)
		return p
	}
	slow := ask(engine.Rule{IntervalNanos: 500 * market.Millisecond, MinSpacingNanos: market.Millisecond})
	if slow.asked < 12 || slow.asked > 16 || slow.least < 499*market.Millisecond {
		t.Errorf("by time alone, every half second for 7 s: asked %d times, at least %d ns apart", slow.asked, slow.least)
	}
	touch := ask(engine.Rule{IntervalNanos: 500 * market.Millisecond, MinSpacingNanos: market.Millisecond, Causes: 1 << engine.ByTouch})
	if touch.asked < 10*slow.asked {
		t.Errorf("also on each change of the touch: asked %d times, %d by time alone", touch.asked, slow.asked)
	}
	slices := ask(engine.Rule{IntervalNanos: 60 * market.Second, MinSpacingNanos: market.Millisecond, Slices: true})
	if slices.asked < 6 || slices.asked > 10 {
		t.Errorf("at slices of a second for 7 s: asked %d times", slices.asked)
	}
}
