package desk

import (
	"strconv"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
	"slipstream/internal/market"
)

// Deliver queues one report for its desk, and a copy for each drop-copy session that
// follows the desk. If a peer is logged out the report is stored, and goes out when
// the peer asks for the gap. It belongs to one goroutine, and waits only for a desk
// whose outbox is full.
func (g *Gateway) Deliver(r *fix.Report) {
	if int(r.Desk) >= len(g.desks) {
		g.undelivered.Add(1)
		g.log("event", "", "report names desk "+strconv.Itoa(int(r.Desk))+", which is not configured")
		return
	}
	if r.Kind == fix.NoReport || r.Kind > fix.MassCancelReport {
		g.undelivered.Add(1)
		g.log("event", g.desks[r.Desk].id.String(), "report of unknown kind "+strconv.Itoa(int(r.Kind)))
		return
	}
	own := *r // the caller's is borrowed
	echo := g.desks[r.Desk].known.report(r)
	it := outItem{build: func(v dialect) draft { return g.message(v, &own, echo) }, of: r.Desk, what: "report"}
	if !g.desks[r.Desk].out.add(it) {
		g.undelivered.Add(1)
		return
	}
	g.copy(it)
}

// copy queues an item for the drop-copy sessions that follow its desk.
func (g *Gateway) copy(it outItem) {
	for _, to := range g.desks[it.of].copies {
		if !g.desks[to].out.add(it) {
			g.undelivered.Add(1)
		}
	}
}

func (g *Gateway) send(desk uint8, d draft, what string) bool {
	if err := quickfix.SendToTarget(d.Message, g.desks[desk].id); err != nil {
		g.undelivered.Add(1)
		g.log("event", g.desks[desk].id.String(), what+" not stored: "+err.Error())
		return false
	}
	return true
}

// message is the message of a report in a version; its Message is nil for a kind that
// is not known.
func (g *Gateway) message(v dialect, r *fix.Report, e *echo) draft {
	switch r.Kind {
	case fix.ExecReport:
		return g.execReport(v, r, e)
	case fix.CancelReject:
		return g.cancelReject(v.Version, r)
	case fix.BusinessReject:
		return g.businessReject(v.Version, r)
	case fix.MassCancelReport:
		return g.massCancelReport(v.Version, r)
	}
	return draft{}
}

// execReport is the ExecutionReport (8) of a report, with every tag that the version
// requires and the order's own echoed.
func (g *Gateway) execReport(v dialect, r *fix.Report, e *echo) draft {
	d := g.draft("8", v.Version)
	d.echo(v, e)
	d.str(tagOrderID, orderID(r.ParentID))
	if r.ClOrdID.N > 0 {
		d.str(tagClOrdID, r.ClOrdID.String())
	}
	if r.OrigClOrdID.N > 0 {
		d.str(tagOrigClOrdID, r.OrigClOrdID.String())
	}
	d.str(tagExecID, strconvUint(r.Serial))
	if v.Version == FIX42 {
		d.char(tagExecTransType, execTransType(r.ExecType))
	}
	d.char(tagExecType, v.execType(r))
	d.char(tagOrdStatus, v.ordStatus(r))
	d.str(tagSymbol, g.symbol(r))
	d.int(tagSide, side(r.Side))
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
	if s := StrategyOf(r.Algo); v.names(s) {
		d.int(tagTargetStrategy, s)
	}
	g.fill(d, v.Version, r)
	asked(d, v.Version, r)
	why(d, v.Version, r)
	return d
}

