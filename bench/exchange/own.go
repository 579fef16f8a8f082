package exchange

import "slipstream/internal/market"

// ownRec is what the exchange remembers of an order of a non-zero owner, while it
// lives and, until its place is needed, after its end.
type ownRec struct {
	gen       uint64 // counts the records given out; names this one for good
	ref       uint64
	clientRef uint64
	notional  sum // of LastQty*LastPx
	qty       market.Qty
	cum       market.Qty
	owner     uint32
	price     uint32 // 0 on market orders
	slot      int32  // resting order, nilIdx when none
	inst      uint16
	side      market.Side
	typ       OrdType
	tif       TIF
	selfMatch SelfMatch
	status    Status
	mpid      [4]byte
	token     Token
}

// ownTable is the ring of own records with its two indexes.
type ownTable struct {
	recs    []ownRec
	next    int // where the search for a free record starts
	gens    uint64
	live    int // records whose order is not finished
	byRef   refTable
	byToken refTable // by ClientRef
}

func newOwnTable(n int) ownTable {
	return ownTable{
		recs:    make([]ownRec, n),
		byRef:   newRefTable(n, 1),
		byToken: newRefTable(n, hashPrime),
	}
}

// alloc gives the oldest record that is free or finished; nilIdx when all live.
func (t *ownTable) alloc() int32 {
	if t.live == len(t.recs) {
		return nilIdx
	}
	for {
		i := t.next
		if t.next++; t.next == len(t.recs) {
			t.next = 0
		}
		r := &t.recs[i]
		switch {
		case r.status == StatusNone:
		case r.status.IsTerminal():
			t.byRef.del(r.ref)
			// A later order may have taken the ClientRef over.
			if t.byToken.get(r.clientRef) == int32(i) {
				t.byToken.del(r.clientRef)
			}
		default:
			continue
		}
		t.live++
		return int32(i)
	}
}

func (t *ownTable) end(i int32, s Status) {
	t.recs[i].status = s
	t.recs[i].slot = nilIdx
	t.live--
}

// fill books one execution.
func (r *ownRec) fill(qty uint32, price uint32) {
	r.cum += market.Qty(qty)
	r.notional.add(qty, price)
	r.status = StatusPartiallyFilled
}

// report appends an Exec filled from record i; the caller sets what is special.
func (m *Matcher) report(kind ExecKind, i int32) *Exec {
	r := &m.own.recs[i]
	e := m.newExec(kind)
	e.Status = r.status
	e.Side = r.side
	e.Type = r.typ
	e.TIF = r.tif
	e.Instrument = market.InstrumentID(r.inst)
	e.Owner = r.owner
	e.OrderID = r.ref
	e.ClientRef = r.clientRef
	e.OrderQty = r.qty
	e.CumQty = r.cum
	if !r.status.IsTerminal() {
		e.LeavesQty = r.qty - r.cum
	}
	e.Price = priceOf(r.price)
	e.AvgPx = r.notional.mean(r.cum)
	e.Token = r.token
	if r.inst == m.opInst {
		e.Bid, e.Ask = m.opBid, m.opAsk
	}
	return e
}

// reportAnswer is report with the refs of the request that it answers.
func (m *Matcher) reportAnswer(kind ExecKind, i int32, q *Request) *Exec {
	e := m.report(kind, i)
	e.OrigClientRef, e.OrigToken = e.ClientRef, e.Token
	e.OrigOrderID = e.OrderID
	e.ClientRef, e.Token = q.ClientRef, q.Token
	e.RequestOf = q.Kind
	return e
}

// refuse reports a request that was not accepted and belongs to no known order.
func (m *Matcher) refuse(kind ExecKind, q *Request, why Reason) {
	e := m.newExec(kind)
	e.Reason = why
	e.Owner = q.Owner
	e.ClientRef, e.Token = q.ClientRef, q.Token
	e.RequestOf = q.Kind
	e.Instrument = q.Instrument
	e.Side = q.Side
	e.Type = q.Type
	e.TIF = q.TIF
	e.OrderQty = q.Qty
	e.Price = q.Price
	if kind == ExecRejected {
		e.Status = StatusRejected
	} else {
		e.OrigClientRef = q.OrigClientRef
		e.OrderID = q.OrderID
	}
	if int(q.Instrument) < len(m.cfg.Instruments) && uint16(q.Instrument) == m.opInst {
		e.Bid, e.Ask = m.opBid, m.opAsk
	}
}

func (m *Matcher) newExec(kind ExecKind) *Exec {
	if len(m.execs) < cap(m.execs) {
		m.execs = m.execs[:len(m.execs)+1]
		m.execs[len(m.execs)-1] = Exec{}
	} else {
		m.execs = append(m.execs, Exec{})
	}
	e := &m.execs[len(m.execs)-1]
	e.Kind = kind
	e.Nanos = m.cfg.Midnight + market.Nanos(m.now)
	e.Replayed = m.replaying
	if kind != ExecStatus {
		m.serial++
		e.Serial = m.serial
	}
	return e
}

func priceOf(p uint32) market.Price { return market.Price(p) * market.ITCHUnit }
