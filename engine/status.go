package engine

import (
	"slipstream/fix"
	"slipstream/internal/market"
)

// onStatusRequest answers OrderStatusRequest (H): a report of the order that any of its
// ClOrdIDs, or else OrderID, names, also one that has ended.
func (e *Engine) onStatusRequest(c *fix.Command) {
	i, known := e.clOrdIDs.find(c.Desk, &c.ClOrdID)
	if n := c.OrderID; n > 0 && n <= uint64(len(e.parents)) && e.parents[n-1].desk == c.Desk {
		i, known = int32(n-1), true
	}
	if !known {
		e.statusUnknown(c, 'H')
		return
	}
	p := &e.parents[i]
	r := e.report(p, fix.ExecStatus)
	r.ResponseTo, r.ReqID = 'H', c.ReqID
}

// statusUnknown: 150=I with 39=8 says that there is no such order.
func (e *Engine) statusUnknown(c *fix.Command, to byte) {
	r := e.newReport()
	r.Kind, r.ExecType, r.OrdStatus, r.Reason = fix.ExecReport, fix.ExecStatus, fix.StatusRejected, fix.ReasonUnknownOrder
	r.Desk, r.Side, r.Instrument = c.Desk, c.Side, c.Instrument
	r.ClOrdID, r.ReqID, r.ResponseTo = c.ClOrdID, c.ReqID, to
}

// onMassStatus answers OrderMassStatusRequest (AF): one report for each open order
// of the desk that the request is about, each with how many are still to come.
func (e *Engine) onMassStatus(c *fix.Command) {
	total := uint32(0)
	for _, i := range e.active {
		if e.parents[i].isOf(c) {
			total++
		}
	}
	if total == 0 {
		e.statusUnknown(c, 'A')
		return
	}
	left := total
	for _, i := range e.active {
		p := &e.parents[i]
		if !p.isOf(c) {
			continue
		}
		left--
		r := e.report(p, fix.ExecStatus)
		r.ResponseTo, r.ReqID, r.Count, r.Left = 'A', c.ReqID, total, left
	}
}

// onMassCancel is a desk's kill switch (q). What is not ending yet is canceled, each
// order with reports of its own: under its own ClOrdID, since the request names none.
// A replace that is pending is refused. OrderMassCancelReport comes first.
func (e *Engine) onMassCancel(c *fix.Command) {
	r := e.newReport()
	r.Kind, r.Desk, r.ClOrdID, r.Side, r.Instrument = fix.MassCancelReport, c.Desk, c.ClOrdID, c.Side, c.Instrument
	for _, i := range e.active {
		if p := &e.parents[i]; p.isOf(c) {
			if p.stoppable() {
				r.Count++
			} else {
				r.Left++
			}
		}
	}
	if r.Count == 0 {
		return
	}
	for k := 0; k < len(e.active); {
		p := &e.parents[e.active[k]]
		if p.isOf(c) && p.stoppable() {
			if p.phase == replacing {
				p.phase = working // OrdStatus of the refusal is what it leaves behind
				e.refuseChange(p, fix.ReplaceParent, fix.ReasonByDesk)
			}
			p.changeID, p.phase = fix.ClOrdID{}, canceling
			e.reportChange(p, fix.ExecPendingCancel)
			e.drive(p, ByDesk)
		}
		if p.phase != done { // drive removes a done parent from active
			k++
		}
	}
}

// isOf reports whether a mass request is about the parent.
func (p *parent) isOf(c *fix.Command) bool {
	return p.desk == c.Desk && (c.Instrument == market.NoInstrument || c.Instrument == p.inst) && (c.Side == 0 || c.Side == p.side)
}

// stoppable reports whether a cancel would still change something.
func (p *parent) stoppable() bool {
	return (p.phase == working || p.phase == replacing) && p.cum < p.terms.qty
}
