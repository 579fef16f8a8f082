package book

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// BenchmarkApply measures whole messages in groups of 16, a clock reading costs as
// much as a message: the percentiles are of a group's mean.
func BenchmarkApply(b *testing.B) {
	for _, c := range []struct{ instruments, open int }{{8, 4_000}, {500, 40_000}, {8_000, 400_000}} {
		b.Run(fmt.Sprintf("instruments=%d/open=%d", c.instruments, c.open), func(b *testing.B) {
			s := newStream(c.instruments, c.open, 6*c.open+400_000)
			bs, err := New(s.config())
			if err != nil {
				b.Fatal(err)
			}
			const group = 16
			warm := 5 * c.open / group * group
			samples := make([]time.Duration, 0, 1<<20)
			i, start := 0, func() int {
				bs.Reset()
				for i := range warm {
					bs.Apply(s.msg(i))
				}
				return warm
			}
			i = start()
			b.ResetTimer()
			for n := 0; n < b.N; n += group {
				if i+group > s.len() {
					b.StopTimer()
					i = start()
					b.StartTimer()
				}
				t := time.Now()
				for j := range group {
					bs.Apply(s.msg(i + j))
				}
				if d := time.Since(t); len(samples) < cap(samples) {
					samples = append(samples, d)
				}
				i += group
			}
			b.StopTimer()
			if c := bs.Counters(); c.Bad()+c.Full() != 0 {
				b.Fatalf("the stream did not fit: %+v", c)
			}
			slices.Sort(samples)
			for _, p := range []struct {
				name string
				per  int
			}{{"p50-ns", 500}, {"p99-ns", 990}, {"p99.9-ns", 999}} {
				b.ReportMetric(float64(samples[len(samples)*p.per/1000].Nanoseconds())/group, p.name)
			}
		})
	}
}
