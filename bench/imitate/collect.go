package imitate

import (
	"fmt"

	"slipstream/bench/flow"
	"slipstream/bench/sim"
	"slipstream/engine"
	"slipstream/engine/learned"
	"slipstream/fix"
	"slipstream/internal/market"
)

// Example is one decision: what was seen and what the teacher did.
type Example struct {
	Features engine.Features
	Choice   learned.Choice
}

// teacher records the decisions of the schedule it follows.
type teacher struct {
	engine.SchedulePolicy
	out *[]Example
}

func (t teacher) Propose(v *engine.View, p *engine.Proposal) {
	t.SchedulePolicy.Propose(v, p)
	*t.out = append(*t.out, Example{v.Features, learned.ChoiceOf(p)})
}

// Collect runs one simulated day per seed, with passive TWAP parents on both sides, of
// several sizes and lengths, and returns every decision of the schedule.
func Collect(seeds []uint64) ([]Example, error) {
	var out []Example
	for _, seed := range seeds {
		f, err := flow.NewPoisson(flow.PoissonConfig{Seed: seed})
		if err != nil {
			return nil, err
		}
		cfg := sim.Standard(seed, 2, f)
		cfg.Engine.Policy = teacher{out: &out}
		for i := range 8 {
			at := cfg.Exchange.Start + market.Nanos(1+i)*market.Second/2
			id, _ := fix.MakeClOrdID(fmt.Sprintf("P%d", i))
			cfg.Commands = append(cfg.Commands, sim.Command{At: at, Cmd: fix.Command{
				Kind: fix.NewParent, Algo: market.TWAP, Tactic: market.Passive, OrdType: '1',
				Side: market.Side(1 + i%2), Instrument: market.InstrumentID(i / 2 % 2),
				OrderQty: market.Qty(200 << (i % 4)), EndNanos: at + market.Nanos(8+4*(i%3))*market.Second, ClOrdID: id,
			}})
		}
		w, err := sim.New(cfg)
		if err != nil {
			return nil, err
		}
		if err := w.Run(22*market.Second, market.Second); err != nil {
			return nil, err
		}
	}
	return out, nil
}
