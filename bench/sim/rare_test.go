package sim

import (
	"testing"

	"slipstream/engine"
)

// TestRarePathsAllocateNothingAndReplay feeds recorded days at hard venues, with
// status requests, refusals, reconnects, kills and changed minds, to fresh engines:
// no allocation on any path, and the same effects.
func TestRarePathsAllocateNothingAndReplay(t *testing.T) {
	for seed := uint64(1); seed <= 6; seed++ {
		cfg := hardVenue(t, seed)
		policy := func() {
			if _, ok := cfg.Engine.Policy.(*wild); ok {
				cfg.Engine.Policy = &wild{rng(seed * 3)}
			}
		}
		var inputs []engine.Input
		var sums []uint64
		cfg.OnEffects = func(in *engine.Input, fx *engine.Effects) {
			kept := *in
			kept.Bytes = clone(in.Bytes)
			if in.Command != nil {
				c := *in.Command
				kept.Command = &c
			}
			inputs = append(inputs, kept)
			sums = append(sums, sumEffects(fx))
		}
		run(t, cfg, 10)
		policy()
		fresh, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i := range inputs {
			if got := sumEffects(fresh.Engine.Step(&inputs[i])); got != sums[i] {
				t.Fatalf("seed %d: input %d of %d (kind %d): other effects in replay", seed, i, len(inputs), inputs[i].Kind)
			}
		}
		policy()
		if fresh, err = New(cfg); err != nil {
			t.Fatal(err)
		}
		i := 0
		if n := testing.AllocsPerRun(1, func() { // two passes: half of the day each
			for end := min(len(inputs), i+(len(inputs)+1)/2); i < end; i++ {
				fresh.Engine.Step(&inputs[i])
			}
		}); n != 0 {
			t.Errorf("seed %d: %v allocations over %d inputs", seed, n, len(inputs)/2)
		}
	}
}
