package imitate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/bench/flow"
	"slipstream/bench/sim"
	"slipstream/engine"
	"slipstream/engine/learned"
	"slipstream/fix"
	"slipstream/internal/market"
	"slipstream/policy/kernel"
)

// registry loads the embedded bundle the way the daemon does.
func registry(t testing.TB) (*learned.Registry, string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "twap.bundle")
	if err := os.WriteFile(path, TWAPBundle, 0o644); err != nil {
		t.Fatal(err)
	}
	r := learned.NewRegistry(filepath.Join(dir, "policies"), 64, kernel.Auto, nil)
	name, err := r.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return r, name
}

func find(t testing.TB, r *learned.Registry, name string) engine.Policy {
	t.Helper()
	id, ok := fix.MakeClOrdID(name)
	p := r.Find(&id)
	if !ok || p == nil {
		t.Fatalf("policy %q is not found", name)
	}
	return p
}

func TestTheShippedBundleFollowsTheScheduleOnNewDays(t *testing.T) {
	examples, err := Collect([]uint64{901, 902})
	if err != nil {
		t.Fatal(err)
	}
	r, name := registry(t)
	p := find(t, r, name)
	right, judged := 0, 0
	for i := range examples {
		// A View that carries nothing but the features: one slice of a hundred shares is due.
		v := engine.View{Parent: 1, Now: 1, Start: 0, End: 1000, Lot: 1, Qty: 1000, Next: 100, Features: examples[i].Features}
		var out engine.Proposal
		p.Propose(&v, &out)
		if out.Fallback {
			continue
		}
		judged++
		if learned.ChoiceOf(&out) == examples[i].Choice {
			right++
		}
	}
	if judged < len(examples)*95/100 || float64(right) < 0.98*float64(judged) {
		t.Errorf("of %d decisions %d were judged and %d agree with the schedule", len(examples), judged, right)
	}
	t.Logf("%d of %d judged, %.4f agree", judged, len(examples), float64(right)/float64(judged))
}

