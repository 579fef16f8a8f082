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

// The level changes are those of an import that knows levels alone (15,327 and 25,900,
// counted from row 2 on), plus the levels of row 1, plus 2 each: a few deletes have a
// smaller size than what is left of their order. We delete the order, and the level gets
// back what the book file still shows; reducing by the row's size gives the counts exactly.
func TestRealDaysImportAndVerify(t *testing.T) {
	for _, c := range []struct {
		name   string
		file   string
		stats  Stats
		report Report
	}{
		{"AMZN, five levels", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip",
			Stats{Rows: 155935, Messages: 177248, Synthetic: 18980, SyntheticAdds: 6877, LevelChanges: 15327 + 10 + 2, SeedLevels: 10,
				Unknown: 8492, VisibleShares: 613248, HiddenShares: 197507},
			Report{Symbol: "AMZN", Rows: 155935, Levels: 5, Messages: 177248, Synthetic: 6877, Shares: 810755, LobsterShares: 810755}},
		{"AAPL, touch only", "LOBSTER_SampleFile_AAPL_2012-06-21_1.zip",
			Stats{Rows: 118497, Messages: 151409, Synthetic: 31484, SyntheticAdds: 10304, LevelChanges: 25900 + 1 + 2, SeedLevels: 1,
				Unknown: 14980, VisibleShares: 1845964, HiddenShares: 1004176},
			Report{Symbol: "AAPL", Rows: 118497, Levels: 1, Messages: 151409, Synthetic: 10304, Shares: 2850140, LobsterShares: 2850140}},
	} {
		t.Run(c.name, func(t *testing.T) {
			zipPath := filepath.Join(testdata.Dir(t), "lobster", c.file)
			out, st := importTo(t, zipPath)
			if diff := cmp.Diff(c.stats, st); diff != "" {
				t.Errorf("import (-want +got):\n%s", diff)
			}
			r, err := Verify(out, zipPath)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.report, r); diff != "" || !r.OK() {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

// BenchmarkImport streams the real AMZN day, zip to messages.
func BenchmarkImport(b *testing.B) {
	zipPath := filepath.Join(testdata.Dir(b), "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip")
	rows, messages := 0, 0
	for b.Loop() {
		t, err := Stream(zipPath)
		if err != nil {
			b.Fatal(err)
		}
		for _, ok := t.Next(); ok; _, ok = t.Next() {
			messages++
		}
		if t.Err() != nil || t.Stats().Rows != 155935 {
			b.Fatalf("%d rows, %v", t.Stats().Rows, t.Err())
		}
		rows += t.Stats().Rows
		t.Close()
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(messages)/float64(b.N), "msgs")
}
