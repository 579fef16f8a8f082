package sim

import (
	"slices"
	"testing"
	"time"

	"slipstream/engine"
)

// BenchmarkStep replays a trading day through fresh engines and times single
// Steps: packet in memory to FIX bytes ready for those that sent an order, and
// packet to no order for the others. Each order's bytes are the recorded day's.
func BenchmarkStep(b *testing.B) {
	cfg := standardDay(b, 5)
	for i := range cfg.Commands {
		cfg.Commands[i].Cmd.OrderQty *= 8
	}
	var inputs []engine.Input
	cfg.OnEffects = func(in *engine.Input, _ *engine.Effects) {
		kept := *in
		kept.Bytes = clone(in.Bytes)
		inputs = append(inputs, kept)
	}
	day := run(b, cfg, 9)
	want := day.Engine.Stats().Children
	orders, quiet := make([]int64, 0, 1<<16), make([]int64, 0, 1<<20)
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		w, err := New(cfg)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for k := range inputs {
			in := &inputs[k]
			start := time.Now()
			fx := w.Engine.Step(in)
			d := int64(time.Since(start))
			switch {
			case in.Kind != engine.InPacket:
			case fx.NewOrders > 0 && len(orders) < cap(orders):
				orders = append(orders, d)
			case fx.NewOrders == 0 && len(quiet) < cap(quiet):
				quiet = append(quiet, d)
			}
		}
		if got := w.Engine.Stats().Children; got != want {
			b.Fatalf("%d orders, the recorded day has %d", got, want)
		}
	}
	b.ReportMetric(0, "ns/op")
	percentiles(b, orders, "order-")
	percentiles(b, quiet, "quiet-")
}

func percentiles(b *testing.B, ns []int64, prefix string) {
	if len(ns) == 0 {
		b.Fatalf("no %ssteps", prefix)
	}
	slices.Sort(ns)
	at := func(p int) float64 { return float64(ns[min(len(ns)-1, len(ns)*p/1000)]) }
	b.ReportMetric(at(500), prefix+"p50-ns")
	b.ReportMetric(at(990), prefix+"p99-ns")
	b.ReportMetric(at(999), prefix+"p99.9-ns")
}

// BenchmarkDay is the whole simulation: core, exchange and everything between,
// in market seconds per second.
func BenchmarkDay(b *testing.B) {
	events := uint64(0)
	for range b.N {
		w := run(b, standardDay(b, 5), 9)
		events += w.Market.Sequence()
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(9*float64(b.N)/b.Elapsed().Seconds(), "x-real-time")
}
