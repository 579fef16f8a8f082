package sim

import (
	"flag"
	"hash/fnv"
	"testing"

	"pgregory.net/rapid"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/market"
)

var seedFlag = flag.Uint64("seed", 0, "run simulations with this seed only")

func id(s string) fix.ClOrdID {
	c, _ := fix.MakeClOrdID(s)
	return c
}

// parentsOfEveryAlgorithm is a small desk's day: each algorithm, both sides, both
// tactics, one replace and one cancel on the way.
func parentsOfEveryAlgorithm(start market.Nanos, instruments int) []Command {
	at := func(s int64) market.Nanos { return start + market.Nanos(s)*market.Second/10 }
	parent := func(s int64, name string, algo market.Algo, tactic market.Tactic, side market.Side, qty market.Qty, seconds int64) Command {
		c := fix.Command{Kind: fix.NewParent, Desk: 0, Algo: algo, Tactic: tactic, Side: side, OrdType: '1', OrderQty: qty,
			ClOrdID: id(name), StartNanos: at(s), EndNanos: at(s + 10*seconds), Instrument: market.InstrumentID(int(s) % instruments)}
		if algo == market.POV {
			c.ParticipationPpm = 150_000
		}
		return Command{at(s), c}
	}
	replace := Command{at(30), fix.Command{Kind: fix.ReplaceParent, OrdType: '1', OrderQty: 700, Side: market.Sell, Instrument: market.InstrumentID(7 % instruments), ClOrdID: id("vwap-2"), OrigClOrdID: id("vwap-1")}}
	cancel := Command{at(40), fix.Command{Kind: fix.CancelParent, Side: market.Buy, Instrument: market.InstrumentID(9 % instruments), ClOrdID: id("is-c"), OrigClOrdID: id("is-2")}}
	return []Command{
		parent(5, "twap-taker", market.TWAP, market.Taker, market.Buy, 600, 6),
		parent(6, "twap-passive", market.TWAP, market.Passive, market.Sell, 500, 6),
		parent(7, "vwap-1", market.VWAP, market.Passive, market.Sell, 1000, 6),
		parent(8, "pov-1", market.POV, market.Taker, market.Buy, 400, 6),
		parent(9, "is-1", market.IS, market.Passive, market.Sell, 800, 6),
		parent(9, "is-2", market.IS, market.Taker, market.Buy, 5000, 8),
		replace, cancel,
	}
}

func run(t testing.TB, cfg Config, seconds int64) *World {
	t.Helper()
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(market.Nanos(seconds)*market.Second, 5*market.Second); err != nil {
		t.Fatal(err)
	}
	return w
}

func standardDay(t testing.TB, seed uint64) Config {
	cfg := Standard(seed, 2, nil)
	cfg.Exchange.Flow = newNoise(seed, 2, cfg.Exchange.Start)
	cfg.Commands = parentsOfEveryAlgorithm(cfg.Exchange.Start, 2)
	return cfg
}

func TestEveryAlgorithmFinishesOnAFaultyDay(t *testing.T) {
	w := run(t, standardDay(t, 1), 10)
	checkDesk(t, w)
	checkEnd(t, w)
	s := w.Engine.Stats()
	if s.Parents != 6 || s.ParentsDone != 6 || s.ParentsReplaced != 1 {
		t.Fatalf("parents %d, done %d, replaced %d; want 6, 6, 1", s.Parents, s.ParentsDone, s.ParentsReplaced)
	}
	final := map[uint64]fix.Report{}
	for _, r := range w.Reports {
		if r.Kind == fix.ExecReport {
			final[r.ParentID] = r
		}
	}
	for name, want := range map[uint64]fix.OrdStatus{1: fix.StatusFilled, 2: fix.StatusFilled, 3: fix.StatusFilled, 5: fix.StatusFilled, 6: fix.StatusCanceled} {
		if got := final[name]; got.OrdStatus != want {
			t.Errorf("parent %d (%s) ended as %c with %d of %d, want %c", name, got.Algo, got.OrdStatus, got.CumQty, got.OrderQty, want)
		}
	}
	if s.Feed.GapsOneLine[0] == 0 && s.Feed.GapsOneLine[1] == 0 {
		t.Error("no line missed anything although both lose packets")
	}
	t.Logf("children %d, replaces %d, cancels %d, fills %d, qty %d, denied %d, rejects %d, held %d", s.Children, s.Replaces, s.Cancels, s.Fills, s.FilledQty, s.Denied, s.Rejects, s.Held)
}

func TestSameSeedGivesTheSameTapeAndTheSameOutboundBytes(t *testing.T) {
	a, b := run(t, standardDay(t, 7), 5), run(t, standardDay(t, 7), 5)
	if a.Market.TapeHash() != b.Market.TapeHash() || a.Outbound() != b.Outbound() || a.Outbound() == 0 {
		t.Fatalf("tape %x and %x, outbound %x and %x", a.Market.TapeHash(), b.Market.TapeHash(), a.Outbound(), b.Outbound())
	}
	c := run(t, standardDay(t, 8), 5)
	if a.Market.TapeHash() == c.Market.TapeHash() || a.Outbound() == c.Outbound() {
		t.Fatal("another seed gave the same day")
	}
}

