package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

// TestDocumentedCounts: docs/fix-conformance.md has the table of today's run, and everything passes.
func TestDocumentedCounts(t *testing.T) {
	var table, faults strings.Builder
	failed, err := report(&table, &faults)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("acceptance count per version\n%s", table.String())
	if failed > 0 {
		t.Errorf("%d definitions fail:\n%s", failed, faults.String())
	}
	doc, err := os.ReadFile(filepath.Join(testdata.Root(t), "docs", "fix-conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), "\n"+table.String()+"\n") {
		t.Errorf("docs/fix-conformance.md does not have this table (go run ./fix/session/at/acceptance):\n%s", table.String())
	}
}
