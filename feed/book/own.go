package book

import "slipstream/internal/market"

// mark follows one of our own orders. Marks of a level form a list, so a level
// without any costs one comparison.
type mark struct {
	ahead uint64 // shares with time priority over it at its level
	order uint32 // slot
	next  uint16 // in the level's list, or in the free list
	_     uint16
}

// MarkOwn follows the order with this ITCH reference (the venue's OrderID), so that
// Ahead knows it; marking twice is fine. False when no such order is open, which is
// also so while its add is still on the way: ask again after the next packet; or
// when MaxOwn are marked. A mark ends with its order and moves along on a replace.
func (bs *Books) MarkOwn(ref uint64) bool {
	_, s := bs.find(ref)
	if s == 0 {
		return false
	}
	o := &bs.orders[s]
	if o.own != 0 {
		return true
	}
	var ahead uint64
	for p := o.prev; p != 0; p = bs.orders[p].prev {
		ahead += uint64(bs.orders[p].qty)
	}
	return bs.mark(s, ahead)
}

// Ahead is the exact quantity with time priority over a marked order at its price,
// and what is open of it; ok is false when it is not open or not marked.
func (bs *Books) Ahead(ref uint64) (ahead, resting market.Qty, ok bool) {
	_, s := bs.find(ref)
	if s == 0 || bs.orders[s].own == 0 {
		return 0, 0, false
	}
	o := &bs.orders[s]
	return market.Qty(bs.marks[o.own].ahead), market.Qty(o.qty), true
}

func (bs *Books) mark(s uint32, ahead uint64) bool {
	m := bs.freeMark
	if m == 0 {
		bs.c.OwnFull++
		return false
	}
	o := &bs.orders[s]
	lv := &bs.levels[o.level]
	bs.freeMark = bs.marks[m].next
	bs.marks[m] = mark{ahead: ahead, order: s, next: lv.own}
	lv.own, o.own = m, m
	bs.c.Own++
	return true
}

// ownShrink keeps the marks of a level exact while o loses d: whoever stands behind
// o moves up. A marked order that closes takes its mark out of the list.
func (bs *Books) ownShrink(lv *level, o *order, d uint32) {
	link := &lv.own
	for m := *link; m != 0; m = *link {
		k := &bs.marks[m]
		switch own := &bs.orders[k.order]; {
		case own == o && o.qty == d:
			*link = k.next
			k.next = bs.freeMark
			bs.freeMark = m
			bs.c.Own--
			continue
		case own != o && int32(o.seq-own.seq) < 0:
			k.ahead -= uint64(d)
		}
		link = &k.next
	}
}
