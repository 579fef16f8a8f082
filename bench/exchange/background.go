package exchange

import "slipstream/internal/market"

// amendBackground applies a Cancel or Replace of owner 0. Qty of a Replace is the
// new open quantity: no executed quantity is kept for the background.
func (m *Matcher) amendBackground(q *Request) (uint64, Reason) {
	switch q.Kind {
	case KindCancel:
		if !m.Delete(q.OrderID) {
			return 0, ReasonUnknownOrder
		}
		return q.OrderID, ReasonNone
	case KindReplace:
		i := m.refs.get(q.OrderID)
		if i == nilIdx || m.orders[i].own != nilIdx {
			return 0, ReasonUnknownOrder
		}
		id := market.InstrumentID(m.orders[i].inst)
		if why := m.refusal(id); why != ReasonNone {
			return 0, why
		}
		price, ok := m.limitPrice(q, id)
		switch {
		case q.Type != OrdLimit || q.TIF != Day:
			return 0, ReasonUnsupported
		case !m.goodQty(q, id):
			return 0, ReasonBadQty
		case !ok:
			return 0, ReasonBadPrice
		case q.PostOnly && m.crosses(m.orders[i].inst, m.orders[i].side, price):
			return 0, ReasonPostOnly
		}
		return m.Replace(q.OrderID, price, uint32(q.Qty))
	}
	return 0, ReasonUnsupported
}

// backgroundSlot is the resting background order of a reference, and the start of
// an event on it.
func (m *Matcher) backgroundSlot(ref uint64) int32 {
	i := m.refs.get(ref)
	if i == nilIdx || m.orders[i].own != nilIdx {
		return nilIdx
	}
	m.count.Events++
	m.begin(m.orders[i].inst)
	return i
}

// Limit enters a background limit order, price in 1e-4; it trades, and its rest
// rests when tif is Day. It returns the order's reference.
func (m *Matcher) Limit(id market.InstrumentID, side market.Side, price, qty uint32, tif TIF) (uint64, Reason) {
	return m.limit(id, side, price, qty, tif, [4]byte{})
}

// LimitMPID is Limit with an attribution: the rest is published as F.
func (m *Matcher) LimitMPID(id market.InstrumentID, side market.Side, price, qty uint32, mpid [4]byte) (uint64, Reason) {
	return m.limit(id, side, price, qty, Day, mpid)
}

func (m *Matcher) limit(id market.InstrumentID, side market.Side, price, qty uint32, tif TIF, mpid [4]byte) (uint64, Reason) {
	return m.Do(&Request{Kind: KindNew, Side: side, Type: OrdLimit, TIF: tif, Instrument: id,
		Qty: market.Qty(qty), Price: priceOf(price), MPID: mpid})
}

// Market enters a background market order.
func (m *Matcher) Market(id market.InstrumentID, side market.Side, qty uint32) Reason {
	_, why := m.Do(&Request{Kind: KindNew, Side: side, Type: OrdMarket, Instrument: id, Qty: market.Qty(qty)})
	return why
}

// Delete cancels a background order; false when it does not rest.
func (m *Matcher) Delete(ref uint64) bool {
	i := m.backgroundSlot(ref)
	if i == nilIdx {
		return false
	}
	m.emitDelete(m.orders[i].inst, ref)
	m.remove(i)
	m.noteTouch()
	return true
}

// Reduce cancels by shares of a background order, all of it when by is its
// quantity or more; false when it does not rest. It keeps its priority.
func (m *Matcher) Reduce(ref uint64, by uint32) bool {
	i := m.backgroundSlot(ref)
	if i == nilIdx {
		return false
	}
	m.shrink(i, by)
	m.noteTouch()
	return true
}

// shrink publishes and applies a partial or whole cancel.
func (m *Matcher) shrink(i int32, by uint32) {
	o := &m.orders[i]
	switch {
	case by == 0:
	case by >= o.qty:
		m.emitDelete(o.inst, o.ref)
		m.remove(i)
	default:
		m.emitCancel(o.inst, o.ref, by)
		m.reduce(i, by)
	}
}

// Replace gives a background order a price (1e-4) and an open quantity, with the
// priority rules of any replace. It returns the reference, which is a new one
// unless priority was kept.
func (m *Matcher) Replace(ref uint64, price, qty uint32) (uint64, Reason) {
	i := m.backgroundSlot(ref)
	if i == nilIdx {
		return 0, ReasonUnknownOrder
	}
	o := &m.orders[i]
	if why := m.refusal(market.InstrumentID(o.inst)); why != ReasonNone {
		return 0, why
	}
	defer m.noteTouch()
	if price == o.price && qty < o.qty {
		m.shrink(i, o.qty-qty)
		return ref, ReasonNone
	}
	if !m.roomToMove(i, price) {
		return 0, ReasonFull
	}
	inst, side := o.inst, o.side
	newRef := m.takeRef()
	if !m.crosses(inst, side, price) {
		m.emitReplace(inst, ref, newRef, price, qty)
		m.remove(i)
		m.rest(newRef, inst, side, price, qty, nilIdx)
		return newRef, ReasonNone
	}
	m.emitDelete(inst, ref)
	m.remove(i)
	t := taker{ref: newRef, qty: qty, price: price, own: nilIdx, inst: inst, side: side,
		limitKey: keyOf(side.Opposite(), price)}
	m.cross(&t)
	m.settle(&t, ReasonNone, [4]byte{})
	return newRef, ReasonNone
}
