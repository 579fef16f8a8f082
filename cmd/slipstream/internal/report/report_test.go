package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/bench/tca"
	"slipstream/internal/market"
)

var update = flag.Bool("update", false, "write the golden files")

// good is a demo with a buy by TWAP and a sell by POV, and nothing wrong.
func good(t *testing.T) (*Demo, Expect) {
	t.Helper()
	usd, sec := market.PriceUnit, market.Second
	tape := &tca.Tape{}
	tape.Touch(0, 100*usd, 100*usd+usd/50)
	tape.Trade(2*sec, 500, 100*usd+usd/50)
	tape.Trade(3*sec, 300, 100*usd)
	tape.Trade(4*sec, 1200, 100*usd)
	tape.Watched(100 * sec)
	var results []tca.Result
	for _, p := range []tca.Parent{
		{ID: 1, ClOrdID: "TWAP-1", Symbol: "AMZN", Algo: market.TWAP, Tactic: market.Taker, Side: market.Buy, Qty: 500, ArrivalNanos: sec, EndNanos: 10 * sec, Children: 2,
			Fills: []tca.Fill{{Nanos: 2 * sec, Qty: 500, Price: 100*usd + usd/50, Liq: tca.Removed}}},
		{ID: 2, ClOrdID: "POV-1", Symbol: "AMZN", Algo: market.POV, Side: market.Sell, Qty: 400, ArrivalNanos: sec, EndNanos: 10 * sec, Children: 5,
			Fills: []tca.Fill{{Nanos: 3 * sec, Qty: 300, Price: 100 * usd, Liq: tca.Removed}}},
	} {
		r, err := tca.Analyze(tca.Default(), &p, tape)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	d := &Demo{
		Seconds: 20, Seed: 1, Flow: "reactive market, scenario thin", Network: "a network namespace of its own",
		Market: &Market{
			Model: "reactive", Scenario: "thin", From: "10:00:00", Speed: 15, Seconds: 250.4, Parameters: "reactive/1 seed=1 parameters=0123456789abcdef",
			Instruments: []Instrument{{Symbol: "AMZN", EventsPerSecond: 6.34, TradesPerSecond: 0.228, SpreadTicks: 12.44, SpreadBps: 5.55, OpenMid: 224.305, CloseMid: 224.52}},
		},
		Parents: 2, ParentsDone: 2, Replaced: 1, Canceled: 1, Children: 7, Fills: 2, FilledQty: 800, VenueQty: 800, RiskDenied: 3,
		BookOrders: 412, PacketsA: 1000, PacketsB: 1001, GapsOneLine: 4, GapsBothLines: 1, Recovered: 2,
		TapeHash: "00112233445566778899aabbccddeeff", TapeReplays: true, JournalReplays: true,
		TickToOrder: Latency{Count: 7, P50: 1234, P99: 23456, P999: 345678, Max: 45678901},
	}
	d.Costs(tca.NewReport(results))
	return d, Expect{Parents: 2, Algos: []market.Algo{market.TWAP, market.POV}, Loss: true, Amends: true, Replays: true}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Demo)
		want string // a part of the one violation; "" = none
	}{
		{"a run where everything holds has no violation", func(*Demo) {}, ""},
		{"denied orders are no violation", func(d *Demo) { d.RiskDenied = 1000 }, ""},
		{"a gap on both lines that was recovered is none", func(d *Demo) { d.GapsBothLines = 9 }, ""},
		{"a rejected parent", func(d *Demo) {
			d.Parents, d.ParentsDone = 1, 1
			d.ParentReports = d.ParentReports[:1]
			d.FilledQty, d.VenueQty = 500, 500
		}, "1 parents accepted, 2 were sent"},
		{"a parent that never ended", func(d *Demo) { d.ParentsDone = 1 }, "1 of 2 parents ended"},
		{"an overfill", func(d *Demo) { d.Overfill = 5 }, "5 shares filled beyond"},
		{"an order sent twice", func(d *Demo) { d.Duplicates = 1 }, "1 child orders were sent twice"},
		{"a fill that the desk was not told of", func(d *Demo) { d.VenueQty++ }, "told of 800 filled shares, the exchange filled 801"},
		{"a book that differs", func(d *Demo) { d.BookMismatches = 2 }, "differ from the exchange's in 2 of 412 orders"},
		{"a silent line", func(d *Demo) { d.PacketsB = 0 }, "no packet came on line B"},
		{"lost messages", func(d *Demo) { d.Lost = 3 }, "3 feed messages were lost for good"},
		{"loss without a gap", func(d *Demo) { d.GapsOneLine = 0 }, "no gap on one line was seen"},
		{"a tape that does not replay", func(d *Demo) { d.TapeReplays = false }, "log does not give the same tape"},
		{"a journal that does not replay", func(d *Demo) { d.JournalReplays = false }, "journal does not give the same outbound bytes"},
		{"no tape hash", func(d *Demo) { d.TapeHash = "" }, "no tape hash"},
		{"no replace", func(d *Demo) { d.Replaced = 0 }, "no replace by the desk"},
		{"no cancel", func(d *Demo) { d.Canceled = 0 }, "no cancel by the desk"},
		{"no latency", func(d *Demo) { d.TickToOrder.Count = 0 }, "no latency was measured"},
		{"an algorithm that was not worked", func(d *Demo) { d.ParentReports[1].Algo = "TWAP" }, "no parent of POV"},
		{"one side only", func(d *Demo) { d.ParentReports[1].Side = "buy" }, "buys and sells were not both worked"},
		{"a parent that was not analysed", func(d *Demo) {
			d.ParentReports = append(d.ParentReports, d.ParentReports[0])
			d.ParentReports[2].FilledQty = 0
		}, "3 parents analysed, 2 accepted"},
		{"fills that do not sum up", func(d *Demo) { d.ParentReports[0].FilledQty-- }, "sum to 799 shares, the reports to the desk to 800"},
		{"trades that do not hold the fills", func(d *Demo) { d.ParentReports[0].OwnTradesMissing = true }, "parent 1: the exchange's trades do not hold its fills"},
		{"what the caller found stays", func(d *Demo) { d.Violations = []string{"the daemon ended with exit code 1"} }, "the daemon ended with exit code 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, e := good(t)
			c.edit(d)
			d.Judge(e)
			all := strings.Join(d.Violations, "\n")
			if c.want == "" && (!d.OK || all != "") {
				t.Errorf("violations: %s", all)
			}
			if c.want != "" && (d.OK || !strings.Contains(all, c.want)) {
				t.Errorf("OK %v, violations: %s", d.OK, all)
			}
		})
	}
}

