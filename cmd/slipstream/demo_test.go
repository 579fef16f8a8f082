package main

import (
	"encoding/json"
	"strings"
	"testing"

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
	p := start(t, t.TempDir(), "demo", "demo", "--seconds", "5", "--json")
	if code := p.wait(); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.out.String())
	}
	lines := strings.Split(strings.TrimRight(p.out.String(), "\n"), "\n")
	last := []byte(lines[len(lines)-1])
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(last, &keys); err != nil {
		t.Fatalf("%v in %s", err, last)
	}
	wantKeys(t, "the answer", keys, demoKeys)
	var latency map[string]json.RawMessage
	var parents []map[string]json.RawMessage
	var r report.Demo
	for _, err := range []error{
		json.Unmarshal(keys["tick_to_order_ns"], &latency), json.Unmarshal(keys["parent_reports"], &parents), json.Unmarshal(last, &r),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	wantKeys(t, "tick_to_order_ns", latency, latencyKeys)
	for _, parent := range parents {
		wantKeys(t, "a parent", parent, parentKeys)
	}
	checkDemo(t, &r)
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
	if r.Parents < 5 || r.ParentsDone != r.Parents || len(r.ParentReports) != r.Parents || r.Replaced != 1 || r.Canceled != 1 {
		t.Errorf("%d parents, %d done, %d reports, %d replaced, %d canceled", r.Parents, r.ParentsDone, len(r.ParentReports), r.Replaced, r.Canceled)
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
	algos := map[string]bool{}
	filled := int64(0)
	for i := range r.ParentReports {
		p := &r.ParentReports[i]
		algos[p.Algo], algos[p.Side] = true, true
		filled += int64(p.FilledQty)
		checkParent(t, p)
	}
	for _, want := range []string{"TWAP", "VWAP", "POV", "IS", "buy", "sell"} {
		if !algos[want] {
			t.Errorf("no parent of %s", want)
		}
	}
	if filled != int64(r.FilledQty) {
		t.Errorf("the parents' fills sum to %d, want %d", filled, r.FilledQty)
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
