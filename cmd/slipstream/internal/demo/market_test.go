package demo

import (
	"strings"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/cmd/slipstream/internal/report"
	"slipstream/internal/market"
)

func TestTheSpeedSuitsTheFlow(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     Options
		flow  string
		speed int64
		halts bool
	}{
		{"five minutes of the calibrated market by default", Options{Seconds: 20}, "reactive", 15, false},
		{"the clock's pace for who has the time", Options{Seconds: 600}, "reactive", 1, false},
		{"a speed that is chosen stays", Options{Seconds: 20, Speed: 2}, "reactive", 2, false},
		{"weather has no course", Options{Seconds: 20, Scenario: "trending"}, "reactive", 15, false},
		{"a halt is known beforehand", Options{Seconds: 20, Speed: 30, Scenario: "halt"}, "reactive", 30, true},
		{"a stock's trades are as far apart in the published model", Options{Seconds: 20, Flow: "queue-reactive"}, "queue-reactive", 15, false},
		{"Poisson's flow is lively by itself", Options{Seconds: 20, Flow: "poisson"}, "poisson", 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.From = "10:00:00"
			if err := c.o.Validate(); err != nil {
				t.Fatal(err)
			}
			if c.o.Flow != c.flow || c.o.Speed != c.speed || c.o.halts != c.halts {
				t.Errorf("%s at %dx, halts %v; want %s at %dx, %v", c.o.Flow, c.o.Speed, c.o.halts, c.flow, c.speed, c.halts)
			}
			if err := check(c.o.script()); err != nil {
				t.Errorf("the desk's script: %v", err)
			}
		})
	}
}

// Every scenario can be shown within any run, and one that has a course is over when
// the parents are.
func TestEveryScenarioHasACourse(t *testing.T) {
	var o Options
	for _, name := range flow.Scenarios() {
		p, err := flow.DefaultReactive("AMZN")
		if err == nil {
			p, err = flow.Scenario(name, p)
		}
		if err != nil {
			t.Fatal(err)
		}
		o = Options{Seconds: 20, From: "10:00:00", Scenario: name}
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Phases {
			if f.To-f.From < courseMax && float64(o.Speed*o.Seconds)*4/5 < f.To {
				t.Errorf("%s: at %dx the phase up to %.0f s is not over", name, o.Speed, f.To)
			}
		}
	}
	for _, name := range flow.Scenarios() {
		for _, seconds := range []int64{minSeconds, 20, maxSeconds} {
			o = Options{Seconds: seconds, From: "10:00:00", Scenario: name}
			if err := o.Validate(); err != nil {
				t.Fatal(err)
			}
			if o.Speed < 1 || o.Speed > maxSpeed || o.Speed*seconds < courseMin || !strings.Contains(o.title(), name) {
				t.Errorf("%s within %d s: %q at %dx", name, seconds, o.title(), o.Speed)
			}
		}
	}
}

// A market by hand: what is counted is what happened after the opening, and a trade that
// a member came for is none of the market's.
func TestFiguresOfATape(t *testing.T) {
	const start = 36_000 * market.Second
	m, err := exchange.New(exchange.Config{
		Instruments: []market.Instrument{{Symbol: market.MakeSymbol("AMZN"), Tick: market.PriceUnit / 100, Lot: 1}}, Start: start,
	})
	if err == nil {
		err = m.Open()
	}
	if err != nil {
		t.Fatal(err)
	}
	limit := func(side market.Side, price, qty uint32) {
		t.Helper()
		if _, why := m.Limit(0, side, price, qty, exchange.Day); why != exchange.ReasonNone {
			t.Fatal(why)
		}
	}
	limit(market.Buy, 100_0000, 100)
	limit(market.Sell, 100_1000, 100)
	m.Advance(start + 10*market.Second)
	if why := m.Market(0, market.Buy, 50); why != exchange.ReasonNone {
		t.Fatal(why)
	}
	m.Advance(start + 20*market.Second)
	limit(market.Buy, 100_0500, 100)
	m.Submit(start+30*market.Second, &exchange.Request{Kind: exchange.KindNew, Owner: 1, ClientRef: 1,
		Side: market.Buy, TIF: exchange.IOC, Qty: 10, Price: 100_1000 * market.ITCHUnit})
	took := map[uint64]bool{}
	for _, x := range m.Execs() {
		took[x.MatchNumber] = x.Liquidity == exchange.LiquidityRemoved
	}
	m.Advance(start + 40*market.Second)

	list, err := figures(m, took)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %d instruments", err, len(list))
	}
	got := list[0]
	if got.SpreadBps < 7.4 || got.SpreadBps > 7.6 { // a mean of quotients
		t.Errorf("mean spread %.3f bps", got.SpreadBps)
	}
	got.SpreadBps = 0
	want := report.Instrument{
		Symbol: "AMZN", Events: 3, EventsPerSecond: 0.075, Trades: 1, TradesPerSecond: 0.025,
		Qty: 60, SpreadTicks: 7.5, OpenMid: 100.05, CloseMid: 100.075,
	}
	if got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}
