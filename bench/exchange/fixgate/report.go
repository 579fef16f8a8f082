package fixgate

import (
	"strconv"
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/bench/exchange"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

const (
	tagPossResend     = wire.TagPossResend
	tagOrdStatusReqID = 790
)

// message is the 8 or 9 of an Exec.
func (g *Gate) message(x *exchange.Exec) *quickfix.Message {
	if x.Kind == exchange.ExecCancelRejected {
		return g.execCancelReject(x)
	}
	m := g.execReport(x, strconv.FormatUint(x.Serial, 10), execType(x))
	clOrd, orig := x.Token.Bytes(), x.OrigToken.Bytes()
	m.Body.SetBytes(wire.TagClOrdID, clOrd)
	if len(orig) > 0 && string(orig) != string(clOrd) {
		m.Body.SetBytes(wire.TagOrigClOrdID, orig)
	}
	switch x.Kind {
	case exchange.ExecTrade, exchange.ExecBusted, exchange.ExecCorrected:
		m.Body.SetString(wire.TagLastQty, qty(x.LastQty))
		m.Body.SetString(wire.TagLastPx, price(x.LastPx))
		m.Body.SetInt(wire.TagLastLiquidityInd, int(x.Liquidity))
		if x.RefSerial != 0 {
			m.Body.SetString(wire.TagExecRefID, strconv.FormatUint(x.RefSerial, 10))
		}
	case exchange.ExecRejected:
		m.Body.SetInt(wire.TagOrdRejReason, ordRejReason(x.Reason))
	}
	if x.Reason == exchange.ReasonSelfMatch && x.Kind == exchange.ExecCanceled {
		const marketOption = 8
		m.Body.SetInt(wire.TagExecRestatementReason, marketOption)
	}
	if x.Reason != exchange.ReasonNone && x.Reason != exchange.ReasonRequested {
		m.Body.SetString(wire.TagText, x.Reason.String())
	}
	return m
}

// execReport is an 8 with what every one has.
func (g *Gate) execReport(x *exchange.Exec, execID string, execType byte) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(wire.TagMsgType, "8")
	b := &m.Body
	b.SetString(wire.TagOrderID, orderID(x.OrderID))
	b.SetString(wire.TagExecID, execID)
	b.SetString(wire.TagExecType, string(rune(execType)))
	b.SetString(wire.TagOrdStatus, string(rune(ordStatus(x.Status, x.Reason))))
	b.SetString(wire.TagSymbol, g.symbol(x))
	b.SetInt(wire.TagSide, int(x.Side))
	b.SetString(wire.TagOrderQty, qty(x.OrderQty))
	b.SetString(wire.TagOrdType, map[exchange.OrdType]string{exchange.OrdLimit: "2", exchange.OrdMarket: "1"}[x.Type])
	b.SetString(wire.TagTimeInForce, map[exchange.TIF]string{exchange.Day: "0", exchange.IOC: "3", exchange.FOK: "4"}[x.TIF])
	if x.Type == exchange.OrdLimit {
		b.SetString(wire.TagPrice, price(x.Price))
	}
	b.SetString(wire.TagLeavesQty, qty(x.LeavesQty))
	b.SetString(wire.TagCumQty, qty(x.CumQty))
	b.SetString(wire.TagAvgPx, price(x.AvgPx))
	g.setTime(m, x.Nanos)
	return m
}

// execCancelReject is the 9 of an Exec.
func (g *Gate) execCancelReject(x *exchange.Exec) *quickfix.Message {
	orig := string(x.OrigToken.Bytes())
	if orig == "" { // the exchange does not know the order; the gate knows what was asked
		g.mu.Lock()
		if e := g.table.byRef[x.ClientRef]; e != nil {
			orig = e.orig
		}
		g.mu.Unlock()
	}
	id, status := x.OrderID, x.Status
	if x.Reason == exchange.ReasonUnknownOrder {
		id, status = 0, exchange.StatusNone
	}
	m := g.cancelReject(id, string(x.Token.Bytes()), orig, status, x.RequestOf == exchange.KindReplace)
	m.Body.SetInt(wire.TagCxlRejReason, cxlRejReason(x.Reason))
	m.Body.SetString(wire.TagText, x.Reason.String())
	g.setTime(m, x.Nanos)
	return m
}

func (g *Gate) cancelReject(id uint64, clOrd, orig string, status exchange.Status, isReplace bool) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(wire.TagMsgType, "9")
	b := &m.Body
	b.SetString(wire.TagOrderID, orderID(id))
	b.SetString(wire.TagClOrdID, clOrd)
	if orig == "" {
		orig = "NONE"
	}
	b.SetString(wire.TagOrigClOrdID, orig)
	b.SetString(wire.TagOrdStatus, string(rune(ordStatus(status, exchange.ReasonNone))))
	b.SetString(wire.TagCxlRejResponseTo, map[bool]string{false: "1", true: "2"}[isReplace])
	return m
}