// TestReplayedInputsGiveTheSameEffects feeds a recorded day to a fresh engine.
func TestReplayedInputsGiveTheSameEffects(t *testing.T) {
	cfg := standardDay(t, 3)
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
	w := run(t, cfg, 4)
	checkEnd(t, w)
	fresh, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range inputs {
		if got := sumEffects(fresh.Engine.Step(&inputs[i])); got != sums[i] {
			t.Fatalf("input %d of %d (kind %d): other effects in replay", i, len(inputs), inputs[i].Kind)
		}
	}
}

func sumEffects(fx *engine.Effects) uint64 {
	h := fnv.New64a()
	h.Write(fx.Venue)
	h.Write(fx.FeedRequest)
	for _, r := range fx.Reports {
		h.Write([]byte{byte(r.ExecType), byte(r.OrdStatus), byte(r.CumQty), byte(r.CumQty >> 8), byte(r.Serial)})
	}
	for _, d := range fx.Decisions {
		h.Write([]byte{byte(d.Action), byte(d.Qty), byte(d.Deny), byte(d.Deny >> 8), byte(d.Child)})
	}
	return h.Sum64()
}

func TestBrokenConnectionsLoseNoFillAndRepeatNoOrder(t *testing.T) {
	seeds := []uint64{11, 12, 13, 14, 15, 16, 17, 18}
	if *seedFlag != 0 {
		seeds = []uint64{*seedFlag}
	}
	cuts := 0
	for _, seed := range seeds {
		cfg := standardDay(t, seed)
		cfg.CutPpm, cfg.RecoveryLossPpm, cfg.LossPpm = 20_000, 100_000, 50_000
		w := run(t, cfg, 10)
		checkDesk(t, w)
		checkEnd(t, w)
		cuts += w.Cuts
		if s := w.Engine.Stats(); s.ParentsDone != s.Parents {
			t.Fatalf("seed %d: %d of %d parents ended", seed, s.ParentsDone, s.Parents)
		}
	}
	if cuts == 0 {
		t.Fatal("no connection broke: the test tests nothing")
	}
	t.Logf("%d cuts", cuts)
}

// wild proposes anything at all.
type wild struct{ rng rng }

func (p *wild) Propose(v *engine.View, out *engine.Proposal) {
	*out = engine.Proposal{
		Action: engine.Action(p.rng.below(6)),
		Qty:    market.Qty(p.rng.next()) >> (p.rng.below(64)),
		Pull:   p.rng.hit(300_000),
	}
}

// TestAnyPolicyIsSafe: DESIGN rule 4. Conservation and containment hold whatever is proposed.
func TestAnyPolicyIsSafe(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64Range(1, 1<<40).Draw(rt, "seed")
		cfg := standardDay(t, seed)
		cfg.Engine.Policy = &wild{rng(seed * 3)}
		cfg.CutPpm = rapid.SampledFrom([]uint32{0, 0, 5_000, 50_000}).Draw(rt, "cut")
		cfg.LossPpm = rapid.SampledFrom([]uint32{0, 10_000, 200_000}).Draw(rt, "loss")
		w, err := New(cfg)
		if err != nil {
			rt.Fatal(err)
		}
		limit := map[uint64]market.Qty{}
		cfg.OnEffects = nil
		w.cfg.OnEffects = func(in *engine.Input, fx *engine.Effects) {
			for i := range fx.Reports {
				limit[fx.Reports[i].ParentID] = max(limit[fx.Reports[i].ParentID], fx.Reports[i].OrderQty)
			}
			for _, d := range fx.Decisions {
				if d.Deny == 0 && d.Child != 0 && d.Action != engine.CancelChild && d.Action != engine.Reprice && d.Cum+d.Open+d.Qty > limit[d.Parent] && limit[d.Parent] != 0 {
					rt.Fatalf("parent %d: cum %d + open %d + new %d is above OrderQty %d", d.Parent, d.Cum, d.Open, d.Qty, limit[d.Parent])
				}
			}
		}
		if err := w.Run(4*market.Second, 6*market.Second); err != nil {
			rt.Fatal(err)
		}
		checkDesk(t, w)
		checkEnd(t, w)
	})
}

// TestStepAllocatesNothing counts over a real trading day, not over an empty loop.
func TestStepAllocatesNothing(t *testing.T) {
	cfg := standardDay(t, 5)
	var inputs []engine.Input
	cfg.OnEffects = func(in *engine.Input, fx *engine.Effects) {
		kept := *in
		kept.Bytes = clone(in.Bytes)
		inputs = append(inputs, kept)
	}
	cfg.Commands = parentsOfEveryAlgorithm(cfg.Exchange.Start, 2)
	run(t, cfg, 6)
	fresh, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	children := 0
	i := 0
	allocs := testing.AllocsPerRun(1, func() { // two passes: half of the day each
		for end := min(len(inputs), i+len(inputs)/2); i < end; i++ {
			children += fresh.Engine.Step(&inputs[i]).NewOrders
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations over %d inputs", allocs, len(inputs)/2)
	}
	if children < 20 {
		t.Errorf("only %d orders were sent: not a real sequence", children)
	}
	t.Logf("%d inputs, %d orders", len(inputs), children)
}
