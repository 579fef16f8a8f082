package accept

import (
	"fmt"
	"math"
	"slices"

	"slipstream/bench/flow/record"
)

// statistics are tests 1 to 13.
func (a *acceptance) statistics() {
	a.marginals()
	a.book()
	a.arrivals()
	a.lifetimes()
	if !a.bare {
		a.lobBench()
	}
	a.returns()
	a.tails()
	a.clustering()
	a.signs()
	a.markouts()
	a.signature()
	a.responses()
	a.flowImbalance()
}

const absolute = "Absolute limit: one day has no distance between days. Floor: odd against even half hours of the day. Intervals resample half hours."

// apart adds the KS, L1 and W1 distances of a figure, each with its interval; a limit of 0
// judges nothing.
func (a *acceptance) apart(t *Test, name string, f func(*record.Day) []float64, by grouping, ks, l1 float64) {
	x, y := a.data.each(f), a.sim.each(f)
	o, e := a.odd.each(f), a.even.each(f)
	if a.bare {
		t.distance(name+", KS", KS(x, y), KS(o, e), ks)
		if l1 > 0 {
			t.distance(name+", L1", L1(x, y, by), L1(o, e, by), l1)
		}
		return
	}
	ksOf, w1Of := a.units.ksW1(sorted(slices.Concat(x, y)), f)
	v := KS(x, y)
	t.distance(name+", KS", v, KS(o, e), ks).Interval = about(v, ksOf)
	a.l1(t, name, f, by, l1)
	v = W1(x, y)
	t.distance(name+", W1", v, W1(o, e), 0).Interval = about(v, w1Of)
}

// l1 adds the L1 distance of a figure.
func (a *acceptance) l1(t *Test, name string, f func(*record.Day) []float64, by grouping, limit float64) {
	x, y := sample{v: a.data.each(f)}, sample{v: a.sim.each(f)}
	h := newHistogram(x, y, by, byValue)
	v := h.l1(h.count(x), h.count(y))
	t.distance(name+", L1", v, L1(a.odd.each(f), a.even.each(f), by), limit).Interval =
		about(v, a.units.l1(h, func(d *record.Day) sample { return sample{v: f(d)} }))
}

// sizesOf are the sizes of events of one kind.
func sizesOf(k record.Kind) func(*record.Day) []float64 {
	return func(d *record.Day) (out []float64) {
		for i := range d.Events {
			if e := &d.Events[i]; e.Kind == k {
				out = append(out, float64(e.Size))
			}
		}
		return out
	}
}

// distances are those of new orders behind the own side's best, in ticks.
func distances(d *record.Day) (out []float64) {
	for i := range d.Events {
		if e := &d.Events[i]; e.Kind == record.Add && e.Distance != record.NoDistance {
			out = append(out, float64(e.Distance))
		}
	}
	return out
}

// mix is the class of each event: new inside, at and behind the touch; canceled at and
// behind it; executed; hidden.
func mix(d *record.Day) (out []float64) {
	for i := range d.Events {
		e := &d.Events[i]
		switch {
		case e.Kind == record.Add:
			out = append(out, float64(min(e.Level, 2)))
		case e.Kind == record.Cancel || e.Kind == record.Delete:
			out = append(out, 10+float64(min(e.Level, 2)))
		default:
			out = append(out, 20+float64(e.Kind))
		}
	}
	return out
}

// classes numbers what mix tells apart from 1.
func classes(d *record.Day) []float64 {
	v := mix(d)
	for i, c := range v {
		switch {
		case c < 10:
			v[i] = c + 1
		case c < 20:
			v[i] = c - 10 + 3
		default:
			v[i] = min(c-20-float64(record.Execute)+6, 8)
		}
	}
	return v
}

