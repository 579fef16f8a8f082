package accept

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/market"
	"slipstream/internal/testdata"
)

// Each of the twenty tests has a market or a record here that passes it and ones that
// must not: a judge that nothing fails is none.

// outcome is the verdict of the only test judged by do.
func outcome(t *testing.T, a *acceptance, do func(*acceptance)) *Test {
	t.Helper()
	a.Report = &Report{}
	do(a)
	if len(a.Tests) != 1 {
		t.Fatalf("%d tests judged", len(a.Tests))
	}
	return &a.Tests[0]
}

// alone is the verdict of figures that judge adds.
func alone(judge func(*Test)) *Test {
	t := &Test{}
	judge(t)
	t.done()
	return t
}

func want(t *testing.T, name string, got *Test, verdict Verdict) {
	t.Helper()
	if got.Verdict == verdict {
		return
	}
	t.Errorf("%s: %s, want %s", name, got.Verdict, verdict)
	for _, f := range got.Figures {
		if f.Judged {
			t.Logf("  %s: data %s, model %s, floor %s, limit %s: %v", f.Name, f.Data, f.Model, f.Floor, f.Limit, f.OK)
		}
	}
}

// against is a judgement in which sim is the model and data the day.
func against(data *record.Day, sim Set, cst Set) *acceptance {
	a := &acceptance{Report: &Report{}, sim: sim, cst: cst, bySz: cst, say: func(string) {}}
	a.useDay(data)
	a.units = blocks{a.data.halfHours(), sim.halfHours(), 20}
	for _, d := range sim {
		a.many.add(d)
	}
	return a
}

// clone is a record that can be changed.
func clone(d *record.Day, change func(e *record.Event)) *record.Day {
	c := *d
	c.Events, c.Books = slices.Clone(d.Events), slices.Clone(d.Books)
	for i := range c.Events {
		change(&c.Events[i])
	}
	return &c
}

// eachTouch changes the quotes of an event.
func eachTouch(change func(*record.Touch)) func(*record.Event) {
	return func(e *record.Event) {
		change(&e.Before)
		change(&e.After)
	}
}

