package engine

import (
	"slipstream/fix/venue"
	"slipstream/internal/market"
)

// fill is what was booked of one trade at the venue, so that a bust or a correction can
// take it back. What the venue told only by a higher CumQty(14) is one too, marked implied.
type fill struct {
	serial  uint64        // Report.Serial of the last report to the desk about it
	first   venue.ChildID // the child's first name; with child it names an order for good
	child   int32         // slot of the child; another order may have it by now
	parent  int32         // index; -1 = of an order that is not ours
	older   int32         // the child's fill before this one; -1 = none
	inst    market.InstrumentID
	side    market.Side
	implied bool       // no report told it by itself
	traded  market.Qty // LastQty(32) as reported; a part of it may be in implied fills
	qty     market.Qty // booked; 0 = busted
	px      market.Price
}

// execTable remembers every ExecID(17) of the day by a 64-bit hash, so that a report
// counts once, and the fill that it told.
type execTable struct {
	slots []execSlot
	mask  uint64
	n     int
	max   int
	fills []fill // in order of booking; capacity is the bound
}

type execSlot struct {
	hash uint64 // 0 = free
	fill int32  // index, noFill or toldBefore
}

const (
	noFill     = int32(-1) // no fill, or none that is known
	toldBefore = int32(-2) // of a trade whose shares a higher CumQty(14) had told already
)

func newExecTable(capacity int) execTable {
	size := 1
	for size < 2*capacity {
		size *= 2
	}
	return execTable{slots: make([]execSlot, size), mask: uint64(size - 1), max: capacity, fills: make([]fill, 0, capacity)}
}

// at is the slot of h, or the free one where it would be.
func (t *execTable) at(h uint64) *execSlot {
	h = max(h, 1)
	i := h & t.mask
	for t.slots[i].hash != 0 && t.slots[i].hash != h {
		i = (i + 1) & t.mask
	}
	return &t.slots[i]
}

// insert remembers h. fresh says that it is new; full that it could not be kept.
func (t *execTable) insert(h uint64) (fresh, full bool) {
	s := t.at(h)
	switch {
	case s.hash != 0:
		return false, false
	case t.n >= t.max:
		return true, true
	}
	*s = execSlot{max(h, 1), noFill}
	t.n++
	return true, false
}

// find is the fill that the report h told; noFill or toldBefore if it told none, noFill
// also if it is not known.
func (t *execTable) find(h uint64) int32 {
	if h == 0 {
		return noFill
	}
	if s := t.at(h); s.hash != 0 {
		return s.fill
	}
	return noFill
}

// name lets h, if it is remembered, lead to the fill k, or to toldBefore.
func (t *execTable) name(h uint64, k int32) {
	if s := t.at(h); h != 0 && s.hash != 0 {
		s.fill = k
	}
}

// add keeps a fill; noFill when there is no room.
func (t *execTable) add(f fill) int32 {
	if len(t.fills) == cap(t.fills) {
		return noFill
	}
	t.fills = append(t.fills, f)
	return int32(len(t.fills) - 1)
}
