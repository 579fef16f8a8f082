package accept

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Size of a plot and of its frame, in pixels of the drawing.
const (
	plotW, plotH             = 460.0, 280.0
	left, right, top, bottom = 58.0, 14.0, 14.0, 42.0
)

// axis maps values to pixels.
type axis struct {
	lo, hi   float64
	from, to float64 // pixels
	log      bool
}

func (a *axis) at(v float64) float64 {
	lo, hi := a.lo, a.hi
	if a.log {
		if v <= 0 {
			return a.from
		}
		lo, hi, v = math.Log(lo), math.Log(hi), math.Log(v)
	}
	return a.from + (a.to-a.from)*(v-lo)/(hi-lo)
}

// ticks are round values within the axis.
func (a *axis) ticks() (out []float64) {
	if a.log {
		// 1, 2 and 5 of each decade while they are few.
		for _, digits := range [][]float64{{1}, {1, 3}, {1, 2, 5}} {
			var v []float64
			for e := math.Floor(math.Log10(a.lo)); e <= math.Ceil(math.Log10(a.hi)); e++ {
				for _, d := range digits {
					if x := d * math.Pow(10, e); x >= a.lo*0.999 && x <= a.hi*1.001 {
						v = append(v, x)
					}
				}
			}
			if out = v; len(out) >= 4 {
				break
			}
		}
		return out
	}
	step := math.Pow(10, math.Floor(math.Log10((a.hi-a.lo)/4)))
	for _, k := range []float64{5, 2} {
		if (a.hi-a.lo)/(step*k) >= 3.5 {
			step *= k
			break
		}
	}
	for k := math.Ceil(a.lo/step - 1e-9); k*step <= a.hi+1e-9*step; k++ {
		out = append(out, k*step)
	}
	return out
}

// extent are the limits of all series on one axis.
func (p *plot) extent(of func(*series) [][]float64, log, zero bool) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for i := range p.series {
		for _, v := range of(&p.series[i]) {
			for _, x := range v {
				if !math.IsNaN(x) && !math.IsInf(x, 0) && (!log || x > 0) {
					lo, hi = min(lo, x), max(hi, x)
				}
			}
		}
	}
	switch {
	case lo > hi:
		return 1, 2
	case log:
		return lo / math.Pow(hi/lo+0.5, 0.04), hi * math.Pow(hi/lo+0.5, 0.04)
	case zero:
		lo = min(lo, 0)
	}
	if hi == lo {
		hi, lo = hi+1, lo-1
	}
	pad := 0.05 * (hi - lo)
	if lo == 0 {
		return 0, hi + pad
	}
	return lo - pad, hi + pad
}

func (s *series) class() string {
	switch {
	case s.guide && s.data:
		return "root"
	case s.guide:
		return "guide"
	case s.data:
		return "data"
	}
	return "model"
}

// label prints a value for an axis.
func label(v float64) string {
	if math.Abs(v) < 1e-12 {
		return "0"
	}
	s := strconv.FormatFloat(v, 'g', 4, 64)
	if a := math.Abs(v); a >= 1e-4 && a < 1e6 {
		s = strconv.FormatFloat(v, 'f', -1, 64)
		if len(s) > 7 {
			s = strconv.FormatFloat(v, 'g', 3, 64)
		}
	}
	return strings.Replace(s, "-", "\u2212", 1)
}

