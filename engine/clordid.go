package engine

import "slipstream/fix"

// clOrdTable maps (desk, ClOrdID) to a parent: open addressing, fixed capacity,
// never deleted from during the day, so a duplicate is found as long as it runs.
type clOrdTable struct {
	keys   []clOrdKey
	mask   uint64
	n, max int
}

type clOrdKey struct {
	id     fix.ClOrdID
	desk   uint8
	used   bool
	parent int32 // index in the slab
}

func newClOrdTable(capacity int) clOrdTable {
	size := 1
	for size < 2*capacity {
		size *= 2
	}
	return clOrdTable{keys: make([]clOrdKey, size), mask: uint64(size - 1), max: capacity}
}

// hashBytes is FNV-1a with a final mix; fixed, because it decides nothing but place.
func hashBytes(b []byte, seed uint64) uint64 {
	h := 14695981039346656037 ^ seed
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 32
	return h
}

func (t *clOrdTable) find(desk uint8, id *fix.ClOrdID) (int32, bool) {
	for i := hashBytes(id.Bytes(), uint64(desk)) & t.mask; t.keys[i].used; i = (i + 1) & t.mask {
		k := &t.keys[i]
		if k.desk == desk && k.id == *id {
			return k.parent, true
		}
	}
	return -1, false
}

// room reports whether n more identifiers fit.
func (t *clOrdTable) room(n int) bool { return t.n+n <= t.max }

// add must follow a find that said no, and room.
func (t *clOrdTable) add(desk uint8, id *fix.ClOrdID, parent int32) {
	i := hashBytes(id.Bytes(), uint64(desk)) & t.mask
	for t.keys[i].used {
		i = (i + 1) & t.mask
	}
	t.keys[i] = clOrdKey{id: *id, desk: desk, used: true, parent: parent}
	t.n++
}
