package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"slipstream/bench/flow"
	"slipstream/bench/tca"
	"slipstream/cmd/slipstream/internal/report"
)

// demoKeys are what a machine may rely on in the demo's answer, and parentKeys in each
// of its parents (docs/demo.md).
var (
	demoKeys = strings.Fields(`parents parents_done children fills filled_qty overfill book_mismatches packets_a packets_b
		gaps_one_line risk_denied tape_hash tick_to_order_ns parent_reports`)
	parentKeys  = strings.Fields("algo side qty is_bps vwap_slippage_bps participation")
	latencyKeys = strings.Fields("p50 p99 p99_9 max")
)

// The demo in processes of its own: exit code 0, and its last line is one JSON object.
func TestDemo(t *testing.T) {
	last, r := runDemo(t, "--seconds", "5")
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(last, &keys); err != nil {
		t.Fatalf("%v in %s", err, last)
	}
	wantKeys(t, "the answer", keys, demoKeys)
	var latency map[string]json.RawMessage
	var parents []map[string]json.RawMessage
	for _, err := range []error{
		json.Unmarshal(keys["tick_to_order_ns"], &latency), json.Unmarshal(keys["parent_reports"], &parents),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	wantKeys(t, "tick_to_order_ns", latency, latencyKeys)
	for _, parent := range parents {
		wantKeys(t, "a parent", parent, parentKeys)
	}
	checkDemo(t, r)
	checkWorked(t, r)
	checkMarket(t, r.Market)
}

// runDemo wants the exit code 0, and gives the last line of the answer.
func runDemo(t *testing.T, args ...string) ([]byte, *report.Demo) {
	t.Helper()
	p := start(t, t.TempDir(), "demo", append([]string{"demo", "--json"}, args...)...)
	if code := p.Wait(); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.Out.String())
	}
	lines := strings.Split(strings.TrimRight(p.Out.String(), "\n"), "\n")
	last := []byte(lines[len(lines)-1])
	r := &report.Demo{}
	if err := json.Unmarshal(last, r); err != nil {
		t.Fatalf("%v in %s", err, last)
	}
	return last, r
}

// Whatever the market does, the daemon ends sane: nothing overfilled, lost or different,
// and able to trade. A hundred times the messages are in it. With SLIPSTREAM_LONG=1.
func TestDemoOfEveryScenario(t *testing.T) {
	if os.Getenv("SLIPSTREAM_LONG") == "" {
		t.Skip("SLIPSTREAM_LONG is not set")
	}
	for _, name := range flow.Scenarios() {
		t.Run(name, func(t *testing.T) {
			_, r := runDemo(t, "--seconds", "8", "--scenario", name)
			checkDemo(t, r)
			if r.Market == nil || r.Market.Scenario != name {
				t.Errorf("market %+v", r.Market)
			}
			if name != "halt" { // requests within it are refused
				checkWorked(t, r)
			}
		})
	}
}

// checkMarket wants the two stocks as they were calibrated, in wide bounds: the run is
// short and at a lively hour.
func checkMarket(t *testing.T, m *report.Market) {
	t.Helper()
	if m == nil || m.Model != "reactive" || m.Speed < 1 || m.Seconds <= 0 || len(m.Instruments) != 2 {
		t.Fatalf("market %+v", m)
	}
	for i, mid := range []float64{224, 586} {
		in := &m.Instruments[i]
		if in.OpenMid < 0.97*mid || in.OpenMid > 1.03*mid || in.SpreadTicks < 4 || in.SpreadTicks > 40 ||
			in.EventsPerSecond < 1 || in.EventsPerSecond > 200 || in.TradesPerSecond <= 0 || in.TradesPerSecond > 20 {
			t.Errorf("%+v", *in)
		}
	}
}

func wantKeys(t *testing.T, what string, have map[string]json.RawMessage, want []string) {
	t.Helper()
	for _, k := range want {
		if _, ok := have[k]; !ok {
			t.Errorf("%s has no %s", what, k)
		}
	}
}

// checkDemo judges the values anew, without the demo's own judge.
func checkDemo(t *testing.T, r *report.Demo) {
	t.Helper()
	if !r.OK || len(r.Violations) != 0 || r.Overfill != 0 || r.BookMismatches != 0 || r.Duplicates != 0 || r.Lost != 0 {
		t.Errorf("violations %v, overfill %d, book mismatches %d, duplicates %d, lost %d", r.Violations, r.Overfill, r.BookMismatches, r.Duplicates, r.Lost)
	}
	if r.Parents == 0 || r.ParentsDone != r.Parents || len(r.ParentReports) != r.Parents {
		t.Errorf("%d parents, %d done, %d reports", r.Parents, r.ParentsDone, len(r.ParentReports))
	}
	if r.FilledQty != r.VenueQty || r.FilledQty == 0 || r.Fills == 0 || r.Children == 0 || r.BookOrders == 0 {
		t.Errorf("%d shares filled, %d by the exchange; %d fills, %d children, %d orders in the books", r.FilledQty, r.VenueQty, r.Fills, r.Children, r.BookOrders)
	}
	if r.PacketsA == 0 || r.PacketsB == 0 || r.GapsOneLine == 0 || len(r.TapeHash) != 16 || !r.TapeReplays || !r.JournalReplays {
		t.Errorf("packets %d and %d, %d gaps on one line, tape %q, replays %v %v", r.PacketsA, r.PacketsB, r.GapsOneLine, r.TapeHash, r.TapeReplays, r.JournalReplays)
	}
	if l := r.TickToOrder; l.Count == 0 || l.P50 <= 0 || l.P50 > l.P99 || l.P99 > l.P999 || l.P999 > l.Max {
		t.Errorf("tick to order: %+v", l)
	}
	filled := int64(0)
	for i := range r.ParentReports {
		p := &r.ParentReports[i]
		filled += int64(p.FilledQty)
		checkParent(t, p)
	}
	if filled != int64(r.FilledQty) {
		t.Errorf("the parents' fills sum to %d, want %d", filled, r.FilledQty)
	}
}

// checkWorked wants every parent that the desk has, with its amendments.
func checkWorked(t *testing.T, r *report.Demo) {
	t.Helper()
	if r.Parents != 7 || r.Replaced != 1 || r.Canceled != 1 || r.Refused != 0 {
		t.Errorf("%d parents, %d replaced, %d canceled, %d refused", r.Parents, r.Replaced, r.Canceled, r.Refused)
	}
	algos := map[string]bool{}
	for i := range r.ParentReports {
		algos[r.ParentReports[i].Algo], algos[r.ParentReports[i].Side] = true, true
	}
	for _, want := range []string{"TWAP", "VWAP", "POV", "IS", "LEARNED", "buy", "sell"} {
		if !algos[want] {
			t.Errorf("no parent of %s", want)
		}
	}
}

func checkParent(t *testing.T, p *tca.Result) {
	t.Helper()
	if p.Qty <= 0 || p.FilledQty < 0 || p.FilledQty > p.Qty {
		t.Errorf("%s filled %d of %d", p.ClOrdID, p.FilledQty, p.Qty)
	}
	if share := p.Participation; share.OK && (share.V < 0 || share.V > 1) {
		t.Errorf("%s was %v of the market", p.ClOrdID, share.V)
	}
}
