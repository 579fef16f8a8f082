package fixgate

import (
	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// order is what the gate knows of one order, over all its ClOrdIDs.
type order struct {
	current *entry // of the last accepted ClOrdID
	id      uint64 // OrderID(37); 0 until accepted
	status  exchange.Status
	qty     market.Qty
	cum     market.Qty
	avgPx   market.Price
}

// entry is one ClOrdID of one member: of a D, G, F, or of an H that waits.
type entry struct {
	ref    uint64 // exchange.Request.ClientRef
	owner  uint32
	clOrd  string
	orig   string // OrigClOrdID(41)
	symbol string // Symbol(55) as the member wrote it
	order  *order // nil on a G until accepted, and on an F
	status string // OrdStatusReqID(790) of an H
	tries  int    // of an H
	asked  string // ClOrdID(11) that an H asked for
	side   string // Side(54) of an H
}

type clOrdKey struct {
	owner uint32
	id    string
}

// table holds the ClOrdIDs. The Gate's mutex guards it.
type table struct {
	byID    map[clOrdKey]*entry
	byRef   map[uint64]*entry
	live    map[*order]struct{} // orders that can trade
	lastRef uint64
	most    int
}

func newTable(most int) table {
	return table{
		byID: make(map[clOrdKey]*entry), byRef: make(map[uint64]*entry),
		live: make(map[*order]struct{}), most: most,
	}
}

func (t *table) find(owner uint32, id string) *entry { return t.byID[clOrdKey{owner, id}] }

func (t *table) isFull() bool { return len(t.byID) >= t.most }

// add takes a ClOrdID.
func (t *table) add(e *entry) *entry {
	t.lastRef++
	e.ref = t.lastRef
	t.put(e)
	return e
}

func (t *table) put(e *entry) {
	t.byID[clOrdKey{e.owner, e.clOrd}] = e
	t.byRef[e.ref] = e
}

// undo gives back a ClOrdID whose request was not queued.
func (t *table) undo(e *entry) {
	delete(t.byID, clOrdKey{e.owner, e.clOrd})
	delete(t.byRef, e.ref)
}

// wait notes an H; it takes no ClOrdID, but needs a ref for its answer.
func (t *table) wait(e *entry) *entry {
	t.lastRef++
	e.ref = t.lastRef
	t.byRef[e.ref] = e
	return e
}

// apply follows an Exec. A replayed one may name a ClOrdID that this process has not
// seen: the token tells it.
func (t *table) apply(x *exchange.Exec) {
	if x.Kind == exchange.ExecStatus {
		return
	}
	e := t.byRef[x.ClientRef]
	if e == nil && x.ClientRef != 0 {
		e = &entry{ref: x.ClientRef, owner: x.Owner, clOrd: string(x.Token.Bytes()), orig: string(x.OrigToken.Bytes())}
		t.lastRef = max(t.lastRef, x.ClientRef)
		t.put(e)
	}
	o := t.orderOf(x, e)
	if o == nil {
		return
	}
	switch x.Kind {
	case exchange.ExecAccepted, exchange.ExecReplaced:
		e.order, o.current = o, e
		t.live[o] = struct{}{}
	case exchange.ExecRejected:
		o.current = e
	}
	o.id, o.status = x.OrderID, x.Status
	o.qty, o.cum, o.avgPx = x.OrderQty, x.CumQty, x.AvgPx
	if x.Status.IsTerminal() {
		delete(t.live, o)
	}
}

// orderOf is the order an Exec reports a change of, nil when it reports none.
func (t *table) orderOf(x *exchange.Exec, e *entry) *order {
	switch x.Kind {
	case exchange.ExecAccepted, exchange.ExecRejected:
		if e.order == nil {
			e.order = &order{}
		}
		return e.order
	case exchange.ExecTrade, exchange.ExecBusted, exchange.ExecCorrected:
		return e.order
	case exchange.ExecCanceled, exchange.ExecReplaced:
		if x.RequestOf == exchange.NoRequest {
			return e.order
		}
		if of := t.byRef[x.OrigClientRef]; of != nil {
			return of.order
		}
	}
	return nil
}