func (a *acceptance) marginals() {
	t := a.judge(1, "Direct marginals", absolute)
	a.apart(t, "size of new orders", sizesOf(record.Add), byWidth, 0.05, 0)
	a.apart(t, "size of executions", sizesOf(record.Execute), byWidth, 0.05, 0)
	a.apart(t, "distance of new orders", distances, byValue, 0.05, 0)
	a.l1(t, "mix of events", mix, byValue, 0.05)
	t.tell("events per second", float64(len(a.day.Events))/a.day.Seconds(), a.sim.average(func(d *record.Day) float64 { return float64(len(d.Events)) / d.Seconds() }))
	t.done()
	a.overlay(1, "distance of new", "New orders: distance behind the touch", "ticks", distances, true, 0.005)
	a.overlay(1, "mix", "Events: new (1 to 3), canceled (4, 5), executed (6), hidden (7)", "class of event", classes, true, 0)
	a.overlay(1, "size of executions", "Executions: size", "shares", sizesOf(record.Execute), false, 0.01)
	a.overlay(1, "size of new", "New orders: size", "shares", sizesOf(record.Add), false, 0.01)
}

func (a *acceptance) book() {
	t := a.judge(2, "Spread, sizes and imbalance of the book, each second", absolute+fmt.Sprintf(" The day's file has %d levels; ten are asked for.", a.day.Levels))
	for _, f := range []struct {
		name string
		unit string
		of   func(*record.Day, int) float64
		by   grouping
	}{{"spread", "ticks", spreadTicks, byValue}, {"size of the touch", "shares", touchQty, byWidth},
		{"size of all levels", "shares", depthQty, byWidth}, {"imbalance", "bid less ask over both", imbalance, byWidth}} {
		a.apart(t, f.name, touches(f.of), f.by, 0.10, 0.20)
		a.overlay(2, f.name, "Book each second: "+f.name, f.unit, touches(f.of), f.by == byValue, 0.005)
	}
	t.done()
}

// fanoScales are the windows of the plot of Fano factors, seconds.
var fanoScales = []float64{0.1, 0.3, 1, 3, 10, 30, 60, 120, 300}

func (a *acceptance) arrivals() {
	t := a.judge(3, "Times between events, and their clustering", absolute)
	a.apart(t, "log inter-arrival time", Gaps, byWidth, 0.10, 0)
	a.apart(t, "events in a second", func(d *record.Day) []float64 { return Counts(d, 1) }, byValue, 0.10, 0)
	var dv, sv []float64
	for _, s := range fanoScales {
		f := func(d *record.Day) float64 { return Fano(Counts(d, s)) }
		x, y := f(a.day), a.sim.average(f)
		dv, sv = append(dv, x), append(sv, y)
		if s == 1 || s == 10 || s == 60 {
			t.within("Fano factor at "+Num(s).String()+" s", x, y, 0.30)
		}
	}
	t.done()
	a.overlay(3, "log inter", "Time between events", "log10 seconds", log10(Gaps), false, 0.001)
	a.plot(3, plot{of: "Fano", title: "Fano factor of the number of events", x: "window, seconds", y: "variance over mean", logx: true, logy: true, series: []series{
		{name: "data", x: fanoScales, y: dv, data: true}, {name: "model", x: fanoScales, y: sv}}})
}

// log10 turns natural logarithms into decimal ones.
func log10(f func(*record.Day) []float64) func(*record.Day) []float64 {
	return func(d *record.Day) []float64 {
		v := f(d)
		for i := range v {
			v[i] /= math.Ln10
		}
		return v
	}
}

func (a *acceptance) lifetimes() {
	t := a.judge(4, "Time to cancel and to the first fill", absolute)
	a.apart(t, "log time to cancel", TimesToCancel, byWidth, 0.15, 0)
	a.apart(t, "log time to first fill", TimesToFill, byWidth, 0.15, 0)
	t.done()
	a.overlay(4, "log time to cancel", "Time to cancel", "log10 seconds", log10(TimesToCancel), false, 0.001)
	a.overlay(4, "log time to first", "Time to first fill", "log10 seconds", log10(TimesToFill), false, 0.001)
}

