package sim

import (
	"fmt"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// noise is a background flow for tests: limit orders around a drifting anchor,
// cancels of random orders, and marketable ones, from one seed.
type noise struct {
	seed   uint64
	rng    rng
	n      int
	at     market.Nanos
	mean   market.Nanos // between events
	refs   [][]uint64
	anchor []uint32 // 1e-4
}

func newNoise(seed uint64, instruments int, start market.Nanos) *noise {
	f := &noise{seed: seed, rng: rng(seed), n: instruments, at: start, mean: 2 * market.Millisecond}
	for range instruments {
		f.refs = append(f.refs, nil)
		f.anchor = append(f.anchor, 100_00_00)
	}
	return f
}

func (f *noise) Fingerprint() string { return fmt.Sprintf("noise %d %d", f.seed, f.n) }

func (f *noise) Open(m *exchange.Market) error {
	for i := range f.n {
		for k := range uint32(200) {
			f.add(m, i, market.Buy, 1+k%20)
			f.add(m, i, market.Sell, 1+k%20)
		}
	}
	return nil
}

func (f *noise) Next() (market.Nanos, bool) { return f.at, true }

func (f *noise) Apply(m *exchange.Market) {
	f.at += 1 + market.Nanos(f.rng.below(uint64(2*f.mean)))
	i := int(f.rng.below(uint64(f.n)))
	side := market.Side(1 + f.rng.below(2))
	switch k := f.rng.below(100); {
	case k < 45:
		f.add(m, i, side, 1+uint32(f.rng.below(10)))
	case k < 85 && len(f.refs[i]) > 0:
		at := f.rng.below(uint64(len(f.refs[i])))
		m.Delete(f.refs[i][at])
		f.refs[i][at] = f.refs[i][len(f.refs[i])-1]
		f.refs[i] = f.refs[i][:len(f.refs[i])-1]
	default:
		m.Limit(market.InstrumentID(i), side, f.anchor[i]+uint32(side.Sign())*2000, 50+uint32(f.rng.below(300)), exchange.IOC)
	}
	if f.rng.hit(20_000) {
		f.anchor[i] += uint32(100) - uint32(200*f.rng.below(2))
	}
}

// add puts a limit order ticks cents behind the anchor.
func (f *noise) add(m *exchange.Market, i int, side market.Side, ticks uint32) {
	px := f.anchor[i] - uint32(side.Sign())*ticks*100
	ref, why := m.Limit(market.InstrumentID(i), side, px, 100+uint32(f.rng.below(5))*100, exchange.Day)
	if why == exchange.ReasonNone && ref != 0 {
		f.refs[i] = append(f.refs[i], ref)
	}
}
