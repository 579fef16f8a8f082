package engine

import (
	"slipstream/fix"
	"slipstream/internal/market"
)

// report opens one Report for the parent with its present state. Effects.Reports
// is sized so that one Step cannot fill it (New); if that proof were ever wrong
// the loss is an event, not a silence.
func (e *Engine) report(p *parent, t fix.ExecType) *fix.Report {
	r := e.newReport()
	r.Kind = fix.ExecReport
	r.ExecType = t
	r.Desk, r.Algo, r.Side, r.Instrument, r.OrdType = p.desk, p.algo, p.side, p.inst, p.terms.ordType
	r.ParentID = p.id
	r.OrdStatus = p.status()
	r.OrderQty, r.CumQty, r.LeavesQty = p.terms.qty, p.cum, p.leaves()
	r.AvgPx = p.nominal.over(p.cum)
	r.Price = p.terms.limit
	r.ClOrdID, r.Replaced = p.clOrdID, p.replaced
	return r
}

func (e *Engine) newReport() *fix.Report {
	n := len(e.fx.Reports)
	if n == cap(e.fx.Reports) {
		e.event(EvReportRing, int64(n), 0, 0)
		e.stats.ReportsLost++
		e.lostReport = fix.Report{}
		return &e.lostReport
	}
	e.fx.Reports = e.fx.Reports[:n+1]
	r := &e.fx.Reports[n]
	e.serial++
	*r = fix.Report{Serial: e.serial, Nanos: e.now}
	return r
}

// reportFill: while a change is pending, fills are on the old ClOrdID with the
// old quantity (FIX 4.4 appendix D, C.3.a).
func (e *Engine) reportFill(p *parent, qty market.Qty, px market.Price, liq byte) (serial uint64) {
	r := e.report(p, fix.ExecTrade)
	r.LastQty, r.LastPx, r.LastLiq = qty, px, liq
	return r.Serial
}

// reportTradeChange tells a bust or a correction; ExecRef is the last report about the
// trade. An order that had been filled is open again for as long as it takes to say that
// its balance is canceled: it has ended here, and nobody works it any more (FIX 4.4
// appendix D). One that had ended otherwise stays as it was.
func (e *Engine) reportTradeChange(p *parent, f *fill, t fix.ExecType, qty market.Qty, px market.Price) {
	unfilled := p.phase == done && p.final == fix.StatusFilled && p.cum < p.terms.qty
	if unfilled {
		p.phase = working
	}
	r := e.report(p, t)
	r.LastQty, r.LastPx, r.ExecRef, r.Reason = qty, px, f.serial, fix.ReasonVenueRestated
	f.serial = r.Serial
	code := EvFillBusted
	if t == fix.ExecCorrect {
		code = EvFillCorrected
	}
	e.event(code, int64(p.id), int64(qty), int64(px))
	if unfilled {
		p.phase, p.final = done, fix.StatusCanceled
		e.report(p, fix.ExecCanceled).Reason = fix.ReasonVenueRestated
	}
}

// reportChange is a report about a pending or completed change: ClOrdID(11) is
// the change's, OrigClOrdID(41) the last accepted one. A mass cancel gives an order
// no new name.
func (e *Engine) reportChange(p *parent, t fix.ExecType) *fix.Report {
	r := e.report(p, t)
	if p.changeID.N == 0 {
		return r
	}
	r.ClOrdID, r.OrigClOrdID = p.changeID, p.clOrdID
	return r
}

// rejectNew answers a D that was not accepted. For a duplicate ClOrdID,
// OrdStatus(39) is that of the live order (4.4 appendix D, F.1.b).
func (e *Engine) rejectNew(c *fix.Command, why fix.Reason, live *parent) {
	r := e.newReport()
	r.Kind, r.ExecType, r.OrdStatus, r.Reason = fix.ExecReport, fix.ExecRejected, fix.StatusRejected, why
	r.Desk, r.Algo, r.Side, r.Instrument, r.OrdType = c.Desk, c.Algo, c.Side, c.Instrument, c.OrdType
	r.OrderQty, r.Price, r.ClOrdID = c.OrderQty, c.Price, c.ClOrdID
	if live != nil {
		r.ParentID, r.OrdStatus = live.id, live.status()
		r.CumQty, r.LeavesQty, r.AvgPx = live.cum, live.leaves(), live.nominal.over(live.cum)
		r.Replaced = live.replaced
	}
	e.stats.ParentsRejected++
	e.event(EvParentRejected, int64(c.Kind), int64(why), 0)
}

// rejectChange answers a G or F with OrderCancelReject(9).
func (e *Engine) rejectChange(c *fix.Command, why fix.Reason, p *parent) {
	r := e.newReport()
	r.Kind, r.Reason, r.Desk = fix.CancelReject, why, c.Desk
	r.ClOrdID, r.OrigClOrdID = c.ClOrdID, c.OrigClOrdID
	r.ResponseTo = '1'
	if c.Kind == fix.ReplaceParent {
		r.ResponseTo = '2'
	}
	r.OrdStatus = fix.StatusRejected
	if p != nil {
		r.ParentID, r.OrdStatus, r.Replaced = p.id, p.status(), p.replaced
		r.OrigClOrdID = p.clOrdID // the last accepted one
	}
	e.event(EvParentRejected, int64(c.Kind), int64(why), 0)
}
