package tca

import (
	"errors"
	"math"
	"strings"
	"testing"

	"slipstream/internal/market"
)

const (
	usd = market.PriceUnit
	sec = market.Second
)

// cents is a price in cents.
func cents(c int64) market.Price { return market.Price(c) * usd / 100 }

// rising is a market whose mid is 100.00 until 10 s, then 100.10, then 100.20 from 20 s;
// the spread is two cents and a trade of 100 shares prints at the mid every second.
func rising() *Tape {
	tp := &Tape{}
	for s := int64(0); s <= 100; s++ {
		mid := int64(10000)
		if s >= 10 {
			mid = 10010
		}
		if s >= 20 {
			mid = 10020
		}
		tp.Touch(market.Nanos(s)*sec, cents(mid-1), cents(mid+1))
		tp.Trade(market.Nanos(s)*sec, 100, cents(mid))
	}
	return tp
}

// bought is a parent to buy 1,000 between 1 s and 30 s, with three fills.
func bought() *Parent {
	return &Parent{
		ID: 7, Algo: market.TWAP, Side: market.Buy, Qty: 1000,
		DecisionNanos: sec / 2, ArrivalNanos: sec, EndNanos: 30 * sec,
		Fills: []Fill{
			{Nanos: 5 * sec, Qty: 400, Price: cents(10001), Fee: usd, Liq: Removed},     // at the ask
			{Nanos: 15 * sec, Qty: 200, Price: cents(10009), Fee: -usd / 4, Liq: Added}, // at the bid
			{Nanos: 25 * sec, Qty: 200, Price: cents(10021), Liq: Removed},
		},
		Children: 4, Cancels: 2,
	}
}

func near(t *testing.T, name string, got Number, want float64) {
	t.Helper()
	if !got.OK || math.Abs(got.V-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s is %+v, want %v", name, got, want)
	}
}

// Every figure of one buy, computed by hand. Base: 1,000 * $100 = $100,000, so $10 is 1 bp.
func TestAnalyzeByHand(t *testing.T) {
	r, err := Analyze(Default(), bought(), rising())
	if err != nil {
		t.Fatal(err)
	}
	// Spread: 400*.01 - 200*.01 + 200*.01 = $4. Drift: 200*.10 + 200*.20 = $60. Rest: 200*.20 = $40. Fees $0.75.
	near(t, "spread", r.SpreadBps, 0.4)
	near(t, "drift", r.DriftBps, 6)
	near(t, "trading", r.TradingBps, 6.4)
	near(t, "opportunity", r.OpportunityBps, 4)
	near(t, "fees", r.FeesBps, 0.075)
	near(t, "delay", r.DelayBps, 0)
	near(t, "shortfall", r.ISBps, 10.475)
	near(t, "shortfall in money", r.ISUSD, 104.75)
	near(t, "average price", r.AvgPx, 100.08)
	// 30 trades of 100 from 1 s to 30 s: 9 at 100.00, 10 at 100.10, 11 at 100.20.
	vwap := (9*100.0 + 10*100.10 + 11*100.20) / 30
	near(t, "VWAP", r.VWAP, vwap)
	near(t, "VWAP slippage", r.VWAPSlippageBps, 1e4*(100.08-vwap)/vwap)
	others := (vwap*3000 - 100.08*800) / 2200
	near(t, "VWAP slippage without own trades", r.VWAPExclSlippageBps, 1e4*(100.08-others)/others)
	done := (9*100.0 + 10*100.10 + 6*100.20) / 25
	near(t, "VWAP slippage to the last fill", r.VWAPDoneSlippageBps, 1e4*(100.08-done)/done)
	near(t, "participation", r.Participation, 800.0/3000)
	near(t, "highest participation", r.ParticipationMax, 800.0/3000) // one bucket of a minute
	near(t, "passive share", r.PassiveShare, 0.25)
	near(t, "cancels per fill", r.CancelsPerFill, 2.0/3)
	near(t, "time to last fill", r.TimeToLastFill, 24)
	near(t, "effective spread", r.EffectiveSpreadBps, 1e4*2*4/(400*100+200*100.10+200*100.20))
	if r.Completion != 0.8 || r.MarketQty != 3000 || r.Fills != 3 || r.Children != 4 || r.OwnTradesMissing {
		t.Errorf("counts: %+v", r)
	}
	// 10 s after their fills the mids moved by .10, .10 and 0.
	ten := r.Markouts[2]
	near(t, "markout at 10 s", ten.MarkoutBps, 1e4*2*(400*.10+200*.10)/(400*100+200*100.10+200*100.20))
	if ten.HorizonMs != 10_000 || ten.Qty != 800 {
		t.Errorf("horizon %d ms covers %d shares", ten.HorizonMs, ten.Qty)
	}
	if r.ISForcedBps.OK {
		t.Error("a forced completion that nobody priced has a value")
	}
}

