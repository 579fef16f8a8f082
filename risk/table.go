package risk

import "math/bits"

// table maps a non-zero uint64 key to a slot by open addressing. Fixed size, at
// most half full, deletion by backward shift: no tombstones, no allocation.
type table struct {
	keys  []uint64 // 0 = empty
	slots []int32
	shift uint8
	mask  uint64
}

// newTable has room for n keys, n >= 1.
func newTable(n int) table {
	size := 1 << bits.Len(uint(2*n-1)) // power of two >= 2n
	return table{
		keys:  make([]uint64, size),
		slots: make([]int32, size),
		shift: uint8(64 - bits.TrailingZeros(uint(size))),
		mask:  uint64(size - 1),
	}
}

// home is where key's probe sequence starts (Fibonacci hashing).
func (t *table) home(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 >> t.shift }

// get is the slot of key, or -1.
func (t *table) get(key uint64) int32 {
	if key == 0 {
		return -1
	}
	for i := t.home(key); ; i = (i + 1) & t.mask {
		switch t.keys[i&t.mask] {
		case key:
			return t.slots[i&t.mask]
		case 0:
			return -1
		}
	}
}

// put adds key, which must be non-zero and absent; the owner bounds their number.
func (t *table) put(key uint64, slot int32) {
	i := t.home(key)
	for t.keys[i] != 0 {
		i = (i + 1) & t.mask
	}
	t.keys[i], t.slots[i] = key, slot
}

// del removes key if it is there.
func (t *table) del(key uint64) {
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
		// The key at j may move to the hole at i unless its home lies in (i, j].
		if (j-t.home(t.keys[j]))&t.mask >= (j-i)&t.mask {
			t.keys[i], t.slots[i] = t.keys[j], t.slots[j]
			i = j
		}
	}
	t.keys[i] = 0
}
