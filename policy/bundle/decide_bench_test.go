package bundle

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"slipstream/policy/kernel"
)

// BenchmarkDecide is one decision from the engine's integers to an action's index, with
// the smallest of programs: what is around the network.
func BenchmarkDecide(b *testing.B) {
	p := tinyPolicy(b)
	d, err := NewDecider(p, Engine(), kernel.Auto)
	if err != nil {
		b.Fatal(err)
	}
	s := d.NewState()
	features := make([]int32, len(EngineSchema().Features))
	features[0] = 250_000
	b.ReportAllocs()
	const batch = 64 // a clock reading costs as much as a decision
	var took []time.Duration
	for range max(b.N/batch, 1) {
		start := time.Now()
		for range batch {
			if _, ok := d.Decide(features, s); !ok {
				b.Fatal("no decision")
			}
		}
		took = append(took, time.Since(start)/batch)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkRead is loading and proving a small bundle.
func BenchmarkRead(b *testing.B) {
	raw := write(b, tinyPolicy(b), testKey(1))
	b.SetBytes(int64(len(raw)))
	for range b.N {
		if _, err := Read(bytes.NewReader(raw), Limits{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
