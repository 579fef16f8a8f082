package book

import (
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// elsewhere takes a message whose Stock Locate is not one of ours: of a foreign
// stock, or of a locate that no message has named yet.
func (bs *Books) elsewhere(msg []byte) Change {
	var stock []byte
	switch msg[0] {
	case itch.TypeStockDirectory:
		return bs.directory(msg)
	case itch.TypeSystemEvent, itch.TypeMWCBDeclineLevel, itch.TypeMWCBStatus:
		return bs.wholeMarket(msg)
	case itch.TypeAddOrder, itch.TypeAddOrderMPID, itch.TypeTrade:
		stock = msg[24:32]
	case itch.TypeCrossTrade:
		stock = msg[19:27]
	case itch.TypeTradingAction, itch.TypeOperationalHalt:
		stock = msg[11:19]
	}
	loc := itch.Locate(msg)
	if bs.locates[loc] == locateForeign {
		bs.c.Foreign++
		return Change{Instrument: market.NoInstrument, Flags: Unknown}
	}
	if stock == nil {
		return bs.orphan(loc, msg[0])
	}
	k := bs.bySym[be.Uint64(stock)]
	if k == 0 {
		bs.locates[loc] = locateForeign
		bs.c.Foreign++
		return Change{Instrument: market.NoInstrument, Flags: Unknown}
	}
	b := &bs.books[k-1]
	if b.located { // the stock has another locate
		return bs.bad(b, FaultOtherStock, 0)
	}
	late := bs.learn(b, loc)
	ch := bs.apply(b, msg)
	if late {
		bs.c.Faults[FaultLateLocate]++
		ch.Flags |= Bad
		ch.Fault = FaultLateLocate
	}
	return ch
}

// orphan passes over a message of a locate that is not known. If it was about an
// order, a book that gets this locate later is not whole.
func (bs *Books) orphan(loc uint16, typ byte) Change {
	bs.c.Orphans++
	switch typ {
	case itch.TypeOrderExecuted, itch.TypeOrderExecutedWithPrice, itch.TypeOrderCancel,
		itch.TypeOrderDelete, itch.TypeOrderReplace:
		bs.locates[loc] = locateOrphan
	}
	return Change{Instrument: market.NoInstrument, Flags: Unknown}
}

// learn gives b its locate; true when messages with it had been passed over, which
// makes b Suspect.
func (bs *Books) learn(b *Book, loc uint16) (late bool) {
	late = bs.locates[loc] == locateOrphan
	if late {
		b.trust = max(b.trust, Suspect)
	}
	bs.locates[loc] = uint16(b.id) + 1
	b.locate, b.located = loc, true
	return late
}

// directory is R: it has the last word on which stock a locate is. A stock that
// changes its locate, or loses it, while orders are open makes its book Suspect.
func (bs *Books) directory(msg []byte) Change {
	loc := itch.Locate(msg)
	k := bs.bySym[be.Uint64(msg[11:])]
	was := bs.locates[loc]
	if k != 0 && was == k {
		return bs.good(&bs.books[k-1], 0)
	}
	lost := FaultNone
	if int(was-1) < len(bs.books) {
		lost = bs.unlearn(&bs.books[was-1])
	}
	if k == 0 {
		bs.locates[loc] = locateForeign
		if lost != FaultNone {
			return bs.bad(&bs.books[was-1], lost, 0)
		}
		bs.c.Foreign++
		return Change{Instrument: market.NoInstrument, Flags: Unknown}
	}
	b := &bs.books[k-1]
	moved := FaultNone
	if b.located {
		moved = bs.unlearn(b)
	}
	b.lastNanos = itch.Timestamp(msg)
	late := bs.learn(b, loc)
	switch {
	case lost != FaultNone:
		bs.books[was-1].trust = max(bs.books[was-1].trust, Suspect)
		return bs.bad(b, lost, 0)
	case moved != FaultNone:
		return bs.bad(b, moved, 0)
	case late:
		return bs.bad(b, FaultLateLocate, 0)
	}
	return bs.good(b, 0)
}

// unlearn takes b's locate away.
func (bs *Books) unlearn(b *Book) Fault {
	bs.locates[b.locate] = locateUnknown
	b.locate, b.located = 0, false
	if b.side[0].n+b.side[1].n != 0 {
		return FaultOtherStock
	}
	return FaultNone
}