// rejected is the gate's own refusal of a D; known is what is known of an order that
// has the same ClOrdID.
func (g *Gate) rejected(r *request, why *refusal, known *order) *quickfix.Message {
	m := g.own(r, "8", known)
	m.Body.SetInt(wire.TagOrdRejReason, why.ord)
	m.Body.SetString(wire.TagText, why.text)
	return m
}

// own is an 8 about the message at hand, with an ExecID of the gate.
func (g *Gate) own(r *request, execType string, known *order) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(wire.TagMsgType, "8")
	b := &m.Body
	for _, tag := range [...]quickfix.Tag{wire.TagClOrdID, wire.TagSymbol, wire.TagSide, wire.TagOrderQty, wire.TagOrdType} {
		if v := r.str(uint32(tag)); v != "" {
			b.SetString(tag, v)
		}
	}
	status, leaves := known.status, market.Qty(0)
	if status == exchange.StatusNone {
		status = exchange.StatusRejected
	}
	if !status.IsTerminal() {
		leaves = known.qty - known.cum
	}
	b.SetString(wire.TagOrderID, orderID(known.id))
	b.SetString(wire.TagExecID, g.execID())
	b.SetString(wire.TagExecType, execType)
	b.SetString(wire.TagOrdStatus, string(rune(ordStatus(status, exchange.ReasonNone))))
	b.SetString(wire.TagLeavesQty, qty(leaves))
	b.SetString(wire.TagCumQty, qty(known.cum))
	b.SetString(wire.TagAvgPx, price(known.avgPx))
	g.setTime(m, g.entry.Now())
	return m
}

// cancelRejected is the gate's own refusal of a G or F.
func (g *Gate) cancelRejected(r *request, why *refusal, known *order) *quickfix.Message {
	status := known.status
	if why.cxl == cxlUnknownOrder {
		status = exchange.StatusNone
	}
	m := g.cancelReject(known.id, r.str(wire.TagClOrdID), r.str(wire.TagOrigClOrdID), status, string(r.msg.Type()) == "G")
	m.Body.SetInt(wire.TagCxlRejReason, why.cxl)
	m.Body.SetString(wire.TagText, why.text)
	g.setTime(m, g.entry.Now())
	return m
}

// statusReport answers an H from the exchange's Exec: 150=I, ClOrdID(11) as asked.
func (g *Gate) statusReport(x *exchange.Exec, e *entry) *quickfix.Message {
	m := g.execReport(x, g.execID(), 'I')
	m.Body.SetString(wire.TagSymbol, e.symbol)
	m.Body.SetString(wire.TagClOrdID, e.asked)
	if e.status != "" {
		m.Body.SetString(tagOrdStatusReqID, e.status)
	}
	if x.Status == exchange.StatusNone {
		m.Body.SetInt(wire.TagOrdRejReason, rejUnknownOrder)
		m.Body.SetString(wire.TagText, "unknown order")
		m.Body.SetString(wire.TagOrderID, orderID(0))
		m.Body.SetString(wire.TagSide, e.side)
	}
	return m
}

// statusUnknown answers an H for a ClOrdID that was never taken.
func (g *Gate) statusUnknown(r *request, e *entry) *quickfix.Message {
	m := g.own(r, "I", &order{})
	if e.status != "" {
		m.Body.SetString(tagOrdStatusReqID, e.status)
	}
	m.Body.SetInt(wire.TagOrdRejReason, rejUnknownOrder)
	m.Body.SetString(wire.TagText, "unknown order")
	return m
}

func (g *Gate) execID() string {
	return g.execPrefix + strconv.FormatUint(g.execCount.Add(1), 10)
}

// symbol is Symbol(55): the exchange's name, or what the member wrote.
func (g *Gate) symbol(x *exchange.Exec) string {
	if int(x.Instrument) < len(g.names) {
		return g.names[x.Instrument]
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if e := g.table.byRef[x.ClientRef]; e != nil && e.symbol != "" {
		return e.symbol
	}
	return "[N/A]"
}

func (g *Gate) setTime(m *quickfix.Message, n market.Nanos) {
	m.Body.SetField(wire.TagTransactTime, quickfix.FIXUTCTimestamp{Time: time.Unix(0, int64(n)).UTC(), Precision: g.precision})
}

func qty(q market.Qty) string { return strconv.FormatInt(int64(q), 10) }

func price(p market.Price) string { return string(wire.AppendPrice(nil, p)) }

// orderID is OrderID(37): the ITCH order reference.
func orderID(ref uint64) string {
	if ref == 0 {
		return "NONE"
	}
	return strconv.FormatUint(ref, 10)
}
