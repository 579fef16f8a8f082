package lobster

import "math"

// sync makes the window of the book equal the book file's row. What is too much goes
// first, on both sides, so that the book is never crossed by the sync itself.
func (c *converter) sync(row int, want *bookRow) error {
	before := c.stats.LevelChanges
	for s := buy; s <= sell; s++ {
		if !c.inSync(s, want.level[s]) {
			c.trim(row, s, want)
		}
	}
	for s := buy; s <= sell; s++ {
		for _, l := range want.level[s] {
			short := l.qty - c.book.qty(s, l.price)
			if short <= 0 {
				continue
			}
			if short > math.MaxUint32 {
				return badRow("the %s level at %d has size %d: more than one order carries", s, l.price, l.qty)
			}
			c.invent(s, l.price, uint32(short))
			c.stats.LevelChanges++
		}
	}
	if row == 1 {
		c.stats.SeedLevels = c.stats.LevelChanges - before
	}
	return nil
}

// inSync reports whether the window shows what it should: nearly always.
func (c *converter) inSync(s side, want []priceLevel) bool {
	r := c.book.rungs[s]
	if len(r) < len(want) || (len(want) < c.info.Levels && len(r) != len(want)) {
		return false
	}
	for i, l := range want {
		if have := &r[len(r)-1-i]; have.price != l.price || have.qty != l.qty {
			return false
		}
	}
	return true
}

// trim takes off what a side has too much. When the row shows fewer than N levels it
// shows the side whole, and nothing may lie deeper.
func (c *converter) trim(row int, s side, want *bookRow) {
	levels := want.level[s]
	whole := len(levels) < c.info.Levels
	j := 0
	for i := len(c.book.rungs[s]) - 1; i >= 0; i-- {
		have := c.book.rungs[s][i]
		for j < len(levels) && key(s, levels[j].price) > key(s, have.price) {
			j++
		}
		excess := have.qty
		switch {
		case j == len(levels) && !whole:
			return
		case j < len(levels) && levels[j].price == have.price:
			excess -= levels[j].qty
		}
		if excess > 0 {
			c.stats.LevelChanges++
			c.shrink(row, s, have.price, excess)
		}
	}
}

// shrink takes excess off a level.
func (c *converter) shrink(row int, s side, price uint32, excess int64) {
	hidden := !c.prev.shows(s, price)
	for excess > 0 {
		slot := c.book.victim(s, price, row, hidden)
		n := min(excess, int64(c.book.orders[slot].qty))
		c.drop(slot, uint32(n), true)
		excess -= n
	}
}