func (a *acceptance) lobBench() {
	t := a.judge(5, "LOB-Bench, mean L1 over all scores", absolute+" Target 0.20. LOB-Bench reports Cont-Stoikov-Talreja at 0.475 for GOOG.")
	worst, name := 0.0, ""
	var l1, w1, base, sized, floor []float64
	means := make([]float64, a.units.rounds)
	for i := range scores {
		s := &scores[i]
		x, y := s.all(a.data), s.all(a.sim)
		h := newHistogram(x, y, s.by, s.condBy)
		v := Score{Name: s.name, L1: Num(h.l1(h.count(x), h.count(y))), W1: none, W1CI: noInterval,
			Floor: Num(s.l1(a.odd, a.even)), Base: Num(s.l1(a.data, a.cst))}
		resampled := a.units.l1(h, s.sampled)
		v.L1CI = about(float64(v.L1), resampled)
		for k, r := range resampled {
			means[k] += r / float64(len(scores))
		}
		if s.cond == nil {
			v.W1 = Num(W1(x.v, y.v))
			_, r := a.units.ksW1(sorted(slices.Concat(x.v, y.v)), s.of)
			v.W1CI = about(float64(v.W1), r)
			w1 = append(w1, float64(v.W1))
		}
		if float64(v.L1) > worst {
			worst, name = float64(v.L1), s.name
		}
		a.Scores = append(a.Scores, v)
		l1, base, floor = append(l1, float64(v.L1)), append(base, float64(v.Base)), append(floor, float64(v.Floor))
		sized = append(sized, s.l1(a.data, a.bySz))
	}
	a.MeanL1, a.MeanW1, a.CST, a.CSTSizes, a.MeanFloor = Num(mean(l1)), Num(mean(w1)), Num(mean(base)), Num(mean(sized)), Num(mean(floor))
	a.MeanL1CI = about(mean(l1), means)
	f := t.is("mean L1", math.NaN(), mean(l1), "<= 0.25", mean(l1) <= 0.25)
	f.Interval, f.Floor = a.MeanL1CI, a.MeanFloor
	t.is("worst L1: "+name, math.NaN(), worst, "<= 0.35", worst <= 0.35)
	t.is("mean L1 of Cont-Stoikov-Talreja over the model's", math.NaN(), mean(base)/mean(l1), ">= 2", mean(base) >= 2*mean(l1))
	t.tell("the same with drawn sizes", math.NaN(), mean(sized)/mean(l1))
	t.tell("mean W1", math.NaN(), mean(w1))
	t.done()
	p := plot{title: "LOB-Bench's scores", x: "L1", y: "score", limits: []float64{0.35}, keys: [][2]string{
		{"data", "halves of the day"}, {"model", "model, with interval"}, {"guide", "Cont-Stoikov-Talreja"}}}
	for _, s := range a.Scores {
		p.rows = append(p.rows, row{name: s.Name, data: s.Floor, model: s.L1, base: s.Base, Interval: s.L1CI})
	}
	a.plot(5, p)
}

func minuteReturns(d *record.Day) []float64 { return Returns(d, 60) }

