package flow

import (
	"fmt"
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
	bids   []float64 // of which bids
}

func tell(t *testing.T, scenario string, seconds int, seed uint64) told {
	t.Helper()
	m, _ := reactiveMarket(t, ReactiveConfig{Seed: seed, Scenario: scenario}, "AMZN")
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
		depth, bids := 0.0, 0.0
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			best := m.Level(0, side, 0)
			for k := range m.Levels(0, side) {
				if l := m.Level(0, side, k); math.Abs(float64(int64(l.Price)-int64(best.Price))) <= 2000 {
					depth += float64(l.Qty)
				}
			}
			if side == market.Buy {
				bids = depth
			}
		}
		out.depth, out.bids = append(out.depth, depth), append(out.bids, bids)
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

// move is the mid's change between two seconds, bp.
func (o *told) move(from, to int) float64 { return 1e4 * math.Log(o.mid[to]/o.mid[from]) }

// rate is events per second between two seconds.
func (o *told) rate(from, to int) float64 { return (o.events[to] - o.events[from]) / float64(to-from) }

// swing is the root mean square of ten-second returns between two seconds, bp.
func (o *told) swing(from, to int) float64 {
	sum, n := 0.0, 0.0
	for i := from + 10; i <= to; i += 10 {
		r := o.move(i-10, i)
		sum += r * r
		n++
	}
	return math.Sqrt(sum / n)
}

// shapes say what is wrong with a stretch that should be of a scenario, beside a normal
// one; nothing when it is as named.
var shapes = map[string]func(o, normal *told) []string{
	"calm": func(o, normal *told) []string {
		n := len(o.mid) - 1
		return faults(
			fault(o.rough() <= 0.8*normal.rough(), "one-minute returns %.2f bp, normal %.2f", o.rough(), normal.rough()),
			fault(o.events[n] <= 0.9*normal.events[n], "%.0f events, normal %.0f", o.events[n], normal.events[n]))
	},
	"volatile": func(o, normal *told) []string {
		return faults(fault(o.rough() >= 1.7*normal.rough(), "one-minute returns %.2f bp, normal %.2f", o.rough(), normal.rough()))
	},
	"trending": func(o, normal *told) []string {
		var all []error
		for k := range 3 { // steadily
			v := o.move(600*k, 600*k+599)
			all = append(all, fault(v > 40, "the mid moved by %.0f bp in ten minutes", v))
		}
		return faults(all...)
	},
	"thin": func(o, normal *told) []string {
		d, s, r := mean(o.depth)/mean(normal.depth), mean(o.spread)/mean(normal.spread), o.rate(0, 1799)/normal.rate(0, 1799)
		return faults(
			fault(d <= 0.85, "depth %.2f of normal", d),
			fault(s >= 1.15 && s <= 4, "spread %.2f of normal", s),
			fault(r <= 0.8, "events %.2f of normal", r))
	},
	"open-close": func(o, normal *told) []string {
		open, middle, end := o.rate(0, 120), o.rate(600, 1200), o.rate(1500, 1799)
		return faults(
			fault(open >= 2*middle && end >= 3*middle, "%.1f events per second at the open, %.1f in the middle, %.1f at the close", open, middle, end),
			fault(o.swing(0, 120) >= 1.5*o.swing(600, 1200), "ten-second returns of %.2f bp at the open, %.2f in the middle", o.swing(0, 120), o.swing(600, 1200)))
	},
	"halt": func(o, normal *told) []string {
		return faults(
			fault(o.move(0, 58) < -20, "the mid moved by %.0f bp before the halt", o.move(0, 58)),
			fault(o.state[50] == 'T' && o.state[62] == 'H' && o.state[355] == 'H' && o.state[361] == 'T', "states %c %c %c %c", o.state[50], o.state[62], o.state[355], o.state[361]),
			fault(o.events[350]-o.events[70] <= 30, "%.0f events in a halt", o.events[350]-o.events[70]),
			fault(o.rate(361, 400) >= 1.5*normal.rate(0, 1799), "%.1f events per second after the halt", o.rate(361, 400)))
	},
	// 2010-05-06 by the CFTC-SEC report: a slide, then the collapse within minutes as buyers
	// withdraw, a stop of five seconds, most of it back within half an hour.
	"flash-crash": func(o, normal *told) []string {
		low, at := math.Inf(1), 0
		for i, v := range o.mid {
			if v < low {
				low, at = v, i
			}
		}
		fall := 1e4 * math.Log(low/o.mid[0])
		back := math.Log(o.mid[len(o.mid)-1]/low) / math.Log(o.mid[0]/low)
		slide, collapse := o.move(60, 300), o.move(300, 540)
		bids, spread := mean(o.bids[420:540])/mean(o.bids[:300]), mean(o.spread[420:540])/mean(o.spread[:300])
		return faults(
			fault(fall <= -350 && fall >= -1200, "fell by %.0f bp", fall),
			fault(at >= 450 && at <= 700, "was lowest after %d s", at),
			fault(back >= 0.4 && back <= 1.2, "came back by %.0f %%", 100*back),
			fault(slide < -30 && collapse < 2*slide, "moved by %.0f bp before the collapse, by %.0f in it", slide, collapse),
			fault(o.rate(300, 539) >= 3*o.rate(0, 60), "%.1f events per second in the collapse, %.1f before", o.rate(300, 539), o.rate(0, 60)),
			fault(bids <= 0.75, "%.2f of the bids are left in the collapse", bids),
			fault(spread >= 1.5, "a spread of %.1f times the one before in the collapse", spread),
			fault(o.rate(540, 544) <= 0.1*o.rate(300, 539), "%.1f events per second in the stop", o.rate(540, 544)))
	},
	"runaway-feed": func(o, normal *told) []string {
		var all []error
		for _, at := range []int{30, 60, 90} {
			wild, quiet := o.rate(at, at+9), o.rate(at-20, at-1)
			all = append(all, fault(wild >= 20*quiet, "%.1f events per second in wild seconds, %.1f in quiet ones", wild, quiet))
		}
		return faults(all...)
	},
}

// fault is an error unless ok.
func fault(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func faults(list ...error) (out []string) {
	for _, err := range list {
		if err != nil {
			out = append(out, err.Error())
		}
	}
	return out
}

// Each scenario has its shape, and an unchanged market has none of them: a scenario that
// did nothing would not pass.
func TestScenariosDoWhatTheyAreNamedFor(t *testing.T) {
	normal := tell(t, "", 1800, 41)
	other := tell(t, "", 1800, 42)
	for _, name := range Scenarios() {
		t.Run(name, func(t *testing.T) {
			shape, ok := shapes[name]
			if !ok {
				t.Fatal("nothing says what this scenario should look like")
			}
			o := tell(t, name, 1800, 41)
			for _, f := range shape(&o, &normal) {
				t.Error(f)
			}
			if len(shape(&other, &normal)) == 0 {
				t.Error("an unchanged market passes for it")
			}
		})
	}
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
