package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"slipstream/bench/exchange"
	"slipstream/feed/capture/lobster"
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// Lobster replays a LOBSTER day through the matcher. Every event of the day keeps
// its time. An execution of history fills own orders that stand before the
// executed order first, and that order then loses what they took; own orders that
// took quantity of the day leave its later events without it. History never
// reacts otherwise: an order under test that is large against the touch meets a
// market that forgets it (no reaction, full reversion), which flatters patience.
type Lobster struct {
	path    string
	from    uint64 // ns since midnight
	digest  string
	tape    *lobster.Tape
	info    lobster.Info
	id      market.InstrumentID
	refs    map[uint64]past // by history's reference, until it is deleted there
	msg     lobster.Message // the next one; its bytes are the tape's until Next
	ok      bool
	applied uint64
	err     error
}

// past is an order of history.
type past struct {
	ref   uint64 // ours; it need not rest any more
	price uint32
	side  market.Side
}

// NewLobster opens a day that is published from the time of day from on (ns since
// midnight in New York; 0: from its first event). Close it.
func NewLobster(zipPath string, from uint64) (*Lobster, error) {
	digest, err := digestOf(zipPath)
	if err != nil {
		return nil, err
	}
	tape, err := lobster.Stream(zipPath)
	if err != nil {
		return nil, fmt.Errorf("flow: %w", err)
	}
	f := &Lobster{path: zipPath, from: from, digest: digest, tape: tape, info: tape.Info(), refs: make(map[uint64]past, 1<<16)}
	if f.from == 0 {
		f.from = f.info.Start
	}
	if f.from < f.info.Start || f.from >= f.info.End {
		tape.Close()
		return nil, fmt.Errorf("flow: %s: %s is not within the day's file (%s to %s)", zipPath, clock(f.from), clock(f.info.Start), clock(f.info.End))
	}
	return f, nil
}

func digestOf(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("flow: %w", err)
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return "", fmt.Errorf("flow: %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

func clock(ns uint64) string {
	s := ns / 1e9
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Symbol is the day's stock; the Market must have it among its instruments.
func (f *Lobster) Symbol() market.Symbol { return f.info.Symbol }

// Midnight and Start are what the Market's Config must have.
func (f *Lobster) Midnight() market.Nanos { return f.info.Midnight }

// Start is the instant from which on the day is published.
func (f *Lobster) Start() market.Nanos { return f.info.Midnight + market.Nanos(f.from) }

// Err is the error that ended the day early, nil otherwise.
func (f *Lobster) Err() error { return f.err }

// Applied is the number of history's messages applied so far.
func (f *Lobster) Applied() uint64 { return f.applied }

// Close closes the file.
func (f *Lobster) Close() error { return f.tape.Close() }

// Fingerprint implements exchange.Flow.
func (f *Lobster) Fingerprint() string {
	return fmt.Sprintf("lobster/1 sha256=%s from=%s", f.digest, clock(f.from))
}

// Open implements exchange.Flow: it applies what comes before the start.
func (f *Lobster) Open(m *exchange.Market) error {
	cfg := m.Config()
	if cfg.Midnight != f.info.Midnight || cfg.Start != f.Start() {
		return fmt.Errorf("%s: the market starts at %d after midnight %d, the day at %d after %d",
			f.path, cfg.Start, cfg.Midnight, f.Start(), f.info.Midnight)
	}
	f.id = market.NoInstrument
	for i := range cfg.Instruments {
		if cfg.Instruments[i].Symbol == f.info.Symbol {
			f.id = cfg.Instruments[i].ID
		}
	}
	if f.id == market.NoInstrument {
		return fmt.Errorf("%s: the market has no instrument %s", f.path, f.info.Symbol)
	}
	if f.applied > 0 || f.ok {
		return errors.New("a Lobster flow can be opened once")
	}
	for f.read(); f.ok && f.msg.ExchNanos < cfg.Start; f.read() {
		m.SetTime(min(f.msg.ExchNanos, cfg.Start))
		f.apply(m, f.msg.Bytes)
	}
	return f.err
}

// read takes the next message from the file.
func (f *Lobster) read() {
	if f.msg, f.ok = f.tape.Next(); !f.ok {
		if err := f.tape.Err(); err != nil {
			f.err = fmt.Errorf("flow: %w", err)
		}
	}
}

// Next implements exchange.Flow.
func (f *Lobster) Next() (market.Nanos, bool) { return f.msg.ExchNanos, f.ok }

// Apply implements exchange.Flow.
func (f *Lobster) Apply(m *exchange.Market) {
	if !f.ok {
		return
	}
	f.apply(m, f.msg.Bytes)
	f.read()
}

// sideOf is the side of an ITCH Buy/Sell Indicator.
func sideOf(b byte) market.Side {
	if b == itch.Sell {
		return market.Sell
	}
	return market.Buy
}

// apply replays one message of history.
func (f *Lobster) apply(m *exchange.Market, b []byte) {
	f.applied++
	switch itch.Type(b) {
	case itch.TypeAddOrder:
		var a itch.AddOrder
		if a.Decode(b) {
			f.add(m, &a, [4]byte{})
		}
	case itch.TypeAddOrderMPID:
		var a itch.AddOrderMPID
		if a.Decode(b) {
			f.add(m, &a.AddOrder, a.Attribution)
		}
	case itch.TypeOrderExecuted:
		var e itch.OrderExecuted
		if e.Decode(b) {
			f.execute(m, &e)
		}
	case itch.TypeOrderCancel:
		var x itch.OrderCancel
		if x.Decode(b) {
			m.Reduce(f.refs[x.OrderRef].ref, x.CanceledShares)
		}
	case itch.TypeOrderDelete:
		var d itch.OrderDelete
		if d.Decode(b) {
			m.Delete(f.refs[d.OrderRef].ref)
			delete(f.refs, d.OrderRef)
		}
	case itch.TypeTrade:
		var p itch.Trade
		if p.Decode(b) {
			m.PrintHistorical(f.id, sideOf(p.Side), p.Price, p.Shares)
		}
	case itch.TypeCrossTrade:
		var q itch.CrossTrade
		if q.Decode(b) {
			m.CrossHistorical(f.id, q.CrossPrice, q.Shares, q.CrossType)
		}
	case itch.TypeTradingAction:
		var h itch.TradingAction
		if f.msg.Row > 0 && h.Decode(b) {
			m.SetState(f.id, h.TradingState, h.Reason)
		}
	}
}

func (f *Lobster) add(m *exchange.Market, a *itch.AddOrder, mpid [4]byte) {
	side := sideOf(a.Side)
	ref, why := m.AddHistorical(f.id, side, a.Price, a.Shares, mpid)
	if why == exchange.ReasonNone {
		f.refs[a.OrderRef] = past{ref, a.Price, side}
	}
}

// execute replays an execution. E does not name side and price: they are the
// order's, and stay known when an own order took it out of our book.
func (f *Lobster) execute(m *exchange.Market, e *itch.OrderExecuted) {
	if o, ok := f.refs[e.OrderRef]; ok {
		m.ExecuteHistorical(f.id, o.ref, o.side, o.price, e.ExecutedShares, o.price, 'Y')
	}
}
