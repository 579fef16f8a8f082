package exchange

import (
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// The methods here replay a historical order stream, in which every execution is
// already decided. Background never trades with background on its own: only
// where own orders stand in the way does the outcome differ from history, and by
// no more than they took. So without own orders the tape is history's, event by
// event (TestLobsterTapeIsHistory).

// AddHistorical enters a historical order: what own orders it would meet, in
// price-time priority, trade with it, and the rest rests at its price.
func (m *Matcher) AddHistorical(id market.InstrumentID, side market.Side, price, qty uint32, mpid [4]byte) (uint64, Reason) {
	m.begin(uint16(id))
	m.count.Events++
	if why := m.judgeHistorical(id, side, price, qty); why != ReasonNone {
		m.count.Dropped++
		return 0, why
	}
	if !m.hasRoom(uint16(id), side, price) {
		m.count.Dropped++
		return 0, ReasonFull
	}
	t := m.historical(id, side.Opposite(), price, qty)
	t.price, t.ref = price, m.takeRef()
	m.takeOwn(&t, nilIdx)
	m.settle(&t, ReasonNone, mpid)
	m.noteTouch()
	return t.ref, ReasonNone
}

// ReplaceHistorical is a historical replace: new reference, new priority.
func (m *Matcher) ReplaceHistorical(ref uint64, price, qty uint32) (uint64, Reason) {
	i := m.backgroundSlot(ref)
	if i == nilIdx || price == 0 || qty == 0 {
		m.count.Dropped++
		return 0, ReasonUnknownOrder
	}
	o := &m.orders[i]
	inst, side := o.inst, o.side
	if !m.roomToMove(i, price) {
		m.count.Dropped++
		return 0, ReasonFull
	}
	t := m.historical(market.InstrumentID(inst), side.Opposite(), price, qty)
	t.price, t.ref = price, m.takeRef()
	if lad := &m.sides[inst][side.Opposite()]; lad.own > 0 && m.crosses(inst, side, price) {
		m.emitDelete(inst, ref)
		m.remove(i)
		m.takeOwn(&t, nilIdx)
		m.settle(&t, ReasonNone, [4]byte{})
	} else {
		m.emitReplace(inst, ref, t.ref, price, qty)
		m.remove(i)
		m.rest(t.ref, inst, side, price, qty, nilIdx)
	}
	m.noteTouch()
	return t.ref, ReasonNone
}

// ExecuteHistorical replays an execution of qty shares of the historical order
// ref, resting on side at price, at execution price px (published as C when it is
// not the order's own). Own orders ahead of it in the queue, or at better prices,
// are filled first, at their prices; as much of the historical order is then
// canceled, for its owner's interest was displaced. What is no longer there,
// because an own order took it, lapses with the aggressor.
func (m *Matcher) ExecuteHistorical(id market.InstrumentID, ref uint64, side market.Side, price, qty, px uint32, printable byte) {
	m.begin(uint16(id))
	if m.judgeHistorical(id, side, price, qty) != ReasonNone {
		m.count.Dropped++
		return
	}
	i := m.refs.get(ref)
	if i != nilIdx && m.orders[i].own != nilIdx {
		i = nilIdx
	}
	m.count.Events++
	t := m.historical(id, side, price, qty)
	m.takeOwn(&t, i)
	taken := qty - t.qty
	m.count.Displaced += uint64(taken)
	if i != nilIdx {
		open := m.orders[i].qty
		if q := min(open, t.qty); q > 0 {
			m.tradeHistorical(&t, i, q, px, printable)
			open -= q
		}
		if open > 0 {
			m.shrink(i, taken)
		}
	}
	m.count.Unfillable += uint64(t.qty)
	m.noteTouch()
}

// tradeHistorical is trade, with a C where history had one.
func (m *Matcher) tradeHistorical(t *taker, i int32, q, px uint32, printable byte) {
	o := &m.orders[i]
	if px == o.price && printable == 'Y' {
		m.trade(t, i, q)
		return
	}
	m.match++
	m.emitExecutedAt(o.inst, o.ref, q, px, printable)
	m.taken[t.inst][t.side] += uint64(q)
	if printable == 'Y' {
		m.noteTrade(o.inst, px, q, false)
	}
	t.qty -= q
	if q == o.qty {
		m.remove(i)
	} else {
		m.reduce(i, q)
	}
}

// PrintHistorical replays an execution against hidden interest resting on side:
// displayed own orders at that price or better come first, the rest is published
// as P.
func (m *Matcher) PrintHistorical(id market.InstrumentID, side market.Side, price, qty uint32) {
	m.begin(uint16(id))
	m.count.Events++
	if m.judgeHistorical(id, side, price, qty) != ReasonNone {
		m.count.Dropped++
		return
	}
	t := m.historical(id, side, price, qty)
	m.takeOwn(&t, nilIdx)
	m.count.Displaced += uint64(qty - t.qty)
	if t.qty > 0 {
		m.match++
		m.emitTrade(uint16(id), side, price, t.qty)
		m.noteTrade(uint16(id), price, t.qty, false)
	}
	m.noteTouch()
}

// CrossHistorical publishes an auction of history as Q. It changes no book; own
// orders take no part in auctions.
func (m *Matcher) CrossHistorical(id market.InstrumentID, price uint32, qty uint64, kind byte) {
	if int(id) >= len(m.state) || !m.open {
		m.count.Dropped++
		return
	}
	m.count.Events++
	m.match++
	msg := itch.CrossTrade{Header: m.header(uint16(id)), Shares: qty, Stock: m.cfg.Instruments[id].Symbol,
		CrossPrice: price, MatchNumber: m.match, CrossType: kind}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) judgeHistorical(id market.InstrumentID, side market.Side, price, qty uint32) Reason {
	switch {
	case int(id) >= len(m.state):
		return ReasonUnknownSymbol
	case !m.open:
		return ReasonClosed
	case side != market.Buy && side != market.Sell:
		return ReasonBadSide
	case price == 0:
		return ReasonBadPrice
	case qty == 0:
		return ReasonBadQty
	}
	return ReasonNone
}

// historical is a taker of the background that hits the resting side up to price.
func (m *Matcher) historical(id market.InstrumentID, resting market.Side, price, qty uint32) taker {
	return taker{qty: qty, own: nilIdx, inst: uint16(id), side: resting.Opposite(), limitKey: keyOf(resting, price)}
}

// takeOwn trades t with own orders alone, in price-time priority, down to its
// limit and, on the level of order stop, only with those ahead of it.
func (m *Matcher) takeOwn(t *taker, stop int32) {
	lad := &m.sides[t.inst][t.side.Opposite()]
	for at := len(lad.rungs) - 1; at >= 0 && lad.own > 0 && t.qty > 0 && lad.rungs[at].key >= t.limitKey; at-- {
		l := lad.rungs[at].lvl
		if m.levels[l].own == 0 {
			continue
		}
		for i := m.levels[l].head; i != nilIdx && i != stop && t.qty > 0; {
			next := m.orders[i].next
			if m.orders[i].own != nilIdx {
				// The level may end with this trade; what is below it keeps its index.
				m.trade(t, i, min(t.qty, m.orders[i].qty))
			}
			i = next
		}
	}
}
