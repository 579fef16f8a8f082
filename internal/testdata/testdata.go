// Package testdata finds the real market data that some tests need, and packs data that
// they make up.
package testdata

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder named by SLIPSTREAM_DATA; a relative one is taken from the
// repository's root. Unset, the test skips and says so; set and missing, it fails.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SLIPSTREAM_DATA")
	if dir == "" {
		t.Skip("SLIPSTREAM_DATA is not set: this test needs the real market data it names")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(Root(t), dir)
	}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		t.Fatalf("SLIPSTREAM_DATA: %s is not a folder (%v)", dir, err)
	}
	return dir
}

// Root is the repository's root: the nearest folder above with a go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the working folder")
		}
		dir = up
	}
}

// Zip writes a zip file into a folder that lives as long as the test, and is its path.
// The pairs are names of files and their contents.
func Zip(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = w.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}
