package flow

import (
	"math"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// told are figures of a stretch of a scenario, by the second.
type told struct {
	mid    []float64 // currency
	events []float64 // until then
	state  []byte
	spread []float64
	depth  []float64 // shares within 20 ticks of the touch, both sides
}

func tell(t *testing.T, scenario string, seconds int) told {
	t.Helper()
	m, _ := reactiveMarket(t, ReactiveConfig{Seed: 11, Scenario: scenario}, "AMZN")
	var out told
	start := m.Now()
	empty := 0
	var lastBid, lastAsk exchange.Level
	for s := 1; s <= seconds; s++ {
		m.Advance(start + market.Nanos(s)*market.Second)
		bid, ask := m.Touch(0)
		if bid.Price == 0 || ask.Price == 0 {
			if empty++; empty > seconds/200 {
				t.Fatalf("%s: a side is empty after %d s, for the %dth time", scenario, s, empty)
			}
			bid, ask = lastBid, lastAsk
		}
		lastBid, lastAsk = bid, ask
		out.mid = append(out.mid, float64(bid.Price+ask.Price)/2e4)
		out.events = append(out.events, float64(m.Counters().Events))
		out.state = append(out.state, m.State(0))
		out.spread = append(out.spread, float64(ask.Price)/100-float64(bid.Price)/100)
		depth := 0.0
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			best := m.Level(0, side, 0)
			for k := range m.Levels(0, side) {
				if l := m.Level(0, side, k); math.Abs(float64(int64(l.Price)-int64(best.Price))) <= 2000 {
					depth += float64(l.Qty)
				}
			}
		}
		out.depth = append(out.depth, depth)
	}
	return out
}

func mean(v []float64) float64 { return sumOf(v) / float64(len(v)) }

// rough is the root mean square of one-minute returns, bp.
func (o *told) rough() float64 {
	sum, n := 0.0, 0.0
	for i := 60; i < len(o.mid); i += 60 {
		r := 1e4 * math.Log(o.mid[i]/o.mid[i-60])
		sum += r * r
		n++
	}
	return math.Sqrt(sum / n)
}

func TestScenariosDoWhatTheyAreNamedFor(t *testing.T) {
	normal := tell(t, "", 1800)
	n := len(normal.mid)
	t.Run("calm", func(t *testing.T) {
		if o := tell(t, "calm", 1800); o.rough() > 0.8*normal.rough() || o.events[n-1] > 0.9*normal.events[n-1] {
			t.Errorf("one-minute returns %.2f bp, normal %.2f; %.0f events, normal %.0f", o.rough(), normal.rough(), o.events[n-1], normal.events[n-1])
		}
	})
	t.Run("volatile", func(t *testing.T) {
		if o := tell(t, "volatile", 1800); o.rough() < 1.7*normal.rough() {
			t.Errorf("one-minute returns %.2f bp, normal %.2f", o.rough(), normal.rough())
		}
	})
	t.Run("trending", func(t *testing.T) {
		o := tell(t, "trending", 1800)
		if rise := 1e4 * math.Log(o.mid[n-1]/o.mid[0]); rise < 100 {
			t.Errorf("the mid rose by %.0f bp in half an hour", rise)
		}
	})
	t.Run("thin", func(t *testing.T) {
		o := tell(t, "thin", 1800)
		if d, s := mean(o.depth)/mean(normal.depth), mean(o.spread)/mean(normal.spread); d > 0.85 || s < 1.15 || s > 4 {
			t.Errorf("depth %.0f shares, normal %.0f; spread %.1f ticks, normal %.1f", mean(o.depth), mean(normal.depth), mean(o.spread), mean(normal.spread))
		}
	})
	t.Run("open-close", func(t *testing.T) {
		o := tell(t, "open-close", 1800)
		rate := func(from, to int) float64 { return (o.events[to-1] - o.events[from]) / float64(to-from) }
		if open, middle, end := rate(0, 120), rate(600, 1200), rate(1500, 1800); open < 2*middle || end < 3*middle {
			t.Errorf("%.1f events per second at the open, %.1f in the middle, %.1f at the close", open, middle, end)
		}
	})
	t.Run("halt", func(t *testing.T) {
		o := tell(t, "halt", 480)
		if o.state[50] != 'T' || o.state[100] != 'H' || o.state[355] != 'H' || o.state[361] != 'T' {
			t.Errorf("states %c %c %c %c", o.state[50], o.state[100], o.state[355], o.state[361])
		}
		if still := o.events[350] - o.events[70]; still > 30 {
			t.Errorf("%.0f events in a halt", still)
		}
		if after := o.events[400] - o.events[361]; after < 100 {
			t.Errorf("only %.0f events after the halt", after)
		}
	})
	t.Run("flash-crash", func(t *testing.T) {
		o := tell(t, "flash-crash", 1800)
		low, at := math.Inf(1), 0
		for i, v := range o.mid {
			if v < low {
				low, at = v, i
			}
		}
		fall := 1e4 * math.Log(low/o.mid[0])
		back := math.Log(o.mid[n-1]/low) / math.Log(o.mid[0]/low)
		t.Logf("fell %.0f bp by second %d, %.0f %% back by the end; spread %.0f ticks at worst", fall, at, 100*back, maxOf(o.spread))
		if fall > -350 || fall < -1200 || at < 450 || at > 700 || back < 0.4 || back > 1.2 {
			t.Errorf("fell %.0f bp by second %d and came back by %.0f %%", fall, at, 100*back)
		}
	})
	t.Run("runaway-feed", func(t *testing.T) {
		o := tell(t, "runaway-feed", 120)
		if wild, quiet := o.events[39]-o.events[30], o.events[29]-o.events[10]; wild < 20*quiet {
			t.Errorf("%.0f events in nine wild seconds, %.0f in nineteen quiet ones", wild, quiet)
		}
	})
}

func maxOf(v []float64) (m float64) {
	for _, x := range v {
		m = max(m, x)
	}
	return m
}

// Every scenario is a change of the same model that passes its judgement, of every
// stock, and leaves the parameters it started from alone.
func TestScenariosAreParameterChanges(t *testing.T) {
	for _, name := range Scenarios() {
		for _, symbol := range ReactiveSymbols() {
			p, err := DefaultReactive(symbol)
			if err != nil {
				t.Fatal(err)
			}
			q, err := Scenario(name, p)
			if err != nil {
				t.Fatal(err)
			}
			if err := q.Validate(); err != nil {
				t.Errorf("%s, %s: %v", name, symbol, err)
			}
			if p.Validate() != nil || len(p.Phases) != 0 || len(p.Regime.Activity) != 3 {
				t.Errorf("%s changed the parameters of %s", name, symbol)
			}
		}
	}
	var _ exchange.Flow = (*Reactive)(nil)
}
