package sim

import (
	"testing"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/market"
)

// TestAKillLeavesNothingAtTheVenue: also orders that the venue had not acknowledged
// yet when the switch was thrown, and those under a pending replace, are taken back;
// a parent with its own reason to stay does not put them out again.
func TestAKillLeavesNothingAtTheVenue(t *testing.T) {
	for seed := uint64(1); seed <= 12; seed++ {
		cfg := standardDay(t, seed)
		cfg.VenueLatency = 20 * market.Millisecond
		at := cfg.Exchange.Start + 2*market.Second + market.Nanos(seed)*7*market.Millisecond
		cfg.Commands = append(cfg.Commands, Command{at, fix.Command{Kind: fix.Kill}})
		late, left, before := 0, 0, 0
		var w *World
		cfg.OnEffects = func(in *engine.Input, fx *engine.Effects) {
			switch {
			case in.Now <= at:
				before = max(before, len(w.Peer.open))
			case in.Now > at+200*market.Millisecond && in.Now < cfg.Exchange.Start+2500*market.Millisecond:
				left = max(left, len(w.Peer.open))
			}
			if in.Now > at {
				late += fx.NewOrders
			}
		}
		w, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Run(2500*market.Millisecond, 0); err != nil {
			t.Fatal(err)
		}
		if late != 0 || left != 0 || before == 0 {
			t.Errorf("seed %d: %d orders were sent after the kill, %d stayed, %d were open before", seed, late, left, before)
		}
	}
}
