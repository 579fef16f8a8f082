package desk

import (
	"strconv"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
)

// Deliver sends one report to its desk. If the desk is logged out the report is
// stored, and goes out when the desk asks for the gap. It belongs to one goroutine,
// and blocks for the store's writes.
func (g *Gateway) Deliver(r *fix.Report) {
	if int(r.Desk) >= len(g.desks) {
		g.undelivered.Add(1)
		g.log("event", "", "report names desk "+strconv.Itoa(int(r.Desk))+", which is not configured")
		return
	}
	d, ok := g.message(r)
	if !ok {
		g.undelivered.Add(1)
		g.log("event", g.desks[r.Desk].id.String(), "report of unknown kind "+strconv.Itoa(int(r.Kind)))
		return
	}
	if err := quickfix.SendToTarget(d.Message, g.desks[r.Desk].id); err != nil {
		g.undelivered.Add(1)
		g.log("event", g.desks[r.Desk].id.String(), "report not stored: "+err.Error())
		return
	}
	g.reports.Add(1)
}

func (g *Gateway) message(r *fix.Report) (d draft, ok bool) {
	switch r.Kind {
	case fix.ExecReport:
		return g.execReport(r), true
	case fix.CancelReject:
		return g.cancelReject(r), true
	case fix.BusinessReject:
		return g.businessReject(r), true
	}
	return d, false
}

// execReport is the ExecutionReport (8) of a report, with every tag that FIX 4.4
// requires and the order's own echoed.
func (g *Gateway) execReport(r *fix.Report) draft {
	d := g.draft("8")
	d.echo(g.known.report(r))
	d.str(tagOrderID, orderID(r.ParentID))
	d.str(tagClOrdID, r.ClOrdID.String())
	if r.OrigClOrdID.N > 0 {
		d.str(tagOrigClOrdID, r.OrigClOrdID.String())
	}
	d.str(tagExecID, strconv.FormatUint(r.Serial, 10))
	d.char(tagExecType, byte(r.ExecType))
	d.char(tagOrdStatus, byte(r.OrdStatus))
	d.str(tagSymbol, g.symbol(r))
	d.int(tagSide, int(r.Side))
	d.qty(tagOrderQty, r.OrderQty)
	if r.OrdType != 0 {
		d.char(tagOrdType, r.OrdType)
	}
	if r.OrdType == '2' {
		d.price(tagPrice, r.Price)
	}
	d.qty(tagLeavesQty, r.LeavesQty)
	d.qty(tagCumQty, r.CumQty)
	d.price(tagAvgPx, r.AvgPx)
	d.time(tagTransactTime, r.Nanos)
	if s := StrategyOf(r.Algo); s != 0 {
		d.int(tagTargetStrategy, s)
	}
	g.fill(d, r)
	why(d, r)
	return d
}

// fill adds what a trade, its correction or its bust carries.
func (g *Gateway) fill(d draft, r *fix.Report) {
	switch r.ExecType {
	case fix.ExecTrade, fix.ExecCorrect, fix.ExecBust:
	default:
		return
	}
	d.qty(tagLastQty, r.LastQty)
	d.price(tagLastPx, r.LastPx)
	if g.cfg.LastMkt != "" {
		d.str(tagLastMkt, g.cfg.LastMkt)
	}
	if liq := r.LastLiq % '0'; liq != 0 { // 1 and '1' are the same
		d.int(tagLastLiquidityInd, int(liq))
	}
}

// why adds reason codes and Text(58).
func why(d draft, r *fix.Report) {
	unsolicited := r.ExecType == fix.ExecCanceled && r.OrigClOrdID.N == 0 && r.Reason != fix.ReasonByDesk
	switch {
	case r.ExecType == fix.ExecRejected:
		d.int(tagOrdRejReason, ordRejReason(r.Reason))
	case r.ExecType == fix.ExecRestated, unsolicited:
		d.int(tagExecRestatement, restatementReason(r.Reason))
	}
	if r.Reason != fix.ReasonNone {
		d.str(tagText, r.Reason.String())
	}
}

// cancelReject is the OrderCancelReject (9) of a report.
func (g *Gateway) cancelReject(r *fix.Report) draft {
	parent, status := r.ParentID, r.OrdStatus
	if r.Reason == fix.ReasonUnknownOrder || parent == 0 {
		parent, status = 0, fix.StatusRejected
	}
	d := g.draft("9")
	d.str(tagOrderID, orderID(parent))
	d.str(tagClOrdID, r.ClOrdID.String())
	d.str(tagOrigClOrdID, r.OrigClOrdID.String())
	d.char(tagOrdStatus, byte(status))
	d.char(tagCxlRejResponseTo, r.ResponseTo)
	d.int(tagCxlRejReason, cxlRejReason(r.Reason))
	d.str(tagText, r.Reason.String())
	d.time(tagTransactTime, r.Nanos)
	return d
}

// businessReject is the BusinessMessageReject (j) of a report.
func (g *Gateway) businessReject(r *fix.Report) draft {
	d := g.draft("j")
	d.str(tagRefMsgType, refMsgType(r.ResponseTo))
	if r.ClOrdID.N > 0 {
		d.str(tagBusinessRejRefID, r.ClOrdID.String())
	}
	d.int(tagBusinessRejReason, businessRejectReason(r.Reason))
	d.str(tagText, r.Reason.String())
	return d
}

// refMsgType is RefMsgType(372) for a report's ResponseTo.
func refMsgType(responseTo byte) string {
	switch responseTo {
	case '1':
		return "F"
	case '2':
		return "G"
	}
	return "D"
}

func (g *Gateway) symbol(r *fix.Report) string {
	for i := range g.cfg.Instruments {
		if g.cfg.Instruments[i].ID == r.Instrument {
			return g.cfg.Instruments[i].Symbol.String()
		}
	}
	return "[N/A]" // FIX 4.4: Symbol(55) when there is none
}

var _ quickfix.Application = (*Gateway)(nil)
