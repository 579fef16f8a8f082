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

// child is one order at the venue. replID is a second name that it may have already:
// that of a replace which the venue neither refused nor reported as done, also when
// the child is no longer pending because a status report called it open.
type child struct {
	id         venue.ChildID
	first      venue.ChildID // its name when it was sent
	replID     venue.ChildID
	cxlID      venue.ChildID // the last cancel request
	oldID      venue.ChildID // the name before the last replace; a late report may carry it
	venueRef   uint64        // OrderID(37) as a number: the ITCH order reference
	parent     int32
	next, prev int32 // list of the parent's open children; -1 = end
	state      childState
	resting    bool // a day order, meant to stay
	ask        bool // its status must be asked
	askRepl    bool // by replID: the venue does not know it as id
	stray      bool // an IOC that a status report called open: it must be canceled
	doubt      bool // closed because the venue said it never had it
	gone       bool // the venue was to cancel it when the connection ended
	side       market.Side
	inst       market.InstrumentID
	price      market.Price // as the venue has it
	limit      market.Price // as we sent it: no fill may be worse
	replPrice  market.Price // of replID
	qty        market.Qty   // OrderQty, as the venue has it
	sent       market.Qty   // OrderQty, as we sent it
	replQty    market.Qty   // of replID
	cum        market.Qty
	top        market.Qty // the most that cum ever was: a bust may have lowered it
	nominal    uint128
	fills      int32        // the newest of its fills; noFill = none
	short      market.Qty   // CumQty of a status report that was below ours, plus 1; 0 = none
	since      market.Nanos // time of the last request, for AckTimeoutNanos
	asked      market.Nanos // time of the last status request; 0 = ask now
	retryAt    market.Nanos // no other cancel before: the venue refused the last one
}

// leaves is the most that it may still trade, whatever the venue decides on a replace.
func (c *child) leaves() market.Qty {
	if c.replID != 0 {
		return max(0, max(c.qty, c.replQty)-c.cum)
	}
	return max(0, c.qty-c.cum)
}

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
	if c.id != n.id && c.replID != n.id && c.cxlID != n.id {
		return false
	}
	return c.state != childFree && c.state != childClosed
}

// full reports whether every slot holds an open order.
func (t *childTable) full() bool { return t.n == 0 }

// take gives a fresh child the identifier id of nextID; the table must not be full.
// It overwrites the child that was closed the longest time ago.
func (t *childTable) take(id venue.ChildID) (*child, int32) {
	i := t.free[t.head]
	t.head = (t.head + 1) % len(t.free)
	t.n--
	c := &t.slab[i]
	*c = child{id: id, first: id, next: -1, prev: -1, fills: noFill}
	t.name[uint64(id)&t.mask] = childName{id, i}
	return c, i
}

// alias makes the identifier id of nextID, which the caller stores as replID or
// cxlID, lead to the child at i.
func (t *childTable) alias(id venue.ChildID, i int32) {
	t.name[uint64(id)&t.mask] = childName{id, i}
}

// find gives the child an identifier names, open or lately closed; -1 = none.
func (t *childTable) find(id venue.ChildID) int32 {
	n := &t.name[uint64(id)&t.mask]
	if id == 0 || n.id != id {
		return -1
	}
	c := &t.slab[n.index]
	if c.state == childFree || (c.id != id && c.replID != id && c.cxlID != id && c.oldID != id) {
		return -1
	}
	return n.index
}

// retake takes a closed child's slot back out of the free list: the order works again.
func (t *childTable) retake(i int32) {
	found := false
	for k := range t.n {
		at := (t.head + k) % len(t.free)
		if found {
			t.free[(at+len(t.free)-1)%len(t.free)] = t.free[at]
		}
		found = found || t.free[at] == i
	}
	if found {
		t.n--
	}
}

// release returns a closed child's slot to the end of the free list.
func (t *childTable) release(i int32) {
	tail := (t.head + t.n) % len(t.free)
	t.free[tail] = i
	t.n++
}
