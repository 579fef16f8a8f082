package accept

import (
	"fmt"
	"math"

	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// span is the part of the day that metaorders start in.
func (a *acceptance) span() (from, to market.Nanos) {
	return market.Nanos(a.from), market.Nanos(a.to)
}

// childSize is the mean of the model's executions.
func (a *acceptance) childSize() float64 { return mean(a.sim.each(sizesOf(record.Execute))) }

const twins = "No data: a real day has no twin without the order. Limits are the literature's."

// impact is tests 14 and 15.
func (a *acceptance) impact() error {
	var orders []order
	for _, s := range a.sizes {
		orders = append(orders, order{market.Buy, math.Round(s * a.vol), a.over, a.childSize()})
	}
	from, to := a.span()
	diffs, filled, err := a.model.impacts(orders, a.seeds, 2, from, to)
	if err != nil {
		return err
	}
	c := fit(a.sizes, diffs, a.sigma)
	t := a.judge(14, "Impact of a metaorder is concave in its size", twins+" Orders are equal marketable children over half an hour, at most one in ten seconds, bought and sold in turn, over the model's own volume and volatility of the hours used.")
	t.is("exponent", math.NaN(), c.Delta, "0.4 to 0.7", c.Delta >= 0.4 && c.Delta <= 0.7)
	t.is("width of its 95 % interval", math.NaN(), c.Hi-c.Lo, "< 0.15", c.Hi-c.Lo < 0.15)
	t.is("prefactor Y", math.NaN(), c.Y, "0.3 to 1.5", c.Y >= 0.3 && c.Y <= 1.5)
	least := math.Inf(1)
	for i := 1; i < len(c.Impact); i++ {
		least = min(least, c.Impact[i]-c.Impact[i-1])
	}
	t.is("least rise from size to size, bp", math.NaN(), least, ">= 0", least >= 0)
	for i, s := range c.Share {
		t.tell(fmt.Sprintf("impact of %g %% of volume, bp (error %.1f)", 100*s, c.SE[i]), math.NaN(), c.Impact[i])
		if filled[i] < 0.99*orders[i].qty {
			t.tell(fmt.Sprintf("filled of %g %%", 100*s), math.NaN(), filled[i]/orders[i].qty)
		}
	}
	if err := a.durations(t); err != nil {
		return err
	}
	if err := a.imposed(t); err != nil {
		return err
	}
	t.done()
	a.plotImpact(c, diffs)

	r := a.judge(15, "Impact relaxes in part", twins+" The ratio is over all sizes, each weighted by its impact.")
	ratio, lo, hi := relaxation(diffs)
	r.is("impact as long again after the end / at the end", math.NaN(), ratio, "0.45 to 0.9", ratio >= 0.45 && ratio <= 0.9)
	r.tell("95 % from", math.NaN(), lo)
	r.tell("to", math.NaN(), hi)
	r.done()
	return nil
}

// durations are the same order over other durations: the faster, the more impact.
func (a *acceptance) durations(t *Test) error {
	const share = 0.02
	from, to := a.span()
	var got, se []float64
	names := []string{"a third", "once", "twice"}
	for i, over := range []market.Nanos{a.over / 3, a.over, 2 * a.over} {
		d, _, err := a.model.impacts([]order{{market.Buy, math.Round(share * a.vol), over, a.childSize()}}, max(a.seeds/2, 2), 1, from, to)
		if err != nil {
			return err
		}
		v, n := 0.0, 0.0
		for _, x := range d[0] {
			if !math.IsNaN(x[looks]) {
				v += x[looks]
				n++
			}
		}
		got, se = append(got, v/n), append(se, standardError(d[0], looks))
		t.tell(fmt.Sprintf("impact of %g %% over %s the duration, bp (error %.1f)", 100*share, names[i], se[i]), math.NaN(), got[i])
	}
	// A step against the direction counts when it is two errors large.
	up, down := got[1]-got[0], got[2]-got[1]
	e1, e2 := 2*math.Hypot(se[0], se[1]), 2*math.Hypot(se[1], se[2])
	t.is("monotone in the duration: slowest less fastest", math.NaN(), got[2]-got[0], "one direction", (up <= e1 && down <= e2) || (up >= -e1 && down >= -e2))
	return nil
}

// imposed tells what is left of the impact without the law that the parameters impose.
func (a *acceptance) imposed(t *Test) error {
	if a.model.Bare == nil {
		return nil
	}
	t.Note += " The parameters impose a square-root law on orders with an owner (impact.y): the exponent proves that it arrives at the mid, and is no discovery; the last lines are the same without it."
	bare := Model{Name: a.model.Name, Symbol: a.model.Symbol, Make: a.model.Bare}
	from, to := a.span()
	var orders []order
	shares := []float64{.0025, .01, .05}
	for _, s := range shares {
		orders = append(orders, order{market.Buy, math.Round(s * a.vol), a.over, a.childSize()})
	}
	diffs, _, err := bare.impacts(orders, max(a.seeds/4, 2), 2, from, to)
	if err != nil {
		return err
	}
	c := fit(shares, diffs, a.sigma)
	for i, s := range shares {
		t.tell(fmt.Sprintf("without the law: impact of %g %%, bp (error %.1f)", 100*s, c.SE[i]), math.NaN(), c.Impact[i])
	}
	return nil
}

// relaxation is the ratio of mean impacts one duration after the end and at the end, with
// its 95 % interval over seeds.
func relaxation(diffs [][][]float64) (ratio, lo, hi float64) {
	of := func(units []int) float64 {
		end, later := 0.0, 0.0
		for _, d := range diffs {
			for _, u := range units {
				if !math.IsNaN(d[u][looks]) && !math.IsNaN(d[u][2*looks]) {
					end += d[u][looks]
					later += d[u][2*looks]
				}
			}
		}
		return later / end
	}
	all := make([]int, len(diffs[0]))
	for i := range all {
		all[i] = i
	}
	lo, hi = Bootstrap(len(all), 1000, 0.95, of)
	return of(all), lo, hi
}

func (a *acceptance) plotImpact(c Curve, diffs [][][]float64) {
	m := series{name: "model", points: true}
	law := series{name: fmt.Sprintf("Y = %.2f, exponent %.2f (95 %% %.2f to %.2f)", c.Y, c.Delta, c.Lo, c.Hi), guide: true}
	root := series{name: "square root, Y = 0.7", guide: true, data: true}
	for i, s := range c.Share {
		x := 100 * s
		m.x, m.y = append(m.x, x), append(m.y, c.Impact[i])
		m.lo, m.hi = append(m.lo, c.Impact[i]-2*c.SE[i]), append(m.hi, c.Impact[i]+2*c.SE[i])
		law.x, law.y = append(law.x, x), append(law.y, c.Y*a.sigma*math.Pow(s, c.Delta))
		root.x, root.y = append(root.x, x), append(root.y, 0.7*a.sigma*math.Sqrt(s))
	}
	p := plot{title: "Impact at the end of a metaorder", x: "per cent of the day's volume", y: "basis points", logx: true, logy: true, series: []series{root, m}}
	if !math.IsNaN(c.Delta) {
		p.series = append(p.series, law)
	}
	a.plots = append(a.plots, p)
	p = plot{title: "Impact during and after, by size", x: "durations", y: "basis points"}
	for i := range diffs {
		if i%2 == 0 || i == len(diffs)-1 {
			s := series{name: fmt.Sprintf("%g %%", 100*c.Share[i]), shade: 1 + float64(i)}
			for k := range diffs[i][0] {
				sum, n := 0.0, 0.0
				for _, d := range diffs[i] {
					if !math.IsNaN(d[k]) {
						sum += d[k]
						n++
					}
				}
				s.x, s.y = append(s.x, float64(k)/looks), append(s.y, sum/n)
			}
			p.series = append(p.series, s)
		}
	}
	a.plots = append(a.plots, p)
}

// arbitrage is test 16.
func (a *acceptance) arbitrage() error {
	from, to := a.span()
	if a.opt.Quick {
		to = from + 2*market.Nanos(hour)
	}
	list, err := a.model.attack(math.Round(a.childSize()), a.train, a.test, 3, from, to)
	if err != nil {
		return err
	}
	a.Attempts = list
	t := a.judge(16, "No strategy of a family makes money", "No data. A trained policy (PPO) is a later piece of work; here a family of simple adaptive strategies (round trips, trend, flow, imbalance, push and leave, makers), the best three on some seeds judged on others, after the spread, without fees.")
	t.tell("strategies tried", math.NaN(), float64(len(list)))
	for _, s := range list {
		if s.Chosen {
			t.is(s.Name+": gain of an episode, upper end", math.NaN(), float64(s.Hi), "<= 0", float64(s.Hi) <= 0)
			t.tell("its mean, ticks per share", math.NaN(), float64(s.Ticks))
		}
	}
	t.done()
	return nil
}

// replay is test 17.
func (a *acceptance) replay() error {
	o := order{market.Buy, math.Round(0.02 * a.vol), a.over, a.childSize()}
	end, later, err := replayed(a.opt.LOBSTER, a.day, o)
	if err != nil {
		return err
	}
	from, to := a.span()
	diffs, _, err := a.model.impacts([]order{o}, max(a.seeds, 4), 2, from, to)
	if err != nil {
		return err
	}
	ratio, lo, _ := relaxation(diffs)
	t := a.judge(17, "The market reacts, a replayed day does not", "The same order, 2 % of the volume, into the real day (data) and into the model. A replay forgets the order as soon as its own events return.")
	peak := 0.0
	for _, d := range diffs[0] {
		peak += d[looks] / float64(len(diffs[0]))
	}
	t.tell("impact at the end, bp", mean(end), peak)
	t.is("what is left as long again after, share", mean(later)/mean(end), ratio, "model > data, > 0.2", ratio > 0.2 && lo > 0 && ratio > mean(later)/mean(end))
	t.tell("what is left, bp", mean(later), ratio*peak)
	t.done()
	return nil
}

// determinism is test 18.
func (a *acceptance) determinism() error {
	from, _ := a.span()
	digest, runs, differs, err := a.model.sameTape(1, from, a.tape)
	if err != nil {
		return err
	}
	a.TapeSHA256 = digest
	note := "SHA-256 of the tape of seed 1: again, with a strategy of size zero, on one processor, twice at once. Under the race detector: TestTapeIsTheSame."
	for _, d := range differs {
		note += " Differs: " + d + "."
	}
	t := a.judge(18, "Equal seeds give equal tapes", note)
	t.is("runs that differ, of "+Num(runs).String(), 0, float64(len(differs)), "0", len(differs) == 0)
	t.done()
	return nil
}

// speed is test 19.
func (a *acceptance) speed() error {
	f, err := a.model.Fast()
	if err != nil {
		return err
	}
	s, err := speed(f, a.speedSeconds)
	if err != nil {
		return err
	}
	t := a.judge(19, "Speed on one core, with matching, ITCH and packets", fmt.Sprintf("Four instruments, a hundred times as active as the day; %.0f s of processor time (60 s with SLIPSTREAM_LONG=1). An event's time includes reading the clock twice.", s.Seconds))
	t.is("events per second of processor time", math.NaN(), float64(s.Events), ">= 1000000", s.Events >= 1e6)
	t.is("allocations per event", math.NaN(), float64(s.Allocations), "0", s.Allocations < 1e-3)
	t.tell("events per second of the wall clock", math.NaN(), float64(s.Wall))
	t.tell("99th percentile of an event, ns", math.NaN(), float64(s.P99))
	t.done()
	return nil
}

// replication is test 20.
func (a *acceptance) replication() error {
	twap, se, err := replicateTWAP(a.episodes)
	if err != nil {
		return err
	}
	t := a.judge(20, "The published queue-reactive case", fmt.Sprintf("Data: the published figure. %d episodes. A trained policy (DDQN, at most 0.30) is a later piece of work and not judged here.", a.episodes))
	t.is(fmt.Sprintf("TWAP's shortfall (standard error %.4f)", se), publishedTWAP, twap, "within 3 errors", math.Abs(twap-publishedTWAP) <= 3*se)
	t.done()
	return nil
}
