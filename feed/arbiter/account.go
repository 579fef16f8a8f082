package arbiter

import (
	"math/bits"

	"slipstream/internal/market"
)

// window is how far a line may be ahead of what is settled, in messages.
const window = 1 << 16

// account finds what one line missed and the other gave. Bit s%window of a line says
// that it gave message s, low <= s < low+window. What both lines have been past for
// a while is settled: compared, counted, cleared. A reordered packet thus counts as
// missed only when it comes too late to matter.
type account struct {
	bits   [2][window / 64]uint64
	low    uint64 // everything below is settled
	high   [2]uint64
	seen   [2]bool
	inRun  [2]bool // the last message that either gave was missed by this line
	mark   uint64  // both lines were past it at markAt
	markAt market.Nanos

	gaps, missed [2]uint64
}

func (c *account) reset(start uint64) {
	gaps, missed := c.gaps, c.missed
	*c = account{low: start, mark: start, gaps: gaps, missed: missed}
	c.high = [2]uint64{start, start}
}

// see notes that a line gave messages seq..end-1, and is past them.
func (c *account) see(line int, seq, end uint64) {
	if end > c.low+window {
		c.settle(end - window)
	}
	c.seen[line] = true
	c.high[line] = max(c.high[line], end)
	for s := max(seq, c.low); s < end; {
		n := min(64-s%64, end-s)
		c.bits[line][s%window/64] |= (^uint64(0) >> (64 - n)) << (s % 64)
		s += n
	}
}

// tick settles what both lines were past at the last mark, wait ago or longer.
func (c *account) tick(now, wait market.Nanos) {
	if now-c.markAt < wait {
		return
	}
	c.settle(c.mark)
	c.markAt = now
	if c.seen[0] && c.seen[1] {
		c.mark = min(c.high[0], c.high[1])
	}
}

// settle judges low..to-1.
func (c *account) settle(to uint64) {
	for end := min(to, c.low+window); c.low < end; {
		at, sh := c.low%window/64, c.low%64
		n := min(64-sh, end-c.low)
		mask := (^uint64(0) >> (64 - n)) << sh
		a, b := c.bits[0][at]&mask, c.bits[1][at]&mask
		c.bits[0][at] &^= mask
		c.bits[1][at] &^= mask
		c.low += n
		if a == mask && b == mask {
			c.inRun = [2]bool{}
			continue
		}
		c.compare(a, b)
	}
	c.low = max(c.low, to)
}

// compare counts the runs of a word that one line gave and the other did not.
func (c *account) compare(a, b uint64) {
	for either := a | b; either != 0; either &= either - 1 {
		bit := uint64(1) << bits.TrailingZeros64(either)
		for line, has := range [2]bool{a&bit != 0, b&bit != 0} {
			if has || !c.seen[line] {
				c.inRun[line] = false
				continue
			}
			if !c.inRun[line] {
				c.inRun[line] = true
				c.gaps[line]++
			}
			c.missed[line]++
		}
	}
}
