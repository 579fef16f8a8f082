package schedule

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/market"
)

var update = flag.Bool("update", false, "write the golden files")

// One file per algorithm: 10,000 shares in lots of 100 over ten minutes, the target
// every fifteen seconds. A change here changes what desks get; explain it.
func TestGoldenSchedules(t *testing.T) {
	const (
		qty, lot = 10_000, 100
		window   = 600 * market.Second
	)
	open := t0
	profile, err := UShape(open, open+23_400*market.Second)
	if err != nil {
		t.Fatal(err)
	}
	curve := func(c Curve, start market.Nanos) func(market.Nanos) market.Qty {
		return func(at market.Nanos) market.Qty { return c.Target(qty, lot, start, start+window, start+at) }
	}
	cum := market.Qty(0)
	cases := []struct {
		name   string
		target func(at market.Nanos) market.Qty
	}{
		{"twap", curve(Linear(), open)},
		{"vwap_at_the_open", curve(Volume(profile, open, open+window), open)},
		{"is_kappaT_1", curve(AlmgrenChriss(1000), open)},
		{"is_kappaT_5", curve(AlmgrenChriss(5000), open)},
		// The others trade 100 shares a second, and 20,000 at once at 5:00; we always
		// reach our target.
		{"pov_10_percent_catch_up_500", func(at market.Nanos) market.Qty {
			others := market.Qty(at/market.Second) * 100
			if at >= 300*market.Second {
				others += 20_000
			}
			cum = POV(100_000, others+cum, cum, qty, lot, 500)
			return cum
		}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var b strings.Builder
			fmt.Fprintf(&b, "%s qty=%d lot=%d window=%ds\n----\n", tc.name, qty, lot, window/market.Second)
			for at := market.Nanos(0); at <= window; at += 15 * market.Second {
				fmt.Fprintf(&b, "%3d s %6d\n", at/market.Second, tc.target(at))
			}
			path := filepath.Join("testdata", "TestGoldenSchedules", tc.name+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("differs from %s (-update writes it):\n%s", path, b.String())
			}
		})
	}
}

func BenchmarkTarget(b *testing.B) {
	c := AlmgrenChriss(2500)
	now, sum := t0, market.Qty(0)
	for b.Loop() {
		now += 7919
		if now >= t0+600*market.Second {
			now = t0
		}
		sum += c.Target(10_000, 100, t0, t0+600*market.Second, now)
	}
	if b.N > 1_000_000 && sum == 0 {
		b.Fatal("no target above 0")
	}
}

func BenchmarkAlmgrenChriss(b *testing.B) {
	milli := uint32(0)
	for b.Loop() {
		milli = (milli + 997) % 50_000
		if c := AlmgrenChriss(milli); c[Points] != One {
			b.Fatal("not a curve")
		}
	}
}
