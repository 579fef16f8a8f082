package sim

import (
	"testing"

	"slipstream/engine"
	"slipstream/internal/market"
)

// TestVenueTraits: one trait of a venue at full strength, each for every algorithm.
// Whatever the trait, nothing is lost or doubled (hardDay); busy bounds the requests
// of one trading second, so that no trait makes the engine hammer the venue.
func TestVenueTraits(t *testing.T) {
	const always = 1_000_000
	for _, c := range []struct {
		name   string
		faults Faults
		cut    uint32
		busy   uint64 // requests a second, on average over the day
	}{
		{"it rejects every order", Faults{RejectNewPpm: always}, 0, 60},
		{"it refuses every replace", Faults{RejectReplacePpm: always}, 0, 60},
		{"it refuses every cancel", Faults{RejectCancelPpm: always}, 0, 60},
		{"it answers every second request with a business reject", Faults{BusinessPpm: always / 2}, 0, 80},
		{"it cancels an order before nearly every request", Faults{UnsolicitedPpm: 900_000}, 0, 80},
		{"it sends every report twice", Faults{RepeatPpm: always}, 0, 30},
		{"it tells fills only with the next report", Faults{MergePpm: always}, 0, 30},
		{"it reports nothing unasked", Faults{DropPpm: always}, 0, 40},
		{"it takes half a second for every report", Faults{SlowPpm: always, SlowNanos: 500 * market.Millisecond}, 0, 40},
		{"it is slow, but answers a status request at once", Faults{SlowPpm: always, SlowNanos: 900 * market.Millisecond, FastStatus: true}, 0, 40},
		{"it never resends a report", Faults{GapFill: true}, 40_000, 40},
		{"it never resends a report, and is slow", Faults{GapFill: true, SlowPpm: always, SlowNanos: 100 * market.Millisecond}, 30_000, 40},
		{"it leaves OrderQty out", Faults{Terse: true}, 0, 30},
		{"it leaves OrderQty out and loses reports", Faults{Terse: true, DropPpm: 300_000, MergePpm: 500_000}, 5_000, 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := uint64(1); seed <= 2; seed++ {
				cfg := standardDay(t, seed)
				cfg.Venue, cfg.CutPpm = c.faults, c.cut
				w, fault := hardDay(t, cfg)
				if fault != "" {
					t.Errorf("seed %d: %s", seed, fault)
					continue
				}
				checkDesk(t, w)
				s := w.Engine.Stats()
				if n := s.Children + s.Replaces + s.Cancels + s.StatusRequests; n > c.busy*10 || n == 0 {
					t.Errorf("seed %d: %d orders, %d replaces, %d cancels, %d status requests in ten seconds", seed, s.Children, s.Replaces, s.Cancels, s.StatusRequests)
				}
			}
		})
	}
}

// TestNoTimerStorm: whatever the venue does, the engine asks to be woken no more
// often than its spacing explains.
func TestNoTimerStorm(t *testing.T) {
	for seed := uint64(1); seed <= 6; seed++ {
		cfg := hardVenue(t, seed)
		perMilli, worst := map[market.Nanos]int{}, 0
		cfg.OnEffects = func(in *engine.Input, _ *engine.Effects) {
			if in.Kind == engine.InTimer {
				k := in.Now / market.Millisecond
				perMilli[k]++
				worst = max(worst, perMilli[k])
			}
		}
		run(t, cfg, 12)
		if worst > 12 {
			t.Errorf("seed %d: %d timers in one millisecond", seed, worst)
		}
	}
}

// TestARefusedCancelIsNotRepeatedAtOnce: a venue that refuses every cancel would
// otherwise be asked again as fast as it refuses, until the message rate is used up.
func TestARefusedCancelIsNotRepeatedAtOnce(t *testing.T) {
	cfg := stillDay(t)
	cfg.VenueLatency = 100 * market.Microsecond
	cfg.Venue.RejectCancelPpm = 1_000_000
	start := cfg.Exchange.Start
	cfg.Commands = []Command{
		{start + 100*market.Millisecond, newOrder("a", market.Buy, 900, 60, passive)},
		{start + 300*market.Millisecond, cancel("b", "a", market.Buy)},
	}
	w := run(t, cfg, 5)
	if n := w.Engine.Stats().Cancels; n < 3 || n > 50 {
		t.Errorf("%d cancels in five seconds, want a few", n)
	}
}