// fill adds what a trade, its correction or its bust carries.
func (g *Gateway) fill(d draft, v Version, r *fix.Report) {
	switch r.ExecType {
	case fix.ExecTrade, fix.ExecCorrect, fix.ExecBust:
	default:
		return
	}
	d.qty(tagLastQty, r.LastQty)
	d.price(tagLastPx, r.LastPx)
	if r.ExecRef != 0 {
		d.str(tagExecRefID, strconvUint(r.ExecRef))
	}
	if g.cfg.LastMkt != "" {
		d.str(tagLastMkt, g.cfg.LastMkt)
	}
	const added, removed = 1, 2
	liq := r.LastLiq % '0' // 1 and '1' are the same
	if liq != 0 && v != FIX42 {
		d.int(tagLastLiquidityInd, int(liq))
	}
	if v == FIX50SP2 && (liq == added || liq == removed) {
		d.str(tagAggressorIndicator, map[bool]string{true: "Y", false: "N"}[liq == removed])
	}
}

// asked adds what a status request wants back. FIX 4.2 has neither tag.
func asked(d draft, v Version, r *fix.Report) {
	if v == FIX42 || r.ExecType != fix.ExecStatus {
		return
	}
	tag := tagOf(tagOrdStatusReqID)
	if r.ResponseTo == 'A' {
		tag = tagMassStatusReqID
		d.int(tagTotNumReports, int(r.Count))
		d.str(tagLastRptRequested, map[bool]string{true: "Y", false: "N"}[r.Left == 0])
	}
	if r.ReqID.N > 0 {
		d.str(tag, r.ReqID.String())
	}
}

// why adds reason codes and Text(58).
func why(d draft, v Version, r *fix.Report) {
	unsolicited := r.ExecType == fix.ExecCanceled && r.OrigClOrdID.N == 0 && r.Reason != fix.ReasonByDesk
	switch {
	case r.ExecType == fix.ExecRejected, r.ExecType == fix.ExecStatus && r.OrdStatus == fix.StatusRejected:
		d.int(tagOrdRejReason, v.ordRejReason(r.Reason))
	case r.ExecType == fix.ExecRestated, unsolicited:
		d.int(tagExecRestatement, v.restatementReason(r.Reason))
	}
	if r.Reason != fix.ReasonNone {
		d.str(tagText, r.Reason.String())
	}
}

// cancelReject is the OrderCancelReject (9) of a report.
func (g *Gateway) cancelReject(v Version, r *fix.Report) draft {
	parent, status := r.ParentID, v.ordStatus(r)
	if r.Reason == fix.ReasonUnknownOrder || parent == 0 {
		parent, status = 0, byte(fix.StatusRejected)
	}
	d := g.draft("9", v)
	d.str(tagOrderID, orderID(parent))
	d.str(tagClOrdID, r.ClOrdID.String())
	d.str(tagOrigClOrdID, r.OrigClOrdID.String())
	d.char(tagOrdStatus, status)
	d.char(tagCxlRejResponseTo, r.ResponseTo)
	d.int(tagCxlRejReason, v.cxlRejReason(r.Reason))
	d.str(tagText, r.Reason.String())
	d.time(tagTransactTime, r.Nanos)
	return d
}

// businessReject is the BusinessMessageReject (j) of a report.
func (g *Gateway) businessReject(v Version, r *fix.Report) draft {
	d := g.draft("j", v)
	d.str(tagRefMsgType, refMsgType(r.ResponseTo))
	if r.RefSeqNum != 0 {
		d.int(tagRefSeqNum, int(r.RefSeqNum))
	}
	if r.ClOrdID.N > 0 {
		d.str(tagBusinessRejRefID, r.ClOrdID.String())
	}
	d.int(tagBusinessRejReason, v.businessRejectReason(r.Reason))
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
	case 'H':
		return "H"
	case 'A':
		return "AF"
	}
	return "D"
}

func (g *Gateway) symbol(r *fix.Report) string {
	if r.Instrument != market.NoInstrument {
		for i := range g.cfg.Instruments {
			if g.cfg.Instruments[i].ID == r.Instrument {
				return g.cfg.Instruments[i].Symbol.String()
			}
		}
	}
	return "[N/A]" // FIX 4.4: Symbol(55) when there is none
}

var _ quickfix.Application = (*Gateway)(nil)
