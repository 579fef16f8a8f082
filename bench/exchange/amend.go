package exchange

import "slipstream/internal/market"

// doAmend applies a Cancel, Replace or Status.
func (m *Matcher) doAmend(q *Request) (uint64, Reason) {
	if q.Owner == 0 {
		return m.amendBackground(q)
	}
	i, ok := m.findOwn(q)
	if !ok {
		m.begin(uint16(q.Instrument))
		kind := ExecCancelRejected
		if q.Kind == KindStatus {
			kind = ExecStatus
		}
		m.refuse(kind, q, ReasonUnknownOrder)
		return 0, ReasonUnknownOrder
	}
	m.begin(m.own.recs[i].inst)
	if q.Kind == KindStatus {
		m.reportAnswer(ExecStatus, i, q)
		return m.own.recs[i].ref, ReasonNone
	}
	why := ReasonTooLate
	if !m.own.recs[i].status.IsTerminal() {
		if q.Kind == KindCancel {
			m.cancelOwn(i, q, ReasonRequested)
			return m.own.recs[i].ref, ReasonNone
		}
		if why = m.judgeReplace(i, q); why == ReasonNone {
			m.replaceOwn(i, q)
			return m.own.recs[i].ref, ReasonNone
		}
	}
	m.reportAnswer(ExecCancelRejected, i, q).Reason = why
	return 0, why
}

// findOwn is the record that a request addresses.
func (m *Matcher) findOwn(q *Request) (int32, bool) {
	i := nilIdx
	if q.OrderID != 0 {
		i = m.own.byRef.get(q.OrderID)
	} else {
		i = m.own.byToken.get(q.OrigClientRef)
	}
	return i, i != nilIdx && m.own.recs[i].owner == q.Owner
}

// cancelOwn takes a live own order out as a request asked.
func (m *Matcher) cancelOwn(i int32, q *Request, why Reason) {
	slot := m.own.recs[i].slot
	m.emitDelete(m.orders[slot].inst, m.orders[slot].ref)
	m.remove(slot)
	m.own.end(i, StatusCanceled)
	m.reportAnswer(ExecCanceled, i, q).Reason = why
}

// judgeReplace is why a live order cannot be replaced so.
func (m *Matcher) judgeReplace(i int32, q *Request) Reason {
	r := &m.own.recs[i]
	id := market.InstrumentID(r.inst)
	if why := m.refusal(id); why != ReasonNone {
		return why
	}
	if q.Side != 0 && q.Side != r.side {
		return ReasonBadSide
	}
	if q.Type != OrdLimit || q.TIF != Day || q.SelfMatch > CancelBothMatched {
		return ReasonUnsupported
	}
	if !m.goodQty(q, id) {
		return ReasonBadQty
	}
	price, ok := m.limitPrice(q, id)
	if !ok {
		return ReasonBadPrice
	}
	if q.ClientRef == 0 {
		return ReasonDuplicate
	}
	if j := m.own.byToken.get(q.ClientRef); j >= 0 && j != i && !m.own.recs[j].status.IsTerminal() {
		return ReasonDuplicate
	}
	if q.Qty <= r.cum {
		return ReasonNone
	}
	if q.PostOnly && m.crosses(r.inst, r.side, price) {
		return ReasonPostOnly
	}
	if !m.roomToMove(r.slot, price) {
		return ReasonFull
	}
	return ReasonNone
}

// roomToMove reports whether a resting order could move to another price: its own
// level's place counts when it is alone there.
func (m *Matcher) roomToMove(slot int32, price uint32) bool {
	o := &m.orders[slot]
	if m.freeLevel != nilIdx || m.levels[o.level].orders == 1 {
		return true
	}
	_, ok := m.sides[o.inst][o.side].find(keyOf(o.side, price))
	return ok
}

// replaceOwn applies a Replace that judgeReplace passed.
func (m *Matcher) replaceOwn(i int32, q *Request) {
	r := &m.own.recs[i]
	if q.Qty <= r.cum {
		m.cancelOwn(i, q, ReasonBelowExecuted)
		return
	}
	price := uint32(q.Price / market.ITCHUnit)
	slot := r.slot
	keeps := price == r.price && q.Qty < r.qty
	t := taker{qty: uint32(q.Qty - r.cum), price: price, owner: r.owner, own: i, inst: r.inst, side: r.side,
		limitKey: keyOf(r.side.Opposite(), price), selfMatch: r.selfMatch}
	if q.SelfMatch != SelfMatchDefault {
		t.selfMatch = q.SelfMatch
	}
	crosses := !keeps && m.crosses(r.inst, r.side, price)
	oldRef, oldClient, oldToken := r.ref, r.clientRef, r.token

	switch {
	case keeps:
		by := uint32(r.qty - q.Qty)
		m.emitCancel(r.inst, r.ref, by)
		m.reduce(slot, by)
		t.ref = r.ref
	case crosses:
		t.ref = m.takeRef()
		m.emitDelete(r.inst, r.ref)
		m.remove(slot)
		slot = nilIdx
	default:
		t.ref = m.takeRef()
		m.emitReplace(r.inst, r.ref, t.ref, price, t.qty)
		m.remove(slot)
		slot = m.rest(t.ref, r.inst, r.side, price, t.qty, i)
	}
	m.own.byRef.del(oldRef)
	m.own.byRef.put(t.ref, i)
	m.own.byToken.del(oldClient)
	m.own.byToken.del(q.ClientRef)
	m.own.byToken.put(q.ClientRef, i)
	r.ref, r.clientRef, r.token = t.ref, q.ClientRef, q.Token
	r.qty, r.price, r.slot, r.selfMatch = q.Qty, price, slot, t.selfMatch

	e := m.report(ExecReplaced, i)
	e.RequestOf = KindReplace
	e.OrigOrderID, e.OrigClientRef, e.OrigToken = oldRef, oldClient, oldToken
	if crosses {
		m.cross(&t)
		m.settle(&t, ReasonNone, r.mpid)
	}
}

func (m *Matcher) takeRef() uint64 {
	ref := m.nextRef
	m.nextRef++
	return ref
}
