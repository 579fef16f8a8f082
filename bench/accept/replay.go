package accept

import (
	"errors"
	"fmt"

	"slipstream/bench/exchange"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// replayed are the paths of impact, in basis points, of the same order sent into the day
// as it was, two durations long. Orders follow one another through the day, sides in turn;
// a second replay without them is the twin.
func replayed(zip string, day *record.Day, o order) (paths [][]float64, err error) {
	m, f, err := replayMarket(zip, day)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	twin, g, err := replayMarket(zip, day)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	for m.Now()+2*o.over <= f.Midnight()+market.Nanos(day.End) {
		with, without := run(m, o, 2), run(twin, order{over: o.over}, 2)
		paths = append(paths, impactOf(o.side, with, without))
		o.side = o.side.Opposite()
	}
	if err := errors.Join(f.Err(), g.Err()); err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no stretch of %d s", zip, 2*o.over/market.Second)
	}
	return paths, nil
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
