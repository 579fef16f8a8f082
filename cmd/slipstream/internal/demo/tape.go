package demo

import (
	"fmt"
	"path/filepath"

	"slipstream/bench/exchange"
	"slipstream/cmd/slipstream/internal/config"
	"slipstream/cmd/slipstream/internal/report"
	"slipstream/cmd/slipstream/internal/venue"
	"slipstream/feed/book"
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// window is how many levels of a side an event must touch to be counted: as many as
// the data shows that the models are calibrated on.
const window = 5

// rebuild makes the market anew from the exchange's log: whether the tape is the same,
// and what happened on it.
func rebuild(dir string, o *Options, v *venue.Report) (same bool, _ *report.Market, err error) {
	file, err := config.LoadVenue(filepath.Join(dir, "venue.toml"))
	if err != nil {
		return false, nil, err
	}
	mc, closeFlow, err := file.OpenMarket(v.Opened)
	if err != nil {
		return false, nil, err
	}
	defer closeFlow()
	log, err := exchange.OpenLog(filepath.Join(dir, file.Exchange.StateDir, "exchange"), &mc, false)
	if err != nil {
		return false, nil, err
	}
	defer log.Close()
	m, err := exchange.New(mc)
	if err != nil {
		return false, nil, err
	}
	if err := m.Open(); err != nil {
		return false, nil, err
	}
	took := map[uint64]bool{} // match numbers of trades in which a member was the taker
	err = log.Replay(m, func(execs []exchange.Exec) {
		for i := range execs {
			if x := &execs[i]; x.Kind == exchange.ExecTrade && x.Liquidity == exchange.LiquidityRemoved {
				took[x.MatchNumber] = true
			}
		}
	})
	if err != nil {
		return false, nil, err
	}
	same = fmt.Sprintf("%016x", m.TapeHash()) == v.Dump.TapeHash && m.Sequence() == v.Dump.LastSequence
	rep := &report.Market{
		Model: o.Flow, Scenario: o.Scenario, From: o.From, Speed: o.Speed,
		Parameters: mc.Flow.Fingerprint(), Seconds: float64(m.Now()-mc.Start) / 1e9,
	}
	rep.Instruments, err = figures(m, took)
	return same, rep, err
}

// figures reads the whole tape. A tape that is no longer kept from its start has none.
func figures(m *exchange.Market, took map[uint64]bool) ([]report.Instrument, error) {
	if _, ok := m.Message(1); !ok {
		return nil, nil
	}
	cfg := m.Config()
	books, err := book.New(book.Config{Instruments: cfg.Instruments, MaxOrders: cfg.MaxOrders})
	if err != nil {
		return nil, err
	}
	list := make([]tally, len(cfg.Instruments))
	for i := range list {
		in := &cfg.Instruments[i]
		list[i] = tally{b: books.Book(in.ID), since: uint64(cfg.Start - cfg.Midnight), tick: float64(in.Tick), took: took}
	}
	open := uint64(cfg.Start - cfg.Midnight)
	for seq := uint64(1); seq <= m.Sequence(); seq++ {
		msg, _ := m.Message(seq)
		c := books.Apply(msg)
		if c.Instrument != market.NoInstrument && int(c.Instrument) < len(list) {
			list[c.Instrument].note(msg, itch.Timestamp(msg) > open)
		}
	}
	out := make([]report.Instrument, len(list))
	for i := range list {
		out[i] = list[i].end(cfg.Instruments[i].Symbol.String(), uint64(m.Now()-cfg.Midnight), open)
	}
	return out, nil
}

// tally counts one instrument's messages.
type tally struct {
	b    *book.Book
	tick float64
	took map[uint64]bool

	bids, asks    [window]book.Level // as the last message left them
	since         uint64             // of the touch, ns since midnight
	spread, share float64            // integrals of the spread, ticks and share of the mid, over time
	time          float64            // with both sides, ns
	first, last   float64            // mids

	events, trades int
	lastTrade      uint64 // its instant
}

// note takes a message that the book has applied; counts leaves those of the opening out.
func (t *tally) note(msg []byte, counts bool) {
	at := itch.Timestamp(msg)
	t.integrate(at)
	changed := t.look()
	if !counts {
		return
	}
	var match uint64
	switch itch.Type(msg) {
	case itch.TypeOrderExecuted:
		var e itch.OrderExecuted
		e.Decode(msg)
		match = e.MatchNumber
	case itch.TypeOrderExecutedWithPrice:
		var e itch.OrderExecutedWithPrice
		e.Decode(msg)
		match = e.MatchNumber
	case itch.TypeTrade:
		changed = true // hidden interest is in no book
	}
	if changed {
		t.events++
	}
	// What one incoming order executes has one instant.
	if match != 0 && at != t.lastTrade && !t.took[match] {
		t.trades++
		t.lastTrade = at
	}
}

// look reads the window and says whether it is another.
func (t *tally) look() bool {
	var bids, asks [window]book.Level
	t.b.Depth(market.Buy, bids[:])
	t.b.Depth(market.Sell, asks[:])
	changed := bids != t.bids || asks != t.asks
	t.bids, t.asks = bids, asks
	if mid, ok := t.mid(); ok {
		if t.first == 0 {
			t.first = mid
		}
		t.last = mid
	}
	return changed
}

// mid is half of the touch, in 1e-9; false without both sides.
func (t *tally) mid() (float64, bool) {
	bid, ask := t.bids[0], t.asks[0]
	return float64(bid.Price+ask.Price) / 2, bid.Qty > 0 && ask.Qty > 0
}

func (t *tally) integrate(at uint64) {
	if mid, ok := t.mid(); ok && at > t.since {
		dt, spread := float64(at-t.since), float64(t.asks[0].Price-t.bids[0].Price)
		t.spread += dt * spread / t.tick
		t.share += dt * spread / mid
		t.time += dt
	}
	t.since = max(t.since, at)
}

func (t *tally) end(symbol string, now, open uint64) report.Instrument {
	t.integrate(now)
	seconds := max(float64(now-open)/1e9, 1e-9)
	out := report.Instrument{
		Symbol: symbol, Events: t.events, Trades: t.trades,
		EventsPerSecond: float64(t.events) / seconds, TradesPerSecond: float64(t.trades) / seconds,
		OpenMid: t.first / 1e9, CloseMid: t.last / 1e9,
	}
	if t.time > 0 {
		out.SpreadTicks, out.SpreadBps = t.spread/t.time, 1e4*t.share/t.time
	}
	qty, _, _ := t.b.Traded()
	out.Qty = qty
	return out
}
