package desk

import (
	"strconv"

	"slipstream/fix"
	"slipstream/internal/market"
)

// answer sends the gateway's own refusal of a request: a fault of form or a breach of
// the desk's limits, which the engine never hears of. Drop-copy sessions get it too.
func (g *Gateway) answer(desk uint8, m fields, r *refusal) {
	id := g.nextExecID() // one for all copies
	build := func(v dialect) draft {
		switch m.get(tagMsgType) {
		case "D":
			return g.rejected(v, desk, m, r, id)
		case "H", "AF":
			return g.statusRefused(v, m, r, id)
		case "q":
			return g.massCancelRefused(v.Version, m, r, id)
		}
		return g.cancelRejected(v.Version, desk, m, r)
	}
	it := outItem{build: build, of: desk, what: "answer"}
	g.sendItem(desk, it) // at once: this is the session's own goroutine
	g.copy(it)
}

// nextExecID is an ExecID(17) of the gateway's own.
func (g *Gateway) nextExecID() string {
	return g.execPrefix + strconvUint(g.execCount.Add(1))
}

// rejected is the ExecutionReport (8) that refuses a D. If the ClOrdID is one of a
// live order, OrdStatus(39) is that order's: it is not rejected (FIX 4.4 F.1.b).
func (g *Gateway) rejected(v dialect, desk uint8, m fields, r *refusal, execID string) draft {
	parent, status := g.desks[desk].known.find(m.get(tagClOrdID))
	if parent == 0 {
		status = fix.StatusRejected
	}
	d := g.draft("8", v.Version)
	d.str(tagOrderID, orderID(parent))
	d.str(tagExecID, execID)
	if v.Version == FIX42 {
		d.char(tagExecTransType, execTransType(fix.ExecRejected))
	}
	d.char(tagExecType, byte(fix.ExecRejected))
	d.char(tagOrdStatus, byte(status))
	d.int(tagOrdRejReason, v.ordRejReason(r.reason))
	d.str(tagText, r.text)
	for _, tag := range [...]int{tagClOrdID, tagSymbol, tagSide, tagOrderQty, tagOrdType} {
		d.str(tagOf(tag), m.get(tag))
	}
	if m.has(tagPrice) {
		d.str(tagPrice, m.get(tagPrice))
	}
	if n, ok := parseDecimal(m.get(tagTargetStrategy), 0); ok && v.names(int(n)) {
		d.str(tagTargetStrategy, m.get(tagTargetStrategy))
	}
	d.echo(v, echoOf(m))
	d.qty(tagLeavesQty, 0)
	d.qty(tagCumQty, 0)
	d.price(tagAvgPx, 0)
	d.time(tagTransactTime, market.Nanos(g.cfg.Now().UnixNano()))
	return d
}

// cancelRejected is the OrderCancelReject (9) that refuses a G or F.
func (g *Gateway) cancelRejected(v Version, desk uint8, m fields, r *refusal) draft {
	parent, status := g.desks[desk].known.find(m.get(tagOrigClOrdID))
	if parent == 0 || r.reason == fix.ReasonUnknownOrder || r.reason == fix.ReasonUnknownSymbol {
		parent, status = 0, fix.StatusRejected
	}
	d := g.draft("9", v)
	d.str(tagOrderID, orderID(parent))
	d.str(tagClOrdID, m.get(tagClOrdID))
	d.str(tagOrigClOrdID, m.get(tagOrigClOrdID))
	d.char(tagOrdStatus, byte(status))
	d.char(tagCxlRejResponseTo, responseTo(m.get(tagMsgType)))
	d.int(tagCxlRejReason, v.cxlRejReason(r.reason))
	d.str(tagText, r.text)
	d.time(tagTransactTime, market.Nanos(g.cfg.Now().UnixNano()))
	return d
}

// responseTo is CxlRejResponseTo(434) of the message refused.
func responseTo(msgType string) byte {
	if msgType == "G" {
		return '2'
	}
	return '1'
}

// seqNum is MsgSeqNum(34) of a message that the session layer has checked.
func seqNum(m fields) uint32 {
	n, _ := strconv.ParseUint(m.get(tagMsgSeqNum), 10, 32) // beyond: 0, left out
	return uint32(n)
}
