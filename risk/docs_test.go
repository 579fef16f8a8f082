package risk

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

var update = flag.Bool("update", false, "write the tables of docs/risk.md")

// docTables is what docs/risk.md must hold between its markers.
func docTables() map[string]string {
	tables := map[string]string{}
	var b strings.Builder
	b.WriteString("| bit | name | source | applies to | denied when |\n|---|---|---|---|---|\n")
	for i, c := range Controls() {
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s | %s |\n", i, c.Name, c.Ref, c.On, c.Rule)
	}
	tables["controls"] = b.String()
	b.Reset()
	limits, global, parent := Fields()
	b.WriteString("| limit | unit | range | why |\n|---|---|---|---|\n")
	for _, group := range []struct {
		name   string
		fields []Field
	}{{"Limits", limits}, {"Global", global}, {"ParentLimits", parent}} {
		for _, f := range group.fields {
			fmt.Fprintf(&b, "| `%s.%s` | %s | %d to %d | %s |\n", group.name, f.Name, f.Unit, f.Min, f.Max, f.Why)
		}
	}
	tables["limits"] = b.String()
	b.Reset()
	b.WriteString("| reason | what happened |\n|---|---|\n")
	for r := HaltUnknownFill; r < haltReasons; r++ {
		fmt.Fprintf(&b, "| %d | %s |\n", r, r)
	}
	tables["halts"] = b.String()
	return tables
}

// The tables of docs/risk.md are made from the code: go test ./risk -update.
func TestDocsEqualTheCode(t *testing.T) {
	path := filepath.Join(testdata.Root(t), "docs", "risk.md")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	for name, table := range docTables() {
		open, end := "<!-- "+name+": made by go test ./risk -update -->\n", "<!-- end of "+name+" -->"
		i := strings.Index(doc, open)
		j := strings.Index(doc, end)
		if i < 0 || j < i {
			t.Fatalf("%s has no place for the table %q", path, name)
		}
		i += len(open)
		if doc[i:j] != table && !*update {
			t.Errorf("the table %q of %s is not what the code says; run go test ./risk -update", name, path)
		}
		doc = doc[:i] + table + doc[j:]
	}
	if *update {
		if err := os.WriteFile(path, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
