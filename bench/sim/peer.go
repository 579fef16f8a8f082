package sim

import (
	"slipstream/bench/exchange"
	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Peer is the venue's end of one FIX 4.4 session, pure: bytes in, requests to the
// exchange and bytes out. It keeps what it sent, so a ResendRequest is answered
// with the reports themselves, marked PossDup. It survives its connections.
type Peer struct {
	Comp, Target string // the venue's CompID, the daemon's CompID
	Symbols      []market.Symbol
	Owner        uint32
	Submit       func(now market.Nanos, r *exchange.Request)

	active          bool
	in, out         []byte
	nextIn, nextOut uint64
	store           []stored // application messages, in order of their numbers
	seen            map[venue.ChildID]bool
	Duplicates      int // D messages whose ClOrdID was seen before
	Orders          int // D messages
	msg             wire.Message

	// Faults; with none the venue is a good one.
	Faults Faults
	Wake   func(at market.Nanos) // Release is to be called then
	rng    rng
	held   []held
	orders map[venue.ChildID]liveOrder
	open   []venue.ChildID // keys of orders, in order of acceptance

	changes   []change
	restating uint64                   // ClientRef of the restatement being made
	restated  uint64                   // of them
	alias     map[venue.ChildID]uint64 // ClientRef of an order that was restated

	unnumbered uint64 // reports that the exchange gave no number
}

type stored struct {
	seq  uint64
	typ  byte
	body []byte // the fields after the header
	sent market.Nanos
}

// NewPeer starts with both numbers at 1.
func NewPeer(comp, target string, symbols []market.Symbol, submit func(market.Nanos, *exchange.Request)) *Peer {
	return &Peer{Comp: comp, Target: target, Symbols: symbols, Owner: 1, Submit: submit, nextIn: 1, nextOut: 1, seen: map[venue.ChildID]bool{}, orders: map[venue.ChildID]liveOrder{}, alias: map[venue.ChildID]uint64{}}
}

// Disconnect drops what was not read and not written.
func (p *Peer) Disconnect() {
	p.active, p.in, p.out = false, p.in[:0], p.out[:0]
}

// Output gives and clears the bytes to send.
func (p *Peer) Output() []byte {
	b := p.out
	p.out = nil
	return b
}

// Receive takes bytes of the daemon's stream, any cut.
func (p *Peer) Receive(now market.Nanos, b []byte) {
	p.in = append(p.in, b...)
	for len(p.in) > 0 {
		n, fault := wire.Frame(p.in, 8192)
		if n == 0 {
			return
		}
		if fault == wire.FaultNone && wire.Parse(p.in[:n], &p.msg) == wire.FaultNone {
			p.message(now, &p.msg)
		}
		p.in = p.in[n:]
	}
}

func (p *Peer) message(now market.Nanos, m *wire.Message) {
	seq, ok := m.MsgSeqNum()
	if !ok {
		return
	}
	t := m.Type1()
	switch {
	case t == 'A':
		p.active = true
		p.send(now, 'A', append(wire.AppendUintField(wire.AppendUintField(nil, wire.TagEncryptMethod, 0), wire.TagHeartBtInt, 30), []byte(nil)...))
	case t == '2': // answered even when its own number is ahead
		from, _, _ := m.GetUint(wire.TagBeginSeqNo)
		p.resend(now, from)
	}
	if seq > p.nextIn {
		body := wire.AppendUintField(nil, wire.TagBeginSeqNo, p.nextIn)
		p.send(now, '2', wire.AppendUintField(body, wire.TagEndSeqNo, 0))
		return
	}
	if t == '4' {
		if next, ok, _ := m.GetUint(wire.TagNewSeqNo); ok && next > p.nextIn {
			p.nextIn = next
		}
		return
	}
	if seq < p.nextIn {
		return
	}
	p.nextIn++
	switch t {
	case '1':
		id, _ := m.Get(wire.TagTestReqID)
		p.send(now, '0', wire.AppendField(nil, wire.TagTestReqID, id))
	case '5':
		p.send(now, '5', nil)
		p.active = false
	case 'D', 'G', 'F', 'H':
		p.order(now, t, m, seq)
	}
}

// order turns D, G, F, H into a Request.
func (p *Peer) order(now market.Nanos, t byte, m *wire.Message, seq uint64) {
	clOrdID, _ := m.Get(wire.TagClOrdID)
	id, _ := venue.ParseClOrdID(clOrdID)
	r := exchange.Request{Owner: p.Owner, ClientRef: id, Instrument: market.NoInstrument}
	r.Token, _ = exchange.MakeToken(clOrdID)
	if s, ok := m.Get(wire.TagSymbol); ok {
		for i, sym := range p.Symbols {
			if sym == market.MakeSymbol(string(s)) {
				r.Instrument = market.InstrumentID(i)
			}
		}
	}
	if v, ok, _ := m.GetUint(54); ok {
		r.Side = market.Side(v)
	}
	if v, ok, _ := m.GetUint(wire.TagOrderQty); ok {
		r.Qty = market.Qty(v)
	}
	if v, ok := m.Get(wire.TagPrice); ok {
		r.Price, _ = wire.ParsePrice(v)
	}
	if v, ok := m.Get(wire.TagTimeInForce); ok && v[0] == '3' {
		r.TIF = exchange.IOC
	}
	if v, ok := m.Get(wire.TagExecInst); ok && v[0] == '6' {
		r.PostOnly = true
	}
	if v, ok := m.Get(wire.TagOrigClOrdID); ok {
		r.OrigClientRef, _ = venue.ParseClOrdID(v)
	}
	switch t {
	case 'D':
		r.Kind = exchange.KindNew
		p.Orders++
		if p.seen[id] {
			p.Duplicates++
		}
		p.seen[id] = true
	case 'G':
		r.Kind = exchange.KindReplace
	case 'F':
		r.Kind = exchange.KindCancel
	case 'H':
		r.Kind = exchange.KindStatus
		r.OrigClientRef, r.ClientRef = id, 0
	}
	if len(p.open) > 0 && p.rng.hit(p.Faults.UnsolicitedPpm) {
		p.cancelSome(now)
	}
	if len(p.open) > 0 && p.rng.hit(p.Faults.RestatePpm) {
		p.restateSome(now)
	}
	if ref, restated := p.alias[r.OrigClientRef]; restated {
		r.OrigClientRef = ref
	}
	if !p.unwilling(now, t, &r, seq) {
		p.Submit(now, &r)
	}
}

// OnExec reports what the exchange did.
func (p *Peer) OnExec(now market.Nanos, x *exchange.Exec) {
	p.follow(x)
	if x.Kind == exchange.ExecCancelRejected && x.ClientRef == p.restating && p.restating != 0 {
		return // it cannot be restated now
	}
	if x.Kind == exchange.ExecCancelRejected {
		p.cancelReject(now, x)
		return
	}
	t, s := fix.ExecNew, status(x)
	switch x.Kind {
	case exchange.ExecRejected:
		t = fix.ExecRejected
	case exchange.ExecTrade:
		t = fix.ExecTrade
	case exchange.ExecCanceled:
		t = fix.ExecCanceled
	case exchange.ExecBusted:
		t = fix.ExecBust
	case exchange.ExecCorrected:
		t = fix.ExecCorrect
	case exchange.ExecReplaced:
		t = fix.ExecReplaced
		if x.ClientRef == p.restating {
			t, p.restating = fix.ExecRestated, 0
		}
	case exchange.ExecStatus:
		t = fix.ExecStatus
	}
	silent := p.silent(t, x)
	if t == fix.ExecTrade {
		p.mayChange(now, x, !silent)
	}
	if silent {
		return
	}
	b := wire.AppendUintField(nil, wire.TagOrderID, x.OrderID)
	b = wire.AppendField(b, wire.TagClOrdID, x.Token.Bytes())
	if x.OrigToken.N > 0 && x.OrigToken != x.Token {
		b = wire.AppendField(b, wire.TagOrigClOrdID, x.OrigToken.Bytes())
	}
	id := append([]byte("X"), wire.AppendUint(nil, x.Serial)...)
	if x.Serial == 0 {
		p.unnumbered++
		id = append([]byte("S"), wire.AppendUint(nil, p.unnumbered)...)
	}
	b = wire.AppendField(b, wire.TagExecID, id)
	b = wire.AppendField(b, wire.TagExecType, []byte{byte(t)})
	b = wire.AppendField(b, wire.TagOrdStatus, []byte{byte(s)})
	if int(x.Instrument) < len(p.Symbols) {
		b = wire.AppendField(b, wire.TagSymbol, []byte(p.Symbols[x.Instrument].String()))
	}
	b = wire.AppendUintField(b, wire.TagSide, uint64(x.Side))
	if x.RefSerial != 0 {
		b = wire.AppendField(b, wire.TagExecRefID, append([]byte("X"), wire.AppendUint(nil, x.RefSerial)...))
	}
	if t == fix.ExecRestated {
		b = wire.AppendPrice(wire.AppendTag(b, wire.TagPrice), x.Price)
		b = append(b, wire.SOH)
		b = wire.AppendUintField(b, wire.TagExecRestatementReason, 99)
	}
	if !p.Faults.Terse || t == fix.ExecNew || t == fix.ExecTrade {
		b = wire.AppendUintField(b, wire.TagOrderQty, uint64(x.OrderQty))
	}
	b = wire.AppendUintField(b, wire.TagCumQty, uint64(x.CumQty))
	b = wire.AppendUintField(b, wire.TagLeavesQty, uint64(x.LeavesQty))
	if t == fix.ExecTrade || t == fix.ExecBust || t == fix.ExecCorrect {
		b = wire.AppendUintField(b, wire.TagLastQty, uint64(x.LastQty))
		b = wire.AppendPrice(wire.AppendTag(b, wire.TagLastPx), x.LastPx)
		b = append(b, wire.SOH)
		b = wire.AppendUintField(b, wire.TagLastLiquidityInd, uint64(x.Liquidity))
	}
	b = wire.AppendPrice(wire.AppendTag(b, wire.TagAvgPx), x.AvgPx)
	b = append(b, wire.SOH)
	if t == fix.ExecRejected {
		b = wire.AppendUintField(b, wire.TagOrdRejReason, 99)
	}
	p.report(now, '8', b, t == fix.ExecStatus)
	if p.rng.hit(p.Faults.RepeatPpm) {
		p.report(now, '8', b, t == fix.ExecStatus)
	}
}

func (p *Peer) cancelReject(now market.Nanos, x *exchange.Exec) {
	b := wire.AppendUintField(nil, wire.TagOrderID, x.OrderID)
	b = wire.AppendField(b, wire.TagClOrdID, x.Token.Bytes())
	b = wire.AppendField(b, wire.TagOrigClOrdID, x.OrigToken.Bytes())
	b = wire.AppendField(b, wire.TagOrdStatus, []byte{byte(status(x))})
	to := uint64(1)
	if x.RequestOf == exchange.KindReplace {
		to = 2
	}
	b = wire.AppendUintField(b, wire.TagCxlRejResponseTo, to)
	reason := uint64(99)
	switch x.Reason {
	case exchange.ReasonUnknownOrder:
		reason = 1
	case exchange.ReasonTooLate:
		reason = 0
	}
	p.report(now, '9', wire.AppendUintField(b, wire.TagCxlRejReason, reason), false)
}

func status(x *exchange.Exec) fix.OrdStatus {
	switch x.Status {
	case exchange.StatusNew:
		return fix.StatusNew
	case exchange.StatusPartiallyFilled:
		return fix.StatusPartiallyFilled
	case exchange.StatusFilled:
		return fix.StatusFilled
	case exchange.StatusCanceled:
		return fix.StatusCanceled
	}
	return fix.StatusRejected
}

// send numbers a message, keeps it if a resend may want it, and writes it if the
// session is up.
func (p *Peer) send(now market.Nanos, t byte, body []byte) {
	seq := p.nextOut
	p.nextOut++
	if (t == '8' || t == '9' || t == 'j') && !p.Faults.GapFill {
		p.store = append(p.store, stored{seq, t, body, now})
	}
	if p.active {
		p.write(now, t, seq, body, 0)
	}
}

// resend replays the reports from a number on; everything else is gap-filled.
func (p *Peer) resend(now market.Nanos, from uint64) {
	next := from
	for _, s := range p.store {
		if s.seq < from {
			continue
		}
		if s.seq > next {
			p.gapFill(now, next, s.seq)
		}
		p.write(now, s.typ, s.seq, s.body, s.sent)
		next = s.seq + 1
	}
	if next < p.nextOut {
		p.gapFill(now, next, p.nextOut)
	}
}

func (p *Peer) gapFill(now market.Nanos, seq, next uint64) {
	b := wire.AppendField(nil, wire.TagGapFillFlag, []byte("Y"))
	p.write(now, '4', seq, wire.AppendUintField(b, wire.TagNewSeqNo, next), now)
}

// write appends one framed message; orig != 0 marks it PossDup.
func (p *Peer) write(now market.Nanos, t byte, seq uint64, body []byte, orig market.Nanos) {
	b := wire.AppendField(nil, wire.TagMsgType, []byte{t})
	b = wire.AppendUintField(b, wire.TagMsgSeqNum, seq)
	if orig != 0 {
		b = wire.AppendField(b, wire.TagPossDupFlag, []byte("Y"))
	}
	b = wire.AppendField(b, 49, []byte(p.Comp))
	b = wire.AppendTime(wire.AppendTag(b, wire.TagSendingTime), now, wire.Micros)
	b = append(b, wire.SOH)
	b = wire.AppendField(b, 56, []byte(p.Target))
	if orig != 0 {
		b = wire.AppendTime(wire.AppendTag(b, wire.TagOrigSendingTime), orig, wire.Micros)
		b = append(b, wire.SOH)
	}
	b = append(b, body...)
	from := len(p.out)
	p.out = wire.AppendField(p.out, wire.TagBeginString, []byte("FIX.4.4"))
	p.out = wire.AppendUintField(p.out, wire.TagBodyLength, uint64(len(b)))
	p.out = append(p.out, b...)
	p.out = wire.AppendTrailer(p.out, from)
}
