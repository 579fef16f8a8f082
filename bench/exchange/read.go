package exchange

import "slipstream/internal/market"

// Level is one price of one side.
type Level struct {
	Price  uint32 // 1e-4
	Qty    uint64
	Orders uint32
	Own    uint32 // of which with an owner
}

// Levels is the number of price levels of a side.
func (m *Matcher) Levels(id market.InstrumentID, side market.Side) int {
	return len(m.sides[id][side].rungs)
}

// Orders is the number of resting orders of a side, and how many have an owner.
func (m *Matcher) Orders(id market.InstrumentID, side market.Side) (all, own uint32) {
	l := &m.sides[id][side]
	return uint32(l.orders), uint32(l.own)
}

// Taken is what marketable orders of a side have traded since the start, in shares,
// ours included, prints with hidden interest not.
func (m *Matcher) Taken(id market.InstrumentID, side market.Side) uint64 { return m.taken[id][side] }

// Filled is what orders with an owner have traded on a side since the start, in shares,
// taking or resting.
func (m *Matcher) Filled(id market.InstrumentID, side market.Side) uint64 { return m.filled[id][side] }

// Level is the k-th best level of a side, the touch at 0; zero when there is none.
func (m *Matcher) Level(id market.InstrumentID, side market.Side, k int) Level {
	r := m.sides[id][side].rungs
	if k < 0 || k >= len(r) {
		return Level{}
	}
	lv := &m.levels[r[len(r)-1-k].lvl]
	return Level{Price: lv.price, Qty: lv.qty, Orders: lv.orders, Own: lv.own}
}

// BackgroundAt is the n-th background order, in time priority from 0, of the k-th
// best level: its reference and quantity, 0 when there is none.
func (m *Matcher) BackgroundAt(id market.InstrumentID, side market.Side, k, n int) (ref uint64, qty uint32) {
	r := m.sides[id][side].rungs
	if k < 0 || k >= len(r) {
		return 0, 0
	}
	for i := m.levels[r[len(r)-1-k].lvl].head; i != nilIdx; i = m.orders[i].next {
		o := &m.orders[i]
		if o.own != nilIdx {
			continue
		}
		if n == 0 {
			return o.ref, o.qty
		}
		n--
	}
	return 0, 0
}

// EachOrder calls fn for every resting order of a side in price-time priority.
func (m *Matcher) EachOrder(id market.InstrumentID, side market.Side, fn func(ref uint64, price, qty, owner uint32)) {
	r := m.sides[id][side].rungs
	for at := len(r) - 1; at >= 0; at-- {
		for i := m.levels[r[at].lvl].head; i != nilIdx; i = m.orders[i].next {
			o := &m.orders[i]
			var owner uint32
			if o.own != nilIdx {
				owner = m.own.recs[o.own].owner
			}
			fn(o.ref, o.price, o.qty, owner)
		}
	}
}

// Resting is the number of resting orders of all instruments.
func (m *Matcher) Resting() int { return m.nOrders }

// EachTrade calls fn for the trades of an interval, both ends included, in order.
func (m *Market) EachTrade(id market.InstrumentID, from, to market.Nanos, fn func(at market.Nanos, px market.Price, qty market.Qty, own bool)) {
	s := &m.stats.trades[id]
	lo := uint64(max(from-m.cfg.Midnight, 0))
	for i := s.search(func(e *tradeEntry) bool { return e.at >= lo }); i < s.n; i++ {
		e := s.at(i)
		at := m.cfg.Midnight + market.Nanos(e.at)
		if at > to {
			return
		}
		fn(at, priceOf(e.price), market.Qty(e.qty&^ownBit), e.qty&ownBit != 0)
	}
}

// EachTouch calls fn for the changes of the touch in an interval, both ends
// included, in order; 0 is an empty side.
func (m *Market) EachTouch(id market.InstrumentID, from, to market.Nanos, fn func(at market.Nanos, bid, ask market.Price)) {
	s := &m.stats.touches[id]
	lo := uint64(max(from-m.cfg.Midnight, 0))
	for i := s.search(func(e *touchEntry) bool { return e.at >= lo }); i < s.n; i++ {
		e := s.at(i)
		at := m.cfg.Midnight + market.Nanos(e.at)
		if at > to {
			return
		}
		fn(at, priceOf(e.bid), priceOf(e.ask))
	}
}
