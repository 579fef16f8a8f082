package lobster

import (
	"os"
	"path/filepath"
	"testing"

	"slipstream/internal/testdata"

	"github.com/google/go-cmp/cmp"
)

// importTo imports a zip into a file of the test's own folder.
func importTo(t testing.TB, zipPath string) (string, Stats) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "day.itch")
	f, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	st, err := Import(zipPath, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return out, st
}

func TestRealDaysImportAndVerify(t *testing.T) {
	for _, c := range []struct {
		name string
		file string
	}{
		{"AMZN, five levels", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"},
		{"AAPL, touch only", "LOBSTER_SampleFile_AAPL_2012-06-21_1.zip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zipPath := filepath.Join(testdata.Dir(t), "lobster", c.file)
			out, st := importTo(t, zipPath)
			t.Logf("%+v", st)
			r, err := Verify(out, zipPath)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v %v", r, r.First)
			if diff := cmp.Diff(Report{}, r); !r.OK() {
				t.Errorf("%s", diff)
			}
		})
	}
}
