package calibrate

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// Options choose how a day is fitted.
type Options struct {
	// From and To bound what the rates are made of, seconds after midnight; default
	// 10:00 to 15:30. The intraday curve takes the whole day.
	From, To float64
	// Deeper are the parameters that a touch-only day takes its deeper book from.
	Deeper *flow.ReactiveParams
	// Rounds of simulation in which the few global figures are matched; 0 = none.
	Rounds int
	// Evaluations bounds the joint fine-tune after them; 0 = none.
	Evaluations int
	Seed        uint64
	Progress    func(what string)
}

// What a calibration does when nothing else is asked for.
const (
	DefaultRounds      = 20
	DefaultEvaluations = 46
)

// Evidence says what a fit rests on.
type Evidence struct {
	Source    string  `json:"source"`
	Symbol    string  `json:"symbol"`
	Levels    int     `json:"levels"`
	Events    int     `json:"events"` // within From and To
	Trades    int     `json:"trades"`
	Hidden    int     `json:"hidden"`
	Seconds   float64 `json:"seconds"`
	Fleeting  int     `json:"fleeting"` // orders that went within fleetingMax
	Cells     int     `json:"cells"`    // of the state tables with at least a minute of exposure
	CellsAll  int     `json:"cells_all"`
	RankPairs int     `json:"rank_pairs"` // cancels in queues of at least two known orders
	Replaces  int     `json:"replaces"`   // orders that went and came back at the same instant
	Flicker   int     `json:"flicker"`    // fleeting orders that were the touch alone
	Borrowed  bool    `json:"borrowed"`   // the deeper book is another stock's
	// What is matched by simulation, of the day and of the model.
	Day   Moments `json:"day"`
	Model Moments `json:"model"`
	// Tuned is the joint fine-tune, nil without one.
	Tuned *Tuned `json:"tuned,omitempty"`
}

const (
	fleetingMax = 0.25 // seconds: an order that goes sooner is called fleeting
	imbalance   = 7    // bins
	shrink      = 50.0 // seconds of exposure that the spread class's mean counts for
	deepListed  = 12   // ticks: up to there a window of five levels shows the book
)

// streams in the order of flow's tables.
const (
	improve = iota
	join
	deep
	cancelTouch
	cancelDeep
	hidden
	trade
	streamCount
)

// ErrTooLittle is the cause for a day that does not support a fit.
var ErrTooLittle = errors.New("too little data")

// fit is the work on one day.
type fit struct {
	d        *record.Day // whole
	w        *record.Day // From to To
	p        *flow.ReactiveParams
	e        Evidence
	fleeting map[uint64]float64 // order: lifetime
	answers  map[int]bool       // events of w that are answers to a change of the touch
	o        Options
	// alpha are the branching numbers of the kernels, auxiliary what the estimator
	// finds in the day.
	alpha, auxiliary []float64
}