func TestAnalyzeCases(t *testing.T) {
	for _, c := range []struct {
		name  string
		edit  func(*Parent, *Tape)
		check func(*testing.T, Result)
	}{
		{"a delay between decision and arrival is a cost of its own", func(p *Parent, _ *Tape) {
			p.DecisionNanos, p.ArrivalNanos = 5*sec, 12*sec
			p.Fills = p.Fills[1:]
		}, func(t *testing.T, r Result) {
			near(t, "delay", r.DelayBps, 1e4*.10/100.10)
			near(t, "from decision", r.ISDecisionBps, 1e4*(1000*.10-200*.01+200*(.10+.01)+600*.10-.25)/100_000)
		}},
		{"a forced completion prices the rest instead of the end mid", func(p *Parent, _ *Tape) {
			p.Forced = []Fill{{Qty: 150, Price: cents(10021)}, {Qty: 50, Price: cents(10023), Fee: usd}}
		}, func(t *testing.T, r Result) {
			near(t, "forced", r.ISForcedBps, 10.475-4+(150*.21+50*.23+1)/10)
		}},
		{"a forced completion of another size is not used", func(p *Parent, _ *Tape) {
			p.Forced = []Fill{{Qty: 199, Price: cents(10021)}}
		}, func(t *testing.T, r Result) {
			if r.ISForcedBps.OK {
				t.Errorf("forced %+v", r.ISForcedBps)
			}
		}},
		{"a parent without fills costs its opportunity", func(p *Parent, _ *Tape) {
			p.Fills = nil
		}, func(t *testing.T, r Result) {
			near(t, "shortfall", r.ISBps, 20)
			for name, n := range map[string]Number{"avg": r.AvgPx, "vwap": r.VWAPSlippageBps, "passive": r.PassiveShare, "last": r.TimeToLastFill, "effective": r.EffectiveSpreadBps} {
				if n.OK {
					t.Errorf("%s is %v without a fill", name, n.V)
				}
			}
		}},
		{"a given arrival mid stands above the tape's", func(p *Parent, _ *Tape) {
			p.ArrivalMid = MidOf(cents(9999), cents(10000))
		}, func(t *testing.T, r Result) {
			if r.ArrivalMid != 99.995 {
				t.Errorf("arrival %v", r.ArrivalMid)
			}
			near(t, "drift", r.DriftBps, 1e4*(400*.005+200*.105+200*.205)/99_995)
		}},
		{"a market without trades has no VWAP and no participation", func(_ *Parent, tp *Tape) {
			tp.trades = nil
		}, func(t *testing.T, r Result) {
			if r.VWAP.OK || r.VWAPSlippageBps.OK || r.Participation.OK || r.ParticipationMax.OK {
				t.Errorf("%+v", r)
			}
			if !r.OwnTradesMissing {
				t.Error("own trades are not on the tape, and that was not said")
			}
		}},
		{"a markout beyond the data is unknown", func(_ *Parent, tp *Tape) {
			tp.EndNanos = 40 * sec
		}, func(t *testing.T, r Result) {
			if m := r.Markouts[3]; m.Qty != 0 || m.MarkoutBps.OK {
				t.Errorf("%+v", m)
			}
			if m := r.Markouts[2]; m.Qty != 800 {
				t.Errorf("%+v", m)
			}
		}},
		{"a crossed and a one-sided touch leave the last good mid in force", func(p *Parent, tp *Tape) {
			*tp = Tape{}
			tp.Touch(0, cents(9999), cents(10001))
			tp.Touch(2*sec, cents(10005), cents(10004))
			tp.Touch(3*sec, cents(10005), 0)
		}, func(t *testing.T, r Result) {
			near(t, "drift", r.DriftBps, 0)
			near(t, "opportunity", r.OpportunityBps, 0)
		}},
		{"a fill before the first mid counts against the arrival mid", func(p *Parent, tp *Tape) {
			p.ArrivalMid = MidOf(cents(9999), cents(10001))
			tp.mids = tp.mids[1:] // the first one is now at 10 s
		}, func(t *testing.T, r Result) {
			if r.FillsWithoutMid != 1 {
				t.Errorf("%d fills without mid", r.FillsWithoutMid)
			}
			near(t, "shortfall", r.ISBps, 10.475)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, tp := bought(), rising()
			c.edit(p, tp)
			r, err := Analyze(Default(), p, tp)
			if err != nil {
				t.Fatal(err)
			}
			c.check(t, r)
		})
	}
}

func TestAnalyzeRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Parent, *Tape)
		want error
	}{
		{"no quantity", func(p *Parent, _ *Tape) { p.Qty = 0 }, errQty},
		{"no side", func(p *Parent, _ *Tape) { p.Side = 0 }, errSide},
		{"an end before arrival", func(p *Parent, _ *Tape) { p.EndNanos = p.ArrivalNanos - 1 }, errInterval},
		{"a fill of nothing", func(p *Parent, _ *Tape) { p.Fills[0].Qty = 0 }, errFill},
		{"more filled than ordered", func(p *Parent, _ *Tape) { p.Qty = 799 }, errOverfill},
		{"no market before arrival", func(_ *Parent, tp *Tape) { tp.mids = nil }, errNoMid},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, tp := bought(), rising()
			c.edit(p, tp)
			_, err := Analyze(Default(), p, tp)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), "parent 7") {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}
