package sim

import (
	"slipstream/bench/exchange"
	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Faults is how a venue may behave and still be a venue: slow, terse, forgetful of
// reports, unwilling. It never lies about an order's state. Probabilities are in
// parts per million of the messages concerned.
type Faults struct {
	RejectNewPpm     uint32 // a D is rejected
	RejectReplacePpm uint32 // a G is refused with 9, the order stays as it was
	RejectCancelPpm  uint32 // an F is refused with 9, the order stays as it was
	UnsolicitedPpm   uint32 // before a request, one of our orders is canceled unasked
	BusinessPpm      uint32 // a request is answered by j and not looked at
	RepeatPpm        uint32 // a report is sent twice, with the same ExecID
	MergePpm         uint32 // a fill that ends no order is told only by the next report's CumQty
	DropPpm          uint32 // a report is never sent: only a status request brings the truth
	SlowPpm          uint32 // reports wait up to SlowNanos, in order
	SlowNanos        market.Nanos
	FastStatus       bool   // the answer to H does not wait behind slow reports
	BustPpm          uint32 // a trade of ours is taken back, within half a second
	CorrectPpm       uint32 // a trade of ours gets a price a cent better, within half a second
	RestatePpm       uint32 // before a request, one of our orders is made smaller or moved away by a cent
	GapFill          bool   // reports are not resent: a ResendRequest is answered by gap fill
	Terse            bool   // OrderQty(38) only where it is required: not in reports of changes
}

// seedFaults draws a venue's character from a seed: most traits are absent, so
// that the others show.
func seedFaults(r *rng) (f Faults) {
	some := func(most uint32) uint32 {
		if !r.hit(400_000) {
			return 0
		}
		return uint32(r.below(uint64(most)))
	}
	f = Faults{
		RejectNewPpm: some(300_000), RejectReplacePpm: some(900_000), RejectCancelPpm: some(900_000),
		UnsolicitedPpm: some(200_000), BusinessPpm: some(100_000), RepeatPpm: some(300_000), MergePpm: some(900_000),
		DropPpm: some(100_000), SlowPpm: some(400_000), SlowNanos: market.Nanos(1 + r.below(uint64(600*market.Millisecond))),
		BustPpm: some(200_000), CorrectPpm: some(200_000), RestatePpm: some(100_000),
		FastStatus: r.hit(300_000), GapFill: r.hit(300_000), Terse: r.hit(300_000),
	}
	if f.GapFill || f.FastStatus {
		// A change of a finished order's trade that is not resent is never heard of; and an
		// answer that overtakes a trade and its bust tells neither from the other's loss.
		f.BustPpm, f.CorrectPpm = 0, 0
	}
	return f
}

// held is a report that a slow venue has not sent yet.
type held struct {
	at   market.Nanos
	typ  byte
	body []byte
}

// unwilling handles a request that a fault keeps from the exchange; true if one did.
func (p *Peer) unwilling(now market.Nanos, t byte, r *exchange.Request, seq uint64) bool {
	f := &p.Faults
	if p.rng.hit(f.BusinessPpm) {
		b := wire.AppendUintField(nil, wire.TagRefSeqNum, seq)
		b = wire.AppendField(b, wire.TagRefMsgType, []byte{t})
		b = wire.AppendField(b, wire.TagBusinessRejectRefID, r.Token.Bytes())
		p.report(now, 'j', wire.AppendUintField(b, wire.TagBusinessRejectReason, 4), true)
		return true
	}
	switch o, known := p.orders[r.OrigClientRef]; {
	case t == 'D' && p.rng.hit(f.RejectNewPpm):
		p.OnExec(now, &exchange.Exec{Kind: exchange.ExecRejected, Status: exchange.StatusRejected, Token: r.Token,
			ClientRef: r.ClientRef, Instrument: r.Instrument, Side: r.Side, OrderQty: r.Qty})
		return true
	case known && (t == 'G' && p.rng.hit(f.RejectReplacePpm) || t == 'F' && p.rng.hit(f.RejectCancelPpm)):
		x := exchange.Exec{Kind: exchange.ExecCancelRejected, Status: o.status, OrderID: o.id, Token: r.Token, OrigToken: o.token,
			RequestOf: exchange.KindCancel, Reason: exchange.ReasonUnsupported}
		if t == 'G' {
			x.RequestOf = exchange.KindReplace
		}
		p.OnExec(now, &x)
		return true
	}
	return false
}

// liveOrder is what the Peer knows of an order that is open at the exchange.
type liveOrder struct {
	ref    venue.ChildID // the exchange's ClientRef
	id     uint64
	token  exchange.Token
	status exchange.Status
	side   market.Side
	inst   market.InstrumentID
	price  market.Price
	qty    market.Qty
	cum    market.Qty
}

// follow keeps the open orders by their present name.
func (p *Peer) follow(x *exchange.Exec) {
	switch x.Kind {
	case exchange.ExecReplaced:
		delete(p.orders, x.OrigClientRef)
		for i, ref := range p.open {
			if ref == x.OrigClientRef {
				p.open[i] = x.ClientRef
			}
		}
	case exchange.ExecAccepted:
		p.open = append(p.open, x.ClientRef)
	case exchange.ExecTrade, exchange.ExecCanceled, exchange.ExecBusted, exchange.ExecCorrected:
	default:
		return
	}
	ref := x.ClientRef
	if x.Kind == exchange.ExecCanceled && x.OrigClientRef != 0 {
		ref = x.OrigClientRef
	}
	if !x.Status.IsTerminal() {
		p.orders[ref] = liveOrder{ref, x.OrderID, x.Token, x.Status, x.Side, x.Instrument, x.Price, x.OrderQty, x.CumQty}
		return
	}
	delete(p.orders, ref)
	for i := range p.open {
		if p.open[i] == ref {
			p.open = append(p.open[:i], p.open[i+1:]...)
			return
		}
	}
}

// cancelSome cancels one open order that nobody asked to cancel.
func (p *Peer) cancelSome(now market.Nanos) {
	o := p.orders[p.open[p.rng.below(uint64(len(p.open)))]]
	p.Submit(now, &exchange.Request{Kind: exchange.KindCancel, Owner: p.Owner, OrigClientRef: o.ref, ClientRef: o.ref, Token: o.token, Instrument: market.NoInstrument})
}

// silent reports whether a fault keeps this report from being sent at all.
func (p *Peer) silent(t fix.ExecType, x *exchange.Exec) bool {
	switch {
	case t == fix.ExecStatus, t == fix.ExecBust, t == fix.ExecCorrect, t == fix.ExecRestated:
		return false
	case t == fix.ExecTrade && !x.Status.IsTerminal() && p.rng.hit(p.Faults.MergePpm):
		return true
	}
	return p.rng.hit(p.Faults.DropPpm)
}

// report sends a message of the application, perhaps later. Reports keep their order.
func (p *Peer) report(now market.Nanos, typ byte, body []byte, status bool) {
	at := now
	if p.rng.hit(p.Faults.SlowPpm) {
		at += market.Nanos(p.rng.below(uint64(p.Faults.SlowNanos) + 1))
	}
	if status && p.Faults.FastStatus || len(p.held) == 0 && at == now {
		p.send(now, typ, body)
		return
	}
	if n := len(p.held); n > 0 {
		at = max(at, p.held[n-1].at)
	}
	p.held = append(p.held, held{at, typ, body})
	p.Wake(at)
}

// change is a bust, or a correction to a price, that is still to come.
type change struct {
	at    market.Nanos
	match uint64
	price market.Price // 0 = a bust
}

// mayChange decides whether a trade that was reported, or not, will be taken back or
// corrected.
func (p *Peer) mayChange(now market.Nanos, x *exchange.Exec, reported bool) {
	c := change{match: x.MatchNumber}
	switch {
	case p.rng.hit(p.Faults.BustPpm):
	case reported && p.rng.hit(p.Faults.CorrectPpm):
		c.price = x.LastPx - market.Price(x.Side.Sign())*market.PriceUnit/100
	default:
		return
	}
	c.at = now + 1 + market.Nanos(p.rng.below(uint64(500*market.Millisecond)))
	p.changes = append(p.changes, c)
	p.Wake(c.at)
}

// change carries out what is due.
func (p *Peer) change(now market.Nanos) {
	for i := 0; i < len(p.changes); {
		c := p.changes[i]
		if c.at > now {
			i++
			continue
		}
		p.changes = append(p.changes[:i], p.changes[i+1:]...)
		r := exchange.Request{Kind: exchange.KindBust, OrderID: c.match, Instrument: market.NoInstrument}
		if c.price > 0 {
			r.Kind, r.Price = exchange.KindCorrect, c.price
		}
		p.Submit(now, &r)
	}
}

// restateSome replaces one open order that nobody asked to replace, under its own name: the
// daemon hears of a restatement (150=D).
func (p *Peer) restateSome(now market.Nanos) {
	o := p.orders[p.open[p.rng.below(uint64(len(p.open)))]]
	id, ok := venue.ParseClOrdID(o.token.Bytes())
	leaves := o.qty - o.cum
	if !ok || leaves < 1 {
		return
	}
	p.restated++
	r := exchange.Request{Kind: exchange.KindReplace, Owner: p.Owner, OrigClientRef: o.ref, ClientRef: 1<<62 + p.restated, Token: o.token,
		Instrument: o.inst, Side: o.side, Qty: o.qty, Price: o.price - market.Price(o.side.Sign())*market.PriceUnit/100}
	if leaves > 1 && p.rng.hit(500_000) {
		r.Qty, r.Price = o.qty-1-market.Qty(p.rng.below(uint64(leaves-1))), o.price
	}
	p.restating = r.ClientRef
	p.Submit(now, &r)
	if p.restating == 0 { // done: the daemon's name leads to the new ref
		p.alias[id] = r.ClientRef
	}
	p.restating = 0
}

// Release sends the reports that are due.
func (p *Peer) Release(now market.Nanos) {
	p.change(now)
	for len(p.held) > 0 && p.held[0].at <= now {
		h := p.held[0]
		p.held = p.held[1:]
		p.send(now, h.typ, h.body)
	}
}
