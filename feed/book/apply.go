package book

import (
	"encoding/binary"
	"math/bits"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

var be = binary.BigEndian

// Apply applies one ITCH 5.0 message of any type, exactly its bytes. It never
// panics and keeps nothing of msg.
func (bs *Books) Apply(msg []byte) Change {
	bs.c.Messages++
	if !itch.Validate(msg) {
		return bs.misshapen(msg)
	}
	k := bs.locates[itch.Locate(msg)] - 1
	if int(k) >= len(bs.books) {
		return bs.elsewhere(msg)
	}
	return bs.apply(&bs.books[k], msg)
}

// apply applies a message of one of our instruments; its length fits its type.
// Offsets are the specification's (ITCH 4.3 to 4.6), checked against package itch.
func (bs *Books) apply(b *Book, msg []byte) Change {
	b.lastNanos = itch.Timestamp(msg)
	switch msg[0] {
	case itch.TypeAddOrder, itch.TypeAddOrderMPID:
		m := msg[:itch.SizeAddOrder]
		return bs.add(b, be.Uint64(m[11:]), m[19], be.Uint32(m[20:]), be.Uint64(m[24:]), be.Uint32(m[32:]))
	case itch.TypeOrderExecuted:
		m := msg[:itch.SizeOrderExecuted]
		return bs.take(b, be.Uint64(m[11:]), be.Uint32(m[19:]), printAtOrder, 0)
	case itch.TypeOrderExecutedWithPrice:
		m := msg[:itch.SizeOrderExecutedWithPrice]
		how := printNone
		if m[31] == 'Y' {
			how = printAtPrice
		}
		return bs.take(b, be.Uint64(m[11:]), be.Uint32(m[19:]), how, be.Uint32(m[32:]))
	case itch.TypeOrderCancel:
		m := msg[:itch.SizeOrderCancel]
		return bs.take(b, be.Uint64(m[11:]), be.Uint32(m[19:]), printNone, 0)
	case itch.TypeOrderDelete:
		return bs.remove(b, be.Uint64(msg[11:itch.SizeOrderDelete]))
	case itch.TypeOrderReplace:
		m := msg[:itch.SizeOrderReplace]
		return bs.replace(b, be.Uint64(m[11:]), be.Uint64(m[19:]), be.Uint32(m[27:]), be.Uint32(m[31:]))
	}
	return bs.notOrder(b, msg)
}

// add is A and F.
func (bs *Books) add(b *Book, ref uint64, side byte, qty uint32, sym uint64, price uint32) Change {
	i := 0
	switch {
	case side == itch.Sell:
		i = 1
	case side != itch.Buy:
		return bs.bad(b, FaultSide, 0)
	}
	if sym != b.sym {
		return bs.bad(b, FaultOtherStock, 0)
	}
	if qty == 0 {
		return bs.bad(b, FaultZeroQty, 0)
	}
	at, s := bs.find(ref)
	if s != 0 {
		return bs.bad(b, FaultDuplicateRef, 0)
	}
	s, f := bs.open(b, at, ref, i, qty, price)
	if s == 0 {
		return bs.full(b, f, 0)
	}
	return bs.good(b, bs.touch(b, i, bs.orders[s].level))
}

// What a message says about volume.
type printing uint8

const (
	printNone    printing = iota
	printAtOrder          // at the order's own price
	printAtPrice          // at the price in the message
)

// take is E, C and X: an order loses shares and keeps its priority.
func (bs *Books) take(b *Book, ref uint64, d uint32, how printing, price uint32) Change {
	at, s := bs.find(ref)
	if s == 0 {
		return bs.bad(b, FaultUnknownRef, 0)
	}
	o := &bs.orders[s]
	if o.inst != uint16(b.id) {
		return bs.bad(b, FaultOtherStock, 0)
	}
	if d == 0 {
		return bs.bad(b, FaultZeroQty, 0)
	}
	lv := &bs.levels[o.level]
	flags := bs.touch(b, int(lv.side), o.level)
	switch how {
	case printAtOrder:
		flags |= b.print(uint64(d), b.side[lv.side].price(lv.key))
	case printAtPrice:
		flags |= b.print(uint64(d), price)
	}
	over := d > o.qty
	bs.shrink(b, at, s, o, min(d, o.qty))
	if over {
		return bs.bad(b, FaultOverfill, flags)
	}
	return bs.good(b, flags)
}

// remove is D.
func (bs *Books) remove(b *Book, ref uint64) Change {
	at, s := bs.find(ref)
	if s == 0 {
		return bs.bad(b, FaultUnknownRef, 0)
	}
	o := &bs.orders[s]
	if o.inst != uint16(b.id) {
		return bs.bad(b, FaultOtherStock, 0)
	}
	flags := bs.touch(b, int(bs.levels[o.level].side), o.level)
	bs.shrink(b, at, s, o, o.qty)
	return bs.good(b, flags)
}

// replace is U: the order leaves and comes back at the end of its new level, on the
// same side; a mark goes with it.
func (bs *Books) replace(b *Book, ref, newRef uint64, qty, price uint32) Change {
	at, s := bs.find(ref)
	if s == 0 {
		return bs.bad(b, FaultUnknownRef, 0)
	}
	o := &bs.orders[s]
	if o.inst != uint16(b.id) {
		return bs.bad(b, FaultOtherStock, 0)
	}
	if qty == 0 {
		return bs.bad(b, FaultZeroQty, 0)
	}
	if newRef != ref {
		if _, dup := bs.find(newRef); dup != 0 {
			return bs.bad(b, FaultDuplicateRef, 0)
		}
	}
	side, marked := int(bs.levels[o.level].side), o.own != 0
	flags := bs.touch(b, side, o.level)
	bs.shrink(b, at, s, o, o.qty)
	at, _ = bs.find(newRef) // the deletion may have moved the empty entry
	s, f := bs.open(b, at, newRef, side, qty, price)
	if s == 0 {
		return bs.full(b, f, flags)
	}
	lvl := bs.orders[s].level
	if marked {
		bs.mark(s, bs.levels[lvl].qty-uint64(qty)) // has room: shrink freed one
	}
	return bs.good(b, flags|bs.touch(b, side, lvl))
}

// touch is Touch when the level is the best of its side.
func (bs *Books) touch(b *Book, side int, lvl uint32) Flags {
	if bs.best(&b.side[side]) == lvl {
		return Touch
	}
	return 0
}

// print adds a continuous trade to the volume.
func (b *Book) print(qty uint64, price uint32) Flags {
	b.qty += qty
	var carry uint64
	b.notionLo, carry = bits.Add64(b.notionLo, qty*uint64(price), 0) // both fit 32 bits
	b.notionHi += carry
	b.lastPx = price
	return Trade
}

func (bs *Books) good(b *Book, flags Flags) Change {
	bs.c.Applied++
	return Change{Instrument: b.id, Flags: flags}
}

func (bs *Books) bad(b *Book, f Fault, flags Flags) Change {
	bs.c.Faults[f]++
	b.trust = max(b.trust, Suspect)
	return Change{Instrument: b.id, Flags: flags | Bad, Fault: f}
}

func (bs *Books) full(b *Book, f Fault, flags Flags) Change {
	bs.c.Faults[f]++
	b.trust = Stale
	return Change{Instrument: b.id, Flags: flags | Full, Fault: f}
}

// misshapen counts a message whose length does not fit, against the instrument it
// seems to be of; a type that ITCH 5.0 does not have is only passed over.
func (bs *Books) misshapen(msg []byte) Change {
	if len(msg) != 0 && itch.Size(msg[0]) == 0 {
		bs.c.Types++
		return Change{Instrument: market.NoInstrument, Flags: Unknown}
	}
	if len(msg) >= 3 {
		if k := bs.locates[be.Uint16(msg[1:])] - 1; int(k) < len(bs.books) {
			return bs.bad(&bs.books[k], FaultShape, 0)
		}
	}
	bs.c.Faults[FaultShape]++
	return Change{Instrument: market.NoInstrument, Flags: Bad, Fault: FaultShape}
}
