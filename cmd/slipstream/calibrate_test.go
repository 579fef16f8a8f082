package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/bench/flow"
	"slipstream/internal/testdata"
)

// A real day becomes a file that the exchange reads; the same day gives the same file.
func TestCalibrateARealDay(t *testing.T) {
	zip := filepath.Join(testdata.Dir(t), "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip")
	dir := t.TempDir()
	var texts [2]string
	for i := range texts {
		out := filepath.Join(dir, string(rune('a'+i))+".toml")
		code, stdout, stderr := runHere(t, "calibrate", zip, "--out", out, "--rounds", "1", "--evaluations", "0", "--json")
		var told struct {
			Out    string
			Symbol string
			Events int
			Trades int
		}
		if err := json.Unmarshal([]byte(stdout), &told); err != nil || code != 0 {
			t.Fatalf("code %d, %v in %s%s", code, err, stdout, stderr)
		}
		if told.Out != out || told.Symbol != "AMZN" || told.Events < 100_000 || told.Trades < 4000 {
			t.Errorf("%+v", told)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	if texts[0] != texts[1] {
		t.Error("the same day gave two files")
	}
	if _, err := flow.ParseReactive([]byte(texts[0])); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"# day: ", "Not supported by one day", "Lillo"} {
		if !strings.Contains(texts[0], want) {
			t.Errorf("the file does not say %q", want)
		}
	}
	if len(texts[0]) > 40_000 {
		t.Errorf("%d bytes are not small", len(texts[0]))
	}
}

func TestCalibrateRefuses(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.zip")
	if err := os.WriteFile(bad, []byte("no zip"), 0o600); err != nil {
		t.Fatal(err)
	}
	itch := filepath.Join(dir, "x.itch")
	if err := os.WriteFile(itch, []byte{0, 12, 'S', 0}, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no file", []string{}, "which FILE"},
		{"a file that is no zip", []string{bad}, "bad.zip"},
		{"a file that is not there", []string{filepath.Join(dir, "none.zip")}, "none.zip"},
		{"ITCH without a symbol", []string{itch, "--itch"}, "--symbol"},
		{"a symbol without ITCH", []string{bad, "--symbol", "X"}, "--itch"},
		{"a truncated ITCH file", []string{itch, "--itch", "--symbol", "X"}, "offset 0"},
		{"too many rounds", []string{bad, "--rounds", "99"}, "--rounds"},
		{"no round, so nothing to say of the model", []string{bad, "--rounds", "0"}, "--rounds 0: want 1 to 50"},
		{"too many evaluations", []string{bad, "--evaluations", "9999"}, "--evaluations"},
	} {
		code, _, stderr := runHere(t, append([]string{"calibrate", "--out", filepath.Join(dir, "p.toml")}, c.args...)...)
		if code == 0 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d, %q", c.name, code, stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "p.toml")); err == nil {
			t.Fatalf("%s: a file was written", c.name)
		}
	}
}
