package risk

import (
	"slices"
	"testing"
	"time"

	"slipstream/internal/market"
)

// busyGate is a gate with full tables: 500 instruments, 1,000 parents, 2,000 open
// orders, and the messages of a trading day's second. next gives order messages in
// turn, all of which pass.
func busyGate(tb testing.TB) (g *Gate, now market.Nanos, ref Reference, next func() *Order) {
	tb.Helper()
	cfg := &Config{
		Global: Global{MaxMessages: 10_000, Window: market.Second, CancelReserve: 3_000, MaxOpenOrders: 4_096, MaxParents: 1_000},
		Parent: ParentLimits{MaxParentQty: 10_000_000, MaxParentNotional: 2_000_000_000 * int64(market.PriceUnit)},
	}
	for i := range 500 {
		cfg.Instruments = append(cfg.Instruments, market.Instrument{ID: market.InstrumentID(i), Symbol: market.MakeSymbol("S"), Tick: cent, Lot: 100})
		cfg.Limits = append(cfg.Limits, Limits{
			MaxOrderQty: 10_000, MaxOrderNotional: 5_000_000 * int64(market.PriceUnit), CollarBps: 100, CollarTicks: 5,
			MaxSpreadBps: 100, MaxSpreadTicks: 5, ReferenceMaxAge: 5 * market.Second, MaxLong: 10_000_000, MaxShort: 10_000_000,
		})
	}
	g = mustGate(tb, cfg)
	now = t0
	ref = Reference{Bid: 9_999 * cent, Ask: 10_001 * cent, Nanos: now, Trusted: true}
	for i := range uint32(1_000) {
		t := ParentTerms{Instrument: market.InstrumentID(i % 500), Side: market.Side(1 + i%2), Qty: 1_000_000, Price: 10_000 * cent, StartNanos: t0, EndNanos: t0 + market.Day}
		if d := g.OpenParent(now, i, &t, &ref); d != 0 {
			tb.Fatal(d)
		}
	}
	orders := make([]Order, 4_096)
	child := uint64(0)
	for i := range orders {
		p := uint32(i*769) % 1_000
		child++
		o := Order{Kind: KindNew, Side: market.Side(1 + p%2), Instrument: market.InstrumentID(p % 500), Parent: p, Child: child, Qty: 100, Price: 10_000 * cent}
		if i < 2_000 {
			g.Sent(now, &o)
			o.Kind, o.OrigChild, o.Qty = KindReplace, o.Child, 200
		}
		orders[i] = o
	}
	for i := range orders {
		orders[i].Child = child + 1
		if d := g.Check(now, &orders[i], &ref); d != 0 {
			tb.Fatalf("order %d: %v", i, d)
		}
	}
	i := 0
	return g, now, ref, func() *Order { i++; return &orders[i&4095] }
}

// BenchmarkCheck times every control over full tables. p50-ns and p99-ns are over
// batches of 16 checks, so that reading the clock does not count.
func BenchmarkCheck(b *testing.B) {
	g, now, ref, next := busyGate(b)
	const batch = 16
	samples := make([]int64, 0, 1<<20)
	var d Deny
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		start := time.Now()
		for range batch {
			d |= g.Check(now, next(), &ref)
		}
		if len(samples) < cap(samples) {
			samples = append(samples, int64(time.Since(start)))
		}
	}
	b.StopTimer()
	if d != 0 {
		b.Fatalf("denied: %v", d)
	}
	slices.Sort(samples)
	for _, q := range []struct {
		name string
		at   int
	}{{"p50-ns", 500}, {"p99-ns", 990}, {"p99.9-ns", 999}} {
		b.ReportMetric(float64(samples[len(samples)*q.at/1000])/batch, q.name)
	}
}

// BenchmarkOrderLife is Check, Sent, Filled and Closed of one order.
func BenchmarkOrderLife(b *testing.B) {
	g, now, ref, next := busyGate(b)
	child := uint64(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		o := *next()
		child++
		now += 200 * market.Microsecond
		o.Kind, o.Child, o.Qty, ref.Nanos = KindNew, child, 100, now
		if o.Side == market.Buy { // keep positions and parents where they are
			g.AdjustPosition(o.Instrument, -100)
		} else {
			g.AdjustPosition(o.Instrument, 100)
		}
		g.parent(o.Parent).cum = 0
		if d := g.Check(now, &o, &ref); d != 0 && d != DenyParentWindow {
			b.Fatal(d)
		}
		g.Sent(now, &o)
		g.Filled(child, 100, o.Price)
		g.Closed(child)
	}
	if g.Halted() != NotHalted || g.Open() != 2_000 {
		b.Fatalf("%v, %d open", g.Halted(), g.Open())
	}
}

func TestTheGateDoesNotAllocate(t *testing.T) {
	g, now, ref, next := busyGate(t)
	child, sent, denied := uint64(1<<20), 0, Deny(0)
	n := testing.AllocsPerRun(200, func() {
		now += 10 * market.Millisecond
		ref.Nanos = now
		for i := range 20 {
			o := *next()
			child++
			o.Child, o.Kind = child, KindNew
			if d := g.Check(now, &o, &ref); d != 0 {
				denied |= d
				continue
			}
			sent++
			g.Sent(now, &o)
			r := o
			r.Kind, r.OrigChild, r.Child, r.Qty = KindReplace, child, child+1, 300
			g.Check(now, &r, &ref)
			g.Sent(now, &r)
			g.Filled(child, 100, o.Price)
			if child++; i%2 == 0 {
				g.Replaced(child-1, child)
			} else {
				g.ReplaceRejected(child-1, child)
			}
			c := Order{Kind: KindCancel, Child: child + 1, OrigChild: child}
			child++
			g.Check(now, &c, nil)
			g.Sent(now, &c)
			g.Closed(c.OrigChild)
			g.Closed(c.OrigChild - 1)
		}
		t := ParentTerms{Side: market.Buy, Qty: 100, Price: cent, StartNanos: now, EndNanos: now + 1}
		g.CloseParent(999)
		denied |= g.OpenParent(now, 999, &t, &ref)
		denied |= g.AmendParent(now, 999, &t, &ref)
		g.CloseParent(999)
		g.Check(now, &Order{Kind: KindNew, Qty: 1 << 62, Price: -1}, nil)
		g.Kill()
		g.FilledUnknown(1, market.Buy, 5)
		g.ClearHalt()
		g.Rearm()
	})
	if n != 0 {
		t.Errorf("%v allocations per run", n)
	}
	if sent < 1000 || g.Open() != 2_000 {
		t.Errorf("only %d orders were sent, %d open, denied by %v", sent, g.Open(), denied)
	}
}
