package engine

import (
	"slipstream/fix/venue"
	"slipstream/internal/market"
)

// childState is what we know of an order at the venue. Nothing is inferred from a
// timeout: only the venue's reports move a child on.
type childState uint8

const (
	childFree childState = iota
	childPendingNew
	childLive
	childPendingCancel
	childPendingReplace
	childClosed // terminal; the slot is kept for late reports until it is needed
)

// child is one order at the venue. During a pending replace newID is the second
// name of the same order.
type child struct {
	id, newID  venue.ChildID
	oldID      venue.ChildID // the name before the last replace; a late report may carry it
	venueRef   uint64        // OrderID(37) as a number: the ITCH order reference
	seq        uint64        // MsgSeqNum of the last request for it
	parent     int32
	next, prev int32 // list of the parent's open children; -1 = end
	state      childState
	resting    bool // a day order, meant to stay
	ask        bool // its status must be asked after a reconnect
	wantCancel bool // a cancel could not be sent yet
	side       market.Side
	inst       market.InstrumentID
	price      market.Price
	newPrice   market.Price
	qty        market.Qty // OrderQty
	cum        market.Qty
	nominal    uint128
	since      market.Nanos // time of the last request, for AckTimeoutNanos
}

func (c *child) leaves() market.Qty { return max(0, c.qty-c.cum) }

// pending reports whether the venue owes an answer for it.
func (c *child) pending() bool {
	return c.state == childPendingNew || c.state == childPendingCancel || c.state == childPendingReplace
}

// childTable finds children by ChildID without hashing: an identifier's low bits
// are its slot. A slot whose order is still open is skipped by the counter, so an
// open order can always be found.
type childTable struct {
	slab []child
	name []childName // by ChildID & mask
	free []int32     // FIFO of slab indices, so closed children stay as long as possible
	head int
	n    int
	mask uint64
	last venue.ChildID
}

type childName struct {
	id    venue.ChildID
	index int32
}

func newChildTable(capacity int) childTable {
	size := 1
	for size < 4*capacity {
		size *= 2
	}
	t := childTable{
		slab: make([]child, capacity),
		name: make([]childName, size),
		free: make([]int32, capacity),
		n:    capacity,
		mask: uint64(size - 1),
	}
	for i := range t.free {
		t.free[i] = int32(i)
	}
	return t
}

// nextID gives an identifier whose slot is free; 0 when the table is full.
func (t *childTable) nextID() venue.ChildID {
	for range t.name {
		id := t.last + 1
		slot := &t.name[uint64(id)&t.mask]
		t.last = id
		if slot.id == 0 || !t.isOpen(slot) {
			return id
		}
	}
	return 0
}

func (t *childTable) isOpen(n *childName) bool {
	c := &t.slab[n.index]
	if c.id != n.id && c.newID != n.id {
		return false
	}
	return c.state != childFree && c.state != childClosed
}

// take gives a fresh child under a new identifier; nil when the table is full.
func (t *childTable) take() (*child, int32) {
	if t.n == 0 {
		return nil, -1
	}
	id := t.nextID()
	if id == 0 {
		return nil, -1
	}
	i := t.free[t.head]
	t.head = (t.head + 1) % len(t.free)
	t.n--
	c := &t.slab[i]
	*c = child{id: id, next: -1, prev: -1}
	t.name[uint64(id)&t.mask] = childName{id, i}
	return c, i
}

// rename gives the child at i a second identifier, for a replace; 0 = full.
func (t *childTable) rename(i int32) venue.ChildID {
	id := t.nextID()
	if id != 0 {
		t.slab[i].newID = id
		t.name[uint64(id)&t.mask] = childName{id, i}
	}
	return id
}

// find gives the child an identifier names, open or lately closed; -1 = none.
func (t *childTable) find(id venue.ChildID) int32 {
	n := &t.name[uint64(id)&t.mask]
	if id == 0 || n.id != id {
		return -1
	}
	c := &t.slab[n.index]
	if c.state == childFree || (c.id != id && c.newID != id && c.oldID != id) {
		return -1
	}
	return n.index
}

// release returns a closed child's slot to the end of the free list.
func (t *childTable) release(i int32) {
	tail := (t.head + t.n) % len(t.free)
	t.free[tail] = i
	t.n++
}
