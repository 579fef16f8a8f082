package record

import (
	"errors"
	"fmt"
	"io"

	"slipstream/bench/exchange"
	"slipstream/feed/capture/itchfile"
	"slipstream/feed/capture/lobster"
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// FromLobster records a LOBSTER day; its window is the book file's. An error names
// file, row and reason.
func FromLobster(zipPath string) (*Day, error) {
	tape, err := lobster.Stream(zipPath)
	if err != nil {
		return nil, err
	}
	defer tape.Close()
	info := tape.Info()
	r, err := NewRecorder(info.Symbol, Options{Levels: info.Levels, Source: zipPath})
	if err != nil {
		return nil, err
	}
	for {
		m, ok := tape.Next()
		if !ok {
			break
		}
		if err := r.Message(m.Bytes, m.Row, m.Synthetic || m.Row == 0); err != nil {
			return nil, fmt.Errorf("%s: row %d: %w", zipPath, m.Row, err)
		}
	}
	if err := tape.Err(); err != nil {
		return nil, err
	}
	return r.Day(info.Start, info.End), nil
}

// FromITCH records one symbol of an ITCH 5.0 file with two-byte length framing. The
// file must start with the day: orders that were added before it are unknown, and an
// event on one is an error with its offset.
func FromITCH(path string, symbol market.Symbol, levels int) (*Day, error) {
	f, err := itchfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := NewRecorder(symbol, Options{Levels: levels, Source: path})
	if err != nil {
		return nil, err
	}
	var first, last uint64
	for n := 1; ; n++ {
		b, err := f.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if !itch.Validate(b) {
			return nil, fmt.Errorf("%s: offset %d: message %d (type %q, %d bytes) is no ITCH 5.0 message", path, f.Offset(), n, itch.Type(b), len(b))
		}
		at := itch.Timestamp(b)
		if at < last {
			return nil, fmt.Errorf("%s: offset %d: message %d: time %d goes back behind %d", path, f.Offset(), n, at, last)
		}
		if last = at; first == 0 {
			first = at
		}
		if err := r.Message(b, 0, false); err != nil {
			return nil, fmt.Errorf("%s: offset %d: message %d: %w", path, f.Offset(), n, err)
		}
	}
	if r.locate == 0 {
		return nil, fmt.Errorf("%s: no stock directory message (R) for %s", path, symbol)
	}
	return r.Day(first, last), nil
}

// seed takes over the book as it stands: its orders have no known age.
func (r *Recorder) seed(m *exchange.Market, id market.InstrumentID) (err error) {
	r.locate = uint16(id) + 1
	for _, side := range [...]market.Side{market.Buy, market.Sell} {
		letter := byte(itch.Buy)
		if side == market.Sell {
			letter = itch.Sell
		}
		m.EachOrder(id, side, func(ref uint64, price, qty, _ uint32) {
			a := itch.AddOrder{Header: itch.Header{StockLocate: r.locate}, OrderRef: ref, Side: letter, Shares: qty, Stock: r.symbol, Price: price}
			if e := r.Message(a.Append(nil), 0, true); e != nil && err == nil {
				err = e
			}
		})
	}
	return err
}

// Run advances an open Market by d and records one instrument of it. step, when not
// nil, is called after each millisecond of market time, to trade. The Market must
// keep the messages of a second (Config.StoreMessages).
func Run(m *exchange.Market, id market.InstrumentID, d market.Nanos, o Options, step func(*exchange.Market)) (*Day, error) {
	cfg := m.Config()
	if int(id) >= len(cfg.Instruments) {
		return nil, fmt.Errorf("record: no instrument %d", id)
	}
	if o.Tick == 0 {
		o.Tick = uint32(cfg.Instruments[id].Tick / market.ITCHUnit)
	}
	if o.Source == "" && cfg.Flow != nil {
		o.Source = cfg.Flow.Fingerprint()
	}
	r, err := NewRecorder(cfg.Instruments[id].Symbol, o)
	if err != nil {
		return nil, err
	}
	from := m.Now()
	if err := r.seed(m, id); err != nil {
		return nil, err
	}
	next := m.Sequence() + 1
	read := func() error {
		for ; next <= m.Sequence(); next++ {
			b, ok := m.Message(next)
			if !ok {
				return fmt.Errorf("record: message %d is no longer kept: a larger StoreMessages is needed", next)
			}
			if err := r.Message(b, 0, false); err != nil {
				return err
			}
		}
		return nil
	}
	pace := market.Second
	if step != nil {
		pace = market.Millisecond
	}
	for end := from + d; m.Now() < end; {
		m.Advance(min(m.Now()+pace, end))
		if step != nil {
			step(m)
		}
		if err := read(); err != nil {
			return nil, err
		}
	}
	return r.Day(uint64(from-cfg.Midnight), uint64(m.Now()-cfg.Midnight)), nil
}
