package desk

import (
	"strconv"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
	"slipstream/internal/market"
)

// answer sends the gateway's own refusal of a D, G or F: a fault of form, which the
// engine never hears of.
func (g *Gateway) answer(desk uint8, m fields, r *refusal) {
	d := g.rejected(desk, m, r)
	if m.get(tagMsgType) != "D" {
		d = g.cancelRejected(desk, m, r)
	}
	if err := quickfix.SendToTarget(d.Message, g.desks[desk].id); err != nil {
		g.undelivered.Add(1)
		g.log("event", g.desks[desk].id.String(), "answer not stored: "+err.Error())
	}
}

// rejected is the ExecutionReport (8) that refuses a D. If the ClOrdID is one of a
// live order, OrdStatus(39) is that order's: it is not rejected (FIX 4.4 F.1.b).
func (g *Gateway) rejected(desk uint8, m fields, r *refusal) draft {
	parent, status := g.known.find(desk, m.get(tagClOrdID))
	if parent == 0 {
		status = fix.StatusRejected
	}
	d := g.draft("8")
	d.str(tagOrderID, orderID(parent))
	d.str(tagExecID, g.execPrefix+strconv.FormatUint(g.execCount.Add(1), 10))
	d.char(tagExecType, byte(fix.ExecRejected))
	d.char(tagOrdStatus, byte(status))
	d.int(tagOrdRejReason, r.ordRejReason)
	d.str(tagText, r.text)
	for _, tag := range [...]quickfix.Tag{tagClOrdID, tagSymbol, tagSide, tagOrderQty, tagOrdType} {
		d.str(tag, m.get(int(tag)))
	}
	for _, tag := range [...]quickfix.Tag{tagPrice, tagTargetStrategy} {
		if m.has(int(tag)) {
			d.str(tag, m.get(int(tag)))
		}
	}
	d.echo(echoOf(m))
	d.qty(tagLeavesQty, 0)
	d.qty(tagCumQty, 0)
	d.price(tagAvgPx, 0)
	d.time(tagTransactTime, market.Nanos(g.cfg.Now().UnixNano()))
	return d
}

// cancelRejected is the OrderCancelReject (9) that refuses a G or F.
func (g *Gateway) cancelRejected(desk uint8, m fields, r *refusal) draft {
	parent, status := g.known.find(desk, m.get(tagOrigClOrdID))
	if parent == 0 || r.cxlRejReason == cxlRejReason(fix.ReasonUnknownOrder) {
		parent, status = 0, fix.StatusRejected
	}
	d := g.draft("9")
	d.str(tagOrderID, orderID(parent))
	d.str(tagClOrdID, m.get(tagClOrdID))
	d.str(tagOrigClOrdID, m.get(tagOrigClOrdID))
	d.char(tagOrdStatus, byte(status))
	d.char(tagCxlRejResponseTo, responseTo(m.get(tagMsgType)))
	d.int(tagCxlRejReason, r.cxlRejReason)
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
