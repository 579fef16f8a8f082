package exchange

import "slipstream/internal/market"

// taker is an order on its way through the book.
type taker struct {
	ref       uint64
	price     uint32
	qty       uint32 // what is left
	limitKey  uint32 // rungs at or above it (in the resting side's keys) trade
	owner     uint32
	own       int32
	inst      uint16
	side      market.Side
	selfMatch SelfMatch
	stopped   bool // self-match prevention canceled it
}

func (m *Matcher) doNew(q *Request) (uint64, Reason) {
	why := m.judgeNew(q)
	if why != ReasonNone {
		if q.Owner != 0 {
			m.refuse(ExecRejected, q, why)
		}
		return 0, why
	}
	t := taker{qty: uint32(q.Qty), owner: q.Owner, own: nilIdx, inst: uint16(q.Instrument), side: q.Side,
		selfMatch: m.selfMatch(q.SelfMatch), ref: m.nextRef}
	if q.Type == OrdLimit {
		t.price = uint32(q.Price / market.ITCHUnit)
		t.limitKey = keyOf(q.Side.Opposite(), t.price)
	}
	m.nextRef++
	if q.Owner != 0 {
		m.accept(q, &t)
	}
	left := ReasonNone // why a rest does not rest
	switch {
	case q.TIF == FOK:
		left = ReasonFOK
	case q.Type == OrdMarket:
		left = ReasonNoLiquidity
	case q.TIF == IOC:
		left = ReasonIOC
	}
	if q.TIF != FOK || m.fillable(&t) {
		m.cross(&t)
	}
	m.settle(&t, left, q.MPID)
	return t.ref, ReasonNone
}

// judgeNew is why a New is not accepted.
func (m *Matcher) judgeNew(q *Request) Reason {
	if why := m.refusal(q.Instrument); why != ReasonNone {
		return why
	}
	if q.Side != market.Buy && q.Side != market.Sell {
		return ReasonBadSide
	}
	if q.Type > OrdMarket || q.TIF > FOK || q.SelfMatch > CancelBothMatched ||
		q.PostOnly && (q.Type == OrdMarket || q.TIF != Day) {
		return ReasonUnsupported
	}
	if !m.goodQty(q, q.Instrument) {
		return ReasonBadQty
	}
	inst := uint16(q.Instrument)
	if q.Type == OrdLimit {
		price, ok := m.limitPrice(q, q.Instrument)
		if !ok {
			return ReasonBadPrice
		}
		if q.PostOnly && m.crosses(inst, q.Side, price) {
			return ReasonPostOnly
		}
		if q.TIF == Day && !m.hasRoom(inst, q.Side, price) {
			return ReasonFull
		}
	}
	if q.Owner == 0 {
		return ReasonNone
	}
	if i := m.own.byToken.get(q.ClientRef); q.ClientRef == 0 || i >= 0 && !m.own.recs[i].status.IsTerminal() {
		return ReasonDuplicate
	}
	if m.own.live == len(m.own.recs) {
		return ReasonFull
	}
	return ReasonNone
}

// crosses reports whether an order would trade on arrival.
func (m *Matcher) crosses(inst uint16, side market.Side, price uint32) bool {
	opp := side.Opposite()
	k, ok := m.sides[inst][opp].best()
	return ok && k >= keyOf(opp, price)
}

func (m *Matcher) selfMatch(s SelfMatch) SelfMatch {
	if s == SelfMatchDefault {
		return m.cfg.SelfMatch
	}
	return s
}

// accept makes the own record of a New and reports it.
func (m *Matcher) accept(q *Request, t *taker) {
	// A finished order may have had the same ClientRef: the new one takes it over.
	m.own.byToken.del(q.ClientRef)
	i := m.own.alloc()
	m.own.gens++
	m.own.recs[i] = ownRec{gen: m.own.gens, ref: t.ref, clientRef: q.ClientRef, qty: q.Qty, owner: q.Owner, price: t.price,
		slot: nilIdx, inst: t.inst, side: q.Side, typ: q.Type, tif: q.TIF, selfMatch: t.selfMatch,
		status: StatusNew, mpid: q.MPID, token: q.Token}
	m.own.byRef.put(t.ref, i)
	m.own.byToken.put(q.ClientRef, i)
	t.own = i
	m.report(ExecAccepted, i).RequestOf = KindNew
}

