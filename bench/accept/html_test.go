package accept

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

var drawing = regexp.MustCompile(`(?s)<svg .*?</svg>`)

// checkPage: the page needs nothing from elsewhere, has each test once, and each drawing
// tells what it is and in which units.
func checkPage(t *testing.T, r *Report, page string) {
	t.Helper()
	for _, not := range []string{"<script", "javascript:", "http:", "https:", "//cdn", "src=", "@import", "url(", "<link", "<iframe", "NaN", "Inf", "%!"} {
		if strings.Contains(page, not) {
			t.Errorf("the page contains %q", not)
		}
	}
	if at := regexp.MustCompile(`<[^>]* on[a-z]+=`).FindString(page); at != "" {
		t.Errorf("the page reacts by script: %s", at)
	}
	for _, href := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if id := strings.TrimPrefix(href[1], "#"); id == href[1] || strings.Count(page, ` id="`+id+`"`) != 1 {
			t.Errorf("a link to %q, which is not one place of the page", href[1])
		}
	}
	for i := range r.Tests {
		test := &r.Tests[i]
		n := fmt.Sprint(test.N)
		if strings.Count(page, `<details class="test" id="t`+n+`">`) != 1 || strings.Count(page, `href="#t`+n+`"`) != 1 {
			t.Errorf("test %s has no row, or no chip", n)
		}
		_, _, verdict := test.shown()
		row := page[strings.Index(page, `id="t`+n+`"`):]
		row = row[:strings.Index(row, "</details>")]
		if !strings.Contains(row, verdict+"</span>") {
			t.Errorf("the row of test %s does not say %q", n, verdict)
		}
		if !drawing.MatchString(row) && test.N != 18 {
			t.Errorf("the row of test %s has no plot", n)
		}
	}
	drawings := drawing.FindAllString(page, -1)
	// One in each row but that of the tape, and each plot in full.
	if len(drawings) != len(r.Tests)-1+len(r.plots) || strings.Count(page, "<svg") != len(drawings) {
		t.Errorf("%d drawings of %d plots", len(drawings), len(r.plots))
	}
	for _, d := range drawings {
		checkDrawing(t, d)
	}
	for i := range r.plots {
		if p := &r.plots[i]; p.title == "" || p.x == "" || p.y == "" || p.test < 1 || p.test > 20 {
			t.Errorf("plot %q of test %d: axes %q and %q", p.title, p.test, p.x, p.y)
		}
	}
	for _, must := range []string{"Signature plot", "Impact at the end", "Response to MO_1", "Autocorrelation of trade signs", "Fano factor",
		"LOB-Bench's scores", "Attempts to make money", "prefers-color-scheme:dark", "color-scheme:light dark", `lang="en"`, "viewport"} {
		if !strings.Contains(page, must) {
			t.Errorf("the page has no %q", must)
		}
	}
}

// checkDrawing: well-formed, labelled for who cannot see it, with units on both axes and
// something drawn within its frame.
func checkDrawing(t *testing.T, d string) {
	t.Helper()
	names, drawn, title := 0, 0, ""
	dec := xml.NewDecoder(strings.NewReader(d))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in %.200s", err, d)
		}
		el, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]string{}
		for _, a := range el.Attr {
			attr[a.Name.Local] = a.Value
		}
		switch el.Name.Local {
		case "svg":
			if attr["role"] != "img" || attr["viewBox"] == "" || len(attr["aria-label"]) < 10 {
				t.Errorf("a drawing without a role, a size or a label: %.120s", d)
			}
			title = attr["aria-label"]
		case "text":
			if attr["class"] == "name" {
				names++
			}
		case "path", "circle", "rect":
			drawn++
		}
	}
	if names != 2 || drawn == 0 || strings.Contains(d, `class="name" x="4" y="11"></text>`) {
		t.Errorf("%s: %d axes have units, %d shapes", title, names, drawn)
	}
}

// What a name says is text, whatever it holds.
func TestPageEscapes(t *testing.T) {
	r := &Report{Model: `<b>"x"</b>`, Symbol: "A&B"}
	r.judge(18, `<i>`, `"note" <script>`).is("<name>", 1, 2, "<= 3", true)
	r.Tests[0].done()
	var b strings.Builder
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, not := range []string{"<b>\"", "<i>", "<script>", "<name>", "A&B"} {
		if strings.Contains(b.String(), not) {
			t.Errorf("the page contains %q", not)
		}
	}
}

func TestNumbersOnThePage(t *testing.T) {
	for v, want := range map[float64]string{0.03021: "0.0302", 25.06: "25.1", 1.359e6: "1.36 M", 0: "0", -157.2: "\u2212157", 4.4e-6: "4.4e\u221206"} {
		if got := short(Num(v)); got != want {
			t.Errorf("%g: %s, want %s", v, got, want)
		}
	}
	if short(none) != "" || limit("<= 1000000") != "\u2264 1 M" {
		t.Error("no number, or a limit")
	}
	x := axis{lo: 0.001, hi: 1e6, from: 0, to: 100, log: true}
	if n := len(x.ticks(4)); n < 3 || n > 8 {
		t.Errorf("%d ticks over nine decades", n)
	}
	x = axis{lo: -3, hi: 17, from: 0, to: 100}
	if v := x.ticks(4); len(v) != 4 || v[0] != 0 || v[1] != 5 {
		t.Errorf("ticks %v", v)
	}
}
