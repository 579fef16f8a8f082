package exchange

import (
	"testing"

	"slipstream/internal/market"
)

// benchFlow is a prepared stream of requests around a standing book, own orders
// among them: adds, cancels, replaces, crossing orders. Each request is made from
// what the matcher answered before, so it always means something.
type benchFlow struct {
	m    *Matcher
	n    uint64
	live [512]uint64 // references of recent background orders
	own  [64]uint64  // ClientRefs of recent own orders
	now  market.Nanos
}

func newBenchFlow(tape int) *benchFlow {
	cfg := testConfig()
	cfg.MaxOrders, cfg.MaxLevels, cfg.MaxOwn = 1<<14, 1<<12, 1<<10
	f := &benchFlow{m: NewMatcher(cfg, NewTape(tape)), now: cfg.Start}
	f.m.stats = newStats(len(cfg.Instruments), 1<<12)
	return f
}

func (f *benchFlow) step() {
	f.n++
	f.now += 1000
	f.m.SetTime(f.now)
	u := mix(f.n)
	id := market.InstrumentID(u & 1)
	side := market.Side(1 + u>>1&1)
	away := uint32(u>>8%20) * 500
	price := 100_0500 + away
	if side == market.Buy {
		price = 99_9500 - away
	}
	qty := uint32(10 + u>>16%10*10)
	slot := &f.live[u>>24%uint64(len(f.live))]
	switch k := u >> 40 % 100; {
	case k < 42: // add, and let the order go that had the place
		if *slot != 0 {
			f.m.Delete(*slot)
		}
		*slot, _ = f.m.Limit(id, side, price, qty, Day)
	case k < 62:
		f.m.Delete(*slot)
		*slot = 0
	case k < 70:
		f.m.Reduce(*slot, qty/2)
	case k < 80:
		if *slot != 0 {
			*slot, _ = f.m.Replace(*slot, price, qty)
		}
	case k < 90:
		f.m.Market(id, side, qty)
	default:
		f.ownOrder(u, id, side, price, qty)
	}
	f.m.ClearExecs()
}

func (f *benchFlow) ownOrder(u uint64, id market.InstrumentID, side market.Side, price, qty uint32) {
	at := u >> 32 % uint64(len(f.own))
	slot := &f.own[at]
	q := Request{Kind: KindNew, Owner: 1 + uint32(at&1), Instrument: id, Side: side, Qty: market.Qty(qty),
		Price: priceOf(price), ClientRef: f.n}
	if *slot != 0 {
		q.Kind, q.OrigClientRef = KindCancel, *slot
		if u>>50&1 == 0 {
			q.Kind, q.Side = KindReplace, 0
		}
	}
	f.m.Do(&q)
	*slot = 0
	if q.Kind != KindCancel && len(f.m.Execs()) > 0 && f.m.Execs()[0].Kind != ExecCancelRejected {
		*slot = f.n
	}
}

// BenchmarkMatcher is one event through matcher, ITCH encoding, tape hash and
// statistics. Each iteration is at least one event; events/s counts them.
func BenchmarkMatcher(b *testing.B) {
	f := newBenchFlow(1 << 16)
	for range 200_000 {
		f.step()
	}
	before := f.m.tape.Sequence()
	c := f.m.Counters()
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		f.step()
	}
	b.StopTimer()
	d := f.m.Counters()
	events := d.Events + d.Requests - c.Events - c.Requests
	if b.N > 10_000 && (d.Trades == c.Trades || f.m.tape.Sequence()-before < uint64(b.N)/4) {
		b.Fatalf("the benchmark does not trade: %+v", d)
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(f.m.tape.Sequence()-before)/float64(events), "messages/event")
}

// TestMatcherNoAllocs: once stores are full nothing is allocated, over a stream
// with every kind of event.
func TestMatcherNoAllocs(t *testing.T) {
	f := newBenchFlow(1 << 13)
	for range 400_000 {
		f.step()
	}
	start := f.m.Counters()
	if n := testing.AllocsPerRun(20, func() {
		for range 5_000 {
			f.step()
		}
	}); n != 0 {
		t.Errorf("%v allocations in 5,000 events", n)
	}
	if end := f.m.Counters(); end.Trades-start.Trades < 5_000 || end.OwnTrades == start.OwnTrades || end.SelfMatch == start.SelfMatch {
		t.Errorf("the stream does not show everything: %+v", end)
	}
}
