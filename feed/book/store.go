package book

import "unsafe"

// order is one open order. FIFO links and level are slots; 0 is none.
type order struct {
	ref        uint64
	qty        uint32
	level      uint32
	next, prev uint32
	seq        uint32 // arrival number; compares by difference, so it may wrap
	inst       uint16
	own        uint16 // index in Books.marks, 0 when not marked
}

// level is one price of one side of one instrument.
type level struct {
	qty        uint64
	key        uint32 // see ladder
	orders     uint32
	head, tail uint32 // first and last order in time priority; head links free levels
	inst       uint16
	own        uint16 // first marked order, 0 when there is none
	side       uint8  // sideIndex
	_          [3]byte
}

// Two records share a cache line: compile-time proof.
const (
	_ = -(unsafe.Sizeof(order{}) ^ 32)
	_ = -(unsafe.Sizeof(level{}) ^ 32)
)

// takeOrder gives a free order slot, 0 when MaxOrders are open. The last freed one
// comes first: it is in the cache.
func (bs *Books) takeOrder() uint32 {
	if s := bs.freeOrder; s != 0 {
		bs.freeOrder = bs.orders[s].next
		return s
	}
	if int(bs.orderTop) == len(bs.orders) {
		return 0
	}
	bs.orderTop++
	return bs.orderTop - 1
}

func (bs *Books) takeLevel() uint32 {
	if s := bs.freeLevel; s != 0 {
		bs.freeLevel = bs.levels[s].head
		return s
	}
	if int(bs.levelTop) == len(bs.levels) {
		return 0
	}
	bs.levelTop++
	return bs.levelTop - 1
}

func (bs *Books) giveLevel(s uint32) {
	bs.levels[s].head = bs.freeLevel
	bs.freeLevel = s
}

// levelFor gives the level of a price, made when there is none; 0 when full.
func (bs *Books) levelFor(b *Book, side int, price uint32) uint32 {
	l := &b.side[side]
	key := l.key(price)
	pos, found := bs.seek(l, key)
	if found {
		return uint32(bs.rungs[l.off+pos])
	}
	s := bs.takeLevel()
	if s == 0 {
		return 0
	}
	if !bs.insertRung(l, pos, key, s) {
		bs.giveLevel(s)
		return 0
	}
	bs.levels[s] = level{key: key, inst: uint16(b.id), side: uint8(side)}
	bs.c.Levels++
	return s
}

// open stores a new order at the end of its level and gives its slot; at is the
// empty entry for ref. Slot 0 and a Fault when it does not fit.
func (bs *Books) open(b *Book, at uint32, ref uint64, side int, qty, price uint32) (uint32, Fault) {
	lvl := bs.levelFor(b, side, price)
	if lvl == 0 {
		return 0, FaultLevelsFull
	}
	lv := &bs.levels[lvl]
	s := bs.takeOrder()
	if s == 0 {
		bs.dropLevelIfEmpty(b, lvl, lv)
		return 0, FaultOrdersFull
	}
	bs.seq++
	bs.orders[s] = order{ref: ref, qty: qty, level: lvl, prev: lv.tail, seq: bs.seq, inst: uint16(b.id)}
	if lv.tail != 0 {
		bs.orders[lv.tail].next = s
	} else {
		lv.head = s
	}
	lv.tail = s
	lv.qty += uint64(qty)
	lv.orders++
	bs.refs.put(at, ref, s)
	bs.c.Orders++
	return s, FaultNone
}

// shrink takes d of an order's quantity, d <= qty, and closes it at zero; at is its
// entry in the table.
func (bs *Books) shrink(b *Book, at, s uint32, o *order, d uint32) {
	lvl := o.level
	lv := &bs.levels[lvl]
	if lv.own != 0 {
		bs.ownShrink(lv, o, d)
	}
	lv.qty -= uint64(d)
	if o.qty -= d; o.qty != 0 {
		return
	}
	if o.prev != 0 {
		bs.orders[o.prev].next = o.next
	} else {
		lv.head = o.next
	}
	if o.next != 0 {
		bs.orders[o.next].prev = o.prev
	} else {
		lv.tail = o.prev
	}
	lv.orders--
	bs.refs.drop(at)
	o.next = bs.freeOrder
	bs.freeOrder = s
	bs.c.Orders--
	bs.dropLevelIfEmpty(b, lvl, lv)
}

func (bs *Books) dropLevelIfEmpty(b *Book, lvl uint32, lv *level) {
	if lv.orders != 0 {
		return
	}
	l := &b.side[lv.side]
	if pos, found := bs.seek(l, lv.key); found {
		bs.removeRung(l, pos)
	}
	bs.giveLevel(lvl)
	bs.c.Levels--
}