// Within a halt requests may be refused, and every one that was not must have its parent.
func TestJudgeOfAHalt(t *testing.T) {
	for _, c := range []struct {
		name                      string
		parents, refused, amended int
		halts, ok                 bool
	}{
		{"a refused parent is one of those that were sent", 1, 1, 1, true, true},
		{"refused amendments", 2, 2, 0, true, true},
		{"a parent that nobody accepted or refused", 1, 0, 1, true, false},
		{"nothing but refusals", 0, 2, 0, true, false},
		{"a refusal without a halt", 2, 1, 1, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, e := good(t)
			e.Halts = c.halts
			d.Parents, d.ParentsDone, d.ParentReports = c.parents, c.parents, d.ParentReports[:c.parents]
			d.Refused, d.Replaced, d.Canceled = c.refused, c.amended, c.amended
			d.FilledQty = 0
			for i := range d.ParentReports {
				d.FilledQty += d.ParentReports[i].FilledQty
			}
			d.VenueQty = d.FilledQty
			d.Judge(e)
			if d.OK != c.ok {
				t.Errorf("OK %v: %v", d.OK, d.Violations)
			}
		})
	}
}

func TestText(t *testing.T) {
	d, e := good(t)
	d.Judge(e)
	var page bytes.Buffer
	if err := d.WriteText(&page); err != nil {
		t.Fatal(err)
	}
	golden(t, "good.txt", page.Bytes())

	d.Lost, d.JournalReplays = 3, false
	d.Judge(e)
	page.Reset()
	if err := d.WriteText(&page); err != nil {
		t.Fatal(err)
	}
	golden(t, "broken.txt", page.Bytes())
}

// The names that a machine relies on are there, at the top level and for each parent.
func TestJSONNames(t *testing.T) {
	d, e := good(t)
	d.Judge(e)
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsRune(b, '\n') {
		t.Error("not one line")
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(b, &top); err != nil {
		t.Fatal(err)
	}
	has(t, top, "ok", "parents", "parents_done", "children", "fills", "filled_qty", "overfill", "book_mismatches", "packets_a", "packets_b",
		"gaps_one_line", "gaps_both_lines", "recovered", "lost", "risk_denied", "tape_hash", "tick_to_order_ns", "parent_reports",
		"duplicate_orders", "refused", "kernel_drops", "market", "tape_replays", "journal_replays", "violations")
	if string(top["violations"]) != "[]" {
		t.Errorf("violations of a good run: %s", top["violations"])
	}
	var m struct {
		Instruments []map[string]json.RawMessage `json:"instruments"`
	}
	if err := json.Unmarshal(top["market"], &m); err != nil || len(m.Instruments) != 1 {
		t.Fatalf("%v, market %s", err, top["market"])
	}
	has(t, m.Instruments[0], "symbol", "events_per_second", "trades_per_second", "mean_spread_ticks")
	var latency map[string]json.RawMessage
	if err := json.Unmarshal(top["tick_to_order_ns"], &latency); err != nil {
		t.Fatal(err)
	}
	has(t, latency, "p50", "p99", "p99_9", "max")
	var parents []map[string]json.RawMessage
	if err := json.Unmarshal(top["parent_reports"], &parents); err != nil {
		t.Fatal(err)
	}
	if len(parents) != 2 {
		t.Fatalf("%d parents", len(parents))
	}
	has(t, parents[0], "id", "algo", "side", "qty", "is_bps", "vwap_slippage_bps", "participation")
}

func has(t *testing.T, m map[string]json.RawMessage, names ...string) {
	t.Helper()
	for _, n := range names {
		if _, ok := m[n]; !ok {
			t.Errorf("no %q", n)
		}
	}
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
