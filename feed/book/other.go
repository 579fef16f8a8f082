package book

import (
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// notOrder applies a message that is not about one displayed order.
func (bs *Books) notOrder(b *Book, msg []byte) Change {
	switch msg[0] {
	case itch.TypeTrade:
		m := msg[:itch.SizeTrade]
		if be.Uint64(m[24:]) != b.sym {
			return bs.bad(b, FaultOtherStock, 0)
		}
		qty := be.Uint32(m[20:])
		if qty == 0 {
			return bs.bad(b, FaultZeroQty, 0)
		}
		return bs.good(b, b.print(uint64(qty), be.Uint32(m[32:])))
	case itch.TypeCrossTrade:
		return bs.cross(b, msg)
	case itch.TypeBrokenTrade:
		bs.c.Broken++
	case itch.TypeTradingAction:
		return bs.tradingAction(b, msg)
	case itch.TypeOperationalHalt:
		return bs.operationalHalt(b, msg)
	case itch.TypeStockDirectory:
		return bs.directory(msg)
	case itch.TypeSystemEvent, itch.TypeMWCBDeclineLevel, itch.TypeMWCBStatus:
		return bs.wholeMarket(msg) // its locate should be 0, and is not looked at
	}
	return bs.good(b, 0)
}

func (bs *Books) cross(b *Book, msg []byte) Change {
	var m itch.CrossTrade
	m.Decode(msg)
	if be.Uint64(m.Stock[:]) != b.sym {
		return bs.bad(b, FaultOtherStock, 0)
	}
	if m.Shares == 0 {
		return bs.good(b, 0) // the auction took place without volume
	}
	b.crossQty += m.Shares
	b.crossPx = m.CrossPrice
	b.crosses++
	return bs.good(b, Trade)
}

func (bs *Books) tradingAction(b *Book, msg []byte) Change {
	var m itch.TradingAction
	m.Decode(msg)
	if be.Uint64(m.Stock[:]) != b.sym {
		return bs.bad(b, FaultOtherStock, 0)
	}
	s := NoState
	switch m.TradingState {
	case itch.StateTrading:
		s = Trading
	case itch.StateQuoteOnly:
		s = QuoteOnly
	case itch.StatePaused:
		s = Paused
	case itch.StateHalted:
		s = Halted
	default:
		b.state = Halted // unknown is a state: nothing trades in it
		return bs.bad(b, FaultState, State)
	}
	return bs.setState(b, s, b.opHalt)
}

func (bs *Books) operationalHalt(b *Book, msg []byte) Change {
	var m itch.OperationalHalt
	m.Decode(msg)
	if be.Uint64(m.Stock[:]) != b.sym {
		return bs.bad(b, FaultOtherStock, 0)
	}
	if m.MarketCode != 'Q' { // BX and PSX have books of their own
		return bs.good(b, 0)
	}
	return bs.setState(b, b.state, m.OperationalHaltAction != 'T')
}

func (bs *Books) setState(b *Book, s TradingState, op bool) Change {
	was := b.Halt()
	b.state, b.opHalt = s, op
	if b.Halt() != was {
		return bs.good(b, State)
	}
	return bs.good(b, 0)
}

// wholeMarket is S, V and W.
func (bs *Books) wholeMarket(msg []byte) Change {
	bs.c.Applied++
	if msg[0] != itch.TypeSystemEvent {
		return Change{Instrument: market.NoInstrument}
	}
	bs.system = msg[11]
	return Change{Instrument: market.NoInstrument, Flags: State}
}
