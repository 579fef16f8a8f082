package accept

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

const pageHead = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>%s</title>
<style>
:root{color-scheme:light dark;--bg:#fbfaf8;--ink:#1d1f24;--soft:#666b75;--line:#e3e1dc;--card:#fff;--data:#3d4450;--fill:#3d445020;--model:#d2491f;--guide:#2f7fb8;--good:#1f7a4d;--bad:#b3261e;--warn:#946200}
@media(prefers-color-scheme:dark){:root{--bg:#15171b;--ink:#e8e6e1;--soft:#9aa0ab;--line:#2e323a;--card:#1c1f25;--data:#c3c9d4;--fill:#c3c9d424;--model:#ff8a5c;--guide:#6db7e8;--good:#5cc48d;--bad:#ff8a80;--warn:#e0b252}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1500px;margin:0 auto;padding:2rem 1.5rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .3rem}h2{font-size:1.1rem;margin:2.4rem 0 .8rem}h3{font-size:.92rem;font-weight:600;margin:0 0 .3rem}
p{margin:.3rem 0;max-width:75ch}.soft{color:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:.7rem;margin:1.2rem 0}
.fact{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.6rem 1rem;min-width:9rem}.fact b{display:block;font-size:1.45rem;line-height:1.3;font-variant-numeric:tabular-nums}.fact span{font-size:.82rem;color:var(--soft)}
.grid-of{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%%,420px),1fr));gap:1rem}
.few{grid-template-columns:repeat(auto-fill,minmax(min(100%%,400px),1fr))}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.8rem .8rem .5rem}
svg{width:100%%;height:auto;display:block}
svg text{fill:var(--soft);font-size:11.5px;font-family:inherit}svg .name{fill:var(--ink);font-size:12px}
svg .grid{stroke:var(--line)}svg .zero,svg .axis,svg .mark{stroke:var(--soft)}
svg .line{fill:none;stroke-width:1.9;stroke-linejoin:round}svg .area{fill:var(--fill)}
svg .line.data{stroke:var(--data)}svg .line.model{stroke:var(--model)}svg .line.guide{stroke:var(--guide);stroke-width:1.4}svg .line.root{stroke:var(--soft);stroke-dasharray:3 4;stroke-width:1.4}
svg .bar.data{fill:var(--data)}svg .bar.model,svg .dot.model{fill:var(--model)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.8rem;color:var(--soft);margin:.1rem 0 .3rem}
.legend i{display:inline-block;width:1.1em;height:.22em;vertical-align:.25em;margin-right:.4em;border-radius:2px}
.legend .data{background:var(--data)}.legend .model{background:var(--model)}.legend .guide{background:var(--guide)}.legend .root{background:var(--soft)}
.wrap{overflow-x:auto}
table{border-collapse:collapse;width:100%%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.28rem .7rem .28rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}th{font-weight:600;color:var(--soft)}
details{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:.4rem 0;padding:.45rem .9rem}
summary{cursor:pointer;display:grid;grid-template-columns:2rem 1fr auto;gap:.5rem;font-weight:600}
summary .v{font-size:.82rem}.pass{color:var(--good)}.fail{color:var(--bad)}.floor{color:var(--warn)}
details p{font-size:.86rem}
</style></head><body><main>
`

// HTML writes the report as one page that needs nothing else.
func (r *Report) HTML(w io.Writer) error {
	var b strings.Builder
	title := fmt.Sprintf("%s against %s", r.Model, r.Symbol)
	fmt.Fprintf(&b, pageHead, html.EscapeString(title))
	fmt.Fprintf(&b, `<h1>How real is the simulated market?</h1><p class="soft">Model <b>%s</b> against %s, %s, from %s. %d simulated sessions, %d seeds for each size of a metaorder.</p>`,
		html.EscapeString(r.Model), html.EscapeString(r.Symbol), html.EscapeString(r.Hours), html.EscapeString(r.Day), r.Sessions, r.Seeds)
	fact := func(v, what string) {
		fmt.Fprintf(&b, `<div class="fact"><b>%s</b><span>%s</span></div>`, html.EscapeString(v), html.EscapeString(what))
	}
	b.WriteString(`<div class="facts">`)
	fact(fmt.Sprintf("%d of %d", r.Passed, len(r.Tests)), "tests pass")
	if r.PassedFloor > 0 {
		fact(fmt.Sprint(r.PassedFloor), "of them by the floor of the day itself")
	}
	fact(r.MeanL1.String(), "LOB-Bench mean L1")
	fact(r.CST.String(), "Cont-Stoikov-Talreja, same day")
	for i := range r.Tests {
		for _, f := range r.Tests[i].Figures {
			switch {
			case r.Tests[i].N == 14 && f.Name == "exponent":
				fact(f.Model.String(), "exponent of impact")
			case r.Tests[i].N == 15 && f.Judged:
				fact(f.Model.String(), "of the impact is left later")
			case r.Tests[i].N == 19 && f.Name == "events per second of processor time":
				fact(fmt.Sprintf("%.2f M", float64(f.Model)/1e6), "events per second on one core")
			}
		}
	}
	b.WriteString(`</div>`)
	r.figures(&b)
	r.verdicts(&b)
	r.scoreTable(&b)
	r.attemptTable(&b)
	fmt.Fprintf(&b, `<p class="soft">%s<br>SHA-256 of the tape of seed 1: %s</p></main></body></html>`, html.EscapeString(r.Fingerprint), r.TapeSHA256)
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// figures are the plots: impact first.
func (r *Report) figures(b *strings.Builder) {
	groups := []struct {
		title string
		few   bool
		in    func(*plot) bool
	}{
		{"Impact", false, func(p *plot) bool {
			return strings.HasPrefix(p.title, "Impact") || strings.HasPrefix(p.title, "Mid after")
		}},
		{"Prices and memory", false, func(p *plot) bool {
			return strings.HasPrefix(p.title, "Signature") || strings.HasPrefix(p.title, "Autocorrelation") || strings.HasPrefix(p.title, "One-minute")
		}},
		{"Response to six classes of events (_1 changed the mid at once, _0 did not)", true, func(p *plot) bool { return p.small }},
		{"Distributions over each other", false, func(p *plot) bool { return p.series[0].steps && !strings.HasPrefix(p.title, "One-minute") }},
	}
	for _, g := range groups {
		class := "grid-of"
		if g.few {
			class += " few"
		}
		fmt.Fprintf(b, `<h2>%s</h2><div class="%s">`, html.EscapeString(g.title), class)
		for i := range r.plots {
			p := &r.plots[i]
			if !g.in(p) {
				continue
			}
			fmt.Fprintf(b, `<figure><h3>%s</h3><div class="legend">`, html.EscapeString(p.title))
			for j := range p.series {
				s := &p.series[j]
				style := ""
				if s.shade > 0 {
					style = fmt.Sprintf(` style="opacity:%.2f"`, 0.3+0.7*s.shade/8)
				}
				fmt.Fprintf(b, `<span><i class="%s"%s></i>%s</span>`, s.class(), style, html.EscapeString(s.name))
			}
			b.WriteString(`</div>`)
			p.svg(b)
			b.WriteString(`</figure>`)
		}
		b.WriteString(`</div>`)
	}
}

func (r *Report) verdicts(b *strings.Builder) {
	b.WriteString(`<h2>The twenty tests</h2>`)
	for i := range r.Tests {
		t := &r.Tests[i]
		class, verdict, open := "pass", string(t.Verdict), ""
		switch {
		case t.Verdict == Fail:
			class, open = "fail", " open"
		case t.ByFloor:
			class, verdict = "floor", "pass by the floor"
		}
		fmt.Fprintf(b, `<details%s><summary><span>%d</span><span>%s</span><span class="v %s">%s</span></summary><div class="wrap"><table><tr><th>figure</th><th class="n">data</th><th class="n">model</th><th class="n">floor</th><th>limit</th><th></th></tr>`,
			open, t.N, html.EscapeString(t.Name), class, verdict)
		for _, f := range t.Figures {
			ok, is := "", ""
			switch {
			case f.ByFloor:
				ok, is = "by the floor", "floor"
			case f.Judged && f.OK:
				ok, is = "ok", "pass"
			case f.Judged:
				ok, is = "no", "fail"
			}
			fmt.Fprintf(b, `<tr><td>%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td>%s</td><td class="%s">%s</td></tr>`,
				html.EscapeString(f.Name), dash(f.Data), dash(f.Model), dash(f.Floor), html.EscapeString(f.Limit), is, ok)
		}
		fmt.Fprintf(b, `</table></div><p class="soft">%s</p></details>`, html.EscapeString(t.Note))
	}
}

// dash prints nothing for no number.
func dash(n Num) string {
	if math.IsNaN(float64(n)) {
		return ""
	}
	return strings.Replace(n.String(), "-", "\u2212", 1)
}

func (r *Report) scoreTable(b *strings.Builder) {
	b.WriteString(`<h2>LOB-Bench's scores</h2><div class="wrap"><table><tr><th>score</th><th class="n">L1</th><th class="n">W1</th><th class="n">floor of the day</th><th class="n">Cont-Stoikov-Talreja</th></tr>`)
	for _, s := range r.Scores {
		fmt.Fprintf(b, `<tr><td>%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td></tr>`, html.EscapeString(s.Name), dash(s.L1), dash(s.W1), dash(s.Floor), dash(s.Base))
	}
	fmt.Fprintf(b, `<tr><th>mean</th><th class="n">%s</th><th class="n">%s</th><th class="n">%s</th><th class="n">%s</th></tr></table></div>`, dash(r.MeanL1), dash(r.MeanW1), dash(r.MeanFloor), dash(r.CST))
}

func (r *Report) attemptTable(b *strings.Builder) {
	b.WriteString(`<h2>Attempts to make money</h2><p class="soft">Gain of an episode of half an hour, after the spread. The best three on some seeds were judged on others, with the 95 % interval.</p><div class="wrap"><table><tr><th>strategy</th><th class="n">gain</th><th class="n">from</th><th class="n">to</th><th class="n">ticks per share</th><th class="n">shares</th></tr>`)
	for _, a := range r.Attempts {
		name := html.EscapeString(a.Name)
		if a.Chosen {
			name = "<b>" + name + "</b>"
		}
		fmt.Fprintf(b, `<tr><td>%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td></tr>`, name, dash(a.Gain), dash(a.Lo), dash(a.Hi), dash(a.Ticks), dash(a.Traded))
	}
	b.WriteString(`</table></div>`)
}
