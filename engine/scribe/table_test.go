package scribe

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix"
	"slipstream/internal/market"
)

var update = flag.Bool("update", false, "write docs/logs.md and the golden lines")

func allCodes() (codes []engine.EventCode) {
	for c := engine.NoEvent + 1; c < engine.EventCodeCount; c++ {
		codes = append(codes, c)
	}
	for i := range engine.EventCode(journal.LoopEventCount) {
		codes = append(codes, journal.LoopEvents+i)
	}
	return codes
}

func TestEveryEventHasANameOfItsOwnAndSaysWhatItMeans(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[string]engine.EventCode{}
	for _, c := range allCodes() {
		r := rowOf(c)
		if r == &unknownRow {
			t.Errorf("event %d has no row in table.go", c)
			continue
		}
		if !name.MatchString(r.name) || r.meaning == "" {
			t.Errorf("event %d: name %q, meaning %q", c, r.name, r.meaning)
		}
		if other, ok := seen[r.name]; ok {
			t.Errorf("events %d and %d are both %q", c, other, r.name)
		}
		seen[r.name] = c
		keys := map[string]bool{"level": true, "ts": true, "event": true, "seq": true, "error": true}
		for _, f := range []field{r.a, r.b, r.c} {
			if f.as == asNothing {
				continue
			}
			if keys[f.key] || !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(f.key) {
				t.Errorf("%s: field %q is empty, reserved or twice", r.name, f.key)
			}
			keys[f.key] = true
		}
	}
	for _, c := range []engine.EventCode{engine.NoEvent, engine.EventCodeCount, journal.LoopEvents - 1, journal.LoopEvents + engine.EventCode(journal.LoopEventCount), 65535} {
		if rowOf(c) != &unknownRow {
			t.Errorf("code %d has a name", c)
		}
	}
}

func TestDocs(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "logs.md")
	golden(t, path, Docs())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not what the table says (go test ./engine/scribe -update):\n%s", path, got)
	}
}

// rendered is what a line looks like, in a fixed setting.
func rendered(t *testing.T, level zerolog.Level, lines ...line) string {
	t.Helper()
	var out bytes.Buffer
	s := &Scribe{cfg: Config{Level: level, Symbols: []string{"AMZN", "AAPL"},
		ChildClOrdID: func(dst []byte, id uint64) []byte { return append(append(dst, "S120621-"...), byte(id%10)+48) }}}
	log := zerolog.New(&out)
	for i := range lines {
		s.render(&log, &lines[i])
	}
	for _, l := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if l != "" && !json.Valid([]byte(l)) {
			t.Errorf("not JSON: %s", l)
		}
	}
	return out.String()
}

func id(s string) fix.ClOrdID {
	c, _ := fix.MakeClOrdID(s)
	return c
}

var noon = market.Nanos(time.Date(2012, 6, 21, 12, 0, 0, 5, time.UTC).UnixNano())

// TestLines holds one line of every kind to the letter.
func TestLines(t *testing.T) {
	var lines []line
	for i, c := range allCodes() {
		lines = append(lines, line{kind: journal.Event, seq: uint64(i), event: engine.Event{Now: noon, Code: c, A: 1, B: 2, C: 3}})
	}
	lines = append(lines,
		line{kind: journal.Event, event: engine.Event{Now: noon, Code: 250, A: -1, B: 7, C: 9}},
		line{kind: journal.Event, own: true, err: "no space left", event: engine.Event{Now: noon, Code: journal.EvJournalWriteFail, A: 1}},
		line{kind: journal.Event, event: engine.Event{Now: noon, Code: journal.EvVenueDisconnected, A: -1}},
		line{kind: journal.Event, event: engine.Event{Now: noon, Code: journal.EvVenueDisconnected, A: 104, B: 10, C: 5}},
		line{kind: journal.Event, event: engine.Event{Now: noon, Code: engine.EvFillUnknown, A: 100, B: 223_950_000_000, C: 0}},
		line{kind: journal.Event, event: engine.Event{Now: noon, Code: engine.EvParentDone, A: 4, B: 1000, C: int64(fix.StatusFilled)}},
		line{kind: journal.Event, event: engine.Event{Now: noon, Code: engine.EvBookSuspect, A: 99}},
		line{kind: journal.Decision, seq: 5, dec: engine.Decision{Now: noon, Parent: 3, Child: 42, OrigChild: 41, Qty: 200,
			Price: 223_950_000_000, Bid: 223_940_000_000, Ask: 223_960_000_000, Target: 500, Cum: 100, Open: 200, FeedSeq: 12345,
			Instrument: 1, Side: market.Buy, Action: engine.Reprice, Cause: engine.ByTouch, Algo: market.IS}},
		line{kind: journal.Decision, seq: 6, dec: engine.Decision{Now: noon, Parent: 3, Deny: 1 << 9, Qty: 200, Side: market.Sell, Action: engine.Cross, Algo: market.POV}},
		line{kind: journal.Report, seq: 7, rep: fix.Report{Kind: fix.ExecReport, Desk: 1, ExecType: fix.ExecTrade, OrdStatus: fix.StatusPartiallyFilled,
			Algo: market.VWAP, Side: market.Sell, Serial: 9, ParentID: 3, OrderQty: 1000, CumQty: 300, LeavesQty: 700, LastQty: 100,
			Price: 5_000_000_000, LastPx: 5_010_000_000, AvgPx: 5_006_666_667, Nanos: noon, ClOrdID: id("D-1")}},
		line{kind: journal.Report, seq: 8, rep: fix.Report{Kind: fix.CancelReject, OrdStatus: fix.StatusFilled, Reason: fix.ReasonTooLateToCancel,
			Instrument: market.NoInstrument, Nanos: noon, ClOrdID: id("D-3"), OrigClOrdID: id("D-\"2\"")}},
	)
	golden(t, filepath.Join("testdata", "TestLines.txt"), rendered(t, zerolog.DebugLevel, lines...))

	var m map[string]any
	last := func(l line) map[string]any {
		m = nil
		if err := json.Unmarshal([]byte(rendered(t, zerolog.DebugLevel, l)), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, l := range lines { // what a line may hold is what the documentation lists
		if l.kind == journal.Event {
			continue
		}
		fields, row := decisionFields, decisionRow
		if l.kind == journal.Report {
			fields, row = reportFields, reportRow
		}
		known := map[string]bool{"level": true, "ts": true, "event": true, "seq": true}
		for _, f := range fields {
			known[f[0]] = true
		}
		for k := range last(l) {
			if !known[k] {
				t.Errorf("%s: field %q is not documented", row.name, k)
			}
		}
	}
	if got := rendered(t, zerolog.WarnLevel, line{kind: journal.Decision}, line{kind: journal.Report},
		line{kind: journal.Event, event: engine.Event{Code: engine.EvSessionUp}}); got != "" {
		t.Errorf("below the level: %s", got)
	}
}

func TestPricesAreExact(t *testing.T) {
	for p, want := range map[market.Price]string{
		0: "0.00", 1: "0.000000001", 100_000_000: "0.10", 223_950_000_000: "223.95", 1_234_500_000: "1.2345",
		-500_000_000: "-0.50", 1<<63 - 1: "9223372036.854775807", -1 << 63: "-9223372036.854775808",
	} {
		if got := price(p); got != want {
			t.Errorf("%d: %s, want %s", int64(p), got, want)
		}
	}
}