// fillable reports whether a FOK would be filled at once. Own resting orders of
// the same owner give no liquidity; where they stop the order, nothing behind
// them counts.
func (m *Matcher) fillable(t *taker) bool {
	lad := &m.sides[t.inst][t.side.Opposite()]
	need := uint64(t.qty)
	for at := len(lad.rungs) - 1; at >= 0 && lad.rungs[at].key >= t.limitKey; at-- {
		lv := &m.levels[lad.rungs[at].lvl]
		if t.owner == 0 || lv.own == 0 {
			if lv.qty >= need {
				return true
			}
			need -= lv.qty
			continue
		}
		for i := lv.head; i != nilIdx; i = m.orders[i].next {
			o := &m.orders[i]
			if m.ownedBy(o, t.owner) {
				if t.selfMatch != CancelResting {
					return false
				}
				continue
			}
			if uint64(o.qty) >= need {
				return true
			}
			need -= uint64(o.qty)
		}
	}
	return false
}

func (m *Matcher) ownedBy(o *order, owner uint32) bool {
	return o.own != nilIdx && m.own.recs[o.own].owner == owner
}

// cross trades t against the opposite side, best price first, oldest first.
func (m *Matcher) cross(t *taker) {
	lad := &m.sides[t.inst][t.side.Opposite()]
	for t.qty > 0 && !t.stopped && len(lad.rungs) > 0 {
		top := lad.rungs[len(lad.rungs)-1]
		if top.key < t.limitKey {
			return
		}
		i := m.levels[top.lvl].head
		if t.owner != 0 && m.ownedBy(&m.orders[i], t.owner) {
			m.preventSelfMatch(t, i)
			continue
		}
		m.trade(t, i, min(t.qty, m.orders[i].qty))
	}
}

// preventSelfMatch applies the taker's rule to its own resting order i.
func (m *Matcher) preventSelfMatch(t *taker, i int32) {
	m.count.SelfMatch++
	if t.selfMatch != CancelIncoming {
		m.cancelResting(i, ReasonSelfMatch)
	}
	if t.selfMatch != CancelResting {
		t.stopped = true
	}
}

// trade executes q shares of resting order i against t at the order's price, publishes
// it and reports both sides.
func (m *Matcher) trade(t *taker, i int32, q uint32) {
	o := &m.orders[i]
	m.match++
	m.emitExecuted(o.inst, o.ref, q)
	price, maker := o.price, o.own
	m.taken[t.inst][t.side] += uint64(q)
	m.noteTrade(t.inst, price, q, maker != nilIdx || t.own != nilIdx)
	t.qty -= q
	if q == o.qty {
		m.remove(i)
	} else {
		m.reduce(i, q)
	}
	if maker != nilIdx {
		m.reportTrade(maker, q, price, LiquidityAdded)
	}
	if t.own != nilIdx {
		m.reportTrade(t.own, q, price, LiquidityRemoved)
	}
}

func (m *Matcher) noteTrade(inst uint16, price, q uint32, own bool) {
	m.count.Trades++
	if own {
		m.count.OwnTrades++
	}
	if m.stats != nil {
		m.stats.trade(inst, m.now, price, q, own)
	}
}

func (m *Matcher) reportTrade(i int32, q, price uint32, liq Liquidity) {
	r := &m.own.recs[i]
	r.fill(q, price)
	m.filled[r.inst][r.side] += uint64(q)
	if r.cum == r.qty {
		m.own.end(i, StatusFilled)
	}
	e := m.report(ExecTrade, i)
	e.Liquidity = liq
	e.MatchNumber = m.match
	e.LastQty = market.Qty(q)
	e.LastPx = priceOf(price)
	m.noteOwn(i, q, price, liq, e.Serial)
}

// settle rests what is left of t, or cancels it for the reason left (ReasonNone:
// it may rest).
func (m *Matcher) settle(t *taker, left Reason, mpid [4]byte) {
	if t.qty == 0 {
		return
	}
	if t.stopped {
		left = ReasonSelfMatch
	}
	if left != ReasonNone {
		if t.own != nilIdx {
			m.endOwn(t.own, left)
		}
		return
	}
	slot := m.rest(t.ref, t.inst, t.side, t.price, t.qty, t.own)
	if t.own != nilIdx {
		m.own.recs[t.own].slot = slot
	}
	m.emitAdd(t.inst, t.ref, t.side, t.price, t.qty, mpid)
}

// endOwn cancels an own order that does not rest (any more), unsolicited.
func (m *Matcher) endOwn(i int32, why Reason) {
	m.own.end(i, StatusCanceled)
	m.report(ExecCanceled, i).Reason = why
}

// cancelResting takes a resting order out, unsolicited.
func (m *Matcher) cancelResting(i int32, why Reason) {
	o := &m.orders[i]
	own := o.own
	m.emitDelete(o.inst, o.ref)
	m.remove(i)
	if own != nilIdx {
		m.endOwn(own, why)
	}
}
