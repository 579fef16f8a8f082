package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"slipstream/fix/session"
)

// TestTablesAreAsGenerated: the embedded tables are what the generator writes today, and
// each is a dictionary.
func TestTablesAreAsGenerated(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for file, version := range map[string]string{"fix42.txt": "FIX.4.2", "fix44.txt": "FIX.4.4", "fix50sp2.txt": "FIX.5.0SP2"} {
		want, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not as generated: run go generate ./fix/session/tables", file)
		}
		d, err := session.ParseDictionary(string(got))
		if err != nil {
			t.Fatal(err)
		}
		if d.Version() != version || !d.Knows([]byte("D")) || !d.Knows([]byte("A")) || d.Knows([]byte("*")) {
			t.Errorf("%s: version %s, or it does not know D and A, or it knows *", file, d.Version())
		}
	}
}
