package book

import (
	"math/bits"

	"slipstream/internal/market"
)

// A ladder is the sorted list of a side's price levels: entries key<<32 | level,
// ascending, the best one last, so that work near the touch moves few bytes. The
// key is the price for bids and its complement for asks: one order for both.
type ladder struct {
	off  uint32 // region in Books.rungs
	n    uint32
	mask uint32 // 0 for bids, ^0 for asks
	size uint32 // entries of the region, 0 or a power of two from minRegion
}

func (l *ladder) key(price uint32) uint32 { return price ^ l.mask }
func (l *ladder) price(key uint32) uint32 { return key ^ l.mask }

const (
	minRegion    = 16
	regionShift  = 4
	regionSizes  = 28 // minRegion << 27 is beyond limitLevels
	noRegion     = ^uint32(0)
	linearSearch = 12 // rungs from the best searched one by one
)

// seek gives where key is, or would be inserted.
func (bs *Books) seek(l *ladder, key uint32) (pos uint32, found bool) {
	r := bs.rungs[l.off : l.off+l.n]
	lo, hi := 0, len(r)
	for stop := max(0, hi-linearSearch); hi > stop; hi-- {
		k := uint32(r[hi-1] >> 32)
		if k <= key {
			if k == key {
				return uint32(hi - 1), true
			}
			return uint32(hi), false
		}
	}
	for lo < hi {
		mid := (lo + hi) >> 1
		if uint32(r[mid]>>32) < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return uint32(lo), lo < len(r) && uint32(r[lo]>>32) == key
}

// insertRung makes room at pos; false when the region cannot grow.
func (bs *Books) insertRung(l *ladder, pos, key, level uint32) bool {
	if l.n == l.size && !bs.growLadder(l) {
		return false
	}
	r := bs.rungs[l.off : l.off+l.n+1]
	copy(r[pos+1:], r[pos:])
	r[pos] = uint64(key)<<32 | uint64(level)
	l.n++
	return true
}

func (bs *Books) removeRung(l *ladder, pos uint32) {
	r := bs.rungs[l.off : l.off+l.n]
	copy(r[pos:], r[pos+1:])
	l.n--
}

// best is the level at the touch, 0 for an empty side.
func (bs *Books) best(l *ladder) uint32 {
	if l.n == 0 {
		return 0
	}
	return uint32(bs.rungs[l.off+l.n-1])
}

// growLadder moves a ladder to a region of twice the size.
func (bs *Books) growLadder(l *ladder) bool {
	size := max(minRegion, 2*l.size)
	off := bs.takeRegion(size)
	if off == noRegion {
		return false
	}
	copy(bs.rungs[off:off+l.n], bs.rungs[l.off:l.off+l.n])
	if l.size != 0 {
		bs.giveRegion(l.off, l.size)
	}
	l.off, l.size = off, size
	return true
}

func regionClass(size uint32) int { return bits.TrailingZeros32(size) - regionShift }

// takeRegion gives a free region, off the unused end of the slab, or half of a
// larger one.
func (bs *Books) takeRegion(size uint32) uint32 {
	c := regionClass(size)
	if c >= regionSizes {
		return noRegion
	}
	if off := bs.regions[c]; off != noRegion {
		bs.regions[c] = uint32(bs.rungs[off])
		return off
	}
	if uint64(bs.rungTop)+uint64(size) <= uint64(len(bs.rungs)) {
		off := bs.rungTop
		bs.rungTop += size
		return off
	}
	for up := c + 1; up < regionSizes; up++ {
		off := bs.regions[up]
		if off == noRegion {
			continue
		}
		bs.regions[up] = uint32(bs.rungs[off])
		for up--; up >= c; up-- {
			bs.giveRegion(off+minRegion<<up, minRegion<<up)
		}
		return off
	}
	return noRegion
}

// giveRegion frees a region; its first entry links the free ones of its size.
func (bs *Books) giveRegion(off, size uint32) {
	c := regionClass(size)
	bs.rungs[off] = uint64(bs.regions[c])
	bs.regions[c] = off
}

// rungCount is enough for MaxLevels levels in regions that are at least half full
// or smallest, and as much again for regions left behind by growth.
func rungCount(levels, instruments int) int { return 4*levels + 4*minRegion*instruments }

// sideIndex is 0 for market.Buy and 1 for market.Sell.
func sideIndex(s market.Side) int { return int(s-market.Buy) & 1 }