func (a *acceptance) returns() {
	data, sim := a.data.per(minuteReturns), a.many.minutes
	n := len(data[0])
	t := a.judge(6, "Returns are not autocorrelated beyond the bounce", fmt.Sprintf("One day has %d one-minute returns, a standard error of %.3f: it cannot support the limit, the model's sessions together can. Intervals: Newey-West.", n, 1/math.Sqrt(float64(n))))
	da, sa := ACF(data, 10), ACF(sim, 10)
	at := 0
	for l := range sa {
		if math.Abs(sa[l]) > math.Abs(sa[at]) {
			at = l
		}
	}
	f := t.is("one-minute returns, largest at lag "+Num(at+1).String(), da[at], sa[at], "within 0.05 of 0", math.Abs(sa[at]) <= 0.05)
	e := NeweyWest(sim, at+1)
	f.Interval = Interval{Num(sa[at] - 1.96*e), Num(sa[at] + 1.96*e)}
	d1, s1 := ACF(a.data.per(MidChanges), 1)[0], ACF(a.many.moves, 1)[0]
	f = t.is("changes of the mid, lag 1", d1, s1, "< 0, within 0.05", s1 < 0 && math.Abs(s1-d1) <= 0.05)
	e = NeweyWest(a.many.moves, 1)
	f.Interval = Interval{Num(s1 - 1.96*e), Num(s1 + 1.96*e)}
	t.tell("Newey-West error of the data: one minute, lag 1", NeweyWest(data, 1), NeweyWest(sim, 1))
	t.tell("trade to trade, lag 1", ACF(a.data.per(TradeReturns), 1)[0], ACF(a.many.trades, 1)[0])
	t.done()
	a.plot(6, plot{title: "Autocorrelation of one-minute returns", x: "lag, minutes", y: "correlation", series: []series{
		{name: "data", y: da, x: upto(10), data: true, stems: true}, {name: "model", y: sa, x: upto(10), stems: true}}})
}

// upto is 1 to n.
func upto(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(i + 1)
	}
	return v
}

func (a *acceptance) tails() {
	t := a.judge(7, "Heavy tails that thin out with the scale", fmt.Sprintf("Absolute limits. The day's own Hill figure rests on %d returns.", len(minuteReturns(a.day))/20))
	minutes := slices.Concat(a.many.minutes...)
	k := func(step float64) float64 { return Kurtosis(Returns(a.day, step)) }
	s1, s10, s60 := Kurtosis(slices.Concat(a.many.seconds...)), Kurtosis(slices.Concat(a.many.tens...)), Kurtosis(minutes)
	t.is("kurtosis of one second", k(1), s1, "> one minute", s1 > s60)
	t.tell("kurtosis of ten seconds", k(10), s10)
	t.is("kurtosis of one minute", k(60), s60, "> 3", s60 > 3)
	hs := Hill(minutes, 0.05)
	t.is("Hill exponent of one minute, largest 5 %", Hill(minuteReturns(a.day), 0.05), hs, "2.5 to 5", hs >= 2.5 && hs <= 5)
	t.done()
	a.overlay(7, "", "One-minute returns", "basis points", minuteReturns, false, 0.002)
}

func (a *acceptance) clustering() {
	n := len(minuteReturns(a.day))
	t := a.judge(8, "Volatility clusters", fmt.Sprintf("One day's %d minutes leave an error of %.3f on each lag: the data's figures are no reference; the limits are absolute. Lag 30 is the mean of lags 25 to 34; the slope is of bins of an eighth of a decade.", n, 1/math.Sqrt(float64(n))))
	abs := func(list [][]float64) (out [][]float64) {
		for _, v := range list {
			w := make([]float64, len(v))
			for i := range v {
				w[i] = math.Abs(v[i])
			}
			out = append(out, w)
		}
		return out
	}
	lags := 60
	if a.opt.Quick {
		lags = 15
	}
	da, sa := ACF(abs(a.data.per(minuteReturns)), lags), ACF(abs(a.many.minutes), lags)
	near := func(v []float64) float64 { return mean(v[lags/2-5 : lags/2+5]) }
	dx, dy := LogBins(da, 8)
	sx, sy := LogBins(sa, 8)
	ds, _ := PowerLaw(dx, dy)
	ss, _ := PowerLaw(sx, sy)
	t.is("|one-minute return|, lags 25 to 34", near(da), near(sa), "> 0.05", near(sa) > 0.05)
	t.is("slope in logarithms", ds, ss, "-0.6 to -0.1", ss >= -0.6 && ss <= -0.1)
	t.done()
	a.plot(8, plot{title: "Autocorrelation of |one-minute return|", x: "lag, minutes", y: "correlation", logx: true, zero: true, series: []series{
		{name: "data", x: dx, y: dy, data: true}, {name: "model", x: sx, y: sy}}})
}

