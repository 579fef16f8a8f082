package tca

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"slipstream/internal/market"
)

// drawMarket is a random walk of touches and trades with the parent's own fills on it.
func drawMarket(t *rapid.T) (*Parent, *Tape) {
	p := &Parent{
		ID: 1, Algo: market.IS, Side: market.Side(rapid.IntRange(1, 2).Draw(t, "side")),
		Qty:           market.Qty(rapid.Int64Range(1, 5_000_000).Draw(t, "qty")),
		DecisionNanos: 2, ArrivalNanos: market.Nanos(rapid.Int64Range(3, 200).Draw(t, "arrival")),
	}
	p.EndNanos = p.ArrivalNanos + market.Nanos(rapid.Int64Range(0, 400).Draw(t, "length"))
	tp := &Tape{}
	mid := rapid.Int64Range(200, 40_000_000).Draw(t, "price, ITCH units")
	left := p.Qty
	for i, now := 0, market.Nanos(1); i < 40 && now < 700; i++ {
		mid = max(100, mid+rapid.Int64Range(-50, 50).Draw(t, "step"))
		bid, ask := market.Price(mid)*market.ITCHUnit, market.Price(mid+rapid.Int64Range(1, 40).Draw(t, "spread"))*market.ITCHUnit
		tp.Touch(now, bid, ask)
		now += market.Nanos(rapid.Int64Range(0, 20).Draw(t, "pause"))
		px := market.Price(rapid.Int64Range(int64(bid/market.ITCHUnit), int64(ask/market.ITCHUnit)).Draw(t, "fill price")) * market.ITCHUnit
		if q := market.Qty(rapid.Int64Range(0, int64(left)).Draw(t, "fill")); q > 0 && now >= p.ArrivalNanos && now <= p.EndNanos {
			left -= q
			fee := market.Price(rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "fee"))
			p.Fills = append(p.Fills, Fill{Nanos: now, Qty: q, Price: px, Fee: fee, Liq: Liquidity(rapid.IntRange(0, 2).Draw(t, "liquidity"))})
			tp.Trade(now, q, px)
			continue
		}
		tp.Trade(now, market.Qty(rapid.Int64Range(1, 10_000).Draw(t, "trade")), px)
	}
	tp.Watched(10_000 * market.Second)
	return p, tp
}

// The parts sum to the shortfall, to the last unit, and the shortfall is what its
// definition says when it is computed in one go.
func TestIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, tp := drawMarket(t)
		r, err := Analyze(Default(), p, tp)
		if err != nil {
			t.Fatal(err)
		}
		s := &r.Split
		if s.Spread.Add(s.Drift) != s.Trading {
			t.Fatalf("spread %v + drift %v is not trading %v", s.Spread, s.Drift, s.Trading)
		}
		decision, _ := tp.MidBefore(p.DecisionNanos)
		end, _ := tp.MidBefore(p.EndNanos + 1)
		var gross, fees Money
		for _, f := range p.Fills {
			gross = gross.Add(paid(f.Price, f.Qty))
			fees = fees.Add(paid(f.Fee, 1))
		}
		x := p.Filled()
		want := gross.Sub(atMid(decision, x)).Add(atMid(end-decision, p.Qty-x)).signed(p.Side).Add(fees)
		if got := s.ShortfallFromDecision(); got != want {
			t.Fatalf("delay + trading + opportunity + fees is %v, the definition gives %v", got, want)
		}
		sumBps := r.SpreadBps.V + r.DriftBps.V + r.OpportunityBps.V + r.FeesBps.V
		if math.Abs(sumBps-r.ISBps.V) > 1e-7*(1+math.Abs(r.SpreadBps.V)+math.Abs(r.DriftBps.V)+math.Abs(r.OpportunityBps.V)) {
			t.Fatalf("parts sum to %v bps, is_bps is %v", sumBps, r.ISBps.V)
		}
		for _, m := range r.Markouts {
			if m.Qty != x {
				t.Fatalf("markout at %d ms covers %d of %d", m.HorizonMs, m.Qty, x)
			}
			if got := m.RealisedSpreadBps.V + m.MarkoutBps.V; x > 0 && math.Abs(got-r.EffectiveSpreadBps.V) > 1e-6*(1+math.Abs(m.MarkoutBps.V)) {
				t.Fatalf("realised %v + markout %v is not effective %v", m.RealisedSpreadBps.V, m.MarkoutBps.V, r.EffectiveSpreadBps.V)
			}
		}
		if r.Completion < 0 || r.Completion > 1 || r.OwnTradesMissing {
			t.Fatalf("completion %v, own trades missing %v", r.Completion, r.OwnTradesMissing)
		}
		if x > 0 && (r.Participation.V <= 0 || r.Participation.V > 1 || r.ParticipationMax.V > 1+1e-12) {
			t.Fatalf("participation %v, highest %v", r.Participation, r.ParticipationMax)
		}
	})
}

// A sell is the mirror of a buy: with every price reflected about twice the arrival mid,
// its shortfall in money is the same to the last unit.
func TestSellMirrorsBuy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, tp := drawMarket(t)
		arrival, ok := tp.MidBefore(p.ArrivalNanos)
		if !ok {
			t.Fatal("no arrival mid")
		}
		mirror := func(px market.Price) market.Price { return market.Price(arrival) - px }
		q, tq := *p, &Tape{EndNanos: tp.EndNanos}
		q.Side, q.Fills = p.Side.Opposite(), nil
		for _, f := range p.Fills {
			f.Price = mirror(f.Price)
			q.Fills = append(q.Fills, f)
		}
		for _, m := range tp.mids {
			tq.mids = append(tq.mids, midPoint{m.nanos, 2*arrival - m.mid})
		}
		for _, x := range tp.trades {
			tq.Trade(x.Nanos, x.Qty, mirror(x.Price))
		}
		a, errA := Analyze(Default(), p, tp)
		b, errB := Analyze(Default(), &q, tq)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if a.Split.Shortfall() != b.Split.Shortfall() || a.Split.Spread != b.Split.Spread || a.Split.Delay != b.Split.Delay {
			t.Fatalf("%+v against %+v", a.Split, b.Split)
		}
	})
}

// The total of many parents is the money of all over the base of all.
func TestTotalIsWeighted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "parents")
		var results []Result
		var cost, base float64
		for range n {
			p, tp := drawMarket(t)
			r, err := Analyze(Default(), p, tp)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, r)
			cost += r.ISUSD.V
			base += r.ArrivalMid * float64(r.Qty)
		}
		rep := NewReport(results)
		if got, want := rep.Total.ISBps.V, 1e4*cost/base; math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
			t.Fatalf("total %v bps, want %v", got, want)
		}
		if rep.Total.Parents != n || len(rep.ByAlgo) != 1 || rep.ByAlgo[0].ISBps != rep.Total.ISBps {
			t.Fatalf("%+v", rep)
		}
		if rep.Total.ISWorstBps.V < rep.Total.ISBps.V-1e-9 {
			t.Fatalf("the worst parent %v costs less than the mean %v", rep.Total.ISWorstBps, rep.Total.ISBps)
		}
	})
}
