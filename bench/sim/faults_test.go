package sim

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/market"
	"slipstream/risk"
)

var seedsFlag = flag.Int("seeds", 24, "how many seeds of a faulty venue to run")

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
	if r.hit(700_000) {
		lot := []market.Qty{1, 1, 10, 100}[r.below(4)]
		for i := range cfg.Engine.Instruments {
			cfg.Engine.Instruments[i].Lot = lot // the exchange takes odd lots: fills are of any size
		}
		cfg.Commands = hardDesk(&r, cfg.Exchange.Start, lot)
	}
	return cfg
}

// hardDesk is a desk that changes its mind: parents with windows from a millisecond
// up, that start earlier and later, with limits and caps, replaced in every term and
// canceled, a kill and a rearm, and sometimes a shutdown.
func hardDesk(r *rng, start market.Nanos, lot market.Qty) (out []Command) {
	ms := func(most uint64) market.Nanos { return market.Nanos(r.below(most)) * market.Millisecond }
	edit := func(c *fix.Command) {
		c.OrdType = '1'
		if r.hit(400_000) {
			c.OrdType, c.Price = '2', (10000+market.Price(r.below(60))-30)*market.PriceUnit/100
		}
		if c.Algo == market.POV || r.hit(200_000) {
			c.ParticipationPpm = uint32(1 + r.below(999_999))
		}
		c.UrgencyMilli = uint32(r.below(20_000))
		c.OrderQty = lot * market.Qty(1+r.below(2000/uint64(lot)))
	}
	for i := range 4 + r.below(8) {
		at := start + 500*market.Millisecond + ms(6000)
		first, last := fmt.Sprintf("p%d", i), fmt.Sprintf("p%d", i)
		c := fix.Command{Kind: fix.NewParent, Algo: market.Algo(1 + r.below(4)), Tactic: market.Tactic(r.below(2)), Side: market.Side(1 + r.below(2)),
			Instrument: market.InstrumentID(r.below(2)), ClOrdID: id(first), EndNanos: at + 1 + ms(5000)}
		switch r.below(4) {
		case 0:
			c.StartNanos = at - ms(2000)
		case 1:
			c.StartNanos = at + ms(1000)
			c.EndNanos = c.StartNanos + 1 + ms(4000)
		case 2:
			c.EndNanos = at + 1 + ms(5)
		}
		edit(&c)
		out = append(out, Command{at, c})
		for k := range r.below(5) {
			at += ms(800)
			g := c
			g.Kind, g.Algo, g.OrigClOrdID, g.StartNanos, g.EndNanos = fix.ReplaceParent, market.NoAlgo, id(last), 0, 0
			last = fmt.Sprintf("%s-%d", first, k)
			g.ClOrdID = id(last)
			if r.hit(300_000) {
				g.EndNanos = at + 1 + ms(3000)
			}
			if r.hit(250_000) {
				g.Kind = fix.CancelParent
			}
			edit(&g)
			out = append(out, Command{at, g})
		}
	}
	if r.hit(300_000) {
		at := start + 500*market.Millisecond + ms(6000)
		out = append(out, Command{at, fix.Command{Kind: fix.Kill}}, Command{at + ms(2000), fix.Command{Kind: fix.Rearm}})
	}
	if r.hit(200_000) {
		out = append(out, Command{start + 2*market.Second + ms(6000), fix.Command{Kind: fix.Shutdown}})
	}
	if r.hit(400_000) {
		out = append(out, Command{start + 500*market.Millisecond + ms(6000), fix.Command{Kind: fix.MassCancel, Side: market.Side(r.below(3)), Instrument: market.NoInstrument, ClOrdID: id("mass")}})
	}
	if r.hit(400_000) {
		out = append(out, Command{start + 500*market.Millisecond + ms(6000), fix.Command{Kind: fix.MassStatus, Instrument: market.NoInstrument, ReqID: id("status")}})
	}
	return out
}

// hardDay runs one and says what broke; "" = nothing.
func hardDay(t testing.TB, cfg Config) (w *World, fault string) {
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
	want(s.Posture&^(engine.PostureFeedEnded|engine.PostureShutdown|engine.PostureVenue) == 0, "posture %s at the end", s.Posture)
	told := market.Qty(0)
	for id, r := range toldOf(w) {
		told += r.CumQty
		// Filled while its own cancel was pending: a refusal (9) says the rest.
		ended := r.OrdStatus.Terminal() || r.OrdStatus == fix.StatusPendingCancel && r.LeavesQty == 0 && refused(w, id)
		want(ended, "parent %d was left at %c", id, r.OrdStatus)
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
	failed, restated := 0, uint64(0)
	var sum engine.Stats
	for seed := from; seed < from+uint64(n); seed++ {
		w, fault := hardDay(t, hardVenue(t, seed))
		if fault != "" {
			failed++
			t.Errorf("seed %d: %s (%+v, cuts %d)", seed, fault, w.cfg.Venue, w.Cuts)
			continue
		}
		checkDesk(t, w)
		s := w.Engine.Stats()
		sum.Parents += s.Parents
		sum.ParentsReplaced += s.ParentsReplaced
		sum.Children += s.Children
		sum.Replaces += s.Replaces
		sum.Cancels += s.Cancels
		sum.Fills += s.Fills
		sum.ImpliedFills += s.ImpliedFills
		sum.StatusRequests += s.StatusRequests
		sum.Rejects += s.Rejects
		sum.Busts += s.Busts
		sum.Corrections += s.Corrections
		restated += w.Peer.restated
	}
	t.Logf("parents %d, replaced %d, children %d, replaces %d, cancels %d, fills %d, of them implied %d, status requests %d, rejects %d, busts %d, corrections %d, restatements %d",
		sum.Parents, sum.ParentsReplaced, sum.Children, sum.Replaces, sum.Cancels, sum.Fills, sum.ImpliedFills, sum.StatusRequests, sum.Rejects, sum.Busts, sum.Corrections, restated)
	if n > 1 && (sum.ParentsReplaced == 0 || sum.Replaces == 0 || sum.ImpliedFills == 0 || sum.StatusRequests == 0 || sum.Rejects == 0 ||
		sum.Busts == 0 || sum.Corrections == 0 || restated == 0) {
		t.Error("a way of trouble never came: the test tests too little")
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
	for _, r := range toldOf(w) {
		net[r.Instrument] += r.CumQty * market.Qty(r.Side.Sign())
	}
	for i := range w.cfg.Exchange.Instruments {
		id := market.InstrumentID(i)
		if filled, buys, sells := w.Engine.Exposure(id); filled != net[id] || buys != 0 || sells != 0 {
			bad = append(bad, fmt.Sprintf("the gate has %d filled and %d/%d open of instrument %d, the desk was told of %d", filled, buys, sells, i, net[id]))
		}
	}
	return bad
}

// refused reports whether a cancel of the parent was refused because it had filled.
func refused(w *World, parent uint64) bool {
	return slices.ContainsFunc(w.Reports, func(r fix.Report) bool {
		return r.Kind == fix.CancelReject && r.ParentID == parent && r.OrdStatus == fix.StatusFilled
	})
}