// simulated is two hours of the reactive market.
func simulated(t *testing.T, seed uint64) *record.Day {
	t.Helper()
	d, err := reactive(t).session(seed, 36_000e9, 43_200e9, 5)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDistancesCanFail(t *testing.T) {
	day := simulated(t, 1)
	m := EstimateCST(day, false)
	zero, err := m.session(1, day.Start, day.End, 5)
	if err != nil {
		t.Fatal(err)
	}
	first, last := day.Events[0].Nanos, day.Events[len(day.Events)-1].Nanos
	k := 0
	evenly := func(e *record.Event) {
		e.Nanos = first + uint64(float64(last-first)*float64(k)/float64(len(day.Events)))
		k++
	}
	origin := midOf(day.Events[0].After)
	// swing moves quotes away from where they began by a factor.
	swing := func(by float64) func(*record.Event) {
		return eachTouch(func(q *record.Touch) {
			if v := (midOf(*q) - origin) * by; !math.IsNaN(v) {
				q.Bid, q.Ask = uint32(float64(q.Bid)+v), uint32(float64(q.Ask)+v)
			}
		})
	}
	// bounce shifts quotes up every other ten seconds.
	bounce := func(e *record.Event) {
		for _, q := range [...]struct {
			of *record.Touch
			at uint64
		}{{&e.Before, e.Nanos - 1}, {&e.After, e.Nanos}} {
			if q.of.Bid != 0 && q.of.Ask != 0 && q.at/10e9%2 == 1 {
				q.of.Bid, q.of.Ask = q.of.Bid+1000, q.of.Ask+1000
			}
		}
	}
	none, rng := func(*record.Event) {}, bootstrapRNG(6)
	mutants := []struct {
		n      int
		name   string
		judge  func(*acceptance)
		mutate func(*record.Event)
	}{
		{1, "orders of twice the size", (*acceptance).marginals, func(e *record.Event) { e.Size *= 2 }},
		{1, "orders two ticks deeper", (*acceptance).marginals, func(e *record.Event) { e.Distance += 2 }},
		{1, "every fifth cancel is a fill", (*acceptance).marginals, func(e *record.Event) {
			if e.Ref%5 == 0 && e.Kind == record.Delete {
				e.Kind = record.Execute
			}
		}},
		{2, "a spread wider by five ticks", (*acceptance).book, eachTouch(func(q *record.Touch) { q.Ask += 500 })},
		{2, "twice the size at the touch", (*acceptance).book, eachTouch(func(q *record.Touch) { q.BidQty, q.AskQty = 2*q.BidQty, 2*q.AskQty })},
		{2, "a bid that is always the larger side", (*acceptance).book, eachTouch(func(q *record.Touch) { q.BidQty *= 2 })},
		{3, "events evenly in time", (*acceptance).arrivals, evenly},
		{4, "orders that live ten times as long", (*acceptance).lifetimes, func(e *record.Event) {
			if e.Age > 0 {
				e.Age *= 10
			}
		}},
		{10, "fills that the mid does not follow", (*acceptance).markouts, swing(-1)},
		{10, "fills followed twice as far", (*acceptance).markouts, swing(1)},
		{11, "moves larger by a fifth", (*acceptance).signature, swing(0.2)},
		{11, "a bounce of ten ticks each ten seconds", (*acceptance).signature, bounce},
		{12, "orders that foretell the opposite", (*acceptance).responses, func(e *record.Event) { e.Side = e.Side.Opposite() }},
		{12, "moves twice as large", (*acceptance).responses, swing(1)},
		{13, "sizes that say nothing", (*acceptance).flowImbalance, eachTouch(func(q *record.Touch) { q.BidQty, q.AskQty = uint32(rng.below(5000)), uint32(rng.below(5000)) })},
		{13, "moves without flow", (*acceptance).flowImbalance, bounce},
	}
	same := against(day, Set{clone(day, none)}, Set{zero})
	judged := map[int]bool{}
	for _, c := range mutants {
		if !judged[c.n] {
			judged[c.n] = true
			want(t, "the day itself", outcome(t, same, c.judge), Pass)
		}
		want(t, c.name, outcome(t, against(day, Set{clone(day, c.mutate)}, Set{zero}), c.judge), Fail)
	}
	want(t, "the day itself", outcome(t, same, (*acceptance).lobBench), Pass)
	// Zero intelligence fails what it is known to fail.
	poisson := against(day, Set{zero}, Set{zero})
	for name, judge := range map[string]func(*acceptance){
		"the book": (*acceptance).book, "clustering of events": (*acceptance).arrivals, "LOB-Bench": (*acceptance).lobBench,
		"memory of signs": (*acceptance).signs, "adverse selection": (*acceptance).markouts,
		"responses": (*acceptance).responses,
	} {
		want(t, "Cont-Stoikov-Talreja, "+name, outcome(t, poisson, judge), Fail)
	}
}

// paths are n series of a process.
func paths(n, long int, next func(r *bootstrapRNG) func() float64) (out [][]float64) {
	rng := bootstrapRNG(9)
	for range n {
		f, v := next(&rng), make([]float64, long)
		for i := range v {
			v[i] = f()
		}
		out = append(out, v)
	}
	return out
}

// white is noise.
func white(r *bootstrapRNG) func() float64 { return r.normal }

// ar is autoregressive of first order.
func ar(phi float64) func(r *bootstrapRNG) func() float64 {
	return func(r *bootstrapRNG) func() float64 {
		x := 0.0
		return func() float64 { x = phi*x + r.normal(); return x }
	}
}

// student has exponent 4: a normal over the root of a mean of four squares.
func student(r *bootstrapRNG) func() float64 {
	return func() float64 {
		s := 0.0
		for range 4 {
			z := r.normal()
			s += z * z / 4
		}
		return r.normal() / math.Sqrt(s)
	}
}

// rough is noise whose log variance is a sum of autoregressions of memories phi.
func rough(scale float64, phi ...float64) func(r *bootstrapRNG) func() float64 {
	return func(r *bootstrapRNG) func() float64 {
		x := make([]float64, len(phi))
		for k := range x {
			x[k] = r.normal()
		}
		return func() float64 {
			h := 0.0
			for k, p := range phi {
				x[k] = p*x[k] + math.Sqrt(1-p*p)*r.normal()
				h += scale * x[k]
			}
			return math.Exp(h) * r.normal()
		}
	}
}

// sign splits orders of Pareto lengths of an exponent over `at once` splitters; an
// exponent of 0 splits none.
func sign(alpha float64, splitters int) func(r *bootstrapRNG) func() float64 {
	return func(r *bootstrapRNG) func() float64 {
		left, side := make([]int, splitters), make([]float64, splitters)
		return func() float64 {
			k := r.below(splitters)
			if left[k] == 0 {
				side[k] = float64(2*r.below(2) - 1)
				left[k] = 1
				if alpha > 0 {
					left[k] = int(math.Pow((float64(r.next()>>11)+0.5)/(1<<53), -1/alpha))
				}
			}
			left[k]--
			return side[k]
		}
	}
}

func TestReturnsCanFail(t *testing.T) {
	day := simulated(t, 1)
	judge := func(name string, judge func(*acceptance), verdict Verdict, change func(*memory)) {
		t.Helper()
		a := against(day, Set{day}, nil)
		a.many.minutes = paths(40, 330, white)
		change(&a.many)
		want(t, name, outcome(t, a, judge), verdict)
	}
	judge("white minutes", (*acceptance).returns, Pass, func(*memory) {})
	judge("minutes that go on", (*acceptance).returns, Fail, func(m *memory) { m.minutes = paths(40, 330, ar(0.1)) })
	judge("minutes that go back", (*acceptance).returns, Fail, func(m *memory) { m.minutes = paths(40, 330, ar(-0.1)) })
	judge("moves of the mid without a bounce", (*acceptance).returns, Fail, func(m *memory) { m.moves = paths(1, 10_000, white) })
	judge("moves of the mid that bounce too much", (*acceptance).returns, Fail, func(m *memory) { m.moves = paths(1, 10_000, ar(-0.5)) })

	heavy := func(m *memory) {
		m.minutes = paths(100, 330, student)
		m.seconds = paths(4, 20_000, rough(1, 0))
	}
	judge("heavy tails", (*acceptance).tails, Pass, heavy)
	judge("normal returns", (*acceptance).tails, Fail, func(m *memory) { m.seconds = paths(4, 20_000, white) })
	judge("seconds no wilder than minutes", (*acceptance).tails, Fail, func(m *memory) { heavy(m); m.seconds = paths(4, 20_000, white) })
	judge("minutes of a tail without variance", (*acceptance).tails, Fail, func(m *memory) {
		heavy(m)
		m.minutes = paths(40, 330, func(r *bootstrapRNG) func() float64 {
			return func() float64 { return r.normal() / math.Abs(r.normal()) } // Cauchy
		})
	})

	judge("a long memory of volatility", (*acceptance).clustering, Pass, func(m *memory) { m.minutes = paths(100, 330, rough(0.35, 0.5, 0.9, 0.98)) })
	judge("no memory", (*acceptance).clustering, Fail, func(*memory) {})
	judge("a memory of a few minutes", (*acceptance).clustering, Fail, func(m *memory) { m.minutes = paths(100, 330, rough(0.6, 0.7)) })
	judge("sessions that differ, each constant", (*acceptance).clustering, Fail, func(m *memory) { m.minutes = paths(100, 330, rough(0.6, 1)) })

	judge("split orders", (*acceptance).signs, Pass, func(m *memory) { m.signs = paths(40, 5000, sign(1.5, 4)) })
	judge("signs without memory", (*acceptance).signs, Fail, func(m *memory) { m.signs = paths(40, 5000, sign(0, 1)) })
	judge("a short memory of signs", (*acceptance).signs, Fail, func(m *memory) { m.signs = paths(40, 5000, sign(5, 4)) })
	judge("signs that never end", (*acceptance).signs, Fail, func(m *memory) { m.signs = paths(40, 5000, sign(0.3, 4)) })
}

func TestResponseLevelsOff(t *testing.T) {
	shape := func(f func(l float64) float64) []float64 {
		r := make([]float64, 200)
		for i := range r {
			r[i] = f(float64(i + 1))
		}
		return r
	}
	for _, c := range []struct {
		name string
		f    func(l float64) float64
		want bool
	}{
		{"saturates", func(l float64) float64 { return 1 - math.Exp(-l/30) }, true},
		{"a slow logarithm", math.Log, true},
		{"a straight line", func(l float64) float64 { return l }, false},
		{"falls", func(l float64) float64 { return 1 / l }, false},
		{"flat from the start", func(float64) float64 { return 1 }, false},
	} {
		if got := levelsOff(shape(c.f)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// twinPaths are impacts of sizes by a law, with noise that seeds share in turn; keep is
// what is left in the end.
func twinPaths(share []float64, seeds int, noise, keep float64, law func(s float64) float64) (out [][][]float64) {
	rng := bootstrapRNG(4)
	for _, s := range share {
		var of [][]float64
		for range seeds {
			p := make([]float64, 2*looks+1)
			z := noise * rng.normal()
			p[looks], p[2*looks] = law(s)+z, keep*law(s)+z
			of = append(of, p)
		}
		out = append(out, of)
	}
	return out
}

func TestImpactCanFail(t *testing.T) {
	share := []float64{.0005, .001, .0025, .005, .01, .02, .05}
	const sigma = 100
	power := func(y, delta float64) func(s float64) float64 {
		return func(s float64) float64 { return y * sigma * math.Pow(s, delta) }
	}
	for _, c := range []struct {
		name    string
		seeds   int
		noise   float64
		law     func(float64) float64
		verdict Verdict
	}{
		{"the square root", 200, 1, power(0.7, 0.5), Pass},
		{"linear", 200, 1, power(10, 1), Fail},
		{"nearly fixed", 200, 1, power(0.7, 0.2), Fail},
		{"too strong", 200, 1, power(2, 0.5), Fail},
		{"too weak", 200, 0.1, power(0.1, 0.5), Fail},
		{"none", 200, 1, power(0, 1), Fail},
		{"too few seeds to tell", 4, 8, power(0.7, 0.5), Fail},
		{"a size that moves less than a smaller one", 200, 0.1, func(s float64) float64 {
			if s == 0.01 {
				s = 0.004
			}
			return power(0.7, 0.5)(s)
		}, Fail},
		{"the smallest size moves the other way", 200, 0.1, func(s float64) float64 {
			if s == 0.0005 {
				return -1
			}
			return power(0.7, 0.5)(s)
		}, Fail},
	} {
		curve := fit(share, twinPaths(share, c.seeds, c.noise, 0.7, c.law), sigma)
		want(t, c.name, alone(func(t *Test) { t.curve(&curve) }), c.verdict)
	}
	for keep, verdict := range map[float64]Verdict{0: Fail, 0.3: Fail, 0.67: Pass, 1: Fail} {
		d := twinPaths(share, 200, 0.1, keep, power(0.7, 0.5))
		want(t, "relaxation to "+Num(keep).String(), alone(func(t *Test) { t.relaxes(d) }), verdict)
	}
	for _, c := range []struct {
		name  string
		v, se []float64
		want  bool
	}{
		{"falls", []float64{3, 2, 1}, []float64{0.1, 0.1, 0.1}, true},
		{"rises", []float64{1, 2, 3}, []float64{0.1, 0.1, 0.1}, true},
		{"there and back", []float64{1, 3, 1}, []float64{0.1, 0.1, 0.1}, false},
		{"there and back, within the noise", []float64{1, 3, 1}, []float64{2, 2, 2}, true},
	} {
		if oneWay(c.v, c.se) != c.want {
			t.Errorf("%s: %v", c.name, !c.want)
		}
	}
}

// scenario is the reactive model in one of its scenarios.
func scenario(name string) *Model {
	return &Model{Name: "reactive", Symbol: "AMZN", Make: func(seed uint64) (exchange.Flow, error) {
		p, err := flow.DefaultReactive("AMZN")
		if err != nil {
			return nil, err
		}
		return flow.NewReactive(flow.ReactiveConfig{Seed: seed, Params: []*flow.ReactiveParams{p}, Scenario: name})
	}}
}

// A market that trends for as long as an episode pays whoever follows it.
func TestAttacksCanSucceed(t *testing.T) {
	list, err := scenario("trending").attack(70, 1, 3, 3, 36_000*market.Second, 41_400*market.Second)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "a trending market", alone(func(t *Test) { t.attempts(list) }), Fail)
	if !slices.ContainsFunc(list, func(a Attempt) bool { return a.Chosen && a.roundTrip }) {
		t.Error("no round trip was judged")
	}
	want(t, "an attack that loses", alone(func(t *Test) { t.attempts([]Attempt{{Chosen: true, Gain: -2, Lo: -3, Hi: -1}}) }), Pass)
	want(t, "an attack that is undecided", alone(func(t *Test) { t.attempts([]Attempt{{Chosen: true, Gain: -2, Lo: -5, Hi: 1}}) }), Fail)
}

// A replay in the place of the model is found out.
func TestAReplayIsNoModel(t *testing.T) {
	zip := filepath.Join(testdata.Dir(t), "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip")
	day, err := record.FromLobster(zip)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := replayed(zip, day.Between(day.Start+hour/2, day.Start+hour), order{market.Buy, 20_000, 300 * market.Second, 200})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "a replay", alone(func(t *Test) { t.reacts(paths, paths) }), Fail)
	d := twinPaths([]float64{0.02}, 40, 0.1, 0.7, func(float64) float64 { return 10 })
	want(t, "a market that keeps most of it", alone(func(t *Test) { t.reacts(paths, d[0]) }), Pass)
	d = twinPaths([]float64{0.02}, 40, 0.1, 0.1, func(float64) float64 { return 10 })
	want(t, "a market that forgets", alone(func(t *Test) { t.reacts(paths, d[0]) }), Fail)
}

// wrapped is a flow with a habit.
type wrapped struct {
	exchange.Flow
	next  func(at market.Nanos) market.Nanos
	apply func()
}

func (f *wrapped) Next() (market.Nanos, bool) {
	at, ok := f.Flow.Next()
	if f.next != nil {
		at = f.next(at)
	}
	return at, ok
}

func (f *wrapped) Apply(m *exchange.Market) {
	if f.apply != nil {
		f.apply()
	}
	f.Flow.Apply(m)
}

func TestMachineCanFail(t *testing.T) {
	poisson := func(seed uint64) exchange.Flow {
		f, err := flow.NewPoisson(flow.PoissonConfig{Seed: seed, EventsPerSecond: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	judge := func(name string, verdict Verdict, make func(seed uint64) (exchange.Flow, error)) {
		t.Helper()
		m := &Model{Name: "poisson", Symbol: "X", Make: make}
		_, runs, differs, err := m.sameTape(1, 36_000*market.Second, 2*market.Second)
		if err != nil {
			t.Fatal(err)
		}
		want(t, name, alone(func(t *Test) { t.same(runs, differs) }), verdict)
	}
	judge("a seed is a tape", Pass, func(seed uint64) (exchange.Flow, error) { return poisson(seed), nil })
	made := make(chan uint64, 1)
	made <- 0
	judge("a seed of its own for each run", Fail, func(uint64) (exchange.Flow, error) {
		n := <-made + 1
		made <- n
		return poisson(n), nil
	})
	judge("a flow that is later the more often it is asked", Fail, func(seed uint64) (exchange.Flow, error) {
		asked, was := market.Nanos(0), market.Nanos(0)
		return &wrapped{Flow: poisson(seed), next: func(at market.Nanos) market.Nanos {
			asked++
			was = max(was, at+asked/1000)
			return was
		}}, nil
	})

	spin := 0.0
	s, err := speed(&wrapped{Flow: poisson(1), apply: func() {
		for k := range 2_000 {
			spin += math.Sqrt(float64(k))
		}
	}}, 0.1)
	if err != nil || spin == 0 {
		t.Fatal(err)
	}
	if got := alone(func(t *Test) { t.fast(&s) }); got.Figures[0].OK {
		t.Errorf("a flow that takes its time: %s events a second", s.Events)
	}
	var kept []byte
	if s, err = speed(&wrapped{Flow: poisson(1), apply: func() { kept = make([]byte, 64) }}, 0.05); err != nil || kept == nil {
		t.Fatal(err)
	}
	if got := alone(func(t *Test) { t.fast(&s) }); got.Figures[1].OK {
		t.Errorf("a flow that allocates: %s an event", s.Allocations)
	}
	want(t, "fast and lean", alone(func(t *Test) { t.fast(&Speed{Events: 2e6}) }), Pass)
}

// Another reference price, or a schedule that takes more, is not the published case.
func TestReplicationCanFail(t *testing.T) {
	p := flow.DefaultQueueParams()
	for _, c := range []struct {
		name    string
		s       schedule
		theta   float64
		verdict Verdict
	}{
		{"as published", published[0], p.Theta, Pass},
		{"a reference price that seldom moves", published[0], 0.2, Fail},
		{"all of the touch at once", schedule{"TWAP", 0.365, 0.652, posted(1, 1)}, p.Theta, Fail},
	} {
		q := p
		q.Theta = c.theta
		v, err := c.s.shortfalls(q, 500)
		if err != nil {
			t.Fatal(err)
		}
		want(t, c.name, alone(func(t *Test) { t.replicates(&c.s, v, true) }), c.verdict)
	}
}
