package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"slipstream/bench/tca"
	"slipstream/cmd/slipstream/internal/report"
	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/testdata"
)

func page(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testdata.Root(t), "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// cells are the first cells of a page's table rows.
func cells(text string) map[string]bool {
	out := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		if row, ok := strings.CutPrefix(line, "| "); ok {
			first, _, _ := strings.Cut(row, " |")
			out[first] = true
		}
	}
	return out
}

// Every posture of the engine has its row in docs/operations.md.
func TestDocsOfPostures(t *testing.T) {
	rows := cells(page(t, "operations.md"))
	for bit := range engine.PostureBits {
		if name := engine.Posture(1 << bit).String(); !rows["`"+name+"`"] {
			t.Errorf("docs/operations.md has no row for the posture %s", name)
		}
	}
}

// Every field of the demo's answer, and of its parents, is in docs/demo.md.
func TestDocsOfTheDemo(t *testing.T) {
	text := page(t, "demo.md")
	for _, of := range []reflect.Type{reflect.TypeFor[report.Demo](), reflect.TypeFor[tca.Result](), reflect.TypeFor[report.Latency](), reflect.TypeFor[report.Market](), reflect.TypeFor[report.Instrument]()} {
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if name != "-" && !strings.Contains(text, "`"+name+"`") {
				t.Errorf("docs/demo.md does not say what %s of %s is", name, of.Name())
			}
		}
	}
}

// Every text that a desk may get is in docs/desk-fix.md.
func TestDocsOfReasons(t *testing.T) {
	text := page(t, "desk-fix.md")
	unused := map[fix.Reason]bool{ // no answer to a desk has them
		fix.ReasonExchangeClosed: true, fix.ReasonDenied: true, fix.ReasonVenueReject: true,
		fix.ReasonUnsupportedMsg: true, fix.ReasonNotAuthorized: true,
	}
	for r := fix.ReasonNone + 1; r < fix.ReasonCount; r++ {
		if !unused[r] && !strings.Contains(text, r.String()) {
			t.Errorf("docs/desk-fix.md has no %q", r)
		}
	}
}
