package engine

import (
	"testing"

	"slipstream/fix"
)

// TestADeskHasItsOwnBoundOfOpenParents: one that ends makes room, another desk's do not
// count, and a desk beyond the list has no bound of its own.
func TestADeskHasItsOwnBoundOfOpenParents(t *testing.T) {
	e := deskEngine(t)
	e.cfg.MaxOpen = []int{2, 0}
	of := func(desk uint8) func(*fix.Command) { return func(c *fix.Command) { c.Desk = desk } }
	for _, c := range []struct {
		name string
		desk uint8
		want fix.Reason
	}{
		{"a", 0, fix.ReasonNone}, {"b", 1, fix.ReasonNone}, {"c", 1, fix.ReasonNone}, {"d", 1, fix.ReasonNone},
		{"e", 0, fix.ReasonNone}, {"f", 0, fix.ReasonOpenOrders}, {"g", 2, fix.ReasonNone}, {"h", 0, fix.ReasonOpenOrders},
	} {
		e.order(c.name, of(c.desk))
		if r := e.lastReport(); r.Reason != c.want || r.ClOrdID != clOrdID(c.name) {
			t.Fatalf("order %s of desk %d: %s, want %s", c.name, c.desk, r.Reason, c.want)
		}
	}
	e.onCommand(&fix.Command{Kind: fix.CancelParent, Side: 1, ClOrdID: clOrdID("x"), OrigClOrdID: clOrdID("a")})
	e.order("i", of(0))
	if r := e.lastReport(); r.Reason != fix.ReasonNone || r.ExecType != fix.ExecNew {
		t.Errorf("after one has ended: %s", r.Reason)
	}
}
