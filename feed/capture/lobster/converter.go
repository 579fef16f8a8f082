package lobster

import "slipstream/feed/itch"

// Times of the regular session, ns since midnight.
const (
	marketOpen  = 34_200 * 1_000_000_000
	marketClose = 57_600 * 1_000_000_000
)

// Stats is what an import did.
type Stats struct {
	Rows          int    `json:"rows"`
	Messages      int    `json:"messages"`       // ITCH messages written
	Synthetic     int    `json:"synthetic"`      // of them synthetic: adds, cancels and deletes
	SyntheticAdds int    `json:"synthetic_adds"` // of them adds
	LevelChanges  int    `json:"level_changes"`  // levels that differed from the book file after a row's own message
	SeedLevels    int    `json:"seed_levels"`    // of them at row 1, where the book starts empty
	Unknown       int    `json:"unknown"`        // events of an order that the day did not add, or that a sync removed
	VisibleShares uint64 `json:"visible_shares"` // executed, E
	HiddenShares  uint64 `json:"hidden_shares"`  // executed, P
	CrossShares   uint64 `json:"cross_shares"`   // crossed, Q
}

// converter turns rows into messages. It owns the book that the messages build.
type converter struct {
	info  Info
	last  map[uint64]int32 // order id: the last row that names it
	book  ladder
	prev  bookRow // the book file's row before
	out   emitter
	stats Stats
	open  bool // S 'Q' is out
}

func newConverter(info Info, last map[uint64]int32) *converter {
	c := &converter{info: info, last: last, book: newLadder()}
	c.out.stock = info.Symbol
	c.out.stats = &c.stats
	return c
}

// preamble writes what comes before row 1.
func (c *converter) preamble(firstNanos uint64) {
	c.out.begin(0, min(c.info.Start, firstNanos))
	c.out.system(itch.EventStartOfMessages)
	c.out.directory()
	c.out.state(itch.StateTrading)
	c.out.system(itch.EventStartOfSystemHours)
}

// row writes the messages of a row: its event, then the sync with the book file.
func (c *converter) row(row int, e *event, want *bookRow) error {
	c.out.begin(row, e.nanos)
	if !c.open && e.nanos >= marketOpen {
		c.open = true
		c.out.at(row, marketOpen)
		c.out.system(itch.EventStartOfMarketHours)
		c.out.at(row, e.nanos)
	}
	c.stats.Rows = row
	if err := c.apply(row, e); err != nil {
		return err
	}
	if err := c.sync(row, want); err != nil {
		return err
	}
	for s := range want.level {
		c.prev.level[s] = append(c.prev.level[s][:0], want.level[s]...)
	}
	return nil
}

// finish writes what comes after the last row.
func (c *converter) finish(row int, lastNanos uint64) {
	c.out.begin(row, max(c.info.End, lastNanos))
	if c.open && c.info.End >= marketClose {
		c.out.system(itch.EventEndOfMarketHours)
	}
	c.out.system(itch.EventEndOfMessages)
}

// apply writes the row's own messages.
func (c *converter) apply(row int, e *event) error {
	switch e.typ {
	case typeAdd:
		return c.add(e)
	case typeCancel, typeDelete:
		return c.remove(row, e)
	case typeExecute:
		return c.execute(row, e)
	case typeHidden:
		c.out.trade(e.side, e.price, e.size)
	case typeCross:
		c.out.cross(crossType(e.nanos), e.price, e.size)
	case typeHalt:
		c.out.state([3]byte{itch.StateHalted, itch.StateQuoteOnly, itch.StateTrading}[e.halt+1])
	}
	return nil
}

// crossType is a guess by the time of day: LOBSTER does not tell the kind of a cross.
func crossType(nanos uint64) byte {
	switch {
	case nanos >= marketClose:
		return 'C'
	case nanos < marketOpen+60*1_000_000_000:
		return 'O'
	}
	return 'H'
}

func (c *converter) add(e *event) error {
	if _, ok := c.book.byRef[e.id]; ok {
		return inconsistent("order %d is added twice", e.id)
	}
	c.out.add(e.side, e.id, e.price, e.size)
	c.book.add(e.side, e.id, e.price, e.size, int(c.last[e.id]))
	return nil
}

// known finds the order an event names; ok is false when the book does not have it.
func (c *converter) known(e *event) (slot int32, ok bool, err error) {
	slot, ok = c.book.byRef[e.id]
	if !ok {
		c.stats.Unknown++
		return none, false, nil
	}
	if o := &c.book.orders[slot]; o.price != e.price || o.side != e.side {
		return none, false, inconsistent("order %d is a %s at %d, the row says %s at %d", e.id, o.side, o.price, e.side, e.price)
	}
	return slot, true, nil
}

// remove handles types 2 and 3. For an order that is not known its stand-ins lose
// the quantity, as far as there are any; the sync sees to the rest.
func (c *converter) remove(row int, e *event) error {
	slot, ok, err := c.known(e)
	if err != nil {
		return err
	}
	if ok {
		qty := c.book.orders[slot].qty
		if e.typ == typeCancel {
			qty = min(qty, e.size)
		}
		c.drop(slot, qty, false)
		return nil
	}
	for left := e.size; left > 0; {
		slot := c.book.standIn(e.side, e.price, row)
		if slot == none {
			return nil
		}
		n := min(left, c.book.orders[slot].qty)
		c.drop(slot, n, false)
		left -= n
	}
	return nil
}

// execute handles type 4: every share prints as an E, of the order, of its stand-ins,
// or of a synthetic order added for it.
func (c *converter) execute(row int, e *event) error {
	slot, ok, err := c.known(e)
	if err != nil {
		return err
	}
	left := e.size
	if ok {
		n := min(left, c.book.orders[slot].qty)
		c.fill(slot, n)
		left -= n
	}
	for left > 0 {
		slot := c.book.standIn(e.side, e.price, row)
		if slot == none {
			slot = c.invent(e.side, e.price, left)
		}
		n := min(left, c.book.orders[slot].qty)
		c.fill(slot, n)
		left -= n
	}
	return nil
}

func (c *converter) fill(slot int32, qty uint32) {
	c.out.execute(c.book.orders[slot].ref, qty)
	c.book.reduce(slot, qty)
}

// drop takes qty off an order with D or X.
func (c *converter) drop(slot int32, qty uint32, synthetic bool) {
	ref := c.book.orders[slot].ref
	if c.book.reduce(slot, qty) {
		c.out.delete(ref, synthetic)
		return
	}
	c.out.cancel(ref, qty, synthetic)
}

// invent adds a synthetic order.
func (c *converter) invent(s side, price, qty uint32) int32 {
	ref := c.out.addSynthetic(s, price, qty)
	return c.book.add(s, ref, price, qty, 0)
}
