package flow

import (
	"math"
	"os"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

func queueMarket(t testing.TB, seed uint64) (*exchange.Market, *QueueReactive) {
	t.Helper()
	f, err := NewQueueReactive(QueueConfig{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	m, err := exchange.New(exchange.Config{Flow: f, Midnight: midnight, Start: midnight, StoreMessages: 1 << 10, StatEntries: 1 << 10,
		MaxOrders: 1 << 10, MaxLevels: 1 << 8, MaxOwn: 64,
		Instruments: []market.Instrument{{Symbol: market.MakeSymbol("FTE"), Tick: market.PriceUnit / 100, Lot: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Open(); err != nil {
		t.Fatal(err)
	}
	return m, f
}

// twapShortfall is one episode of the published setting: buy 25 event sizes within 600 s,
// one each 25 s from the start and one more in the middle, by marketable orders that leave the last
// order of the book alone. It returns the cost over the reference price at the start,
// price times event sizes.
func twapShortfall(t testing.TB, seed uint64) float64 {
	m, f := queueMarket(t, seed)
	start := m.Now()
	arrival := f.Reference(0)
	cost := 0.0
	left := 25
	buy := func(want int) {
		all := 0
		for k := range m.Levels(0, market.Sell) {
			all += int(m.Level(0, market.Sell, k).Qty) / QueueUnit
		}
		want = min(want, all-1, left)
		if want <= 0 {
			return
		}
		m.ClearExecs()
		m.Do(&exchange.Request{Kind: exchange.KindNew, Side: market.Buy, Type: exchange.OrdMarket, Owner: 1, ClientRef: uint64(m.Now()-start) + 1, Qty: market.Qty(want * QueueUnit)})
		for _, e := range m.Execs() {
			if e.Kind == exchange.ExecTrade {
				cost += float64(e.LastPx-arrival) / 1e9 * float64(e.LastQty) / QueueUnit
				left -= int(e.LastQty) / QueueUnit
			}
		}
	}
	for k := range 24 {
		m.Advance(start + market.Nanos(k)*25*market.Second)
		want := 1
		if k == 12 {
			want = 2
		}
		buy(want)
	}
	m.Advance(start + 600*market.Second)
	// What is left is bought at once, the fourth queue taken to be without end.
	buy(left)
	cost += float64(left) * (float64(f.Reference(0)-arrival)/1e9 + 0.035)
	return cost
}

// TestPublishedShortfall: Espana et al. report 0.365 for TWAP, standard deviation 0.652,
// 20,000 episodes.
func TestPublishedShortfall(t *testing.T) {
	n := 800
	if os.Getenv("SLIPSTREAM_LONG") != "" {
		n = 20_000
	}
	sum, sq := 0.0, 0.0
	for i := range n {
		c := twapShortfall(t, uint64(i)+1)
		sum += c
		sq += c * c
	}
	mean := sum / float64(n)
	sd := math.Sqrt(sq/float64(n) - mean*mean)
	se := math.Hypot(sd/math.Sqrt(float64(n)), 0.652/math.Sqrt(20_000))
	t.Logf("TWAP costs %.4f (standard deviation %.3f, standard error of the difference %.4f); published 0.365 (0.652)", mean, sd, se)
	if math.Abs(mean-0.365) > 3*se {
		t.Errorf("TWAP costs %.4f, published 0.365: %.1f standard errors", mean, (mean-0.365)/se)
	}
	if sd < 0.55 || sd > 0.75 {
		t.Errorf("standard deviation %.3f, published 0.652", sd)
	}
}