// learnedDay is a simulated day of LEARNED parents.
func learnedDay(t testing.TB, seed uint64, find func(*fix.ClOrdID) engine.Policy, swap string) *sim.World {
	t.Helper()
	f, err := flow.NewPoisson(flow.PoissonConfig{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	cfg := sim.Standard(seed, 2, f)
	cfg.Engine.FindPolicy = find
	if swap != "" {
		id, _ := fix.MakeClOrdID(swap)
		cfg.Commands = append(cfg.Commands, sim.Command{At: cfg.Exchange.Start + market.Second/4, Cmd: fix.Command{Kind: fix.SwapPolicy, ClOrdID: id}})
	}
	for i := range 4 {
		id, _ := fix.MakeClOrdID(string(rune('A' + i)))
		at := cfg.Exchange.Start + market.Nanos(1+i)*market.Second/2
		cfg.Commands = append(cfg.Commands, sim.Command{At: at, Cmd: fix.Command{
			Kind: fix.NewParent, Algo: market.LEARNED, OrdType: '1', Side: market.Side(1 + i%2), Instrument: market.InstrumentID(i / 2),
			OrderQty: 600, EndNanos: at + 10*market.Second, ClOrdID: id,
		}})
	}
	w, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(14*market.Second, market.Second); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestLearnedParentsAreWorkedByTheBundle(t *testing.T) {
	r, name := registry(t)
	a := learnedDay(t, 5, r.Find, name)
	s := a.Engine.Stats()
	if s.ParentsDone != 4 || s.Fallbacks != 0 || s.FilledQty != 2400 || s.Overfill != 0 {
		t.Fatalf("done %d, fallbacks %d, filled %d, overfill %d; want 4, 0, 2400, 0", s.ParentsDone, s.Fallbacks, s.FilledQty, s.Overfill)
	}
	fresh, name2 := registry(t)
	if b := learnedDay(t, 5, fresh.Find, name2); a.Outbound() != b.Outbound() {
		t.Error("the same day gave other orders the second time")
	}
}

func TestWithoutABundleLearnedParentsFollowTheScheduleAndSaySo(t *testing.T) {
	r, _ := registry(t)
	for name, swap := range map[string]string{"no policy was named": "", "an unknown one was named": "0123456789abcdef"} {
		w := learnedDay(t, 6, r.Find, swap)
		if s := w.Engine.Stats(); s.ParentsDone != 4 || s.Fallbacks != 4 || s.FilledQty != 2400 {
			t.Errorf("%s: done %d, fallbacks %d, filled %d; want 4, 4, 2400", name, s.ParentsDone, s.Fallbacks, s.FilledQty)
		}
	}
}

func TestAChallengerInTheShadowChangesNothingButTheLog(t *testing.T) {
	r, name := registry(t)
	pair, err := r.Pair(name, name)
	if err != nil {
		t.Fatal(err)
	}
	alone, _ := registry(t)
	a, b := learnedDay(t, 7, r.Find, pair), learnedDay(t, 7, alone.Find, name)
	if a.Outbound() != b.Outbound() {
		t.Error("the shadow changed what was sent")
	}
	if n := a.Engine.Stats().ShadowDiffers; n != 0 {
		t.Errorf("a bundle differs from itself %d times", n)
	}
	contrary := &learned.Shadow{Champion: find(t, alone, name), Challenger: crossing{}}
	w := learnedDay(t, 7, func(*fix.ClOrdID) engine.Policy { return contrary }, name)
	if n := w.Engine.Stats().ShadowDiffers; n == 0 {
		t.Error("a challenger that always crosses never differs")
	}
	if w.Outbound() != a.Outbound() {
		t.Error("the contrary challenger changed what was sent")
	}
}

// crossing always takes everything.
type crossing struct{}

func (crossing) Propose(v *engine.View, p *engine.Proposal) {
	*p = engine.Proposal{Action: engine.Cross, Qty: v.Qty}
}

func TestAViewOutsideTheTrainedRangeFallsBack(t *testing.T) {
	r, name := registry(t)
	p := find(t, r, name)
	v := engine.View{Parent: 1, Now: 1, End: 1000, Lot: 1, Qty: 1000, Next: 100}
	v.Features[engine.FSpread] = 1 << 30
	var out engine.Proposal
	if p.Propose(&v, &out); !out.Fallback || out.Action != engine.Rest || out.Qty != 100 {
		t.Errorf("%+v, want the schedule's proposal as a fallback", out)
	}
}

func TestTheEnvelopeOfTheBundleHolds(t *testing.T) {
	r, name := registry(t)
	p := find(t, r, name)
	examples, err := Collect([]uint64{903})
	if err != nil {
		t.Fatal(err)
	}
	late := engine.View{Parent: 1, Now: 960, End: 1000, Lot: 1, Qty: 1000, Next: 100, Features: examples[0].Features}
	var out engine.Proposal
	if p.Propose(&late, &out); out.Fallback || out.Action != engine.Rest || out.Qty != 100 {
		t.Errorf("in the last twentieth: %+v, want the schedule's proposal and no fallback", out)
	}
	behind := engine.View{Parent: 1, Now: 500, End: 1000, Lot: 1, Qty: 1000, Due: 200, Next: 250, Features: examples[0].Features}
	out = engine.Proposal{}
	if p.Propose(&behind, &out); out.Fallback || out.Action != engine.Cross || out.Qty != 200 {
		t.Errorf("a fifth behind: %+v, want the schedule's proposal and no fallback", out)
	}
}

func TestProposeAllocatesNothing(t *testing.T) {
	r, name := registry(t)
	p := find(t, r, name)
	examples, err := Collect([]uint64{904})
	if err != nil {
		t.Fatal(err)
	}
	v := engine.View{Parent: 2, Now: 1, End: 1000, Lot: 1, Qty: 1000, Next: 100}
	var out engine.Proposal
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		v.Features = examples[i%len(examples)].Features
		i++
		p.Propose(&v, &out)
	}); n != 0 {
		t.Errorf("%v allocations a decision", n)
	}
}

func TestAForeignBundleIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string][]byte{"empty": nil, "garbage": []byte(strings.Repeat("x", 1000)), "cut": TWAPBundle[:len(TWAPBundle)-1], "flipped": flipped()} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		r := learned.NewRegistry("", 4, kernel.Auto, nil)
		if _, err := r.Load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func flipped() []byte {
	b := append([]byte(nil), TWAPBundle...)
	b[len(b)/2] ^= 1
	return b
}