func (a *acceptance) signs() {
	t := a.judge(9, "Signs of trades have a long memory", fmt.Sprintf("Absolute limits, over lags in bins of a fifth of a decade. One day has %d marketable orders: its own slope is of lags to 100, beyond it cannot tell.", len(Signs(a.day))))
	lags, dataLags := 1000, 100
	if a.opt.Quick {
		lags, dataLags = 50, 50
	}
	dx, dy := LogBins(ACF(a.data.per(Signs), lags), 5)
	sx, sy := LogBins(ACF(a.many.signs, lags), 5)
	told := 0
	for told < len(dx) && dx[told] <= float64(dataLags) {
		told++
	}
	dg, _ := PowerLaw(dx[:told], dy[:told])
	sg, _ := PowerLaw(sx, sy)
	least := slices.Min(sy)
	t.is("slope gamma", -dg, -sg, "0.3 to 0.8", -sg >= 0.3 && -sg <= 0.8)
	t.is("least of all bins", slices.Min(dy), least, "> 0", least > 0)
	t.tell("lag 1", dy[0], sy[0])
	t.done()
	a.plot(9, plot{title: "Autocorrelation of trade signs", x: "lag, trades", y: "correlation", logx: true, logy: true, series: []series{
		{name: "data", x: dx, y: dy, data: true}, {name: "model", x: sx, y: sy}}})
}

func (a *acceptance) markouts() {
	fills, _ := Markout(a.day, 10)
	t := a.judge(10, "Passive fills are adverse", fmt.Sprintf("Relative to this day; each horizon rests on some %d fills. ", len(fills))+"The realised half-spread, what posting earned, is told: it is the half-spread less the markout, so small that a share of it is no limit.")
	horizons := []float64{0.1, 0.3, 1, 3, 10, 30, 60}
	var dm, sm []float64
	for _, h := range horizons {
		pool := func(s Set) (m, r float64) {
			var mo, re []float64
			for _, d := range s {
				x, y := Markout(d, h)
				mo, re = append(mo, x...), append(re, y...)
			}
			return mean(mo), mean(re)
		}
		d, dr := pool(a.data)
		s, sr := pool(a.sim)
		dm, sm = append(dm, d), append(sm, s)
		if h == 1 || h == 10 {
			name := Num(h).String() + " s"
			t.is("markout after "+name+", bp", d, s, "< 0, within 25 %", s < 0 && math.Abs(s-d) <= 0.25*math.Abs(d))
			t.tell("realised half-spread after "+name+", bp", dr, sr)
		}
	}
	t.done()
	a.plot(10, plot{title: "Mid after a passive fill, from the resting order's side", x: "seconds after the fill", y: "basis points", logx: true, series: []series{
		{name: "data", x: horizons, y: dm, data: true}, {name: "model", x: horizons, y: sm}}})
}

func (a *acceptance) signature() {
	t := a.judge(11, "Volatility by scale", fmt.Sprintf("Relative to this day; its five-minute volatility alone has an error of %.0f %%.", 100/math.Sqrt(2*float64(max(len(Returns(a.day, 300)), 1)))))
	steps := sigmaSteps
	var dv, sv []float64
	for i, s := range steps {
		v := 0.0
		for _, by := range a.many.bySigma {
			v += by[i] / float64(len(a.many.bySigma))
		}
		dv, sv = append(dv, Sigma(a.day, s)), append(sv, v)
	}
	last := len(steps) - 1
	t.within("sigma(10 s) / sigma(5 min)", dv[3]/dv[last], sv[3]/sv[last], 0.15)
	t.within("volatility of five minutes, bp per root second", dv[last], sv[last], 0.10)
	t.done()
	a.plot(11, plot{title: "Signature plot", x: "interval, seconds", y: "bp per root second", logx: true, zero: true, series: []series{
		{name: "data", x: steps, y: dv, data: true}, {name: "model", x: steps, y: sv}}})
}

