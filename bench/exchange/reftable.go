package exchange

import "math/bits"

// refTable maps a non-zero 64-bit reference to a slot. Open addressing with
// linear probing and backward-shift deletion; never more than half full.
//
// spread chooses the hash: 1 keeps references that are handed out in order next
// to one another (a burst of orders shares cache lines); any other odd number
// scatters opaque ones.
type refTable struct {
	keys   []uint64 // 0 = empty
	vals   []int32
	mask   uint64
	spread uint64
	shift  uint8
}

func newRefTable(capacity int, spread uint64) refTable {
	n := uint64(4)
	for n < 2*uint64(capacity) {
		n *= 2
	}
	t := refTable{keys: make([]uint64, n), vals: make([]int32, n), mask: n - 1, spread: spread}
	if spread != 1 {
		t.shift = uint8(64 - bits.Len64(n-1))
	}
	return t
}

func (t *refTable) home(key uint64) uint64 { return key * t.spread >> t.shift & t.mask }

// get is the slot of key, -1 when there is none.
func (t *refTable) get(key uint64) int32 {
	if key == 0 {
		return -1
	}
	for i := t.home(key); ; i = (i + 1) & t.mask {
		switch t.keys[i] {
		case key:
			return t.vals[i]
		case 0:
			return -1
		}
	}
}

// put adds a key that is not in the table. The caller bounds the number of keys.
func (t *refTable) put(key uint64, val int32) {
	i := t.home(key)
	for t.keys[i] != 0 {
		i = (i + 1) & t.mask
	}
	t.keys[i], t.vals[i] = key, val
}

// del removes key if it is there, and moves up what its probe chain had pushed on.
func (t *refTable) del(key uint64) {
	if key == 0 {
		return
	}
	i := t.home(key)
	for t.keys[i] != key {
		if t.keys[i] == 0 {
			return
		}
		i = (i + 1) & t.mask
	}
	for j := (i + 1) & t.mask; t.keys[j] != 0; j = (j + 1) & t.mask {
		if (j-t.home(t.keys[j]))&t.mask >= (j-i)&t.mask {
			t.keys[i], t.vals[i] = t.keys[j], t.vals[j]
			i = j
		}
	}
	t.keys[i] = 0
}
