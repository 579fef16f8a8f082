package accept

import (
	"fmt"
	"math"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// replayed are the impacts, in basis points, of the same order sent into the day as it
// was: at its end and as long again after it. Orders follow one another through the day,
// sides in turn; the day itself is the twin.
func replayed(zip string, day *record.Day, o order) (end, later []float64, err error) {
	f, err := flow.NewLobster(zip, day.Start)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	m, err := exchange.New(exchange.Config{Flow: f, Midnight: f.Midnight(), Start: f.Start(),
		StoreMessages: 1 << 14, StatEntries: 1 << 12, MaxOrders: 1 << 16, MaxLevels: 1 << 14, MaxOwn: 1 << 14,
		Instruments: []market.Instrument{{Symbol: f.Symbol(), Tick: market.Price(day.Tick) * market.ITCHUnit, Lot: 1}}})
	if err != nil {
		return nil, nil, err
	}
	if err := m.Open(); err != nil {
		return nil, nil, err
	}
	i := 0
	was := func(at market.Nanos) float64 { // the day's own mid
		for i+1 < len(day.Events) && day.Events[i+1].Nanos <= uint64(at-f.Midnight()) {
			i++
		}
		return midOf(day.Events[i].After)
	}
	for m.Now()+2*o.over <= f.Midnight()+market.Nanos(day.End) {
		start := m.Now()
		p := run(m, o, 2)
		sign := 1e4 * float64(o.side.Sign())
		a := sign * math.Log(p.mid[looks]/was(start+o.over))
		b := sign * math.Log(p.mid[2*looks]/was(start+2*o.over))
		if !math.IsNaN(a) && !math.IsNaN(b) {
			end, later = append(end, a), append(later, b)
		}
		o.side = o.side.Opposite()
	}
	if f.Err() != nil {
		return nil, nil, f.Err()
	}
	if len(end) == 0 {
		return nil, nil, fmt.Errorf("%s: no stretch of %d s", zip, 2*o.over/market.Second)
	}
	return end, later, nil
}
