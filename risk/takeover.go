package risk

import (
	"errors"
	"fmt"
)

// ErrTakeOver is wrapped by every reason why a gate cannot go on with another's count.
var ErrTakeOver = errors.New("risk: the count of the run before cannot be taken over")

// TakeOver makes g, which is new, count what old counts: positions, open orders and
// parents, the times of the last messages, the latches. The limits are g's own. g may have
// more instruments than old, behind old's.
func (g *Gate) TakeOver(old *Gate) error {
	switch {
	case g.Open() != 0 || g.openParents() != 0:
		return fmt.Errorf("%w: this gate is not new", ErrTakeOver)
	case len(g.instruments) < len(old.instruments):
		return fmt.Errorf("%w: it knows %d instruments, this one %d", ErrTakeOver, len(old.instruments), len(g.instruments))
	case old.Open() > len(g.children):
		return fmt.Errorf("%w: %d orders are open, MaxOpenOrders is %d", ErrTakeOver, old.Open(), len(g.children))
	case old.openParents() > len(g.parents):
		return fmt.Errorf("%w: %d parents are open, MaxParents is %d", ErrTakeOver, old.openParents(), len(g.parents))
	}
	for i := range old.instruments {
		in, was := &g.instruments[i], &old.instruments[i]
		in.position, in.openBuys, in.openSells = was.position, was.openBuys, was.openSells
	}
	slots := make([]int32, len(old.parents)) // old slot to new
	for _, s := range old.byParent.used() {
		n := len(g.freeParent) - 1
		slots[s] = g.freeParent[n]
		g.freeParent = g.freeParent[:n]
		p := &g.parents[slots[s]]
		*p = old.parents[s]
		g.byParent.put(uint64(p.id)+1, slots[s])
	}
	for _, s := range old.byChild.used() {
		c := old.children[s]
		if g.byChild.get(c.id) >= 0 {
			continue // the other name of an order with a pending replace
		}
		n := len(g.freeChild) - 1
		slot := g.freeChild[n]
		g.freeChild = g.freeChild[:n]
		c.parent = slots[c.parent]
		g.children[slot] = c
		g.byChild.put(c.id, slot)
		if c.pendID != 0 {
			g.byChild.put(c.pendID, slot)
		}
	}
	g.rate.takeOver(&old.rate)
	g.lastChild = old.lastChild
	g.latch, g.reason = old.latch, old.reason
	return nil
}

func (g *Gate) openParents() int { return len(g.parents) - len(g.freeParent) }

// used lists the slots that keys lead to, each as often as keys do, in the order of the table.
func (t *table) used() (slots []int32) {
	for i, k := range t.keys {
		if k != 0 {
			slots = append(slots, t.slots[i])
		}
	}
	return slots
}

// takeOver repeats the times that old remembers, oldest first. Where r remembers more than
// old did, what is older than old's log is not counted: old's window held no more.
func (r *rate) takeOver(old *rate) {
	n := int(min(old.sent, uint64(len(old.log))))
	for i := n; i > 0; i-- {
		at := old.head - i
		if at < 0 {
			at += len(old.log)
		}
		r.add(old.log[at])
	}
}
