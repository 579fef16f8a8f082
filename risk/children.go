package risk

import "slipstream/internal/market"

// Sent records a message whose bytes are committed to the venue's stream. It
// counts at once, not at the acknowledgement. It records what was sent, allowed or
// not; what it cannot record (no room, unknown parent or order, a quantity or side
// out of range) Check denies, so such a message went past the gate: it halts.
func (g *Gate) Sent(now market.Nanos, o *Order) {
	g.rate.add(now)
	g.lastChild = max(g.lastChild, o.Child)
	switch o.Kind {
	case KindNew:
		g.sentNew(o)
	case KindReplace:
		g.sentReplace(o)
	}
}

func (g *Gate) sentNew(o *Order) {
	ps := g.byParent.get(uint64(o.Parent) + 1)
	in := g.at(o.Instrument)
	if len(g.freeChild) == 0 || ps < 0 || in == nil || (o.Side != market.Buy && o.Side != market.Sell) || o.Child == 0 || g.byChild.get(o.Child) >= 0 || o.Qty <= 0 || o.Qty > MaxQty {
		g.halt(HaltUncheckedSend)
		return
	}
	n := len(g.freeChild) - 1
	s := g.freeChild[n]
	g.freeChild = g.freeChild[:n]
	g.byChild.put(o.Child, s)
	c := &g.children[s]
	*c = child{id: o.Child, qty: o.Qty, sent: o.Qty, price: o.Price, parent: ps, instrument: o.Instrument, side: o.Side}
	g.parents[ps].live++
	g.expose(c, o.Qty)
}

func (g *Gate) sentReplace(o *Order) {
	s := g.byChild.get(o.OrigChild)
	if s < 0 || g.children[s].pendID != 0 || o.Child == 0 || g.byChild.get(o.Child) >= 0 || o.Qty <= 0 || o.Qty > MaxQty {
		g.halt(HaltUncheckedSend)
		return
	}
	c := &g.children[s]
	before := c.worst()
	c.pendID, c.pendQty, c.pendPrice = o.Child, o.Qty, o.Price
	g.byChild.put(o.Child, s)
	g.expose(c, c.worst()-before)
}

// Filled counts a fill of qty shares at px against the order that child names
// (itself or its pending replace). False means the gate does not know the order:
// it has halted, and the caller owes a FilledUnknown so that the position counts.
// A fill of more than is open, or worse than the limit price, is counted and halts.
func (g *Gate) Filled(childID uint64, qty market.Qty, px market.Price) bool {
	c := g.child(childID)
	if c == nil {
		g.halt(HaltUnknownFill)
		return false
	}
	if qty <= 0 || px < 0 {
		g.halt(HaltBadFill)
		return true
	}
	if qty > c.worst() {
		g.halt(HaltOverfill)
	}
	if !c.allows(px) {
		g.halt(HaltFillPrice)
	}
	before := c.worst()
	c.cum = addSat(c.cum, qty)
	g.expose(c, c.worst()-before)
	p := &g.parents[c.parent]
	p.cum = addSat(p.cum, qty)
	g.move(c.instrument, c.side, qty)
	return true
}

// allows reports whether px is no worse than the loosest price the order may have.
func (c *child) allows(px market.Price) bool {
	if c.price == 0 || (c.pendID != 0 && c.pendPrice == 0) {
		return true
	}
	worst := c.price
	if c.side == market.Buy {
		if c.pendID != 0 {
			worst = max(worst, c.pendPrice)
		}
		return px <= worst
	}
	if c.pendID != 0 {
		worst = min(worst, c.pendPrice)
	}
	return px >= worst
}

// FilledUnknown counts a fill of an order the gate does not know into the
// position, and halts the gate (C26): an order nobody accounts for is at the venue.
func (g *Gate) FilledUnknown(id market.InstrumentID, s market.Side, qty market.Qty) {
	g.halt(HaltUnknownFill)
	if qty > 0 {
		g.move(id, s, qty)
	}
}

// FilledClosed counts a fill of an order that had ended already: the venue reported its
// end first. It counts into the parent that the order was of, while the gate knows that
// one, and into the position. More than the parent's quantity then halts.
func (g *Gate) FilledClosed(parentID uint32, id market.InstrumentID, s market.Side, qty market.Qty) {
	if qty <= 0 {
		g.halt(HaltBadFill)
		return
	}
	g.move(id, s, qty)
	if p := g.parent(parentID); p != nil {
		if p.cum = addSat(p.cum, qty); p.cum+p.open > p.terms.Qty {
			g.halt(HaltOverfill)
		}
	}
}

