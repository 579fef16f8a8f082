package accept

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// frame is the size of a drawing and of the space around the plot, in its pixels.
type frame struct {
	w, h                     float64
	left, right, top, bottom float64
	rowLabels                float64 // width of the labels of a plot of rows; 0: none
	few                      bool    // ticks
}

var (
	full    = frame{w: 460, h: 290, left: 56, right: 14, top: 24, bottom: 42, rowLabels: 262}
	compact = frame{w: 250, h: 118, left: 40, right: 8, top: 17, bottom: 30, few: true}
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

// ticks are round values within the axis, about want of them.
func (a *axis) ticks(want int) (out []float64) {
	if a.log {
		// 1, 2 and 5 of each decade while they are few; of many decades not each.
		for _, digits := range [][]float64{{1}, {1, 3}, {1, 2, 5}} {
			var v []float64
			for e := math.Floor(math.Log10(a.lo)); e <= math.Ceil(math.Log10(a.hi)); e++ {
				for _, d := range digits {
					if x := d * math.Pow(10, e); x >= a.lo*0.999 && x <= a.hi*1.001 {
						v = append(v, x)
					}
				}
			}
			if out = v; len(out) >= want {
				break
			}
		}
		for len(out) > 2*want {
			var half []float64
			for i := 0; i < len(out); i += 2 {
				half = append(half, out[i])
			}
			out = half
		}
		return out
	}
	step := math.Pow(10, math.Floor(math.Log10((a.hi-a.lo)/float64(want))))
	for _, k := range []float64{5, 2} {
		if (a.hi-a.lo)/(step*k) >= float64(want)-0.5 {
			step *= k
			break
		}
	}
	for k := math.Ceil(a.lo/step - 1e-9); k*step <= a.hi+1e-9*step; k++ {
		out = append(out, k*step)
	}
	return out
}

// extent are the limits of values on an axis; anchored keeps 0 in sight.
func extent(values [][]float64, log, anchored bool) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		for _, x := range v {
			if !math.IsNaN(x) && !math.IsInf(x, 0) && (!log || x > 0) {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
	}
	switch {
	case lo > hi:
		return 1, 2
	case log:
		return lo / math.Pow(hi/lo+0.5, 0.04), hi * math.Pow(hi/lo+0.5, 0.04)
	case anchored:
		lo, hi = min(lo, 0), max(hi, 0)
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

// style sets one of several lines of the model apart.
func (s *series) style() string {
	if s.shade == 0 {
		return ""
	}
	return fmt.Sprintf(` style="opacity:%.2f"`, 0.3+0.7*s.shade/8)
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
	return minus(s)
}

// svg draws the plot.
func (p *plot) svg(b *page, f *frame) {
	if p.rows != nil {
		p.drawRows(b, f)
		return
	}
	steps := p.series[0].steps
	x := axis{from: f.left, to: f.w - f.right, log: p.logx}
	y := axis{from: f.h - f.bottom, to: f.top, log: p.logy}
	var xs, ys [][]float64
	for i := range p.series {
		s := &p.series[i]
		xs = append(xs, s.x)
		switch {
		case s.stems:
			ys = append(ys, s.y, []float64{0})
		case s.guide && s.steps: // a far peak of a baseline must not flatten the rest
		default:
			ys = append(ys, s.y)
		}
	}
	if x.lo, x.hi = extent(xs, p.logx, false); !p.logx && steps {
		x.lo, x.hi = p.series[0].x[0], p.series[0].x[len(p.series[0].x)-1]
	}
	y.lo, y.hi = extent(ys, p.logy, p.zero)
	p.open(b, f)
	clip := 0.0 // above which nothing is drawn
	if steps {
		clip = f.top
	}
	for _, v := range y.ticks(f.marks(4)) {
		class := "grid"
		if v == 0 {
			class = "grid zero"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`,
			class, f.left, f.w-f.right, y.at(v), y.at(v), f.left-6, y.at(v)+3.5, label(v))
	}
	p.xAxis(b, f, &x)
	b.put(`<text class="name" x="4" y="11">%s</text>`, p.y)
	for i := range p.series {
		p.series[i].draw(b, &x, &y, i, len(p.series), clip)
	}
	b.WriteString("</svg>")
}

// marks is how many ticks an axis should have.
func (f *frame) marks(n int) int {
	if f.few {
		return 2
	}
	return n
}

func (p *plot) open(b *page, f *frame) {
	fmt.Fprintf(b, `<svg viewBox="0 0 %g %g" role="img" `, f.w, f.h)
	b.put(`aria-label="%s, %s against %s"><title>%s</title>`, p.title, p.y, p.x, p.title)
}

// xAxis draws the lower axis, its ticks and its unit.
func (p *plot) xAxis(b *page, f *frame, x *axis) {
	foot := f.h - f.bottom
	for _, v := range x.ticks(f.marks(4)) {
		fmt.Fprintf(b, `<line class="mark" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`,
			x.at(v), x.at(v), foot, foot+4, min(x.at(v), f.w-14), foot+15, label(v))
	}
	fmt.Fprintf(b, `<line class="axis" x1="%g" x2="%g" y1="%g" y2="%g"/>`, x.from, x.to, foot, foot)
	fmt.Fprintf(b, `<text class="name" x="%g" y="%g" text-anchor="end">`, f.w-f.right, f.h-3)
	b.put(`%s</text>`, p.x)
}

func (s *series) draw(b *page, x, y *axis, i, n int, clip float64) {
	class := s.class()
	switch {
	case s.stems:
		wide := min(6, 0.3*(x.to-x.from)/float64(len(s.x)))
		for k, v := range s.y {
			at := x.at(s.x[k]) + 1.15*wide*(float64(i)-float64(n-1)/2)
			fmt.Fprintf(b, `<rect class="bar %s" x="%.1f" width="%.1f" y="%.1f" height="%.1f"/>`, class, at-wide/2, wide, min(y.at(v), y.at(0)), math.Abs(y.at(v)-y.at(0)))
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
			fmt.Fprintf(b, `<circle class="dot %s" cx="%.1f" cy="%.1f" r="3.5"/>`, class, x.at(s.x[k]), y.at(v))
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
	if d.Len() == 0 {
		return
	}
	if s.steps && class == "data" {
		fmt.Fprintf(b, `<path class="area" d="%sL%.1f %.1fL%.1f %.1fZ"/>`, d.String(), x.at(s.x[len(s.x)-1]), y.at(0), x.at(s.x[0]), y.at(0))
	}
	fmt.Fprintf(b, `<path class="line %s"%s d="%s"/>`, class, s.style(), d.String())
}

// drawRows draws a plot of rows: a dot for each figure of a row, a bar for an interval.
func (p *plot) drawRows(b *page, f *frame) {
	const tall = 17.0
	g := *f
	x := axis{from: f.left, to: f.w - f.right, log: p.logx}
	pitch := (f.h - f.top - f.bottom) / float64(len(p.rows))
	if f.rowLabels > 0 {
		g.w, pitch = 640, tall
		if len(p.rows) > 10 {
			g.w = 1000
		}
		g.h = f.top + f.bottom + pitch*float64(len(p.rows))
		x.from, x.to = f.rowLabels, g.w-f.right
	}
	var values [][]float64
	for _, r := range p.rows {
		values = append(values, []float64{float64(r.data), float64(r.model), float64(r.base), float64(r.Lo), float64(r.Hi)})
	}
	values = append(values, p.limits)
	x.lo, x.hi = extent(values, p.logx, true)
	p.open(b, &g)
	for _, v := range x.ticks(g.marks(5)) {
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/>`, x.at(v), x.at(v), g.top, g.h-g.bottom)
	}
	for _, v := range p.limits {
		fmt.Fprintf(b, `<line class="limit" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/>`, x.at(v), x.at(v), g.top, g.h-g.bottom)
	}
	r := min(4, 0.4*pitch)
	for i, row := range p.rows {
		y := g.top + pitch*(float64(i)+0.5)
		b.put(`<g><title>%s</title>`, row.name)
		if f.rowLabels > 0 {
			fmt.Fprintf(b, `<text class="label" x="%g" y="%.1f" text-anchor="end">`, x.from-8, y+4)
			b.put(`%s</text>`, row.name)
		}
		if !math.IsNaN(float64(row.Lo)) {
			fmt.Fprintf(b, `<line class="line model" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x.at(float64(row.Lo)), x.at(float64(row.Hi)), y, y)
		}
		for _, dot := range []struct {
			class string
			v     Num
		}{{"guide", row.base}, {"data", row.data}, {"model", row.model}} {
			if !math.IsNaN(float64(dot.v)) {
				fmt.Fprintf(b, `<circle class="dot %s" cx="%.1f" cy="%.1f" r="%.1f"/>`, dot.class, x.at(float64(dot.v)), y, r)
			}
		}
		b.WriteString("</g>")
	}
	p.xAxis(b, &g, &x)
	b.put(`<text class="name" x="4" y="11">%s</text></svg>`, p.y)
}
