package tca

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"slipstream/internal/market"
)

var update = flag.Bool("update", false, "write the golden files")

// sample is a buy, a sell that filled nothing and one whose id is too long for its column.
func sample(t *testing.T) *Report {
	t.Helper()
	a, b, c := bought(), bought(), bought()
	a.ClOrdID, a.Symbol, a.Tactic = "DESK1-0001", "AMZN", market.Taker
	b.ID, b.Symbol, b.Algo, b.Side, b.Fills = 8, "AMZN", market.VWAP, market.Sell, nil
	c.ClOrdID, c.Symbol, c.Qty = "DESK1-20120621-000017", "AAPL", 800
	var results []Result
	for _, p := range []*Parent{a, b, c} {
		r, err := Analyze(Default(), p, rising())
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return NewReport(results)
}

func TestReport(t *testing.T) {
	r := sample(t)
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", text.Bytes())
	for _, line := range bytes.Split(text.Bytes(), []byte("\n")) {
		if len(line) > 118 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	out, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", append(out, '\n'))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", t.Name(), name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update once the change is explained):\n%s", path, got)
	}
}

func TestGroupAndDollars(t *testing.T) {
	for got, want := range map[string]string{
		group(0): "0", group(999): "999", group(1000): "1,000", group(-1234567): "-1,234,567",
		dollars(0): "$0.00", dollars(1234.565): "$1,234.57", dollars(-0.5): "-$0.50",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