// Fit estimates parameters. An error names the day's source.
func Fit(d *record.Day, o Options) (*flow.ReactiveParams, *Evidence, error) {
	if o.From == 0 && o.To == 0 {
		o.From, o.To = 36_000, 55_800
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	f := &fit{d: d, o: o, p: literature(), fleeting: map[uint64]float64{}}
	f.w = d.Between(uint64(o.From*1e9), uint64(o.To*1e9))
	f.e = Evidence{Source: d.Source, Symbol: d.Symbol, Levels: d.Levels, Events: len(f.w.Events), Seconds: f.w.Seconds()}
	if f.e.Events < 2000 || f.e.Seconds < 600 {
		return nil, nil, fmt.Errorf("calibrate: %s: %w: %d events in %.0f s between %s and %s; want 2000 in 600 s",
			d.Source, ErrTooLittle, f.e.Events, f.e.Seconds, clock(o.From), clock(o.To))
	}
	f.p.Symbol = d.Symbol
	f.classes()
	f.lifetimes()
	f.flicker()
	f.rates()
	f.sizes()
	f.queue()
	f.curve()
	f.excitation()
	f.prices()
	if err := f.p.Validate(); err != nil {
		return nil, nil, fmt.Errorf("calibrate: %s: %w", d.Source, err)
	}
	f.e.Day = momentsOf(f.w)
	if o.Rounds > 0 {
		if err := f.match(); err != nil {
			return nil, nil, fmt.Errorf("calibrate: %s: %w", d.Source, err)
		}
	}
	if o.Evaluations > 0 {
		if err := f.tune(); err != nil {
			return nil, nil, fmt.Errorf("calibrate: %s: %w", d.Source, err)
		}
	}
	round(f.p)
	return f.p, &f.e, f.p.Validate()
}

func clock(s float64) string {
	return fmt.Sprintf("%02d:%02d", int(s)/3600, int(s)/60%60)
}

// quantile of weighted values.
type weighted struct{ v, w float64 }

func quantiles(x []weighted, at []float64) []float64 {
	sort.SliceStable(x, func(i, j int) bool { return x[i].v < x[j].v })
	sum := 0.0
	for _, e := range x {
		sum += e.w
	}
	var out []float64
	acc, i := 0.0, 0
	for _, q := range at {
		for i < len(x)-1 && acc+x[i].w < q*sum {
			acc += x[i].w
			i++
		}
		out = append(out, x[i].v)
	}
	return out
}

// each calls fn for each stretch between two events: the book after event i holds for
// dt seconds until event i+1.
func each(d *record.Day, fn func(i int, dt float64)) {
	for i := 0; i+1 < len(d.Events); i++ {
		t := d.Events[i].After
		if t.Bid == 0 || t.Ask == 0 || t.Bid >= t.Ask {
			continue
		}
		fn(i, float64(d.Events[i+1].Nanos-d.Events[i].Nanos)/1e9)
	}
}

func spreadOf(d *record.Day, t record.Touch) int { return int((t.Ask - t.Bid) / d.Tick) }

// classes cuts spread and touch size at quantiles of time.
func (f *fit) classes() {
	var spread, vol []weighted
	mean, sum := 0.0, 0.0
	each(f.w, func(i int, dt float64) {
		t := f.w.Events[i].After
		s := float64(spreadOf(f.w, t))
		spread = append(spread, weighted{s, dt})
		vol = append(vol, weighted{float64(t.BidQty+t.AskQty) / 2, dt})
		mean += s * dt
		sum += dt
	})
	rising := func(v []float64) (out []int) {
		for _, x := range v {
			if n := int(math.Round(x)); n >= 1 && (len(out) == 0 || n > out[len(out)-1]) {
				out = append(out, n)
			}
		}
		return out
	}
	f.p.State.Spread = rising(quantiles(spread, []float64{0.1, 0.25, 0.45, 0.65, 0.85}))
	f.p.State.Volume = rising(quantiles(vol, []float64{1. / 3, 2. / 3}))
	f.p.State.Imbalance = imbalance
	f.p.Book.Spread = max(int(math.Round(mean/sum)), 1)
	f.p.Latent.Unit = mean / sum
}

// lifetimes finds the fleeting orders.
func (f *fit) lifetimes() {
	var life []float64
	for i := range f.w.Events {
		e := &f.w.Events[i]
		if age := float64(e.Age) / 1e9; e.Kind == record.Delete && e.Age >= 0 && age < fleetingMax {
			f.fleeting[e.Ref] = age
			life = append(life, max(age, 1e-6))
		}
	}
	f.e.Fleeting = len(life)
	sort.Float64s(life)
	const n = 40
	f.p.Fleeting.Quantiles = nil
	for k := range n {
		if len(life) > 0 {
			f.p.Fleeting.Quantiles = append(f.p.Fleeting.Quantiles, life[int((float64(k)+0.5)/n*float64(len(life)))])
		}
	}
	if len(life) == 0 {
		f.p.Fleeting.Quantiles = []float64{fleetingMax}
	}
	var all, soon [streamCount]float64
	for i := range f.w.Events {
		if e := &f.w.Events[i]; e.Kind == record.Add {
			k := kindOf(e)
			all[k]++
			if _, ok := f.fleeting[e.Ref]; ok {
				soon[k]++
			}
		}
	}
	ratio := func(k int) float64 { return soon[k] / max(all[k], 1) }
	f.p.Fleeting.Improve, f.p.Fleeting.Join, f.p.Fleeting.Deep = ratio(improve), ratio(join), ratio(deep)
}

// kindOf is the stream of an event, -1 for none.
func kindOf(e *record.Event) int {
	switch e.Kind {
	case record.Add:
		switch {
		case e.Level == 0:
			return improve
		case e.Level == 1:
			return join
		}
		return deep
	case record.Cancel, record.Delete:
		if e.Level <= 1 {
			return cancelTouch
		}
		return cancelDeep
	case record.Execute:
		return trade
	case record.Hidden:
		return hidden
	}
	return -1
}

// bins are the place of a side's view of a touch in the tables.
func (f *fit) bins(t record.Touch, side market.Side) (class, bin, vol int) {
	for _, top := range f.p.State.Spread {
		if spreadOf(f.w, t) > top {
			class++
		}
	}
	own, all := uint64(t.Qty(side)), uint64(t.BidQty)+uint64(t.AskQty)
	bin = min(int(imbalance*own/max(all, 1)), imbalance-1)
	for _, top := range f.p.State.Volume {
		if all > 2*uint64(top) {
			vol++
		}
	}
	return class, bin, vol
}

// viewOf is the side whose state row an event belongs to: an order's own, an
// aggressor's.
func viewOf(e *record.Event) market.Side {
	if e.Kind == record.Execute || e.Kind == record.Hidden {
		return e.Aggressor()
	}
	return e.Side
}

// rates are counts over exposure in each state, shrunk to the spread class's mean
// where the exposure is short; volume classes get a factor each.
func (f *fit) rates() {
	nc, nv := len(f.p.State.Spread)+1, len(f.p.State.Volume)+1
	var n, x [streamCount][][]float64
	var nVol, xVol [streamCount][]float64
	for s := range streamCount {
		n[s], x[s] = grid(nc, imbalance), grid(nc, imbalance)
		nVol[s], xVol[s] = make([]float64, nv), make([]float64, nv)
	}
	lastTrade := int32(0)
	sides := [...]market.Side{market.Buy, market.Sell}
	each(f.w, func(i int, dt float64) {
		t := f.w.Events[i].After
		for k, side := range sides {
			c, b, _ := f.bins(t, side)
			levels := f.w.Bids(i)
			if k == 1 {
				levels = f.w.Asks(i)
			}
			behind := f.behind(levels)
			for s := range streamCount {
				x[s][c][b] += dt * exposure(s, float64(levels[0].Orders), behind)
			}
		}
		e := &f.w.Events[i+1]
		if s := kindOf(e); s >= 0 && f.counts(i+1, s, &lastTrade) {
			c, b, _ := f.bins(t, viewOf(e))
			n[s][c][b]++
		}
	})
	tables := [streamCount][][]float64{}
	for s := range streamCount {
		tables[s] = f.shrunk(n[s], x[s], s)
	}
	lastTrade = 0
	trades, prints := f.e.Trades, f.e.Hidden
	defer func() { f.e.Trades, f.e.Hidden = trades, prints }()
	each(f.w, func(i int, dt float64) {
		t := f.w.Events[i].After
		for k, side := range sides {
			c, b, v := f.bins(t, side)
			levels := f.w.Bids(i)
			if k == 1 {
				levels = f.w.Asks(i)
			}
			behind := f.behind(levels)
			for s := range streamCount {
				xVol[s][v] += tables[s][c][b] * dt * exposure(s, float64(levels[0].Orders), behind)
			}
		}
		e := &f.w.Events[i+1]
		if s := kindOf(e); s >= 0 && f.counts(i+1, s, &lastTrade) {
			_, _, v := f.bins(t, viewOf(e))
			nVol[s][v]++
		}
	})
	factor := func(s int) []float64 {
		out := make([]float64, nv)
		for v := range out {
			out[v] = (nVol[s][v] + 20) / (xVol[s][v] + 20)
		}
		return out
	}
	r, vf := &f.p.Rates, &f.p.VolumeFactor
	r.Improve, r.Join, r.Deep, r.CancelTouch, r.CancelDeep, r.Hidden, r.Market = tables[0], tables[1], tables[2], tables[3], tables[4], tables[5], tables[6]
	vf.Improve, vf.Join, vf.Deep, vf.CancelTouch, vf.CancelDeep, vf.Hidden, vf.Market = factor(0), factor(1), factor(2), factor(3), factor(4), factor(5), factor(6)
	for c := range x[improve] {
		for _, t := range x[improve][c] {
			f.e.CellsAll++
			if t >= 60 {
				f.e.Cells++
			}
		}
	}
	f.distances()
}

// behind is the number of orders behind the touch, those farther away counting less:
// so the model cancels them.
func (f *fit) behind(levels []record.Level) (n float64) {
	for _, l := range levels[1:] {
		if l.Qty > 0 {
			d := math.Abs(float64(int64(l.Price)-int64(levels[0].Price))) / float64(f.w.Tick)
			n += float64(l.Orders) / (1 + d/f.p.Cancel.DeepTicks)
		}
	}
	return n
}

func exposure(s int, touch, behind float64) float64 {
	switch s {
	case cancelTouch:
		return touch
	case cancelDeep:
		return behind
	}
	return 1
}

// counts reports whether an event counts for its stream's rate: the deletes of
// fleeting orders have a clock of their own, executions of one order are one trade, and
// answers to a change of the touch are not the streams'.
func (f *fit) counts(i, s int, last *int32) bool {
	e := &f.w.Events[i]
	switch s {
	case cancelTouch, cancelDeep:
		if e.Kind == record.Delete && e.Age >= 0 && float64(e.Age)/1e9 < fleetingMax {
			return false
		}
	case trade:
		if e.Trade == *last {
			return false
		}
		*last = e.Trade
		f.e.Trades++
		return !f.answers[i]
	case hidden:
		f.e.Hidden++
	case improve:
		return !f.answers[i]
	case deep:
		return e.Distance >= 1 && e.Distance <= deepListed
	}
	return true
}

func grid(n, m int) [][]float64 {
	g := make([][]float64, n)
	for i := range g {
		g[i] = make([]float64, m)
	}
	return g
}

// shrunk is (N + k*parent) / (T + k), the parent being the spread class.
func (f *fit) shrunk(n, x [][]float64, s int) [][]float64 {
	out := grid(len(n), len(n[0]))
	allN, allX := 0.0, 0.0
	for c := range n {
		for b := range n[c] {
			allN += n[c][b]
			allX += x[c][b]
		}
	}
	for c := range n {
		sumN, sumX := shrink*allN/max(allX, 1e-9), shrink
		for b := range n[c] {
			sumN += n[c][b]
			sumX += x[c][b]
		}
		parent := sumN / sumX
		for b := range n[c] {
			out[c][b] = (n[c][b] + shrink*parent) / (x[c][b] + shrink)
			if s == cancelTouch {
				out[c][b] = max(out[c][b], 1e-3)
			}
		}
	}
	return out
}
