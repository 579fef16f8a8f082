package fixgate

import (
	"fmt"

	"github.com/quickfixgo/quickfix"

	"slipstream/bench/exchange"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// OrdRejReason(103) and CxlRejReason(102) that the gate itself gives.
const (
	rejUnknownSymbol = 1
	rejUnknownOrder  = 5
	rejDuplicate     = 6
	rejUnsupported   = 11
	rejBadQty        = 13
	rejOther         = 99
	cxlUnknownOrder  = 1
	cxlDuplicate     = 6
	cxlOther         = 99
)

// request is one message at hand.
type request struct {
	owner uint32
	msg   wire.Message
}

// refusal is why the gate itself refuses a message.
type refusal struct {
	ord, cxl int // 103 and 102
	text     string
}

func (r *request) str(tag uint32) string {
	b, _ := r.msg.Get(tag)
	return string(b)
}

// isPossible: the member may have sent it before.
func (r *request) isPossible() bool {
	return r.str(wire.TagPossDupFlag) == "Y" || r.str(wire.TagPossResend) == "Y"
}

// enter handles a D.
func (g *Gate) enter(r *request) quickfix.MessageRejectError {
	id := r.str(wire.TagClOrdID)
	q := exchange.Request{Kind: exchange.KindNew, Owner: r.owner}
	copy(q.MPID[:], g.cfg.Sessions[r.owner-1].MPID)
	why := g.terms(r, &q)

	g.mu.Lock()
	if seen := g.table.find(r.owner, id); seen != nil {
		if r.isPossible() && seen.order != nil {
			g.stats.PossibleResends++
			g.mu.Unlock()
			return g.status(r)
		}
		g.stats.DuplicateClOrdIDs++
		g.stats.Rejected++
		var known order
		if seen.order != nil {
			known = *seen.order
		}
		g.mu.Unlock()
		g.deliver(r.owner, g.rejected(r, &refusal{ord: rejDuplicate, text: "duplicate ClOrdID"}, &known))
		return nil
	}
	if why == nil && g.table.isFull() {
		why = &refusal{ord: rejOther, text: "no more ClOrdIDs can be taken today"}
	}
	if why != nil {
		g.stats.Rejected++
		g.mu.Unlock()
		g.deliver(r.owner, g.rejected(r, why, &order{}))
		return nil
	}
	e := g.table.add(&entry{owner: r.owner, clOrd: id, symbol: r.str(wire.TagSymbol), order: &order{}})
	e.order.current = e
	q.ClientRef = e.ref
	g.mu.Unlock()
	return g.submit(e, &q)
}

// amend handles a G or F.
func (g *Gate) amend(r *request) quickfix.MessageRejectError {
	id, orig := r.str(wire.TagClOrdID), r.str(wire.TagOrigClOrdID)
	q := exchange.Request{Kind: exchange.KindCancel, Owner: r.owner}
	var why *refusal
	if string(r.msg.Type()) == "G" {
		q.Kind = exchange.KindReplace
		why = g.terms(r, &q)
	} else if why = token(id, &q); why == nil {
		_, why = side(r.str(wire.TagSide))
	}

	g.mu.Lock()
	of := g.table.find(r.owner, orig)
	var known order
	if of != nil && of.order != nil {
		known = *of.order
	}
	switch {
	case g.table.find(r.owner, id) != nil && r.isPossible():
		g.stats.PossibleResends++
		why = &refusal{cxl: cxlDuplicate, text: "possible resend of a ClOrdID that was handled"}
	case g.table.find(r.owner, id) != nil:
		g.stats.DuplicateClOrdIDs++
		why = &refusal{cxl: cxlDuplicate, text: "duplicate ClOrdID"}
	case of == nil:
		why = &refusal{cxl: cxlUnknownOrder, text: "unknown order"}
	case why == nil && of.symbol != "" && of.symbol != r.str(wire.TagSymbol):
		why = &refusal{cxl: cxlOther, text: "Symbol(55) is not the order's"}
	case why == nil && g.table.isFull():
		why = &refusal{cxl: cxlOther, text: "no more ClOrdIDs can be taken today"}
	}
	if why != nil {
		g.stats.Rejected++
		g.mu.Unlock()
		g.deliver(r.owner, g.cancelRejected(r, why, &known))
		return nil
	}
	e := g.table.add(&entry{owner: r.owner, clOrd: id, orig: orig, symbol: r.str(wire.TagSymbol)})
	q.ClientRef, q.OrigClientRef = e.ref, of.ref
	g.mu.Unlock()
	return g.submit(e, &q)
}

// status handles an H, and a possible resend of a D.
func (g *Gate) status(r *request) quickfix.MessageRejectError {
	e := &entry{owner: r.owner, asked: r.str(wire.TagClOrdID), symbol: r.str(wire.TagSymbol),
		side: r.str(wire.TagSide), status: r.str(tagOrdStatusReqID)}
	g.mu.Lock()
	of := g.table.find(r.owner, e.asked)
	if of == nil {
		g.stats.Rejected++
		g.mu.Unlock()
		g.deliver(r.owner, g.statusUnknown(r, e))
		return nil
	}
	g.table.wait(e)
	q := statusRequest(e, of)
	g.mu.Unlock()
	if !g.entry.Submit(q) {
		g.mu.Lock()
		delete(g.table.byRef, e.ref)
		g.stats.NotReady++
		g.mu.Unlock()
		return notReady(e.asked)
	}
	g.count(&g.stats.Requests)
	return nil
}

// currentRef is the ClientRef by which the exchange knows the order of a ClOrdID.
func (e *entry) currentRef() uint64 {
	if e.order != nil && e.order.current != nil {
		return e.order.current.ref
	}
	return e.ref
}

func statusRequest(e, of *entry) *exchange.Request {
	return &exchange.Request{Kind: exchange.KindStatus, Owner: e.owner, ClientRef: e.ref, OrigClientRef: of.currentRef()}
}

// terms reads what a D and a G share. Whether price and quantity are allowed is the
// exchange's to say; the gate refuses what it cannot express.
func (g *Gate) terms(r *request, q *exchange.Request) *refusal {
	if why := token(r.str(wire.TagClOrdID), q); why != nil {
		return why
	}
	var why *refusal
	if q.Side, why = side(r.str(wire.TagSide)); why != nil {
		return why
	}
	q.Instrument = market.NoInstrument
	if id, ok := g.symbols[r.str(wire.TagSymbol)]; ok {
		q.Instrument = id
	}
	b, _ := r.msg.Get(wire.TagOrderQty)
	var ok bool
	if q.Qty, ok = wire.ParseQty(b); !ok {
		return &refusal{rejBadQty, cxlOther, "OrderQty(38) is not a whole number"}
	}
	if why := kind(r, q); why != nil {
		return why
	}
	switch inst := r.str(wire.TagExecInst); inst {
	case "":
	case "6":
		q.PostOnly = true
	default:
		return unsupported("ExecInst(18)=%s", inst)
	}
	return nil
}

// kind reads type, price and time in force.
func kind(r *request, q *exchange.Request) *refusal {
	price, found := r.msg.Get(wire.TagPrice)
	switch t := r.str(wire.TagOrdType); t {
	case "1":
		q.Type = exchange.OrdMarket
	case "2":
		p, ok := wire.ParsePrice(price)
		if !found {
			return &refusal{rejOther, cxlOther, "Price(44) of a limit order is missing"}
		}
		if !ok {
			return &refusal{rejOther, cxlOther, "Price(44) has more than 9 decimals, or is too large"}
		}
		q.Price = p
	default:
		return unsupported("OrdType(40)=%s", t)
	}
	switch tif := r.str(wire.TagTimeInForce); tif {
	case "", "0":
	case "3":
		q.TIF = exchange.IOC
	case "4":
		q.TIF = exchange.FOK
	default:
		return unsupported("TimeInForce(59)=%s", tif)
	}
	return nil
}

func token(id string, q *exchange.Request) *refusal {
	var ok bool
	if q.Token, ok = exchange.MakeToken([]byte(id)); !ok {
		return unsupported("ClOrdID(11) has more than %d bytes", exchange.TokenMax)
	}
	return nil
}

func side(s string) (market.Side, *refusal) {
	switch s {
	case "1":
		return market.Buy, nil
	case "2":
		return market.Sell, nil
	}
	return 0, unsupported("Side(54)=%s", s)
}

func unsupported(format string, args ...any) *refusal {
	return &refusal{rejUnsupported, cxlOther, "not supported: " + fmt.Sprintf(format, args...)}
}
