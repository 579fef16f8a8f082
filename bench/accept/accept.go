package accept

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// Options choose what Run does. Zero means the default.
type Options struct {
	LOBSTER string // zip of the day; required
	Model   string // default reactive
	Params  string // parameter file; default: built in, or estimated on the day for poisson
	// Seeds is how many twins each size of the impact curve has; sessions, attacks and
	// replicated episodes grow with it. Default 60; 500 with SLIPSTREAM_LONG.
	Seeds int
	// Quick is a smoke test of a few seconds: every test runs, on too little to judge.
	Quick    bool
	Progress func(what string)
}

// MaxSeeds bounds Options.Seeds.
const MaxSeeds = 10_000

// plan is how much of everything is run.
type plan struct {
	from, to     uint64 // of the day, ns since midnight
	sessions     int    // kept whole
	rounds       int    // of the bootstrap of distances
	more         int    // of which only the series of a memory are kept
	seeds        int
	over         market.Nanos // duration of a metaorder
	train, test  int
	tape         market.Nanos
	speedSeconds float64
	episodes     int
	sizes        []float64 // shares of the day's volume
}

const hour = 3600_000_000_000

func (o *Options) plan(day *record.Day) plan {
	// The first and the last half hour are another market.
	p := plan{from: day.Start + hour/2, to: day.End - hour/2, seeds: o.Seeds, over: 1800 * market.Second,
		tape: 600 * market.Second, speedSeconds: 2, sizes: []float64{.0005, .001, .0025, .005, .01, .02, .05}}
	long := os.Getenv("SLIPSTREAM_LONG") != ""
	if p.seeds == 0 {
		if p.seeds = 60; long {
			p.seeds = 500
		}
	}
	if p.to <= p.from {
		p.from, p.to = day.Start, day.End
	}
	if long {
		p.speedSeconds = 60
	}
	p.rounds = 400
	p.sessions = min(max(p.seeds/50, 4), 12)
	p.more = min(max(p.seeds/2, 16), 100)
	p.train, p.test = min(max(p.seeds/10, 4), 20), min(max(p.seeds/2, 16), 200)
	p.episodes = min(20*p.seeds, 20_000)
	if o.Quick {
		p.to = p.from + hour/2
		p.sessions, p.more, p.seeds, p.over, p.train, p.test = 2, 1, 2, 300*market.Second, 1, 2
		p.tape, p.speedSeconds, p.episodes, p.rounds = 30*market.Second, 0.1, 20, 20
		p.sizes = []float64{.001, .01, .05}
	}
	return p
}

// run is one acceptance in progress.
type acceptance struct {
	*Report
	plan
	opt   Options
	model *Model
	day   *record.Day // the hours used
	data  Set         // day alone
	odd   Set         // its half hours in turn
	even  Set
	sim   Set
	units blocks // half hours of data and sim
	many  memory // of sim and of more sessions that are not kept
	cst   Set
	bySz  Set     // Cont-Stoikov-Talreja with drawn sizes
	sigma float64 // the model's volatility over the hours used, basis points
	vol   float64 // the model's volume over the hours used, shares
	bare  bool    // verdicts alone: no intervals, no plots, no LOB-Bench
	say   func(string)
}

