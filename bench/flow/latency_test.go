package flow

import (
	"sort"
	"testing"

	"slipstream/internal/market"
)

func TestDelaysAreLognormalAboveTheFloor(t *testing.T) {
	cfg := LatencyConfig{Seed: 4, OutMedian: 50 * market.Microsecond, InMedian: 20 * market.Microsecond, Sigma: 0.5, Floor: 5 * market.Microsecond}
	l, err := NewLatency(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var out, in []float64
	for n := range uint64(4000) {
		out, in = append(out, float64(l.Out(n))), append(in, float64(l.In(n)))
		if again := l.Out(n); float64(again) != out[n] || again < cfg.Floor {
			t.Fatalf("draw %d: %d", n, l.Out(n))
		}
	}
	sort.Float64s(out)
	sort.Float64s(in)
	if m := out[2000]; m < 48e3 || m > 52e3 {
		t.Errorf("median %g ns on the way out", m)
	}
	if m := in[2000]; m < 19e3 || m > 21e3 {
		t.Errorf("median %g ns on the way in", m)
	}
	// One deviation above: 5 + 45 e^0.5.
	if q := out[3365]; q < 75e3 || q > 84e3 {
		t.Errorf("84 %% of the delays are below %g ns, want about 79,000", q)
	}
	for _, bad := range []LatencyConfig{{OutMedian: -1}, {Floor: -1}, {Sigma: 9}, {Floor: 9, OutMedian: 9, InMedian: 1}} {
		if _, err := NewLatency(bad); err == nil {
			t.Errorf("%+v passed", bad)
		}
	}
}
