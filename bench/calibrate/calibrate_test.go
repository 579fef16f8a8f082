package calibrate

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/testdata"
)

func TestBoot(t *testing.T) {
	out := os.Getenv("BOOT")
	if out == "" {
		t.Skip()
	}
	var amzn *flow.ReactiveParams
	for _, x := range []struct{ sym, file string }{{"amzn", "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"}, {"aapl", "LOBSTER_SampleFile_AAPL_2012-06-21_1.zip"}} {
		d, err := record.FromLobster(filepath.Join(testdata.Dir(t), "lobster", x.file))
		if err != nil {
			t.Fatal(err)
		}
		p, e, err := Fit(d, Options{Deeper: amzn, Rounds: 8})
		if err != nil {
			t.Fatal(err)
		}
		if amzn == nil {
			amzn = p
		}
		var b bytes.Buffer
		if err := Write(&b, p, e); err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", *e)
		if err := os.WriteFile(filepath.Join(out, x.sym+".toml"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := flow.ParseReactive(b.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
}
