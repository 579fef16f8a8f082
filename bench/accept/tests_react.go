package accept

import (
	"fmt"
	"math"

	"slipstream/bench/flow"
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
	t.curve(&c)
	for i := range orders {
		if filled[i] < 0.99*orders[i].qty {
			t.tell(fmt.Sprintf("filled of %g %%", 100*a.sizes[i]), math.NaN(), filled[i]/orders[i].qty)
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
	r.relaxes(diffs)
	r.done()
	return nil
}

// curve judges impact against size. A size whose mean impact is not positive has no
// logarithm and falls out of the fit: the least rise, which starts from no impact, sees it.
func (t *Test) curve(c *Curve) {
	t.is("exponent", math.NaN(), c.Delta, "0.4 to 0.7", c.Delta >= 0.4 && c.Delta <= 0.7).Interval = Interval{Num(c.Lo), Num(c.Hi)}
	t.is("width of its 95 % interval", math.NaN(), c.Hi-c.Lo, "< 0.15", c.Hi-c.Lo < 0.15)
	t.is("prefactor Y", math.NaN(), c.Y, "0.3 to 1.5", c.Y >= 0.3 && c.Y <= 1.5)
	least, was := math.Inf(1), 0.0
	for _, v := range c.Impact {
		least, was = min(least, v-was), v
	}
	t.is("least rise from size to size, bp", math.NaN(), least, ">= 0", least >= 0)
	for i, s := range c.Share {
		t.tell(fmt.Sprintf("impact of %g %% of volume, bp", 100*s), math.NaN(), c.Impact[i]).Interval = around(c.Impact[i], c.SE[i])
	}
}

// around is the interval of a mean with a standard error.
func around(v, se float64) Interval { return Interval{Num(v - 1.96*se), Num(v + 1.96*se)} }

// relaxes judges what is left of the impact as long again after the end.
func (t *Test) relaxes(diffs [][][]float64) {
	ratio, lo, hi := relaxation(diffs)
	t.is("impact as long again after the end / at the end", math.NaN(), ratio, "0.45 to 0.9", ratio >= 0.45 && ratio <= 0.9).Interval = Interval{Num(lo), Num(hi)}
}

// durations are the same order over other durations.
func (a *acceptance) durations(t *Test) error {
	const share = 0.02
	from, to := a.span()
	var got, se []float64
	names := []string{"a third of", "once", "twice"}
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
		t.tell(fmt.Sprintf("impact of %g %% over %s the duration, bp", 100*share, names[i]), math.NaN(), got[i]).Interval = around(got[i], se[i])
	}
	t.is("monotone in the duration: slowest less fastest", math.NaN(), got[2]-got[0], "one direction", oneWay(got, se))
	return nil
}

// oneWay reports whether figures go one way; a step against it counts when it is two
// standard errors large.
func oneWay(v, se []float64) bool {
	up, down := true, true
	for i := 1; i < len(v); i++ {
		step, noise := v[i]-v[i-1], 2*math.Hypot(se[i], se[i-1])
		up, down = up && step >= -noise, down && step <= noise
	}
	return up || down
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
		t.tell(fmt.Sprintf("without the law: impact of %g %%, bp", 100*s), math.NaN(), c.Impact[i]).Interval = around(c.Impact[i], c.SE[i])
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
	p := plot{title: "Impact at the end of a metaorder", x: "% of the day's volume", y: "basis points", logx: true, logy: true, series: []series{root, m}}
	if !math.IsNaN(c.Delta) {
		p.series = append(p.series, law)
	}
	a.plot(14, p)
	p = plot{title: "Impact during and after, by size", x: "durations since the start", y: "basis points"}
	for i := range diffs {
		if i%2 == 0 || i == len(diffs)-1 {
			p.series = append(p.series, series{name: fmt.Sprintf("%g %%", 100*c.Share[i]), shade: 1 + float64(i), x: lookTimes(diffs[i]), y: meanPath(diffs[i])})
		}
	}
	a.plot(15, p)
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
	t := a.judge(16, "No strategy of a family makes money", "No data. A trained policy (PPO) is a later piece of work; here a family of simple adaptive strategies (round trips, trend, flow, imbalance, push and leave, makers), the best three on some seeds and the best round trip judged on others, after the spread, without fees.")
	t.attempts(list)
	t.done()
	p := plot{title: "Attempts to make money", x: "gain, ticks per share", y: "strategy", limits: []float64{0}, keys: [][2]string{{"model", "mean; with interval where judged"}}}
	for _, s := range list {
		r := row{name: s.Name, data: none, model: s.Ticks, base: none, Interval: noInterval}
		if s.Chosen {
			scale := 100 / max(s.Traded, 1)
			r.Interval = Interval{s.Lo * scale, s.Hi * scale}
		}
		p.rows = append(p.rows, r)
	}
	a.plot(16, p)
	return nil
}

// attempts judges the strategies that were chosen.
func (t *Test) attempts(list []Attempt) {
	t.tell("strategies tried", math.NaN(), float64(len(list)))
	for _, s := range list {
		if s.Chosen {
			t.is(s.Name+": gain of an episode", math.NaN(), float64(s.Gain), "interval <= 0", float64(s.Hi) <= 0).Interval = Interval{s.Lo, s.Hi}
			t.tell("the same in ticks per share", math.NaN(), float64(s.Ticks))
		}
	}
}

// replay is test 17.
func (a *acceptance) replay() error {
	o := order{market.Buy, math.Round(0.02 * a.vol), a.over, a.childSize()}
	replayed, err := replayed(a.opt.LOBSTER, a.day, o)
	if err != nil {
		return err
	}
	from, to := a.span()
	diffs, _, err := a.model.impacts([]order{o}, max(a.seeds, 4), 2, from, to)
	if err != nil {
		return err
	}
	t := a.judge(17, "The market reacts, a replayed day does not", "The same order, 2 % of the volume, into the real day (data) and into the model. A replay forgets the order as soon as its own events return.")
	t.reacts(replayed, diffs[0])
	t.done()
	a.plot(17, plot{title: "The same order into the replayed day and into the model", x: "durations since the start", y: "basis points", series: []series{
		{name: "replayed day", x: lookTimes(replayed), y: meanPath(replayed), data: true}, {name: "model", x: lookTimes(diffs[0]), y: meanPath(diffs[0])}}})
	return nil
}

// reacts judges the paths of impact in a model beside those in the replayed day.
func (t *Test) reacts(replayed, model [][]float64) {
	was, is := meanPath(replayed), meanPath(model)
	ratio, lo, hi := relaxation([][][]float64{model})
	left := was[2*looks] / was[looks]
	t.tell("impact at the end, bp", was[looks], is[looks])
	t.is("what is left as long again after, share", left, ratio, "model > data, > 0.2", ratio > 0.2 && lo > 0 && ratio > left).Interval = Interval{Num(lo), Num(hi)}
	t.tell("what is left, bp", was[2*looks], is[2*looks])
}

// meanPath is the mean over paths at each look.
func meanPath(paths [][]float64) []float64 {
	out := make([]float64, len(paths[0]))
	for k := range out {
		var v []float64
		for _, p := range paths {
			if !math.IsNaN(p[k]) { // a side of the book was empty
				v = append(v, p[k])
			}
		}
		out[k] = mean(v)
	}
	return out
}

// lookTimes are the times of a path's looks, in durations.
func lookTimes(paths [][]float64) []float64 {
	out := make([]float64, len(paths[0]))
	for k := range out {
		out[k] = float64(k) / looks
	}
	return out
}

// determinism is test 18.
func (a *acceptance) determinism() error {
	from, _ := a.span()
	digest, runs, differs, err := a.model.sameTape(1, from, a.tape)
	if err != nil {
		return err
	}
	a.TapeSHA256 = digest
	t := a.judge(18, "Equal seeds give equal tapes", "SHA-256 of the tape of seed 1: again, with a strategy of size zero, on one processor, twice at once. Under the race detector: TestTapeIsTheSame.")
	t.same(runs, differs)
	t.done()
	return nil
}

// same judges tapes that should be equal.
func (t *Test) same(runs int, differs []string) {
	for _, d := range differs {
		t.Note += " Differs: " + d + "."
	}
	t.is("runs that differ, of "+Num(runs).String(), 0, float64(len(differs)), "0", len(differs) == 0)
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
	t.fast(&s)
	t.done()
	million := func(v Num) Num { return v / 1e6 }
	a.plot(19, plot{title: "Speed on one core", x: "million events per second", y: "measured over", limits: []float64{1}, keys: [][2]string{{"model", "model"}},
		rows: []row{{"processor time", none, million(s.Events), none, noInterval}, {"its slowest second", none, million(s.Slowest), none, noInterval}}})
	return nil
}

// fast judges speed.
func (t *Test) fast(s *Speed) {
	t.is("events per second of processor time", math.NaN(), float64(s.Events), ">= 1000000", s.Events >= 1e6)
	t.is("allocations per event", math.NaN(), float64(s.Allocations), "0", s.Allocations < 1e-3)
	t.tell("events per second in the slowest second", math.NaN(), float64(s.Slowest))
	t.tell("events per second of the wall clock", math.NaN(), float64(s.Wall))
	t.tell("median of an event, ns", math.NaN(), float64(s.P50))
	t.tell("99th percentile of an event, ns", math.NaN(), float64(s.P99))
	t.tell("99.9th percentile of an event, ns", math.NaN(), float64(s.P999))
}

// replication is test 20.
func (a *acceptance) replication() error {
	t := a.judge(20, "The published queue-reactive case", fmt.Sprintf("Data: the published figures. %d episodes of TWAP, a quarter of that of the others. A trained policy (DDQN, at most 0.30) is a later piece of work and not judged here.", a.episodes))
	drawn := plot{title: "Shortfall of published schedules", x: "shortfall, price times event sizes", y: "schedule", keys: [][2]string{{"data", "published"}, {"model", "here, with interval"}}}
	for i := range published {
		p, episodes := &published[i], a.episodes
		if i > 0 {
			episodes = max(episodes/4, 10)
		}
		v, err := p.shortfalls(flow.DefaultQueueParams(), episodes)
		if err != nil {
			return err
		}
		t.replicates(p, v, i == 0)
		drawn.rows = append(drawn.rows, row{p.name, Num(p.mean), Num(mean(v)), none, around(mean(v), math.Sqrt(variance(v)/float64(len(v))))})
	}
	t.done()
	a.plot(20, drawn)
	return nil
}

// replicates compares a mean shortfall with the published one.
func (t *Test) replicates(p *schedule, v []float64, judged bool) {
	m, se := mean(v), math.Sqrt(variance(v)/float64(len(v)))
	if !judged {
		t.tell(p.name, p.mean, m).Interval = around(m, se)
		return
	}
	both := math.Hypot(se, p.sd/math.Sqrt(publishedEpisodes))
	t.is(p.name+"'s shortfall", p.mean, m, "within 3 errors", math.Abs(m-p.mean) <= 3*both).Interval = around(m, se)
	t.tell("its deviation", p.sd, math.Sqrt(variance(v)))
	t.tell("standard error of the difference", math.NaN(), both)
}
