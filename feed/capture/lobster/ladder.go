package lobster

import "sort"

// none is the end of a list of orders.
const none = int32(-1)

// order is one open order. The orders of a level are a list, oldest first.
type order struct {
	ref        uint64 // ITCH order reference; synthetic ones have synthBit
	qty        uint32
	price      uint32
	last       int32 // row of the last event that names it; synthetic: 0
	prev, next int32
	side       side
}

// synthBit marks the order references that the importer invents.
const synthBit = 1 << 63

func (o *order) synthetic() bool { return o.ref&synthBit != 0 }

// rung is one price level.
type rung struct {
	price      uint32
	head, tail int32
	qty        int64
}

// ladder is the importer's own book: independent of feed/book, against which the
// result is verified. rungs[s] is sorted with the best at the end.
type ladder struct {
	rungs  [2][]rung
	orders []order
	free   []int32
	byRef  map[uint64]int32
}

func newLadder() ladder { return ladder{byRef: map[uint64]int32{}} }

// find gives the index of the rung at price, or where it belongs.
func (l *ladder) find(s side, price uint32) (i int, ok bool) {
	r := l.rungs[s]
	k := key(s, price)
	// The best levels are at the end, and nearly every event is near the best.
	if n := len(r); n > 0 && key(s, r[n-1].price) <= k {
		if r[n-1].price == price {
			return n - 1, true
		}
		return n, false
	}
	i = sort.Search(len(r), func(i int) bool { return key(s, r[i].price) >= k })
	return i, i < len(r) && r[i].price == price
}

// qty is the quantity at a price.
func (l *ladder) qty(s side, price uint32) int64 {
	if i, ok := l.find(s, price); ok {
		return l.rungs[s][i].qty
	}
	return 0
}

// add puts an order at the end of its level's queue.
func (l *ladder) add(s side, ref uint64, price, qty uint32, last int) int32 {
	at, ok := l.find(s, price)
	if !ok {
		r := append(l.rungs[s], rung{})
		copy(r[at+1:], r[at:])
		r[at] = rung{price: price, head: none, tail: none}
		l.rungs[s] = r
	}
	slot := l.slot()
	r := &l.rungs[s][at]
	l.orders[slot] = order{ref: ref, qty: qty, price: price, last: int32(last), prev: r.tail, next: none, side: s}
	if r.tail == none {
		r.head = slot
	} else {
		l.orders[r.tail].next = slot
	}
	r.tail = slot
	r.qty += int64(qty)
	l.byRef[ref] = slot
	return slot
}

func (l *ladder) slot() int32 {
	if n := len(l.free); n > 0 {
		slot := l.free[n-1]
		l.free = l.free[:n-1]
		return slot
	}
	l.orders = append(l.orders, order{})
	return int32(len(l.orders) - 1)
}

// reduce takes qty, at most all, off an order; gone tells that it left the book.
func (l *ladder) reduce(slot int32, qty uint32) (gone bool) {
	o := &l.orders[slot]
	at, _ := l.find(o.side, o.price)
	r := &l.rungs[o.side][at]
	r.qty -= int64(qty)
	o.qty -= qty
	if o.qty > 0 {
		return false
	}
	if o.prev == none {
		r.head = o.next
	} else {
		l.orders[o.prev].next = o.next
	}
	if o.next == none {
		r.tail = o.prev
	} else {
		l.orders[o.next].prev = o.prev
	}
	if r.head == none {
		l.rungs[o.side] = append(l.rungs[o.side][:at], l.rungs[o.side][at+1:]...)
	}
	delete(l.byRef, o.ref)
	l.free = append(l.free, slot)
	return true
}

// standIn is the order of a level that may stand for one that is not known, as of a
// row: the oldest synthetic one, or else the oldest that no later row names, which was
// canceled out of sight if the level's quantity is right. none when there is neither.
func (l *ladder) standIn(s side, price uint32, row int) int32 {
	i, ok := l.find(s, price)
	if !ok {
		return none
	}
	dead := none
	for slot := l.rungs[s][i].head; slot != none; slot = l.orders[slot].next {
		o := &l.orders[slot]
		if o.synthetic() {
			return slot
		}
		if dead == none && int(o.last) <= row {
			dead = slot
		}
	}
	return dead
}

// victim is the order of a level that the book file most likely no longer has, as of
// a row. An order that a later row names is there; one that none names was probably
// canceled out of sight, above all when its level was out of sight until now; what a
// synthetic order stands for is not known. Among equals the newest.
func (l *ladder) victim(s side, price uint32, row int, wasHidden bool) int32 {
	i, ok := l.find(s, price)
	if !ok {
		return none
	}
	best, bestRank := none, -1
	for slot := l.rungs[s][i].tail; slot != none; slot = l.orders[slot].prev {
		o := &l.orders[slot]
		rank := 0 // named again later
		switch {
		case o.synthetic():
			rank = 2
		case int(o.last) <= row && wasHidden:
			rank = 3
		case int(o.last) <= row:
			rank = 1
		}
		if rank > bestRank {
			best, bestRank = slot, rank
		}
	}
	return best
}