// Run judges a model against a day.
func Run(o Options) (*Report, error) {
	if o.Model == "" {
		o.Model = "reactive"
	}
	a := &acceptance{opt: o, say: func(string) {}}
	if o.Progress != nil {
		a.say = o.Progress
	}
	a.say("reading the day")
	full, err := record.FromLobster(o.LOBSTER)
	if err != nil {
		return nil, err
	}
	a.plan = o.plan(full)
	a.day = full.Between(a.from, a.to)
	if len(a.day.Events) < 100 {
		return nil, fmt.Errorf("%s: %d events between %s and %s: too few", o.LOBSTER, len(a.day.Events), clock(a.from), clock(a.to))
	}
	if a.model, err = NewModel(o.Model, o.Params, a.day); err != nil {
		return nil, err
	}
	f, err := a.model.Make(1)
	if err != nil {
		return nil, err
	}
	a.Report = &Report{Model: o.Model, Fingerprint: f.Fingerprint(), Symbol: a.day.Symbol, Day: filepath.Base(o.LOBSTER),
		Hours: clock(a.from) + " to " + clock(a.to), Sessions: a.sessions + a.more, Seeds: a.seeds}
	if err := a.record(); err != nil {
		return nil, err
	}
	a.say("statistics")
	a.statistics()
	for _, step := range []struct {
		what string
		do   func() error
	}{{"impact", a.impact}, {"attacks", a.arbitrage}, {"the same order in the replayed day", a.replay}, {"determinism", a.determinism},
		{"speed", a.speed}, {"published results", a.replication}} {
		a.say(step.what)
		if err := step.do(); err != nil {
			return nil, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	a.count()
	return a.Report, nil
}

// record makes the stretches that statistics are of.
func (a *acceptance) record() error {
	a.useDay(a.day)
	get := func(m *Model, n int, what string, take func(k int, d *record.Day)) error {
		for k := range n {
			a.say(fmt.Sprintf("%s: session %d of %d", what, k+1, n))
			d, err := m.session(uint64(k)+1, a.from, a.to, a.day.Levels)
			if err != nil {
				return err
			}
			take(k, d)
		}
		return nil
	}
	into := func(s *Set) func(int, *record.Day) { return func(_ int, d *record.Day) { *s = append(*s, d) } }
	err := get(a.model, a.sessions+a.more, a.opt.Model, func(k int, d *record.Day) {
		a.many.add(d)
		if k < a.sessions {
			a.sim = append(a.sim, d)
		}
	})
	if err != nil {
		return err
	}
	if err := get(EstimateCST(a.day, false), 2, "Cont-Stoikov-Talreja", into(&a.cst)); err != nil {
		return err
	}
	if err := get(EstimateCST(a.day, true), 2, "Cont-Stoikov-Talreja with sizes", into(&a.bySz)); err != nil {
		return err
	}
	a.units = blocks{a.data.halfHours(), a.sim.halfHours(), a.rounds}
	a.sigma = mean(a.many.sigma) * math.Sqrt(a.day.Seconds())
	a.vol = mean(a.many.volume)
	return nil
}

// useDay sets what figures of the data are made of.
func (a *acceptance) useDay(d *record.Day) {
	a.day, a.data = d, Set{d}
	halves := a.data.halfHours()
	if len(halves) == 1 {
		mid := d.Start + (d.End-d.Start)/2
		halves = Set{d.Between(d.Start, mid), d.Between(mid, d.End)}
	}
	for k, part := range halves {
		if k%2 == 0 {
			a.odd = append(a.odd, part)
		} else {
			a.even = append(a.even, part)
		}
	}
}

// memory are the series of sessions whose slow statistics need more of them than can be
// kept whole.
type memory struct {
	seconds, tens, minutes [][]float64 // returns
	moves, trades, signs   [][]float64
	sigma, volume          []float64
	bySigma                [][]float64 // of each of sigmaSteps
}

// sigmaSteps are the scales of the signature plot, seconds.
var sigmaSteps = []float64{1, 2, 5, 10, 30, 60, 120, 300}

func (m *memory) add(d *record.Day) {
	m.seconds = append(m.seconds, Returns(d, 1))
	m.tens = append(m.tens, Returns(d, 10))
	m.minutes = append(m.minutes, minuteReturns(d))
	m.moves = append(m.moves, MidChanges(d))
	m.trades = append(m.trades, TradeReturns(d))
	m.signs = append(m.signs, Signs(d))
	var by []float64
	for _, s := range sigmaSteps {
		by = append(by, Sigma(d, s))
	}
	m.bySigma = append(m.bySigma, by)
	m.sigma = append(m.sigma, Sigma(d, min(300, d.Seconds()/8)))
	m.volume = append(m.volume, Volume(d))
}

func clock(ns uint64) string {
	s := ns / 1e9
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}
