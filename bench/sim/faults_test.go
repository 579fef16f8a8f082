package sim

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/market"
	"slipstream/risk"
)

var seedsFlag = flag.Int("seeds", 40, "how many seeds of a faulty venue to run")

// hardVenue is a day at a venue with faults drawn from the seed, half of them with
// a policy that proposes anything, some with broken connections.
func hardVenue(t testing.TB, seed uint64) Config {
	cfg := standardDay(t, seed)
	r := rng(seed * 7)
	cfg.Venue = seedFaults(&r)
	if r.hit(300_000) {
		cfg.CutPpm = uint32(r.below(30_000))
	}
	if r.hit(500_000) {
		cfg.Engine.Policy = &wild{rng(seed * 3)}
	}
	return cfg
}

// hardDay runs one and says what broke; "" = nothing.
func hardDay(t testing.TB, seed uint64) (w *World, fault string) {
	cfg := hardVenue(t, seed)
	open, steps := "", 0
	var w0 *World
	cfg.OnEffects = func(in *engine.Input, fx *engine.Effects) {
		if steps++; steps%16 == 0 && open == "" {
			if err := w0.Engine.Audit(); err != nil {
				open = err.Error()
			}
		}
		for i := range fx.Decisions {
			d := &fx.Decisions[i]
			if d.Deny == 0 && d.Child != 0 && d.OrigChild == 0 && open == "" {
				if v, _ := w0.Engine.Parent(d.Parent); d.Cum+d.Open+d.Qty > max(v.Qty, d.Cum) && v.Status != fix.StatusPendingReplace {
					open = fmt.Sprintf("parent %d: cum %d + open %d + new %d is above OrderQty %d", d.Parent, d.Cum, d.Open, d.Qty, v.Qty)
				}
			}
		}
	}
	w, err := New(cfg)
	w0 = w
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(12*market.Second, 12*market.Second); err != nil {
		t.Fatal(err)
	}
	s := w.Engine.Stats()
	var bad []string
	want := func(ok bool, format string, args ...any) {
		if !ok {
			bad = append(bad, fmt.Sprintf(format, args...))
		}
	}
	want(open == "", "%s", open)
	want(s.Overfill == 0, "overfill %d", s.Overfill)
	want(s.UnknownReports == 0, "%d unknown reports", s.UnknownReports)
	want(s.ReportsLost == 0 && s.EventsDropped == 0, "%d reports and %d events lost", s.ReportsLost, s.EventsDropped)
	want(w.Peer.Duplicates == 0, "%d orders twice", w.Peer.Duplicates)
	want(s.ParentsDone == s.Parents, "%d of %d parents ended", s.ParentsDone, s.Parents)
	want(len(w.Peer.open) == 0 || s.ParentsDone != s.Parents, "%d orders open at the venue after every parent ended", len(w.Peer.open))
	want(s.Posture&^engine.PostureFeedEnded == 0, "posture %s at the end", s.Posture)
	var told market.Qty
	for i := range w.Reports {
		if w.Reports[i].ExecType == fix.ExecTrade {
			told += w.Reports[i].LastQty
		}
	}
	want(told == w.Traded, "the desk was told of %d shares, the exchange traded %d", told, w.Traded)
	bad = append(bad, gateAgrees(w)...)
	return w, strings.Join(bad, "; ")
}

func TestAHardVenueLosesNothing(t *testing.T) {
	from, n := uint64(1), *seedsFlag
	if *seedFlag != 0 {
		from, n = *seedFlag, 1
	}
	failed := 0
	for seed := from; seed < from+uint64(n); seed++ {
		w, fault := hardDay(t, seed)
		if fault != "" {
			failed++
			t.Errorf("seed %d: %s (%+v, cuts %d)", seed, fault, w.cfg.Venue, w.Cuts)
			continue
		}
		checkDesk(t, w)
	}
	if failed > 0 {
		t.Errorf("%d of %d seeds failed", failed, n)
	}
}

// gateAgrees: after every parent's end nothing is left exposed, and the position is
// what was told.
func gateAgrees(w *World) (bad []string) {
	if h := w.Engine.Halted(); h != risk.NotHalted {
		bad = append(bad, "the gate halted: "+h.String())
	}
	net := map[market.InstrumentID]market.Qty{}
	for i := range w.Reports {
		if r := &w.Reports[i]; r.ExecType == fix.ExecTrade {
			net[r.Instrument] += r.LastQty * market.Qty(r.Side.Sign())
		}
	}
	for i := range w.cfg.Exchange.Instruments {
		id := market.InstrumentID(i)
		if filled, buys, sells := w.Engine.Exposure(id); filled != net[id] || buys != 0 || sells != 0 {
			bad = append(bad, fmt.Sprintf("the gate has %d filled and %d/%d open of instrument %d, the desk was told of %d", filled, buys, sells, i, net[id]))
		}
	}
	return bad
}
