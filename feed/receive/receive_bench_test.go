package receive

import (
	"slices"
	"testing"
	"time"
)

// measure times f call by call, with prepare untimed before each.
func measure(b *testing.B, prepare, f func()) {
	samples := make([]time.Duration, 0, min(b.N, 1<<20))
	for range b.N {
		prepare()
		t := time.Now()
		f()
		if d := time.Since(t); len(samples) < cap(samples) {
			samples = append(samples, d)
		}
	}
	slices.Sort(samples)
	for _, p := range []struct {
		name string
		per  int
	}{{"p50-ns", 500}, {"p99-ns", 990}, {"p99.9-ns", 999}} {
		b.ReportMetric(float64(samples[len(samples)*p.per/1000].Nanoseconds()), p.name)
	}
	b.ReportMetric(0, "ns/op")
}

func BenchmarkReceive(b *testing.B) {
	r, s := line(b, groupA, 0)
	msg, buf, batch := make([]byte, 200), make([]byte, 2048), NewBatch(16, 2048)
	send := func(n int) func() {
		return func() {
			for range n {
				if st := s.Send(msg); st != OK {
					b.Fatal(st)
				}
			}
			r.Wait(patience)
		}
	}
	want := func(ok bool) {
		if !ok {
			b.Fatal("unexpected result")
		}
	}
	b.Run("call=recv/waiting=0", func(b *testing.B) {
		measure(b, func() {}, func() { _, st := r.Recv(buf); want(st == Again) })
	})
	b.Run("call=recv/waiting=1", func(b *testing.B) {
		measure(b, send(1), func() { n, st := r.Recv(buf); want(st == OK && n == 200) })
	})
	b.Run("call=batch/waiting=0", func(b *testing.B) {
		measure(b, func() {}, func() { _, st := r.RecvBatch(batch); want(st == Again) })
	})
	b.Run("call=batch/waiting=16", func(b *testing.B) {
		measure(b, send(16), func() {
			for n := 0; n < 16; { // one call, unless the kernel put the delivery off
				k, st := r.RecvBatch(batch)
				n += k
				want(st == OK || st == Again)
			}
		})
	})
	b.Run("call=send", func(b *testing.B) {
		measure(b, func() { r.RecvBatch(batch) }, func() { want(s.Send(msg) == OK) })
	})
}
