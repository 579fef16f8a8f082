package book

// table maps order references to slots by open addressing with linear probing.
// An entry is tag<<32 | slot, 0 when empty (slot 0 is never used).
//
// References of a day rise by one order after the other, and most orders live for
// milliseconds, so eight neighbouring references hash to one cache line: adds and
// the deletes that follow them stay on lines that are still warm. The tag is the
// block's hash with the place inside the block below it; it gives an entry's home
// without reading the order, which a deletion needs.
type table struct {
	e     []uint64
	mask  uint32
	shift uint8 // 29 - log2(len/8)
}

const blockMask = 7

// newTable makes a table at most half full with n references.
func newTable(n int) table {
	size, bits := 64, uint8(3)
	for size < 2*n {
		size <<= 1
		bits++
	}
	return table{e: newSlab[uint64](size), mask: uint32(size - 1), shift: 29 - bits}
}

func tagOf(ref uint64) uint32 {
	h := (ref >> 3) * 0x9E3779B97F4A7C15 // 2^64 / golden ratio
	return uint32(h>>32)&^blockMask | uint32(ref)&blockMask
}

func (t *table) home(tag uint32) uint32 {
	return (tag>>3)>>t.shift<<3 | tag&blockMask
}

// find gives the entry of ref and its order's slot; slot 0 with the empty entry
// where ref would go when it is not there.
func (bs *Books) find(ref uint64) (at, slot uint32) {
	t := &bs.refs
	tag := tagOf(ref)
	for at = t.home(tag) & t.mask; ; at = (at + 1) & t.mask {
		e := t.e[at]
		if e == 0 {
			return at, 0
		}
		if uint32(e>>32) == tag && bs.orders[uint32(e)].ref == ref {
			return at, uint32(e)
		}
	}
}

// put stores a slot at the empty entry that find gave.
func (t *table) put(at uint32, ref uint64, slot uint32) {
	t.e[at] = uint64(tagOf(ref))<<32 | uint64(slot)
}

// drop empties entry at and closes the hole, so that probes need no tombstones.
func (t *table) drop(at uint32) {
	hole := at
	for {
		at = (at + 1) & t.mask
		e := t.e[at]
		if e == 0 {
			break
		}
		if home := t.home(uint32(e >> 32)); (at-home)&t.mask >= (at-hole)&t.mask {
			t.e[hole] = e
			hole = at
		}
	}
	t.e[hole] = 0
}
