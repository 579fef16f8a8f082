package engine

import (
	"testing"

	"pgregory.net/rapid"

	"slipstream/fix"
	"slipstream/fix/venue"
)

// TestChildTable holds the table against a plain map over random lives: every open
// child is found by each of its names, no two share a name, and a full table says so.
func TestChildTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		capacity := rapid.IntRange(1, 9).Draw(rt, "capacity")
		tab := newChildTable(capacity)
		tab.last = venue.ChildIDBase(3)
		open := map[venue.ChildID]int32{} // name -> index
		used := map[venue.ChildID]bool{}
		live := []int32{}
		for range rapid.IntRange(1, 200).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0, 1:
				if tab.full() {
					if len(live) < capacity {
						rt.Fatalf("full with %d of %d open", len(live), capacity)
					}
					continue
				}
				c, i := tab.take(tab.nextID())
				if used[c.id] {
					rt.Fatalf("identifier %d given twice", c.id)
				}
				used[c.id] = true
				c.state = childLive
				open[c.id] = i
				live = append(live, i)
			case 2: // a replace that is accepted
				if len(live) == 0 {
					continue
				}
				i := live[rapid.IntRange(0, len(live)-1).Draw(rt, "at")]
				id := tab.nextID()
				if id == 0 || used[id] {
					rt.Fatalf("nextID gave %d", id)
				}
				used[id] = true
				tab.alias(id, i)
				c := &tab.slab[i]
				delete(open, c.oldID)
				c.oldID, c.id = c.id, id
				open[c.id] = i
				delete(open, c.oldID) // may or may not be found: a later name can take its slot
			case 3:
				if len(live) == 0 {
					continue
				}
				k := rapid.IntRange(0, len(live)-1).Draw(rt, "at")
				i := live[k]
				delete(open, tab.slab[i].id)
				tab.slab[i].state = childClosed
				tab.release(i)
				live = append(live[:k], live[k+1:]...)
			}
			for id, i := range open {
				if got := tab.find(id); got != i {
					rt.Fatalf("child %d: found at %d, is at %d", id, got, i)
				}
			}
		}
		if tab.find(0) != -1 || tab.find(venue.ChildIDBase(9)+1) != -1 {
			rt.Fatal("found what was never given")
		}
	})
}

func TestClOrdTable(t *testing.T) {
	tab := newClOrdTable(64)
	name := func(i int) fix.ClOrdID {
		return clOrdID(string(rune('a'+i%26)) + string(rune('0'+i/26)))
	}
	for i := 0; tab.room(1); i++ {
		id := name(i)
		if _, known := tab.find(uint8(i%3), &id); known {
			t.Fatalf("%s is known before it was added", id)
		}
		tab.add(uint8(i%3), &id, int32(i))
	}
	for i := range 64 {
		id := name(i)
		if p, known := tab.find(uint8(i%3), &id); !known || p != int32(i) {
			t.Errorf("%s of desk %d: parent %d, known %v", id, i%3, p, known)
		}
		if _, known := tab.find(uint8(i%3)+10, &id); known {
			t.Errorf("%s is known to another desk", id)
		}
	}
}

func TestExecTableCountsOnceAndSaysWhenItIsFull(t *testing.T) {
	s := newExecTable(4)
	for _, c := range []struct {
		h           uint64
		fresh, full bool
	}{{0, true, false}, {0, false, false}, {5, true, false}, {5, false, false}, {6, true, false}, {7, true, false}, {8, true, true}, {5, false, false}} {
		if fresh, full := s.insert(c.h); fresh != c.fresh || full != c.full {
			t.Errorf("insert %d: fresh %v full %v, want %v %v", c.h, fresh, full, c.fresh, c.full)
		}
	}
}
