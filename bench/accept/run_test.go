package accept

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/feed/capture/lobster"
	"slipstream/internal/market"
	"slipstream/internal/testdata"
)

func amzn(t *testing.T) string {
	t.Helper()
	return filepath.Join(testdata.Dir(t), "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip")
}

// reactive is the model with AMZN's built-in parameters; it needs no data.
func reactive(t *testing.T) *Model {
	t.Helper()
	m, err := NewModel("reactive", "", &record.Day{Symbol: "AMZN"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every model goes through every test, and the report is whole in all its forms.
func TestRunQuick(t *testing.T) {
	path := amzn(t)
	for _, model := range Models {
		t.Run(model, func(t *testing.T) {
			r, err := Run(Options{LOBSTER: path, Model: model, Quick: true})
			if err != nil {
				t.Fatal(err)
			}
			if model == Models[0] {
				checkSame(t, path, r)
			}
			if len(r.Tests) != 20 || len(r.Scores) != 24 || len(r.Attempts) < 20 {
				t.Fatalf("%d tests, %d scores, %d attempts", len(r.Tests), len(r.Scores), len(r.Attempts))
			}
			passed := 0
			for i, test := range r.Tests {
				if test.N != i+1 || test.Verdict == "" || test.Note == "" || !slices.ContainsFunc(test.Figures, func(f Figure) bool { return f.Judged }) {
					t.Errorf("test %d: %+v", i+1, test)
				}
				if test.Verdict == Pass {
					passed++
				}
				if n := test.N; (n == 18 || n == 20) && test.Verdict != Pass {
					t.Errorf("test %d, %s: %s", n, test.Name, test.Verdict)
				}
			}
			if r.Passed != passed {
				t.Errorf("%d counted, %d passed", r.Passed, passed)
			}
			for _, s := range r.Scores {
				if !(s.L1 >= 0 && s.L1 <= 1) {
					t.Errorf("%s: L1 %g", s.Name, s.L1)
				}
			}
			text, page, enc := &strings.Builder{}, &bytes.Buffer{}, &bytes.Buffer{}
			if err := r.Text(text); err != nil || strings.Count(text.String(), "\n") < 80 {
				t.Errorf("text: %v, %d bytes", err, text.Len())
			}
			if err := json.NewEncoder(enc).Encode(r); err != nil {
				t.Error(err)
			}
			if err := r.HTML(page); err != nil {
				t.Fatal(err)
			}
			checkPage(t, r, page.String())
		})
	}
}

// checkSame: equal options give an equal report but for what reads a clock.
func checkSame(t *testing.T, path string, r *Report) {
	t.Helper()
	again, err := Run(Options{LOBSTER: path, Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Tests {
		a, _ := json.Marshal(r.Tests[i])
		b, _ := json.Marshal(again.Tests[i])
		if r.Tests[i].N != 19 && !bytes.Equal(a, b) {
			t.Errorf("%s\n%s", a, b)
		}
	}
}

func TestOptionsAreRefused(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(bad, []byte("symbol = \"AMZN\"\nactivity = -1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	day := &record.Day{Symbol: "AMZN"}
	for _, c := range []struct{ model, params, want string }{
		{"astrology", "", "want one of reactive, poisson, queue-reactive"},
		{"reactive", bad, "bad.toml"},
		{"poisson", bad, "bad.toml"},
		{"queue-reactive", bad, "bad.toml"},
		{"reactive", bad + ".not", "no such file"},
	} {
		if _, err := NewModel(c.model, c.params, day); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.model, c.params, err, c.want)
		}
	}
	if _, err := NewModel("reactive", "", &record.Day{Symbol: "NONE"}); err == nil || !strings.Contains(err.Error(), "NONE") {
		t.Errorf("a stock without parameters: %v", err)
	}
	if _, err := Run(Options{LOBSTER: bad}); err == nil || !strings.Contains(err.Error(), "bad.toml") {
		t.Errorf("a file that is no zip: %v", err)
	}
}

// TestTapeIsTheSame holds under the race detector, too.
func TestTapeIsTheSame(t *testing.T) {
	long := 60 * market.Second
	digest, runs, differs, err := reactive(t).sameTape(4, 36_000*market.Second, long)
	if err != nil || len(differs) > 0 || runs != 5 || len(digest) != 64 {
		t.Errorf("%d runs, differ: %v, %v", runs, differs, err)
	}
	other, _, _, err := reactive(t).sameTape(5, 36_000*market.Second, long)
	if err != nil || other == digest {
		t.Errorf("another seed has the same tape: %v", err)
	}
}

// An order of size zero has no impact at all, on any look.
func TestNoOrderNoImpact(t *testing.T) {
	d, filled, err := reactive(t).impacts([]order{{market.Buy, 0, 60 * market.Second, 100}}, 2, 2, 36_000*market.Second, 37_000*market.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, seed := range d[0] {
		for k, v := range seed {
			if v != 0 || filled[0] != 0 {
				t.Fatalf("look %d: impact %g", k, v)
			}
		}
	}
}

func TestChildren(t *testing.T) {
	for _, c := range []struct {
		qty, child float64
		over       market.Nanos
		want       int
	}{{500, 100, 1800 * market.Second, 5}, {10, 100, 1800 * market.Second, 1}, {90_000, 100, 1800 * market.Second, 180}, {1e6, 100, market.Second, 1}} {
		o := order{market.Buy, c.qty, c.over, c.child}
		if n := o.children(); n != c.want {
			t.Errorf("%+v: %d children", c, n)
		}
	}
}

// A square-root law with noise that averages out is found with its exponent.
func TestFitFindsALaw(t *testing.T) {
	share := []float64{.001, .003, .01, .03}
	diffs := make([][][]float64, len(share))
	const y, sigma = 0.8, 100
	for i, s := range share {
		for u := range 20 {
			path := make([]float64, 2*looks+1)
			noise := float64(u%2*2-1) * 0.5
			path[looks] = y*sigma*math.Sqrt(s) + noise
			path[2*looks] = 0.66*y*sigma*math.Sqrt(s) + noise
			diffs[i] = append(diffs[i], path)
		}
	}
	c := fit(share, diffs, sigma)
	near(t, "exponent", c.Delta, 0.5, 1e-9)
	near(t, "Y", c.Y, y, 1e-9)
	near(t, "error", c.SE[0], 0.5/4.4721, 1e-3)
	if !(c.Lo < 0.5 && c.Hi > 0.5 && c.Hi-c.Lo < 0.2) {
		t.Errorf("interval %g to %g", c.Lo, c.Hi)
	}
	ratio, lo, hi := relaxation(diffs)
	near(t, "relaxation", ratio, 0.66, 1e-9)
	if lo > ratio || hi < ratio {
		t.Errorf("interval %g to %g", lo, hi)
	}
}

// lobsterZip packs an export as LOBSTER delivers it.
func lobsterZip(t *testing.T, files ...string) string {
	t.Helper()
	var pairs []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, filepath.Base(name), string(text))
	}
	return testdata.Zip(t, "day.zip", pairs...)
}

// What a model exports is what was recorded: imported as any LOBSTER day is, the daemon's
// book agrees with the book file on every row, and the events are the ones recorded.
func TestExportReadsBack(t *testing.T) {
	d, err := reactive(t).session(4, 36_000e9, 37_200e9, 5)
	if err != nil {
		t.Fatal(err)
	}
	if d.Events[0].Kind != record.Add {
		t.Fatalf("starts with %+v: what leaves a level empty on the first row cannot come back, for no row shows the book before it", d.Events[0])
	}
	// A halt and its end, rows of type 7, which leave the book as it is.
	halt := record.Event{Nanos: d.Events[4].Nanos, Kind: record.Halt, Age: -1, Price: record.Halted, Before: d.Events[4].After, After: d.Events[4].After}
	resume := halt
	resume.Price = record.Resumed
	d.Events = slices.Insert(d.Events, 5, halt, resume)
	d.Books = slices.Insert(d.Books, 2*d.Levels*5, slices.Concat(d.Books[2*d.Levels*4:2*d.Levels*5], d.Books[2*d.Levels*4:2*d.Levels*5])...)

	dir := t.TempDir()
	message, book, err := Export(dir, "2012-06-21", d)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := filepath.Base(message), "AMZN_2012-06-21_36000000_37200000_message_5.csv"; got != want {
		t.Errorf("file %s, want %s", got, want)
	}
	text, err := os.ReadFile(message)
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`^\d{5}\.\d{9},([1-5],\d+,\d+,\d+,-?1|7,0,0,(-1|0|1),-1)$`)
	for k, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if !row.MatchString(line) {
			t.Fatalf("row %d: %s", k+1, line)
		}
	}
	zip := lobsterZip(t, message, book)
	itch := filepath.Join(dir, "day.itch")
	out, err := os.Create(itch)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lobster.Import(zip, out)
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := lobster.Verify(itch, zip)
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() || r.Rows != len(d.Events) || float64(r.Shares) != Volume(d) {
		t.Errorf("%+v of %d rows, %g shares", r, len(d.Events), Volume(d))
	}
	back, err := record.FromLobster(zip)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Events) != len(d.Events) || !slices.EqualFunc(back.Books, d.Books, func(a, b record.Level) bool { return a.Price == b.Price && a.Qty == b.Qty }) {
		t.Fatalf("%d of %d events came back, or other books", len(back.Events), len(d.Events))
	}
	cancel := func(k record.Kind) bool { return k == record.Cancel || k == record.Delete }
	for i := range d.Events {
		a, b := &d.Events[i], &back.Events[i]
		// Cancel or Delete is a guess for orders from before the first row.
		if a.Nanos != b.Nanos || a.Price != b.Price || a.Size != b.Size || a.Side != b.Side && a.Kind != record.Halt || a.Kind != b.Kind && !(cancel(a.Kind) && cancel(b.Kind)) {
			t.Fatalf("row %d: %+v, was %+v", i+1, b, a)
		}
	}
}

// The estimator finds the rates that a stretch was made with.
func TestEstimateCST(t *testing.T) {
	p := flow.DefaultParams()
	p.Limit.Rates, p.Cancel.Rates, p.Limit.Levels = []float64{2, 1, 0.5}, []float64{0.4, 0.4, 0.4}, 3
	p.Market.Rate, p.Cancel.Partial, p.Cancel.Replace, p.Book.Attributed = 0.5, 0, 0, 0
	p.Size.LimitSigma, p.Size.MarketSigma, p.Size.MarketMu = 0, 0, p.Size.LimitMu
	p.Activity.EventsPerSecond = 2*3.5 + 2*0.5 + 2*3
	m := &Model{Name: "poisson", Symbol: "X", Make: func(seed uint64) (exchange.Flow, error) {
		return flow.NewPoisson(flow.PoissonConfig{Seed: seed, Params: &p})
	}}
	d, err := m.session(1, 36_000e9, 39_600e9, 10)
	if err != nil {
		t.Fatal(err)
	}
	again, err := EstimateCST(d, false).session(2, 36_000e9, 39_600e9, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		of   func(*record.Day) float64
	}{
		{"events", func(d *record.Day) float64 { return float64(len(d.Events)) }},
		{"volume", Volume},
		{"spread", func(d *record.Day) float64 { return mean(touches(spreadTicks)(d)) }},
		{"size of the touch", func(d *record.Day) float64 { return mean(touches(touchQty)(d)) }},
	} {
		a, b := c.of(d), c.of(again)
		near(t, c.name, b/a, 1, 0.1)
	}
}
