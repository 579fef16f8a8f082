package accept

import (
	"math"
	"slices"

	"slipstream/bench/flow/record"
)

// plot is one figure of the page.
type plot struct {
	test        int    // that it belongs to
	of          string // the figures that it shows: how their names begin
	title, x, y string
	logx, logy  bool
	zero        bool // the axis starts at 0
	series      []series

	rows   []row       // in place of series
	limits []float64   // on the axis of rows
	keys   [][2]string // legend of rows: class and words
}

// row is one line of a plot of rows; what is NaN is not drawn.
type row struct {
	name              string
	data, model, base Num
	Interval
}

// series is one line of a plot.
type series struct {
	name   string
	x, y   []float64
	lo, hi []float64 // error bars
	data   bool      // the day, not the model
	guide  bool      // a law, not a measurement
	stems  bool      // bars from 0
	points bool
	steps  bool    // a histogram's outline
	shade  float64 // one of several lines of the model, 1 the lightest
}

// overlay adds histograms of a figure of the day, the model and Cont-Stoikov-Talreja over
// each other, without the outermost share of the day's values.
func (a *acceptance) overlay(test int, of, title, unit string, f func(*record.Day) []float64, discrete bool, trim float64) {
	if a.bare {
		return
	}
	day := sorted(a.data.each(f))
	lo, hi := Quantile(day, trim), Quantile(day, 1-trim)
	if hi <= lo {
		return
	}
	bins := 60
	if discrete {
		if n := int(hi-lo) + 1; n < 80 {
			bins = n
			lo, hi = lo-0.5, hi+0.5
		}
	}
	p := plot{of: of, title: title, x: unit, zero: true}
	for i, s := range []Set{a.data, a.sim, a.cst} {
		v := sorted(s.each(f))
		out := series{name: []string{"data", "model", "Cont-Stoikov-Talreja"}[i], data: i == 0, guide: i == 2, steps: true}
		at := 0
		for k := range bins + 1 {
			edge := lo + (hi-lo)*float64(k)/float64(bins)
			to, _ := slices.BinarySearch(v, edge)
			if k == bins {
				to, _ = slices.BinarySearch(v, math.Nextafter(edge, math.Inf(1)))
			}
			if k > 0 {
				out.x = append(out.x, edge-(hi-lo)/float64(bins))
				out.y = append(out.y, 100*float64(to-at)/float64(len(v)))
			}
			at = to
		}
		out.x = append(out.x, hi)
		p.y = "% of observations"
		p.series = append(p.series, out)
	}
	a.plot(test, p)
}

// plot adds a plot to a test.
func (a *acceptance) plot(test int, p plot) {
	p.test = test
	a.plots = append(a.plots, p)
}
