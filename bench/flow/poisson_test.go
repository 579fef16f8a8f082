package flow

import (
	"math"
	"runtime"
	"strings"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

const midnight = market.Nanos(1_773_100_800) * market.Second

func poissonMarket(t testing.TB, seed uint64, instruments int) (*exchange.Market, *Poisson) {
	t.Helper()
	f, err := NewPoisson(PoissonConfig{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	cfg := exchange.Config{Flow: f, Midnight: midnight, Start: midnight + 34_200*market.Second,
		Session: moldudp64.MakeSession("TEST")}
	for i := range instruments {
		cfg.Instruments = append(cfg.Instruments, market.Instrument{ID: market.InstrumentID(i),
			Symbol: market.MakeSymbol("SYM" + string(rune('A'+i))), Tick: market.PriceUnit / 100, Lot: 1})
	}
	m, err := exchange.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Open(); err != nil {
		t.Fatal(err)
	}
	return m, f
}

// trade sends a few own orders at fixed times.
func trade(m *exchange.Market, until market.Nanos) {
	start := m.Now()
	for i := uint64(1); ; i++ {
		at := start + market.Nanos(i)*137*market.Millisecond
		if at > until {
			break
		}
		bid, ask := m.Touch(0)
		q := exchange.Request{Kind: exchange.KindNew, Side: market.Side(1 + i%2), Owner: 1, ClientRef: i, Qty: 50}
		if i%3 == 0 {
			q.TIF = exchange.IOC
			q.Price = market.Price(ask.Price) * market.ITCHUnit
			if q.Side == market.Sell {
				q.Price = market.Price(bid.Price) * market.ITCHUnit
			}
		} else {
			q.Price = market.Price(bid.Price) * market.ITCHUnit
			if q.Side == market.Sell {
				q.Price = market.Price(ask.Price) * market.ITCHUnit
			}
		}
		m.Submit(at, &q)
		m.ClearExecs()
	}
	m.Advance(until)
	m.ClearExecs()
}

func TestPoissonSameSeedSameTape(t *testing.T) {
	run := func(seed uint64, requests bool) (uint64, uint64) {
		m, _ := poissonMarket(t, seed, 3)
		until := m.Now() + 20*market.Second
		if requests {
			trade(m, until)
		}
		m.Advance(until)
		m.End(until)
		return m.TapeHash(), m.Sequence()
	}
	sameTape(t, run, 10_000)
}

// sameTape checks that a seed is a tape, on any number of processors, that another seed
// and our orders make another one, and that it has messages enough; it returns its hash.
func sameTape(t *testing.T, run func(seed uint64, requests bool) (hash, n uint64), messages uint64) uint64 {
	t.Helper()
	hash, n := run(7, true)
	if n < messages {
		t.Fatalf("only %d messages", n)
	}
	for _, procs := range []int{1, 2, 4} {
		old := runtime.GOMAXPROCS(procs)
		again, m := run(7, true)
		runtime.GOMAXPROCS(old)
		if again != hash || m != n {
			t.Errorf("GOMAXPROCS=%d: hash %x of %d messages, want %x of %d", procs, again, m, hash, n)
		}
	}
	if other, _ := run(8, true); other == hash {
		t.Error("another seed gave the same tape")
	}
	if other, _ := run(7, false); other == hash {
		t.Error("the own orders left no trace on the tape")
	}
	return hash
}

// TestAdvanceInAnySteps: how time is cut into calls must not matter.
func TestAdvanceInAnySteps(t *testing.T) {
	a, _ := poissonMarket(t, 3, 2)
	b, _ := poissonMarket(t, 3, 2)
	until := a.Now() + 5*market.Second
	a.Advance(until)
	for step := market.Nanos(1); b.Now() < until; step = step*7%1_000_003 + 1 {
		b.AdvanceSome(min(b.Now()+step, until), 3)
	}
	b.Advance(until)
	if a.TapeHash() != b.TapeHash() {
		t.Error("the tape depends on how time was cut")
	}
}

// TestPoissonBookStaysSane runs ten minutes of two instruments and looks at the book
// each 100 ms.
func TestPoissonBookStaysSane(t *testing.T) {
	m, f := poissonMarket(t, 1, 2)
	start := m.Now()
	var looks, oneSided, wide int
	var orders, spread, lo, hi float64
	lo = math.Inf(1)
	for m.Now() < start+600*market.Second {
		m.Advance(m.Now() + 100*market.Millisecond)
		for id := market.InstrumentID(0); id < 2; id++ {
			bid, ask := m.Touch(id)
			looks++
			if bid.Price == 0 || ask.Price == 0 {
				oneSided++
				continue
			}
			if bid.Price >= ask.Price {
				t.Fatalf("crossed book: bid %d ask %d", bid.Price, ask.Price)
			}
			ticks := float64(ask.Price-bid.Price) / 100
			spread += ticks
			if ticks > 6 {
				wide++
			}
			mid := float64(bid.Price+ask.Price) / 2e4
			lo, hi = min(lo, mid), max(hi, mid)
		}
		orders += float64(m.Resting())
	}
	n := float64(looks)
	c := m.Counters()
	perSecond := float64(c.Events) / 600 / 2
	t.Logf("events/s %.0f, trades/s %.1f, spread %.2f ticks, resting orders %.0f, mid %.2f to %.2f, one-sided %d, wide %d of %d looks, dropped %d",
		perSecond, float64(c.Trades)/600/2, spread/n, orders/n, lo, hi, oneSided, wide, looks, c.Dropped)
	if want := f.p.Activity.EventsPerSecond; math.Abs(perSecond/want-1) > 0.15 {
		t.Errorf("%.0f events/s per instrument, parameters say %.0f", perSecond, want)
	}
	if oneSided > looks/1000 || wide > looks/100 || spread/n > 3 {
		t.Errorf("one-sided %d, wide %d of %d looks; mean spread %.2f ticks", oneSided, wide, looks, spread/n)
	}
	if lo < 95 || hi > 105 {
		t.Errorf("the mid went from 100 to %.2f..%.2f in ten minutes", lo, hi)
	}
	if orders/n < 30 || orders/n > 300 {
		t.Errorf("%.0f resting orders per look", orders/n)
	}
	for id := market.InstrumentID(0); id < 2; id++ {
		v := m.Volume(id, start, m.Now())
		if !v.Complete || v.Qty == 0 || float64(v.VWAP)/1e9 < lo || float64(v.VWAP)/1e9 > hi || v.OwnQty != 0 {
			t.Errorf("volume %+v", v)
		}
	}
}

func TestWaitIsExponential(t *testing.T) {
	src := newSource(5, 5)
	const n = 200_000
	var sum, sq, tail float64
	for ; src.n < n; src.n++ {
		w := float64(wait(src.draw(drawWait), 500e6)) / 2e6 // mean 2 ms
		sum += w
		sq += w * w
		if w > 3 {
			tail++
		}
	}
	if m := sum / n; math.Abs(m-1) > 0.01 {
		t.Errorf("mean %.4f, want 1", m)
	}
	if v := sq/n - 1; math.Abs(v-1) > 0.03 {
		t.Errorf("variance %.4f, want 1", v)
	}
	if p := tail / n; math.Abs(p-math.Exp(-3)) > 0.002 {
		t.Errorf("P(w > 3) = %.5f, want %.5f", p, math.Exp(-3))
	}
}

func TestNegLogMatchesTheLogarithm(t *testing.T) {
	for _, u := range []uint64{1, 2, 3, 1 << 20, 1<<63 - 1, 1 << 63, 1<<63 + 12345, 1<<64 - 2048, 1<<64 - 1} {
		want := -math.Log(float64(u) / (1 << 64))
		if got := float64(negLog(u)) / (1 << 32); math.Abs(got-want) > 5e-8*max(1, want) {
			t.Errorf("-ln(%d/2^64) = %.10f, want %.10f", u, got, want)
		}
	}
	if w := wait(0, 1); w <= 0 {
		t.Errorf("the longest wait is %d", w)
	}
}

func TestParameterFileIsStrict(t *testing.T) {
	good := string(poissonTOML)
	cases := []struct{ name, text, want string }{
		{"an unknown key", good + "\n[oops]\nx = 1\n", "row 59: oops: unknown key"},
		{"a negative rate", strings.Replace(good, "rate = 0.94", "rate = -1.0", 1), "market.rate"},
		{"no cancels", strings.Replace(good, "rates = [0.71, 0.81, 0.68, 0.56, 0.47]", "rates = []", 1), "cancel.rates"},
		{"not a number", strings.Replace(good, "k = 1.92", "k = nan", 1), "limit.k"},
		{"no levels", strings.Replace(good, "levels = 20", "levels = 0", 1), "limit.levels"},
	}
	for _, c := range cases {
		if _, err := ParseParams([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	if _, err := ParseParams(poissonTOML); err != nil {
		t.Errorf("the embedded file: %v", err)
	}
}

func TestFingerprintTellsFlowsApart(t *testing.T) {
	seen := map[string]string{}
	p := DefaultParams()
	p.Market.Rate = 1
	for name, cfg := range map[string]PoissonConfig{
		"default": {}, "seed": {Seed: 1}, "rate": {EventsPerSecond: 900}, "mid": {Mids: []market.Price{5e10}}, "params": {Params: &p},
	} {
		f, err := NewPoisson(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[f.Fingerprint()]; ok {
			t.Errorf("%s and %s have fingerprint %s", name, other, f.Fingerprint())
		}
		seen[f.Fingerprint()] = name
	}
}
