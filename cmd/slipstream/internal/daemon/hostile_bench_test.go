package daemon

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"slipstream/engine/loop"
)

// BenchmarkHostileDesk measures, while a desk is hostile, the loop's latency from tick to
// order and the length of its turns, another desk's time from order to acknowledgement, and
// the daemon's memory. Each iteration is a round in which every kind has its turn, none
// among them, so that all see the same machine.
func BenchmarkHostileDesk(b *testing.B) {
	r := newHostileRig(b)
	type sum struct {
		stages [len(hostileStages)]loop.HistSnapshot
		acks   []time.Duration
		alloc  int64
		rss    int64
		lasted time.Duration
	}
	sums := make([]sum, len(hostilities))
	for b.Loop() {
		for i := range hostilities {
			s := &sums[i]
			before, start := r.gauge(), time.Now()
			s.acks = append(s.acks, r.slot(&hostilities[i], 1, 1500*time.Millisecond, 12*time.Millisecond)...)
			after := r.gauge()
			s.lasted += time.Since(start)
			s.alloc += after.Alloc - before.Alloc
			s.rss = max(s.rss, after.RSS)
			for k := range s.stages {
				for at, n := range after.Stages[k] {
					n -= before.Stages[k][at]
					s.stages[k].Buckets[at] += n
					s.stages[k].Count += n
				}
				s.stages[k].Max = 1 << 62 // of a difference it is not known
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	for i := range sums {
		s, name := &sums[i], hostilities[i].name
		slices.Sort(s.acks)
		at := func(num, den int) time.Duration { return s.acks[min(len(s.acks)-1, len(s.acks)*num/den)] }
		tick, gap := &s.stages[0], &s.stages[1]
		if tick.Count == 0 || gap.Count == 0 {
			b.Fatalf("%s: nothing was timed", name)
		}
		us := func(ns int64) string { return fmt.Sprintf("%.1f", float64(ns)/1000) }
		b.Logf("%-14s tick to order %s / %s / %s us (%d), turn %s / %s / %s us, order to ack %s / %s us (%d), RSS %d MB, allocates %.1f MB/s",
			name, us(tick.Quantile(1, 2)), us(tick.Quantile(99, 100)), us(tick.Quantile(999, 1000)), tick.Count,
			us(gap.Quantile(1, 2)), us(gap.Quantile(99, 100)), us(gap.Quantile(999, 1000)),
			us(int64(at(1, 2))), us(int64(at(99, 100))), len(s.acks), s.rss>>20, float64(s.alloc)/s.lasted.Seconds()/(1<<20))
		b.ReportMetric(float64(tick.Quantile(99, 100)), name+"-tick-p99-ns")
	}
}
