package accept

import (
	"errors"
	"fmt"
	"math"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// replayed are the impacts, in basis points, of the same order sent into the day as it
// was: at its end and as long again after it. Orders follow one another through the day,
// sides in turn; a second replay without them is the twin.
func replayed(zip string, day *record.Day, o order) (end, later []float64, err error) {
	m, f, err := replayMarket(zip, day)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	twin, g, err := replayMarket(zip, day)
	if err != nil {
		return nil, nil, err
	}
	defer g.Close()
	for m.Now()+2*o.over <= f.Midnight()+market.Nanos(day.End) {
		with, without := run(m, o, 2), run(twin, order{over: o.over}, 2)
		sign := 1e4 * float64(o.side.Sign())
		a := sign * math.Log(with.mid[looks]/without.mid[looks])
		b := sign * math.Log(with.mid[2*looks]/without.mid[2*looks])
		if !math.IsNaN(a) && !math.IsNaN(b) {
			end, later = append(end, a), append(later, b)
		}
		o.side = o.side.Opposite()
	}
	if err := errors.Join(f.Err(), g.Err()); err != nil {
		return nil, nil, err
	}
	if len(end) == 0 {
		return nil, nil, fmt.Errorf("%s: no stretch of %d s", zip, 2*o.over/market.Second)
	}
	return end, later, nil
}

// replayMarket opens a market that replays the day from its start; the flow must be closed.
func replayMarket(zip string, day *record.Day) (*exchange.Market, *flow.Lobster, error) {
	f, err := flow.NewLobster(zip, day.Start)
	if err != nil {
		return nil, nil, err
	}
	m, err := exchange.New(exchange.Config{Flow: f, Midnight: f.Midnight(), Start: f.Start(),
		StoreMessages: 1 << 14, StatEntries: 1 << 12, MaxOrders: 1 << 16, MaxLevels: 1 << 14, MaxOwn: 1 << 14,
		Instruments: []market.Instrument{{Symbol: f.Symbol(), Tick: market.Price(day.Tick) * market.ITCHUnit, Lot: 1}}})
	if err == nil {
		err = m.Open()
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return m, f, nil
}
