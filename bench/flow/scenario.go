package flow

import (
	"fmt"
	"sort"
	"strings"
)

// scenarios are named changes of the same model. Times of phases are seconds after the
// session's start. What each does is in docs/market-model.md.
var scenarios = map[string]func(*ReactiveParams){
	"calm": func(p *ReactiveParams) {
		p.fixRegime(0)
		p.Latent.Vol *= 0.4
		p.Latent.NewsPerHour = 0
	},
	// A drift of 1 bp in 5 s for an hour, as of a day with one-sided news.
	"trending": func(p *ReactiveParams) {
		p.Phases = append(p.Phases, phase(0, 3600, func(f *Phase) { f.Drift, f.Sell = 0.2, 0.8 }))
	},
	"volatile": func(p *ReactiveParams) {
		p.fixRegime(len(p.Regime.Activity) - 1)
		p.Latent.Vol *= 3
		p.Latent.NewsPerHour = max(3*p.Latent.NewsPerHour, 10)
	},
	"thin": func(p *ReactiveParams) {
		p.Phases = append(p.Phases, phase(0, 86_400, func(f *Phase) { f.Add, f.Cancel, f.Activity = 0.75, 1.4, 0.5 }))
	},
	// An opening hour in ten minutes, a quiet middle, a closing rush.
	"open-close": func(p *ReactiveParams) {
		p.Phases = append(p.Phases,
			phase(0, 120, func(f *Phase) { f.Activity, f.Vol, f.Cancel = 4, 3, 1.3 }),
			phase(120, 300, func(f *Phase) { f.Activity, f.Vol = 2, 1.5 }),
			phase(300, 1200, func(f *Phase) { f.Activity, f.Vol = 0.6, 0.7 }),
			phase(1200, 1500, func(f *Phase) { f.Activity, f.Vol = 2.5, 1.2 }),
			phase(1500, 1800, func(f *Phase) { f.Activity, f.Vol, f.Add = 6, 1.5, 1.1 }))
	},
	// Halted for five minutes, as by LULD, with a rush after it.
	"halt": func(p *ReactiveParams) {
		p.Phases = append(p.Phases,
			phase(50, 60, func(f *Phase) { f.Activity, f.Vol, f.Drift = 4, 3, -8 }),
			phase(60, 360, func(f *Phase) { f.Halt = true }),
			phase(360, 420, func(f *Phase) { f.Activity, f.Vol = 4, 2 }))
	},
	// The shape of 2010-05-06 (CFTC-SEC report, 2010-09-30): a large seller from 14:32,
	// the collapse between 14:41 and 14:45:28 with buyers withdrawn, a five-second stop,
	// then most of the way back by 15:08.
	"flash-crash": func(p *ReactiveParams) {
		p.Phases = append(p.Phases,
			phase(60, 300, func(f *Phase) { f.Activity, f.Vol, f.Drift, f.Sell = 2, 1.5, -0.4, 1.5 }),
			phase(300, 540, func(f *Phase) { f.Activity, f.Vol, f.Drift, f.Sell, f.Add, f.Cancel = 8, 2, -2, 2.5, 0.5, 1.5 }),
			phase(540, 545, func(f *Phase) { f.Activity, f.Vol = 0.05, 0 }),
			phase(545, 1800, func(f *Phase) { f.Activity, f.Vol, f.Drift, f.Sell = 4, 1.5, 0.35, 0.8 }))
	},
	// A participant's program runs wild: a hundred times the messages for ten seconds,
	// three times.
	"runaway-feed": func(p *ReactiveParams) {
		wild := func(f *Phase) { f.Activity, f.Vol = 100, 1 }
		p.Phases = append(p.Phases, phase(30, 40, wild), phase(60, 70, wild), phase(90, 100, wild))
	},
}

func phase(from, to float64, change func(*Phase)) Phase {
	f := plain
	f.From, f.To = from, to
	change(&f)
	return f
}

// fixRegime leaves one regime alone.
func (p *ReactiveParams) fixRegime(i int) {
	r := &p.Regime
	r.Activity, r.Dwell, r.Vol = []float64{r.Activity[i]}, []float64{r.Dwell[i]}, []float64{r.Vol[i]}
}

// Scenarios are the names of the scenarios, sorted.
func Scenarios() []string {
	var names []string
	for name := range scenarios {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Scenario is a copy of p changed as a name says.
func Scenario(name string, p *ReactiveParams) (*ReactiveParams, error) {
	change, ok := scenarios[name]
	if !ok {
		return nil, fmt.Errorf("flow: no scenario %q: want one of %s", name, strings.Join(Scenarios(), ", "))
	}
	q := *p
	q.Phases = append([]Phase(nil), p.Phases...)
	change(&q)
	return &q, nil
}