// Busted takes back qty shares of a trade that was counted: the venue canceled the trade,
// or lowered it. The order that child names may have ended since; what is open of one
// that has not grows by as much, until Restated. More than was filled halts.
func (g *Gate) Busted(childID uint64, parentID uint32, id market.InstrumentID, s market.Side, qty market.Qty) {
	if qty <= 0 {
		g.halt(HaltBadFill)
		return
	}
	g.move(id, s, -qty)
	if c := g.child(childID); c != nil {
		if qty > c.cum {
			g.halt(HaltBadFill)
		}
		before := c.worst()
		c.cum = max(0, c.cum-qty)
		g.expose(c, c.worst()-before)
	}
	if p := g.parent(parentID); p != nil {
		if qty > p.cum {
			g.halt(HaltBadFill)
		}
		p.cum = max(0, p.cum-qty)
	}
}

// Restated gives an open order the quantity that the venue says it works, filled shares
// included: not less than is filled, and never more than was sent.
func (g *Gate) Restated(childID uint64, qty market.Qty) {
	if c := g.child(childID); c != nil {
		before := c.worst()
		c.qty = min(max(qty, c.cum), max(c.sent, c.qty))
		g.expose(c, c.worst()-before)
	}
}

// Reopened counts an order again that had ended and works on after a bust: Qty is its
// whole quantity, of which cum is filled already and counted. An order that cannot be
// counted halts.
func (g *Gate) Reopened(o *Order, cum market.Qty) {
	g.sentNew(o)
	if c := g.child(o.Child); c != nil {
		before := c.worst()
		c.cum = min(max(cum, 0), c.qty)
		g.expose(c, c.worst()-before)
	}
}

// AdjustPosition adds a signed quantity to the filled position: the position at the
// start of the day.
func (g *Gate) AdjustPosition(id market.InstrumentID, delta market.Qty) {
	if in := g.at(id); in != nil {
		in.position = addSat(in.position, delta)
	}
}

// Replaced says that the venue accepted the replace child of the order orig: from
// now on the order is child, with the new quantity and price. False means the gate
// does not know this pending replace; an order it does not know is live, so it halts.
func (g *Gate) Replaced(orig, childID uint64) bool {
	c := g.child(orig)
	if c == nil || childID == 0 || c.pendID != childID {
		g.halt(HaltUnknownReplaced)
		return false
	}
	before := c.worst()
	g.byChild.del(c.id)
	c.id, c.qty, c.sent, c.price = c.pendID, c.pendQty, c.pendQty, c.pendPrice
	c.pendID, c.pendQty, c.pendPrice = 0, 0, 0
	g.expose(c, c.worst()-before)
	return true
}

// ReplaceRejected says that the venue refused the replace child of the order orig,
// which stays as it was. False means no such replace is pending; nothing changes.
func (g *Gate) ReplaceRejected(orig, childID uint64) bool {
	c := g.child(orig)
	if c == nil || childID == 0 || c.pendID != childID {
		return false
	}
	before := c.worst()
	g.byChild.del(c.pendID)
	c.pendID, c.pendQty, c.pendPrice = 0, 0, 0
	g.expose(c, c.worst()-before)
	return true
}

// Closed says that the order child names (itself or its pending replace) is
// terminal: filled, canceled, rejected or expired. A pending replace ends with it.
// False means it is not open; nothing changes.
func (g *Gate) Closed(childID uint64) bool {
	s := g.byChild.get(childID)
	if s < 0 {
		return false
	}
	c := &g.children[s]
	g.expose(c, -c.worst())
	g.byChild.del(c.id)
	g.byChild.del(c.pendID)
	g.freeChild = append(g.freeChild, s)
	g.parents[c.parent].live--
	g.releaseParent(c.parent)
	return true
}

// expose adds delta to the worst-case leaves of the order's instrument and parent.
func (g *Gate) expose(c *child, delta market.Qty) {
	in := &g.instruments[c.instrument]
	if c.side == market.Buy {
		in.openBuys += delta
	} else {
		in.openSells += delta
	}
	g.parents[c.parent].open += delta
}

// move adds a fill to the position.
func (g *Gate) move(id market.InstrumentID, s market.Side, qty market.Qty) {
	if s == market.Sell {
		qty = -qty
	}
	g.AdjustPosition(id, qty)
}

// addSat is a + b, kept within what a position may reach.
func addSat(a, b market.Qty) market.Qty {
	b = min(max(b, -maxPosition), maxPosition)
	return min(max(a+b, -maxPosition), maxPosition)
}
