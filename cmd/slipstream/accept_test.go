package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

// A smoke test judges the model, writes the page and LOBSTER's files.
func TestAccept(t *testing.T) {
	zip := filepath.Join(testdata.Dir(t), "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip")
	dir := t.TempDir()
	page := filepath.Join(dir, "report.html")
	code, stdout, stderr := runHere(t, "accept", "--lobster", zip, "--quick", "--json", "--html", page, "--export", filepath.Join(dir, "out"))
	var r struct {
		Symbol string
		Passed int
		MeanL1 float64 `json:"mean_l1"`
		Tests  []struct {
			N       int
			Name    string
			Verdict string
		}
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v in %s%s", err, stdout, stderr)
	}
	if code != 0 || r.Symbol != "AMZN" || len(r.Tests) != 20 || r.MeanL1 <= 0 || r.MeanL1 > 1 {
		t.Errorf("code %d: %+v", code, r)
	}
	if b, err := os.ReadFile(page); err != nil || !strings.HasSuffix(string(b), "</html>\n") {
		t.Errorf("the page is not whole: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "out", "reactive-seed*", "AMZN_2012-06-21_34200000_57600000_*_5.csv"))
	if err != nil || len(files) != 4 {
		t.Errorf("exported %v, %v", files, err)
	}
}

func TestAcceptRefuses(t *testing.T) {
	for _, c := range []struct {
		want string
		code int
		args []string
	}{
		{"\"lobster\" not set", 2, []string{"accept"}},
		{"--seeds -1", 2, []string{"accept", "--lobster", "x.zip", "--seeds", "-1"}},
		{"no.zip", 1, []string{"accept", "--lobster", "no.zip"}},
	} {
		if code, _, stderr := runHere(t, c.args...); code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: code %d: %s", c.args, code, stderr)
		}
	}
}

// Every test has its row in docs/acceptance.md.
func TestDocsOfAcceptance(t *testing.T) {
	rows := cells(page(t, "acceptance.md"))
	for _, n := range strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20") {
		if !rows[n] {
			t.Errorf("docs/acceptance.md has no row for test %s", n)
		}
	}
}
