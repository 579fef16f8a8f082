package flow

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"slipstream/bench/exchange"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// BenchmarkExchange is the whole simulated exchange: flow, matching, ITCH, tape
// hash, statistics, MoldUDP64 packets. One iteration is a millisecond of exchange
// time of four instruments; events/s is the figure to look at.
func BenchmarkExchange(b *testing.B) {
	for _, model := range []string{"poisson", "queue-reactive", "reactive"} {
		b.Run("model="+model, func(b *testing.B) {
			m := benchMarket(b, model)
			pkt := make([]byte, 0, moldudp64.MaxPayload)
			m.Advance(m.Now() + 20*market.Second)
			next := m.Sequence() + 1
			before, first := m.Counters().Events, m.Sequence()
			var was, is runtime.MemStats
			runtime.ReadMemStats(&was)
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				m.Advance(m.Now() + market.Millisecond)
				for n := 1; next <= m.Sequence(); next += uint64(n) {
					if _, n = m.AppendPacket(pkt[:0], next, 1000, 0); n == 0 {
						b.Fatal("a packet without messages")
					}
				}
			}
			b.StopTimer()
			runtime.ReadMemStats(&is)
			events := m.Counters().Events - before
			if b.N > 1_000 && m.Sequence() == first {
				b.Fatal("nothing was published")
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(m.Sequence()-first)/float64(max(events, 1)), "messages/event")
			b.ReportMetric(math.Round(1e3*float64(is.Mallocs-was.Mallocs)/float64(max(events, 1)))/1e3, "allocs/event")
			one := eachEvent(m, 50_000)
			for _, q := range []struct {
				unit string
				at   float64
			}{{"p50-ns", 0.5}, {"p99-ns", 0.99}, {"p99.9-ns", 0.999}} {
				b.ReportMetric(float64(one[int(q.at*float64(len(one)-1))]), q.unit)
			}
		})
	}
}

// eachEvent times n events one by one, reading the clock included, and sorts the times.
func eachEvent(m *exchange.Market, n int) []int64 {
	one := make([]int64, 0, n)
	for at, ok := m.Next(); ok && len(one) < n; at, ok = m.Next() {
		t := time.Now()
		m.AdvanceSome(at, 1)
		one = append(one, time.Since(t).Nanoseconds())
	}
	slices.Sort(one)
	return one
}

// benchFlow makes a model at about a thousand events per second and instrument.
func benchFlow(tb testing.TB, model string) exchange.Flow {
	tb.Helper()
	var f exchange.Flow
	var err error
	switch model {
	case "poisson":
		f, err = NewPoisson(PoissonConfig{Seed: 1, EventsPerSecond: 1000})
	case "queue-reactive":
		p := DefaultQueueParams()
		p.Activity = 150
		f, err = NewQueueReactive(QueueConfig{Seed: 1, Params: &p})
	case "reactive":
		f, err = NewReactive(ReactiveConfig{Seed: 1, Activity: 100})
	}
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func benchMarket(tb testing.TB, model string) *exchange.Market {
	tb.Helper()
	cfg := exchange.Config{Flow: benchFlow(tb, model), Midnight: midnight, Start: midnight, StoreMessages: 1 << 13, StatEntries: 1 << 12}
	for i := range 4 {
		cfg.Instruments = append(cfg.Instruments, market.Instrument{ID: market.InstrumentID(i),
			Symbol: market.MakeSymbol("SYM" + string(rune('A'+i))), Tick: market.PriceUnit / 100, Lot: 1})
	}
	m, err := exchange.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	if err := m.Open(); err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestNoAllocs: once the stores are full the exchange and its flow allocate nothing.
func TestNoAllocs(t *testing.T) {
	for _, model := range []string{"poisson", "queue-reactive", "reactive"} {
		m := benchMarket(t, model)
		m.Advance(m.Now() + 100*market.Second)
		before := m.Counters().Events
		if n := testing.AllocsPerRun(10, func() { m.Advance(m.Now() + market.Second) }); n != 0 {
			t.Errorf("%s: %v allocations in a second of exchange time", model, n)
		}
		if n := m.Counters().Events - before; n < 20_000 {
			t.Errorf("%s: only %d events", model, n)
		}
	}
}
