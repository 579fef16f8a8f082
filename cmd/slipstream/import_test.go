package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

// The real days import, and our book is LOBSTER's on every row.
func TestImportAndVerifyRealDays(t *testing.T) {
	data := testdata.Dir(t)
	for _, day := range []struct {
		zip  string
		rows int
	}{
		{"LOBSTER_SampleFile_AMZN_2012-06-21_5.zip", 155935},
		{"LOBSTER_SampleFile_AAPL_2012-06-21_1.zip", 118497},
	} {
		t.Run(day.zip, func(t *testing.T) {
			zip := filepath.Join(data, "lobster", day.zip)
			itch := filepath.Join(t.TempDir(), "day.itch")

			code, stdout, stderr := runHere(t, "import", "lobster", zip, "--out", itch, "--json")
			var imported struct {
				Out   string
				Bytes int64
				Rows  int
			}
			if err := json.Unmarshal([]byte(stdout), &imported); err != nil {
				t.Fatalf("%v in %s%s", err, stdout, stderr)
			}
			st, err := os.Stat(itch)
			if err != nil {
				t.Fatal(err)
			}
			if code != 0 || imported.Out != itch || imported.Rows != day.rows || imported.Bytes != st.Size() {
				t.Errorf("code %d, file of %d bytes: %s", code, st.Size(), stdout)
			}

			code, stdout, stderr = runHere(t, "verify", "book", "--itch", itch, "--lobster", zip, "--json")
			var verified struct {
				Rows       int
				Mismatches *int
			}
			if err := json.Unmarshal([]byte(stdout), &verified); err != nil {
				t.Fatalf("%v in %s%s", err, stdout, stderr)
			}
			if code != 0 || verified.Rows != day.rows || verified.Mismatches == nil || *verified.Mismatches != 0 {
				t.Errorf("code %d: %s%s", code, stdout, stderr)
			}

			if code, _, stderr := runHere(t, "import", "lobster", zip, "--out", itch); code != 1 || !strings.Contains(stderr, "is there already") {
				t.Errorf("a file that is there: code %d: %s", code, stderr)
			}
		})
	}
}

// A book that differs is reported, on the terminal and to a machine, with exit code 1.
func TestVerifyFindsAnotherDay(t *testing.T) {
	data := testdata.Dir(t)
	amzn := filepath.Join(data, "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip")
	aapl := filepath.Join(data, "lobster", "LOBSTER_SampleFile_AAPL_2012-06-21_1.zip")
	itch := filepath.Join(t.TempDir(), "day.itch")
	if code, _, stderr := runHere(t, "import", "lobster", aapl, "--out", itch); code != 0 {
		t.Fatal(stderr)
	}
	if code, stdout, stderr := runHere(t, "verify", "book", "--itch", itch, "--lobster", amzn); code != 1 || stdout+stderr == "" {
		t.Errorf("code %d: %s%s", code, stdout, stderr)
	}
}

// An import that fails leaves nothing behind.
func TestAFailedImportLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	if code, _, _ := runHere(t, "import", "lobster", "/nonexistent/x.zip", "--out", filepath.Join(dir, "x.itch")); code != 1 {
		t.Errorf("code %d", code)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
