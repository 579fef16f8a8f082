package exchange

import "slipstream/internal/market"

// nilIdx ends a list and stands for "none" in the slabs.
const nilIdx int32 = -1

// order is one resting order. Pointer-free, in a slab; free slots are linked by next.
type order struct {
	ref        uint64
	next, prev int32 // later and earlier order of the level
	level      int32
	price      uint32
	qty        uint32 // open shares, > 0
	own        int32  // own record, nilIdx for the background
	inst       uint16
	side       market.Side
}

// level is one price of one side: orders in time priority.
// Invariant: qty and orders are the sums over the list, own counts those with a record.
type level struct {
	qty        uint64
	price      uint32
	orders     uint32
	own        uint32
	head, tail int32
}

// rung finds a level by price. key rises with priority: the price of a bid, the
// complement of the price of an ask.
type rung struct {
	key uint32
	lvl int32
}

// ladder is one side of one book: rungs sorted by key, the best at the end.
type ladder struct {
	rungs  []rung
	orders int32 // orders on this side
	own    int32 // of which own
}

// keyOf is the priority key of a price on a side.
func keyOf(side market.Side, price uint32) uint32 {
	if side == market.Buy {
		return price
	}
	return ^price
}

// best is the key of the best level; ok is false on an empty side.
func (l *ladder) best() (key uint32, ok bool) {
	if n := len(l.rungs); n > 0 {
		return l.rungs[n-1].key, true
	}
	return 0, false
}

// find is the place of key: the index of its rung, or where it would go. Most
// activity is near the touch, so the search starts there.
func (l *ladder) find(key uint32) (at int, ok bool) {
	r := l.rungs
	hi := len(r)
	for step := 0; step < 8; step++ {
		if hi == 0 || r[hi-1].key < key {
			return hi, false
		}
		if r[hi-1].key == key {
			return hi - 1, true
		}
		hi--
	}
	lo := 0
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if r[mid].key < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(r) && r[lo].key == key
}

// books are all resting orders of all instruments.
type books struct {
	orders    []order
	levels    []level
	sides     [][3]ladder // by instrument, then market.Side
	refs      refTable
	freeOrder int32
	freeLevel int32
	nOrders   int
	nLevels   int
}

func newBooks(instruments, maxOrders, maxLevels int) books {
	b := books{
		orders: make([]order, maxOrders),
		levels: make([]level, maxLevels),
		sides:  make([][3]ladder, instruments),
		refs:   newRefTable(maxOrders, 1),
	}
	for i := range b.orders {
		b.orders[i].next = int32(i) + 1
	}
	b.orders[maxOrders-1].next = nilIdx
	for i := range b.levels {
		b.levels[i].head = int32(i) + 1
	}
	b.levels[maxLevels-1].head = nilIdx
	for i := range b.sides {
		b.sides[i][market.Buy].rungs = make([]rung, 0, 64)
		b.sides[i][market.Sell].rungs = make([]rung, 0, 64)
	}
	return b
}

// hasRoom reports whether an order at this price could rest.
func (b *books) hasRoom(inst uint16, side market.Side, price uint32) bool {
	if b.freeOrder == nilIdx {
		return false
	}
	if b.freeLevel != nilIdx {
		return true
	}
	_, ok := b.sides[inst][side].find(keyOf(side, price))
	return ok
}

// rest puts an order at the end of its level's queue. hasRoom must hold.
func (b *books) rest(ref uint64, inst uint16, side market.Side, price, qty uint32, own int32) int32 {
	lad := &b.sides[inst][side]
	key := keyOf(side, price)
	at, ok := lad.find(key)
	if !ok {
		b.addLevel(lad, at, key, price)
	}
	l := lad.rungs[at].lvl
	lv := &b.levels[l]

	i := b.freeOrder
	o := &b.orders[i]
	b.freeOrder = o.next
	b.nOrders++
	*o = order{ref: ref, next: nilIdx, prev: lv.tail, level: l, price: price, qty: qty, own: own, inst: inst, side: side}
	if lv.tail == nilIdx {
		lv.head = i
	} else {
		b.orders[lv.tail].next = i
	}
	lv.tail = i
	lv.qty += uint64(qty)
	lv.orders++
	lad.orders++
	if own != nilIdx {
		lv.own++
		lad.own++
	}
	b.refs.put(ref, i)
	return i
}

func (b *books) addLevel(lad *ladder, at int, key, price uint32) {
	l := b.freeLevel
	lv := &b.levels[l]
	b.freeLevel = lv.head
	b.nLevels++
	*lv = level{price: price, head: nilIdx, tail: nilIdx}
	lad.rungs = append(lad.rungs, rung{})
	copy(lad.rungs[at+1:], lad.rungs[at:])
	lad.rungs[at] = rung{key: key, lvl: l}
}

// remove takes an order out, and its level when it was the last one there.
func (b *books) remove(i int32) {
	o := &b.orders[i]
	lad := &b.sides[o.inst][o.side]
	lv := &b.levels[o.level]
	if o.prev == nilIdx {
		lv.head = o.next
	} else {
		b.orders[o.prev].next = o.next
	}
	if o.next == nilIdx {
		lv.tail = o.prev
	} else {
		b.orders[o.next].prev = o.prev
	}
	lv.qty -= uint64(o.qty)
	lv.orders--
	lad.orders--
	if o.own != nilIdx {
		lv.own--
		lad.own--
	}
	if lv.orders == 0 {
		at, _ := lad.find(keyOf(o.side, o.price))
		lad.rungs = append(lad.rungs[:at], lad.rungs[at+1:]...)
		lv.head = b.freeLevel
		b.freeLevel = o.level
		b.nLevels--
	}
	b.refs.del(o.ref)
	o.next = b.freeOrder
	b.freeOrder = i
	b.nOrders--
}

// reduce takes by < qty shares off an order, which keeps its place.
func (b *books) reduce(i int32, by uint32) {
	o := &b.orders[i]
	o.qty -= by
	b.levels[o.level].qty -= uint64(by)
}