// levelsOff: a response rises from its first lag, and less than half as much over the
// later half of the lags as over the earlier one. A straight line rises as much.
func levelsOff(r []float64) bool {
	first, half, last := r[0], r[len(r)/2], r[len(r)-1]
	return last > first && last-half < 0.5*(half-first)
}

func (a *acceptance) responses() {
	t := a.judge(12, "Response of the mid to six classes of events", fmt.Sprintf("Absolute limit for each class, in ticks; this day's spread is %.0f ticks. Floor: odd against even half hours.", mean(touches(spreadTicks)(a.day))))
	const lags = 200
	d, s, o, e := Responses(a.data, lags), Responses(a.sim, lags), Responses(a.odd, lags), Responses(a.even, lags)
	var far, floor []float64
	for c, name := range classNames {
		v, f := between(d[c], s[c]), between(o[c], e[c])
		t.distance(name+", mean difference, ticks", v, f, 0.1)
		far, floor = append(far, v), append(floor, f)
		a.plot(12, plot{of: name, title: "Response to " + name, x: "events after", y: "ticks", logx: true, series: []series{
			{name: "data", x: upto(lags), y: d[c], data: true}, {name: "model", x: upto(lags), y: s[c]}}})
	}
	m := s[1]
	t.is("MO_1 at lag 1, 200", m[0], m[lags-1], "rises, then flat", levelsOff(m))
	t.distance("mean over the classes, ticks", mean(far), mean(floor), 0)
	t.done()
}

func (a *acceptance) flowImbalance() {
	t := a.judge(13, "Price follows order flow imbalance over ten seconds", "R2 0.4 to 0.85 is of 50 stocks; this day alone may lie outside.")
	line := func(s Set) (r2, slope float64) {
		r2 = s.average(func(d *record.Day) float64 { l, _, _, _ := OFI(d, 10); return l.R2 })
		slope = s.average(func(d *record.Day) float64 { l, q, _, _ := OFI(d, 10); return l.Slope * q })
		return r2, slope
	}
	dr, ds := line(a.data)
	sr, ss := line(a.sim)
	t.is("R2", dr, sr, "0.4 to 0.85", sr >= 0.4 && sr <= 0.85)
	t.is("R2 beside the data's", dr, sr, "within 0.15", math.Abs(sr-dr) <= 0.15)
	t.tell("slope times depth, ticks", ds, ss)
	t.done()
	if !a.bare {
		a.plotFlow()
	}
}

// plotFlow shows the mean change of the mid by tenths of the imbalance.
func (a *acceptance) plotFlow() {
	p := plot{title: "Change of the mid against order flow imbalance, ten seconds", x: "imbalance, mean sizes of the touch", y: "ticks"}
	for i, set := range []Set{a.data, a.sim} {
		var x, y []float64
		for _, d := range set {
			_, q, xs, ys := OFI(d, 10)
			for k := range xs {
				x, y = append(x, xs[k]/q), append(y, ys[k])
			}
		}
		cuts := edges(x, nil, byDecile)
		n, sx, sy := make([]float64, len(cuts)+1), make([]float64, len(cuts)+1), make([]float64, len(cuts)+1)
		for k := range x {
			g := groupOf(cuts, x[k])
			n[g], sx[g], sy[g] = n[g]+1, sx[g]+x[k], sy[g]+y[k]
		}
		for g := range n {
			sx[g], sy[g] = sx[g]/n[g], sy[g]/n[g]
		}
		p.series = append(p.series, series{name: []string{"data", "model"}[i], x: sx, y: sy, data: i == 0})
	}
	a.plot(13, p)
}
