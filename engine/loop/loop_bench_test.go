package loop

import (
	"io"
	"testing"

	"slipstream/engine"
	"slipstream/feed/receive"
)

// BenchmarkTickToOrder sends a multicast datagram, the core answers each with one
// order of 180 bytes, and the venue reads it. What is measured is the loop's own
// figure: return of recvmmsg to return of send.
func BenchmarkTickToOrder(b *testing.B) {
	for _, idle := range []struct {
		name string
		mode Idle
	}{{"spin", IdleSpin}, {"poll", IdlePoll}} {
		b.Run("idle="+idle.name, func(b *testing.B) {
			order := make([]byte, 180)
			core := newCore(func(in *engine.Input, fx *engine.Effects) {
				if in.Kind == engine.InPacket {
					fx.Venue, fx.NewOrders = append(fx.Venue, order...), 1
				}
			})
			line := newLine(b)
			r := newRig(b, core, func(c *Config) { c.Idle = idle.mode }, line).start()
			c := r.accept()
			eventually(b, "up", r.Connected)
			tx := sender(b, line)
			packet, got := make([]byte, 400), make([]byte, 180)
			for b.Loop() {
				if st := tx.Send(packet); st != receive.OK {
					b.Fatal(st)
				}
				if _, err := io.ReadFull(c, got); err != nil {
					b.Fatal(err)
				}
				r.drainQuietly()
			}
			r.stop()
			var s HistSnapshot
			r.Latency(TickToOrder, &s)
			if s.Count != r.Counters()[NewOrders] || s.Count == 0 {
				b.Fatalf("%d latencies of %d orders", s.Count, r.Counters()[NewOrders])
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(s.Quantile(1, 2)), "p50-ns")
			b.ReportMetric(float64(s.Quantile(99, 100)), "p99-ns")
			b.ReportMetric(float64(s.Quantile(999, 1000)), "p99.9-ns")
			b.ReportMetric(float64(s.Max), "max-ns")
			r.Latency(StepTime, &s)
			b.ReportMetric(float64(s.Quantile(1, 2)), "step-p50-ns")
		})
	}
}

// BenchmarkIdleTurn is a turn in which nothing happened: two lines, the venue.
func BenchmarkIdleTurn(b *testing.B) {
	r := newRig(b, newCore(nil), nil, newLine(b), newLine(b))
	r.Loop.begin()
	for !r.Connected() {
		r.Loop.turn()
	}
	for b.Loop() {
		r.Loop.turn()
		r.drainQuietly()
	}
	r.Loop.finished = true
	r.Loop.end()
}

// drainQuietly empties the journal ring.
func (r *rig) drainQuietly() {
	for _, ok := r.ring.Read(); ok; _, ok = r.ring.Read() {
		r.ring.Release()
	}
}
