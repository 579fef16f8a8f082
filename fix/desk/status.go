package desk

import (
	"slipstream/fix"
	"slipstream/internal/market"
)

// readStatus makes a Command of OrderStatusRequest (H). Symbol and side are not held
// against the order: its ClOrdID(11) names it.
func (g *Gateway) readStatus(m fields) (cmd fix.Command, r *refusal) {
	cmd.Kind = fix.StatusParent
	var ok bool
	if cmd.ClOrdID, ok = fix.MakeClOrdID(m.get(tagClOrdID)); !ok {
		if m.has(tagClOrdID) {
			return cmd, refuse(fix.ReasonUnknownOrder, "ClOrdID(11) is longer than %d bytes", fix.ClOrdIDMax)
		}
		id, ok := parseDecimal(m.get(tagOrderID), 0)
		if !ok || id <= 0 {
			return cmd, refuse(fix.ReasonUnknownOrder, "neither ClOrdID(11) nor an OrderID(37) of ours")
		}
		cmd.OrderID = uint64(id)
	}
	if cmd.ReqID, ok = requestID(m.get(tagOrdStatusReqID)); !ok {
		return cmd, refuse(fix.ReasonUnsupported, "OrdStatusReqID(790) is longer than %d bytes", fix.ClOrdIDMax)
	}
	cmd.Instrument = market.NoInstrument
	if in, known := g.instruments[m.get(tagSymbol)]; known {
		cmd.Instrument = in.ID
	}
	if r := readSide(m, &cmd); r != nil {
		cmd.Side = 0
	}
	return cmd, nil
}

// readMassStatus makes a Command of OrderMassStatusRequest (AF): 585=7 all, 1 a symbol.
func (g *Gateway) readMassStatus(m fields) (cmd fix.Command, r *refusal) {
	cmd.Kind = fix.MassStatus
	var ok bool
	if cmd.ReqID, ok = requestID(m.get(tagMassStatusReqID)); !ok {
		return cmd, refuse(fix.ReasonUnsupported, "MassStatusReqID(584) is longer than %d bytes", fix.ClOrdIDMax)
	}
	return cmd, g.readScope(m, &cmd, tagMassStatusReqType)
}

// readMassCancel makes a Command of OrderMassCancelRequest (q): 530=7 all, 1 a symbol.
func (g *Gateway) readMassCancel(m fields) (cmd fix.Command, r *refusal) {
	cmd.Kind = fix.MassCancel
	var ok bool
	if cmd.ClOrdID, ok = fix.MakeClOrdID(m.get(tagClOrdID)); !ok {
		return cmd, refuse(fix.ReasonUnsupported, "ClOrdID(11) is longer than %d bytes", fix.ClOrdIDMax)
	}
	return cmd, g.readScope(m, &cmd, tagMassCancelRequestType)
}

// readScope reads which of the desk's orders a mass request is about.
func (g *Gateway) readScope(m fields, cmd *fix.Command, typeTag int) *refusal {
	const all, ofSymbol = "7", "1"
	cmd.Instrument = market.NoInstrument
	switch m.get(typeTag) {
	case all:
	case ofSymbol:
		if r := g.readInstrument(m, cmd); r != nil {
			return r
		}
	default:
		return refuse(fix.ReasonUnsupported, "tag %d=%s: it must be 7, all, or 1, of a symbol", typeTag, printable(m.get(typeTag)))
	}
	if m.has(tagSide) {
		return readSide(m, cmd)
	}
	return nil
}

// requestID copies the identifier of a request; none is fine.
func requestID(s string) (id fix.ClOrdID, ok bool) {
	if s == "" {
		return id, true
	}
	return fix.MakeClOrdID(s)
}

// statusRefused is the ExecutionReport (8) that answers an H or AF which the engine
// never hears of: there is no such order.
func (g *Gateway) statusRefused(v dialect, m fields, r *refusal, execID string) draft {
	report := fix.Report{
		Kind: fix.ExecReport, ExecType: fix.ExecStatus, OrdStatus: fix.StatusRejected, Reason: r.reason,
		Instrument: market.NoInstrument, ResponseTo: 'H', Nanos: market.Nanos(g.cfg.Now().UnixNano()),
	}
	if m.get(tagMsgType) == "AF" {
		report.ResponseTo = 'A'
		report.ReqID, _ = requestID(m.get(tagMassStatusReqID)) // too long: left out
	} else {
		report.ReqID, _ = requestID(m.get(tagOrdStatusReqID)) // too long: left out
	}
	d := g.execReport(v, &report, nil)
	d.str(tagExecID, execID)
	for _, tag := range [...]int{tagClOrdID, tagSymbol, tagSide} {
		if text := m.get(tag); text != "" {
			d.str(tagOf(tag), text)
		}
	}
	d.str(tagText, r.text)
	return d
}

// massCancelReport is the OrderMassCancelReport (r) of a report.
func (g *Gateway) massCancelReport(v Version, r *fix.Report) draft {
	d := g.massCancelHead(v, r.ClOrdID.String(), strconvUint(r.Serial), r.Nanos)
	scope := "7"
	if r.Instrument != market.NoInstrument {
		scope = "1"
		d.str(tagSymbol, g.symbol(r))
	}
	d.str(tagMassCancelRequestType, scope)
	d.str(tagMassCancelResponse, scope)
	if r.Side != 0 {
		d.int(tagSide, side(r.Side))
	}
	d.int(tagTotalAffectedOrders, int(r.Count))
	if r.Left > 0 {
		d.str(tagText, strconvUint(uint64(r.Left))+" more were ending already")
	}
	return d
}

// massCancelRefused is the OrderMassCancelReport (r) that refuses a q.
func (g *Gateway) massCancelRefused(v Version, m fields, r *refusal, execID string) draft {
	d := g.massCancelHead(v, m.get(tagClOrdID), execID, market.Nanos(g.cfg.Now().UnixNano()))
	const unsupported, unknownSymbol = 0, 1
	d.str(tagMassCancelRequestType, m.get(tagMassCancelRequestType))
	d.str(tagMassCancelResponse, "0")
	why := unsupported
	if r.reason == fix.ReasonUnknownSymbol {
		why = unknownSymbol
	}
	d.int(tagMassCancelRejectReason, why)
	d.int(tagTotalAffectedOrders, 0)
	d.str(tagText, r.text)
	return d
}

func (g *Gateway) massCancelHead(v Version, clOrdID, id string, now market.Nanos) draft {
	d := g.draft("r", v)
	d.str(tagClOrdID, clOrdID)
	d.str(tagOrderID, id)
	if v == FIX50SP2 {
		d.str(tagMassActionReportID, id)
	}
	d.time(tagTransactTime, now)
	return d
}

// dontKnow hears a DontKnowTrade (Q). Nothing is answered and nothing is undone: a
// person has to look at the trade with the desk.
func (g *Gateway) dontKnow(desk uint8, m fields) {
	g.dontKnows.Add(1)
	g.log("alert", g.desks[desk].id.String(), "the desk does not know a trade: OrderID(37)="+printable(m.get(tagOrderID))+
		" ExecID(17)="+printable(m.get(tagExecID))+" DKReason(127)="+printable(m.get(tagDKReason))+" "+printable(m.get(tagText)))
}
