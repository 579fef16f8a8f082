package engine

import (
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/risk"
)

// onMassCancelReport: the venue has taken orders back by a request that is not ours (an
// operator's, its own). Which ones, their reports say; they are asked about all the same.
func (e *Engine) onMassCancelReport(m *wire.Message) {
	var r venue.MassCancelReport
	fault := venue.DecodeMassCancelReport(m, &r)
	e.event(EvVenueMassCancel, int64(r.Response), int64(r.Affected), int64(r.Reason))
	if fault != wire.FaultNone || r.Response != '0' {
		e.askAll()
	}
}

// onTradingSession: only an open session takes orders. What the venue says holds until it
// says otherwise, or an operator re-arms.
func (e *Engine) onTradingSession(m *wire.Message) {
	var r venue.TradingSession
	if venue.DecodeTradingSession(m, &r) != wire.FaultNone {
		e.refuseMessage(m, venue.RejectMissingField)
		return
	}
	if r.Status == venue.SessionRefused || r.Status == venue.SessionUnknown {
		e.event(EvTradingSession, -1, int64(r.Status), 0)
		return
	}
	shut := r.Status != venue.SessionOpen
	one := int64(-1)
	for k := range e.inst {
		if r.HasSymbol && e.cfg.Instruments[k].Symbol != r.Symbol {
			continue
		}
		e.inst[k].shut = shut
		if r.HasSymbol {
			one = int64(k)
		}
	}
	if r.HasSymbol && one < 0 {
		return // of an instrument that we do not trade
	}
	e.event(EvTradingSession, one, int64(r.Status), 0)
	if !shut {
		e.driveAll(ByVenue)
	}
}

// reopenSessions forgets what onTradingSession heard.
func (e *Engine) reopenSessions() {
	for k := range e.inst {
		e.inst[k].shut = false
	}
}

// unsupported answers a message whose type we do not take.
func (e *Engine) unsupported(m *wire.Message) {
	first := byte(0)
	if t := m.Type(); len(t) > 0 {
		first = t[0]
	}
	e.event(EvVenueUnsupported, int64(first), seqOf(m), 0)
	e.refuseMessage(m, venue.RejectUnsupported)
}

// refuseMessage sends BusinessMessageReject(j), if the message rate leaves room for it.
func (e *Engine) refuseMessage(m *wire.Message, reason uint64) {
	o := risk.Order{Kind: risk.KindStatus}
	dst, seq, ok := e.sess.Reserve(e.now)
	if !ok || e.gate.Check(e.now, &o, nil) != 0 {
		e.stats.Held++
		return
	}
	e.gate.Sent(e.now, &o)
	e.sess.Commit(e.now, e.enc.AppendBusinessReject(dst, seq, e.now, uint64(seqOf(m)), m.Type(), reason))
}
