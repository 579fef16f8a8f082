package desk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"slipstream/internal/market"
)

const goodStep = `
[[step]]
at_ms = 1500
kind = "new"
cl_ord_id = "P1"
symbol = "AMZN"
side = "sell"
qty_shares = 1000
ord_type = "limit"
price_decimal = "223.45"
algo = "pov"
tactic = "taker"
participation_ppm = 100000
urgency_milli = 2500
start_after_ms = 1000
end_after_ms = 20000
`

func TestParseReadsEveryKey(t *testing.T) {
	got, err := Parse([]byte(goodStep))
	if err != nil {
		t.Fatal(err)
	}
	want := &Script{Steps: []Step{{
		At: 1500 * time.Millisecond, Kind: New, ClOrdID: "P1", Symbol: "AMZN", Side: market.Sell, Qty: 1000,
		OrdType: Limit, Price: 223_450_000_000, Algo: market.POV, Tactic: market.Taker,
		ParticipationPpm: 100_000, UrgencyMilli: 2_500, StartAfter: time.Second, EndAfter: 20 * time.Second,
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
}

func TestLoadNamesFileLineAndKey(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"an unknown key", goodStep + "qty = 5\n", []string{"line 17", "unknown key step.qty"}},
		{"a value of the wrong type", strings.Replace(goodStep, "1500", `"soon"`, 1), []string{"line 3", "at_ms"}},
		{"a word that is not known", strings.Replace(goodStep, `"pov"`, `"magic"`, 1), []string{"step 1 (P1)", `algo = "magic"`}},
		{"a price that is none", strings.Replace(goodStep, "223.45", "cheap", 1), []string{"price_decimal", "cheap"}},
		{"the same ClOrdID twice", goodStep + goodStep, []string{"step 2 (P1)", "twice"}},
		{"a cancel of nothing", "[[step]]\nkind = \"cancel\"\ncl_ord_id = \"C\"\norig_cl_ord_id = \"Z\"\n", []string{`"Z" is not`}},
		{"several faults at once", "[[step]]\nat_ms = -1\n", []string{"no ClOrdID", "negative", "no kind"}},
		{"no steps", "", []string{"no steps"}},
		{"no TOML", "[[step", []string{"line 1"}},
	} {
		path := filepath.Join(t.TempDir(), "script.toml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, want := range append(c.want, path) {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in %v", c.name, want, err)
			}
		}
	}
}
