package accept

import (
	_ "embed"
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

//go:embed page.css
var pageStyle string

// page is a page being written.
type page struct{ strings.Builder }

// put adds markup whose arguments are texts.
func (b *page) put(format string, texts ...string) {
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = html.EscapeString(t)
	}
	fmt.Fprintf(b, format, args...)
}

// HTML writes the report as one page that needs nothing else: no script, no font, no
// picture from elsewhere, light and dark by the reader's preference.
func (r *Report) HTML(w io.Writer) error {
	b := &page{}
	b.put(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>%s against %s: %s</title>
<style>
`, r.Model, r.Symbol, r.score())
	b.WriteString(pageStyle)
	b.WriteString("</style></head><body><main>\n")
	r.top(b)
	b.WriteString(`<section><h2>The twenty tests</h2><p class="soft">Dark is the real day, orange the model, blue Cont-Stoikov-Talreja of the same day. A row opens into all of its figures; the plots are below in full size.</p>`)
	for i := range r.Tests {
		r.row(b, &r.Tests[i])
	}
	b.WriteString("</section>\n")
	r.gallery(b)
	r.scoreTable(b)
	r.attemptTable(b)
	b.put(`<p class="soft">%s<br>SHA-256 of the tape of seed 1: <code>%s</code></p></main></body></html>`, r.Fingerprint, r.TapeSHA256)
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) score() string { return fmt.Sprintf("%d of %d tests pass", r.Passed, len(r.Tests)) }

// top is the verdict in one line, a chip for each test, and the figures asked for first.
func (r *Report) top(b *page) {
	b.put(`<header><h1>%s. The simulated market is %s away from the real day, Cont-Stoikov-Talreja %s.</h1>`,
		r.score(), fmt.Sprintf("%.2f", float64(r.MeanL1)), fmt.Sprintf("%.2f", float64(r.CST)))
	b.put(`<p class="soft">Away: LOB-Bench's mean L1, 0 to 1; the model's 95 %% interval is %s. Model <b>%s</b> against %s, %s, from %s. `,
		r.MeanL1CI.text(), r.Model, r.Symbol, r.Hours, r.Day)
	b.put(`%s simulated sessions, %s seeds for each size of a metaorder.`, fmt.Sprint(r.Sessions), fmt.Sprint(r.Seeds))
	if r.PassedFloor > 0 {
		b.put(` %s of the tests that pass do so by the rough floor of one day alone.`, fmt.Sprint(r.PassedFloor))
	}
	b.WriteString(`</p><ul class="chips">`)
	for i := range r.Tests {
		t := &r.Tests[i]
		class, mark, verdict := t.shown()
		b.put(`<li><a class="%s" href="#t%s" title="%s: %s">%s %s</a></li>`, class, fmt.Sprint(t.N), t.Name, verdict, mark, fmt.Sprint(t.N))
	}
	b.WriteString(`</ul><div class="facts">`)
	for _, f := range []struct {
		test         int
		figure, what string
		scale        float64
	}{
		{14, "exponent", "exponent of impact", 1},
		{15, "impact as long again after the end / at the end", "of the impact is left later", 1},
		{10, "markout after 10 s, bp", "bp, the mid 10 s after a passive fill", 1},
		{9, "slope gamma", "slope of the memory of signs", 1},
		{19, "events per second of processor time", "M events a second on one core", 1e-6},
	} {
		if v := float64(r.figure(f.test, f.figure)); !math.IsNaN(v) {
			b.put(`<div class="fact"><b>%s</b><span>%s</span></div>`, minus(fmt.Sprintf("%.2f", v*f.scale)), f.what)
		}
	}
	b.WriteString("</div></header>\n")
}

// figure is the model's figure of a test by name.
func (r *Report) figure(test int, name string) Num {
	for i := range r.Tests {
		for _, f := range r.Tests[i].Figures {
			if r.Tests[i].N == test && f.Name == name {
				return f.Model
			}
		}
	}
	return none
}

// shown is a verdict as a class, a mark that needs no colour, and words.
func (t *Test) shown() (class, mark, verdict string) {
	switch {
	case t.Verdict == Fail:
		return "fail", "\u2717", "fail"
	case t.ByFloor:
		return "floor", "\u2248", "pass by the floor"
	case t.Verdict == Pass:
		return "pass", "\u2713", "pass"
	}
	return "floor", "?", string(t.Verdict)
}

// row is a test: its name, a small plot, the figures that decide, the verdict; opened, all
// figures.
func (r *Report) row(b *page, t *Test) {
	class, mark, verdict := t.shown()
	judged, ok := 0, 0
	for _, f := range t.Figures {
		if f.Judged {
			if judged++; f.OK {
				ok++
			}
		}
	}
	b.put(`<details class="test" id="t%s"><summary><span class="num">%s</span>`, fmt.Sprint(t.N), fmt.Sprint(t.N))
	b.put(`<span class="what">%s<small>%s of %s limits kept</small></span><span class="spark">`, t.Name, fmt.Sprint(ok), fmt.Sprint(judged))
	if p := r.small(t); p != nil {
		p.svg(b, &compact)
	} else if t.N == 18 {
		b.put(`<code>%s</code>`, r.TapeSHA256)
	}
	b.WriteString(`</span><span class="key"><table><tr><th></th><th class="n">data</th><th class="n">model</th><th>limit</th></tr>`)
	for _, f := range t.deciding() {
		class := "pass"
		if !f.OK {
			class = "fail"
		} else if f.ByFloor {
			class = "floor"
		}
		b.put(`<tr><td>%s</td><td class="n">%s</td><td class="n %s">%s</td><td>%s</td></tr>`, f.Name, short(f.Data), class, short(f.Model), limit(f.Limit))
	}
	b.put(`</table></span><span class="verdict"><span class="pill %s">%s %s</span></span></summary>`, class, mark, verdict)
	b.WriteString(`<div class="more"><div class="wrap"><table><tr><th>figure</th><th class="n">data</th><th class="n">model</th><th class="n">95 % interval</th><th class="n">floor</th><th>limit</th><th></th></tr>`)
	for _, f := range t.Figures {
		said, is := "", ""
		switch {
		case f.ByFloor:
			said, is = "by the floor", "floor"
		case f.Judged && f.OK:
			said, is = "kept", "pass"
		case f.Judged:
			said, is = "not kept", "fail"
		}
		b.put(`<tr><td>%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td>%s</td><td class="%s">%s</td></tr>`,
			f.Name, dash(f.Data), dash(f.Model), f.Interval.text(), dash(f.Floor), limit(f.Limit), is, said)
	}
	b.put(`</table></div><p class="soft">%s</p></div></details>`, t.Note)
	b.WriteString("\n")
}

// small is the plot of a test's row: of the figure that decides where there is one.
func (r *Report) small(t *Test) (first *plot) {
	decides := t.deciding()[0].Name
	for i := range r.plots {
		p := &r.plots[i]
		if p.test != t.N {
			continue
		}
		if p.of != "" && strings.HasPrefix(decides, p.of) {
			return p
		}
		if first == nil {
			first = p
		}
	}
	return first
}

// deciding are the figures that a row shows: first what is not kept, then what is, three
// at most.
func (t *Test) deciding() (out []Figure) {
	for _, ok := range []bool{false, true} {
		for _, f := range t.Figures {
			if f.Judged && f.OK == ok && len(out) < 3 {
				out = append(out, f)
			}
		}
	}
	return out
}

// gallery are the plots in full size: impact first.
func (r *Report) gallery(b *page) {
	for _, g := range []struct {
		id, title string
		tests     []int
	}{
		{"impact", "Impact", []int{14, 15, 17, 10}},
		{"memory", "Prices and memory", []int{11, 7, 6, 8, 9, 13}},
		{"responses", "Response of the mid to six classes of events; _1 changed the mid at once, _0 did not", []int{12}},
		{"distributions", "Distributions over each other", []int{1, 2, 3, 4}},
		{"scores", "Scores, attacks, speed and published results", []int{5, 16, 19, 20}},
	} {
		b.put(`<section id="%s"><h2>%s</h2><div class="plots">`, g.id, g.title)
		for _, n := range g.tests {
			for i := range r.plots {
				if r.plots[i].test == n {
					r.plots[i].figure(b)
				}
			}
		}
		b.WriteString("</div></section>\n")
	}
}

// figure is a plot with its title and legend.
func (p *plot) figure(b *page) {
	class := ""
	if len(p.rows) > 10 {
		class = ` class="wide"`
	}
	b.WriteString("<figure" + class)
	b.put(`><h3>%s</h3><div class="legend">`, p.title)
	for i := range p.series {
		s := &p.series[i]
		fmt.Fprintf(b, `<span><i class="%s"%s></i>`, s.class(), s.style())
		b.put(`%s</span>`, s.name)
	}
	for _, k := range p.keys {
		b.put(`<span><i class="%s"></i>%s</span>`, k[0], k[1])
	}
	b.WriteString(`</div>`)
	p.svg(b, &full)
	b.WriteString("</figure>\n")
}

// dash prints nothing for no number.
func dash(n Num) string {
	if math.IsNaN(float64(n)) {
		return ""
	}
	return minus(n.String())
}

// short is a number with three digits.
func short(n Num) string {
	v := float64(n)
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return ""
	case a >= 1e6:
		return minus(fmt.Sprintf("%.2f M", v/1e6))
	case a >= 100 || v == 0:
		return minus(fmt.Sprintf("%.0f", v))
	}
	return minus(fmt.Sprintf("%.3g", v))
}

// limit sets comparisons as type has them.
func limit(s string) string {
	return minus(strings.NewReplacer("<=", "\u2264", ">=", "\u2265", "1000000", "1 M").Replace(s))
}

// minus sets signs as type has them.
func minus(s string) string { return strings.ReplaceAll(s, "-", "\u2212") }

// text is the interval, or nothing.
func (i Interval) text() string {
	if math.IsNaN(float64(i.Lo)) {
		return ""
	}
	return dash(i.Lo) + " to " + dash(i.Hi)
}

func (r *Report) scoreTable(b *page) {
	b.WriteString(`<section><h2>LOB-Bench's scores</h2><div class="wrap"><table><tr><th>score</th><th class="n">L1</th><th class="n">95 % interval</th><th class="n">W1</th><th class="n">95 % interval</th><th class="n">L1 of the day's halves</th><th class="n">L1 of Cont-Stoikov-Talreja</th></tr>`)
	for _, s := range r.Scores {
		b.put(`<tr><td>%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td></tr>`,
			s.Name, dash(s.L1), s.L1CI.text(), dash(s.W1), s.W1CI.text(), dash(s.Floor), dash(s.Base))
	}
	b.put(`<tr><th>mean</th><th class="n">%s</th><th class="n">%s</th><th class="n">%s</th><th></th><th class="n">%s</th><th class="n">%s</th></tr></table></div></section>`,
		dash(r.MeanL1), r.MeanL1CI.text(), dash(r.MeanW1), dash(r.MeanFloor), dash(r.CST))
	b.WriteString("\n")
}

func (r *Report) attemptTable(b *page) {
	b.WriteString(`<section><h2>Attempts to make money</h2><p class="soft">Gain of an episode of half an hour, after the spread, without fees. Bold: the best on some seeds, judged on others, with the 95 % interval.</p><div class="wrap"><table><tr><th>strategy</th><th class="n">gain</th><th class="n">95 % interval</th><th class="n">ticks per share</th><th class="n">shares</th></tr>`)
	for _, a := range r.Attempts {
		format := `<tr><td>%s</td>`
		if a.Chosen {
			format = `<tr><td><b>%s</b></td>`
		}
		b.put(format+`<td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td></tr>`, a.Name, dash(a.Gain), Interval{a.Lo, a.Hi}.text(), dash(a.Ticks), dash(a.Traded))
	}
	b.WriteString("</table></div></section>\n")
}
