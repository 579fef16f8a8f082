package arbiter

import (
	"slices"
	"testing"
	"time"

	"slipstream/internal/market"
)

// BenchmarkPacket measures packets of three messages taken in and given out, in
// groups of 16: the percentiles are of a group's mean. lines=2 has each packet twice.
func BenchmarkPacket(b *testing.B) {
	for _, c := range []struct {
		name  string
		lossy bool
	}{{"lines=2/loss=none", false}, {"lines=2/loss=14%and20%", true}} {
		b.Run(c.name, func(b *testing.B) {
			const n = 35 * 600
			lines, packets := script(n)
			if !c.lossy {
				lines, packets = lines[:0], packets[:0]
				for i := range uint64(n) {
					p := pkt(day, 3*i+1, 3*i+4)
					lines, packets = append(lines, 0, 1), append(packets, p, p)
				}
			}
			a := New(Config{Session: day, RequestTries: 3})
			const group = 16
			samples := make([]time.Duration, 0, 1<<20)
			i, messages := 0, 0
			b.ResetTimer()
			for k := 0; k < b.N; k += group {
				if i+group > len(packets) {
					b.StopTimer()
					a.restart()
					i = 0
					b.StartTimer()
				}
				t := time.Now()
				for j := i; j < i+group; j++ {
					a.Packet(market.Nanos(j)*10*us, lines[j], packets[j])
					for _, ok := a.Next(); ok; _, ok = a.Next() {
						messages++
					}
				}
				if d := time.Since(t); len(samples) < cap(samples) {
					samples = append(samples, d)
				}
				i += group
			}
			b.StopTimer()
			if s := a.Stats(); s.Lost != 0 || messages == 0 || uint64(messages) != s.Messages {
				b.Fatalf("%d messages, %+v", messages, s)
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