// svg draws the plot.
func (p *plot) svg(b *strings.Builder) {
	x := axis{from: left, to: plotW - right, log: p.logx}
	if x.lo, x.hi = p.extent(func(s *series) [][]float64 { return [][]float64{s.x} }, p.logx, false); !p.logx && p.series[0].steps {
		x.lo, x.hi = p.series[0].x[0], p.series[0].x[len(p.series[0].x)-1]
	}
	y := axis{from: plotH - bottom, to: top, log: p.logy}
	y.lo, y.hi = p.extent(func(s *series) [][]float64 {
		switch {
		case s.stems:
			return [][]float64{s.y, {0}}
		case s.guide && s.steps: // a far peak of a baseline must not flatten the rest
			return nil
		}
		return [][]float64{s.y}
	}, p.logy, p.zero)
	fmt.Fprintf(b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, plotW, plotH, html.EscapeString(p.title))
	clip := 0.0 // above which nothing is drawn
	if p.series[0].steps {
		clip = top
	}
	for _, v := range y.ticks() {
		class := "grid"
		if v == 0 {
			class = "grid zero"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="tick" x="%g" y="%.1f" text-anchor="end">%s</text>`,
			class, left, plotW-right, y.at(v), y.at(v), left-6, y.at(v)+3.5, label(v))
	}
	for _, v := range x.ticks() {
		fmt.Fprintf(b, `<line class="mark" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/><text class="tick" x="%.1f" y="%g" text-anchor="middle">%s</text>`,
			x.at(v), x.at(v), plotH-bottom, plotH-bottom+4, x.at(v), plotH-bottom+16, label(v))
	}
	fmt.Fprintf(b, `<line class="axis" x1="%g" x2="%g" y1="%g" y2="%g"/>`, left, plotW-right, plotH-bottom, plotH-bottom)
	fmt.Fprintf(b, `<text class="name" x="%g" y="%g" text-anchor="end">%s</text>`, plotW-right, plotH-6, html.EscapeString(p.x))
	if p.y != "" {
		fmt.Fprintf(b, `<text class="name" transform="translate(13,%g) rotate(-90)" text-anchor="end">%s</text>`, top, html.EscapeString(p.y))
	}
	for i := range p.series {
		p.series[i].draw(b, &x, &y, i, len(p.series), clip)
	}
	b.WriteString("</svg>")
}

func (s *series) draw(b *strings.Builder, x, y *axis, i, n int, clip float64) {
	style := ""
	if s.shade > 0 {
		style = fmt.Sprintf(` style="opacity:%.2f"`, 0.3+0.7*s.shade/8)
	}
	class := s.class()
	switch {
	case s.stems:
		for k, v := range s.y {
			at := x.at(s.x[k]) + 7*(float64(i)-float64(n-1)/2)
			fmt.Fprintf(b, `<rect class="bar %s" x="%.1f" width="6" y="%.1f" height="%.1f"/>`, class, at-3, min(y.at(v), y.at(0)), math.Abs(y.at(v)-y.at(0)))
		}
		return
	case s.points:
		for k, v := range s.y {
			if math.IsNaN(v) || y.log && v <= 0 {
				continue
			}
			if s.lo != nil {
				lo := y.at(max(s.lo[k], y.lo))
				fmt.Fprintf(b, `<line class="line %s" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, class, x.at(s.x[k]), x.at(s.x[k]), lo, max(y.at(s.hi[k]), y.to))
			}
			fmt.Fprintf(b, `<circle class="dot %s" cx="%.1f" cy="%.1f" r="4"/>`, class, x.at(s.x[k]), y.at(v))
		}
		return
	}
	var d strings.Builder
	pen := "M"
	for k, v := range s.y {
		if math.IsNaN(v) || y.log && v <= 0 {
			pen = "M"
			continue
		}
		h := max(y.at(v), clip)
		fmt.Fprintf(&d, "%s%.1f %.1f", pen, x.at(s.x[k]), h)
		pen = "L"
		if s.steps {
			fmt.Fprintf(&d, "L%.1f %.1f", x.at(s.x[k+1]), h)
		}
	}
	if s.steps && class == "data" {
		fmt.Fprintf(b, `<path class="area" d="%sL%.1f %.1fL%.1f %.1fZ"/>`, d.String(), x.at(s.x[len(s.x)-1]), y.at(0), x.at(s.x[0]), y.at(0))
	}
	fmt.Fprintf(b, `<path class="line %s"%s d="%s"/>`, class, style, d.String())
}
