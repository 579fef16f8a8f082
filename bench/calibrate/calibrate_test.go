package calibrate

import (
	"bytes"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"slipstream/bench/accept"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/testdata"
)

var update = flag.Bool("update", false, "write the parameters in bench/flow/params")

// The parameters that ship are what the two sample days give: with SLIPSTREAM_LONG byte
// by byte (four minutes of a core for each), else what is not matched by
// simulation. With -update they are written: go test -timeout 2h.
func TestShippedParametersAreTheDays(t *testing.T) {
	var amzn *flow.ReactiveParams
	for _, day := range []struct{ file, zip string }{
		{"amzn.toml", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"},
		{"aapl.toml", "LOBSTER_SampleFile_AAPL_2012-06-21_1.zip"},
	} {
		d, err := record.FromLobster(filepath.Join(testdata.Dir(t), "lobster", day.zip))
		if err != nil {
			t.Fatal(err)
		}
		long := *update || os.Getenv("SLIPSTREAM_LONG") != ""
		o := Options{Deeper: amzn, Progress: func(what string) { t.Log(day.file, what) }}
		if long {
			o.Rounds, o.Evaluations = DefaultRounds, DefaultEvaluations
		}
		p, e, err := Fit(d, o)
		if err != nil {
			t.Fatal(err)
		}
		if e.Cells < e.CellsAll || e.Trades < 4000 || e.Borrowed != (day.file == "aapl.toml") {
			t.Errorf("%s: %+v", day.file, e)
		}
		if !long {
			q, err := flow.DefaultReactive(p.Symbol)
			if err != nil {
				t.Fatal(err)
			}
			p.Flicker.Snipe = q.Flicker.Snipe
			type fixed struct{ sizes, factor, fleeting, flicker, market, curve, state any }
			have := fixed{q.Sizes, q.VolumeFactor.Join, q.Fleeting, q.Flicker, q.Market, q.Intraday, q.State}
			want := fixed{p.Sizes, p.VolumeFactor.Join, p.Fleeting, p.Flicker, p.Market, p.Intraday, p.State}
			if !reflect.DeepEqual(have, want) {
				t.Errorf("%s is not what the day gives: go test ./bench/calibrate -run Shipped -update", day.file)
			}
			if amzn == nil {
				amzn = p
			}
			continue
		}
		if amzn == nil {
			amzn = p
		}
		var text bytes.Buffer
		if err := Write(&text, p, e); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(testdata.Root(t), "bench", "flow", "params", day.file)
		if *update {
			if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, text.Bytes()) {
			t.Errorf("%s is not what the day gives: go test ./bench/calibrate -run Shipped -update", path)
		}
		for name, pair := range map[string][3]float64{
			"events per second": {e.Day.EventsPerSecond, e.Model.EventsPerSecond, 0.2},
			"trades per second": {e.Day.TradesPerSecond, e.Model.TradesPerSecond, 0.2},
			"spread":            {e.Day.Spread, e.Model.Spread, 0.2},
			"touch":             {e.Day.TouchSize, e.Model.TouchSize, 0.2},
			"volatility":        {e.Day.VolFive, e.Model.VolFive, 0.2},
		} {
			if math.Abs(pair[1]/pair[0]-1) > pair[2] {
				t.Errorf("%s: %s: day %.3f, model %.3f", day.file, name, pair[0], pair[1])
			}
		}
	}
}

// A fit to simulated hours finds what they were made with.
func TestFitFindsTheModelItself(t *testing.T) {
	p, err := flow.DefaultReactive("AMZN")
	if err != nil {
		t.Fatal(err)
	}
	d, err := accept.Simulate(p, 7, 36_900e9, 40_500e9, 5)
	if err != nil {
		t.Fatal(err)
	}
	q, e, err := Fit(d, Options{From: float64(d.Start) / 1e9, To: float64(d.End) / 1e9})
	if err != nil {
		t.Fatal(err)
	}
	near := func(name string, got, want, tol float64) {
		if math.Abs(got/want-1) > tol {
			t.Errorf("%s: %.3f, made with %.3f", name, got, want)
		}
	}
	near("spread", q.Latent.Unit, e.Day.Spread, 0.01)
	near("share of market orders for the touch", q.Market.TakeAll, p.Market.TakeAll, 0.25)
	near("branching", q.Hawkes.Nu, p.Hawkes.Nu, 0.15)
	near("fleeting orders inside the spread", q.Fleeting.Improve, p.Fleeting.Improve, 0.5)
	near("fleeting quotes renewed", q.Flicker.Again, p.Flicker.Again, 0.35) // some have no room to come back to
	near("touches refilled", q.Flicker.Refill, p.Flicker.Refill, 0.4)
	near("new touches sniped", q.Flicker.Snipe, p.Flicker.Snipe, 0.4)
	near("volatility", q.Latent.Vol, p.Latent.Vol, 0.6)
	if e.Events != len(d.Events) || e.Seconds != 3600 {
		t.Errorf("%+v", e)
	}
	again, _, err := Fit(d, Options{From: float64(d.Start) / 1e9, To: float64(d.End) / 1e9})
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	if Write(&a, q, e) != nil || Write(&b, again, e) != nil || a.String() != b.String() {
		t.Error("the same day gave two files")
	}
	if _, err := flow.ParseReactive(a.Bytes()); err != nil {
		t.Error(err)
	}
}

func TestTooLittleIsRefused(t *testing.T) {
	d := &record.Day{Symbol: "X", Source: "short.zip", Tick: 100, Levels: 1, Start: 36_000e9, End: 37_000e9}
	if _, _, err := Fit(d, Options{}); !errors.Is(err, ErrTooLittle) || !strings.Contains(err.Error(), "short.zip") {
		t.Errorf("%v", err)
	}
}

func TestEverySectionSaysWhereItIsFrom(t *testing.T) {
	p, err := flow.DefaultReactive("AMZN")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, p, &Evidence{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "[") && !strings.Contains(line, ".") {
			if was := lines[i-1]; !strings.HasPrefix(was, "# ") {
				t.Errorf("%s has no source above it: %q", line, was)
			}
		}
		if strings.HasPrefix(line, "[sizes.") || !strings.HasPrefix(line, "# ") {
			continue
		}
		if strings.Contains(line, "%!") {
			t.Errorf("row %d: %s", i+1, line)
		}
	}
}

func TestAtomsKeepTheDistribution(t *testing.T) {
	count := map[int]float64{100: 500, 200: 100}
	sum, n := 500.*100+100*200, 600.
	for q := 1; q < 400; q += 7 {
		count[q+300]++
		n++
		sum += float64(q + 300)
	}
	z := atoms(count)
	got, w := 0.0, 0.0
	for i, q := range z.Shares {
		got += float64(q) * z.Weights[i]
		w += z.Weights[i]
	}
	if math.Abs(w-1) > 1e-9 || math.Abs(got/(sum/n)-1) > 0.05 || len(z.Shares) > 40 {
		t.Errorf("mean %.1f with weight %.3f in %d atoms, want %.1f", got, w, len(z.Shares), sum/n)
	}
}
