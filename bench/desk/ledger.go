package desk

import (
	"fmt"
	"math/bits"
	"strings"

	"slipstream/fix"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Ledger follows the parents of one desk and checks every answer. It is not safe
// for concurrent use.
type Ledger struct {
	parents    []*Parent
	byID       map[string]*Parent  // every ClOrdID sent, to its parent
	open       map[string]Kind     // requests not answered yet
	seqs       map[uint64]string   // MsgSeqNum(34) to the ClOrdID sent with it
	execIDs    map[string]struct{} // seen
	violations []string
	rejects    int
	msg        wire.Message
}

// NewLedger follows nothing yet.
func NewLedger() *Ledger {
	return &Ledger{
		byID: make(map[string]*Parent), open: make(map[string]Kind),
		seqs: make(map[uint64]string), execIDs: make(map[string]struct{}),
	}
}

// Expect announces a step that will be sent, so that the run waits for its end.
func (l *Ledger) Expect(st Step) {
	if st.Kind != New {
		l.byID[st.ClOrdID] = l.byID[st.Orig]
		return
	}
	p := &Parent{
		ClOrdID: st.ClOrdID, Current: st.ClOrdID, Symbol: st.Symbol, Side: st.Side.String(),
		Algo: st.Algo.String(), Qty: st.Qty, StatusText: statusText[""], Fills: []Fill{},
		limits: make(map[string]market.Price),
	}
	l.parents = append(l.parents, p)
	l.byID[st.ClOrdID] = p
}

// Sent notes that the step has gone out.
func (l *Ledger) Sent(now market.Nanos, st Step) {
	p := l.byID[st.ClOrdID]
	l.open[st.ClOrdID] = st.Kind
	if st.Kind == New {
		p.sent, p.SentNanos = true, now
	}
	if st.OrdType == Limit {
		p.limits[st.ClOrdID] = st.Price
	}
	if st.Kind == New {
		p.LimitPx = p.limits[st.ClOrdID]
	}
}

// Numbered notes the sequence number a request got, for Reject (3).
func (l *Ledger) Numbered(seq uint64, clOrdID string) { l.seqs[seq] = clOrdID }

// NotSent notes that a request was left out of a resend because of its age: the
// daemon has never seen it.
func (l *Ledger) NotSent(clOrdID string) {
	if p := l.byID[clOrdID]; p != nil {
		l.refuse(p, clOrdID, "not resent: too old")
	}
}

// Done reports whether all announced parents are terminal and all requests answered.
func (l *Ledger) Done() bool {
	for _, p := range l.parents {
		if !p.terminal {
			return false
		}
	}
	return len(l.open) == 0
}

// Receive takes one message of the daemon: 8, 9, j or 3. Others are ignored.
func (l *Ledger) Receive(now market.Nanos, raw []byte) {
	if fault := wire.Parse(raw, &l.msg); fault != wire.FaultNone {
		l.breach(nil, "unreadable message: %v", fault)
		return
	}
	switch string(l.msg.Type()) {
	case "8":
		l.execution(now)
	case "9":
		l.rejects++
		l.reject(l.str(wire.TagClOrdID))
	case "j":
		l.rejects++
		l.reject(l.str(tagBusinessRejectRefID))
	case "3":
		l.rejects++
		seq, _, _ := l.msg.GetUint(wire.TagRefSeqNum)
		l.reject(l.seqs[seq])
	}
}

// reject handles the refusal of a request: 9, j and 3 leave the parent as it is,
// unless it was the D that was refused.
func (l *Ledger) reject(clOrdID string) {
	p := l.byID[clOrdID]
	if p == nil {
		l.breach(nil, "a refusal of %q, which was never sent: %s", clOrdID, l.str(wire.TagText))
		return
	}
	l.refuse(p, clOrdID, l.str(wire.TagText))
}

func (l *Ledger) refuse(p *Parent, clOrdID, text string) {
	p.Refused++
	p.Text = text
	if l.open[clOrdID] == New && clOrdID == p.ClOrdID {
		p.terminal, p.Status, p.StatusText = true, "8", statusText["8"]
	}
	delete(l.open, clOrdID)
}

// execution handles an ExecutionReport (8).
func (l *Ledger) execution(now market.Nanos) {
	e := l.report()
	p := l.byID[e.clOrdID]
	if p == nil {
		l.breach(nil, "ExecutionReport of ClOrdID %q, which was never sent", e.clOrdID)
		return
	}
	if !l.once(p, &e) {
		return
	}
	if e.execType == byte(fix.ExecRejected) && p.terminal || e.execType == byte(fix.ExecStatus) {
		delete(l.open, e.clOrdID)
		return // a duplicate's refusal, or a status: no event of the order
	}
	if p.terminal && !e.changesTrade() {
		l.breach(p, "ExecType %c after the order had ended as %s", e.execType, p.StatusText)
	}
	l.identity(p, &e)
	if e.changesTrade() {
		l.takeBack(p, &e)
	}
	l.quantities(p, &e)
	l.prices(p, &e)
	l.apply(now, p, &e)
}

// once reports whether the report is new. A copy with PossDup or PossResend is
// dropped in silence, any other copy is a breach.
func (l *Ledger) once(p *Parent, e *execReport) bool {
	if _, twice := l.execIDs[e.execID]; twice {
		if !e.possible {
			l.breach(p, "ExecID %s came twice", e.execID)
		}
		return false
	}
	l.execIDs[e.execID] = struct{}{}
	return true
}

func (l *Ledger) identity(p *Parent, e *execReport) {
	switch {
	case !e.complete:
		l.breach(p, "ExecID %s lacks a required field or has a bad number", e.execID)
	case p.OrderID != "" && p.OrderID != "NONE" && p.OrderID != e.orderID:
		l.breach(p, "OrderID changed from %s to %s", p.OrderID, e.orderID)
	case e.symbol != p.Symbol:
		l.breach(p, "Symbol is %s", e.symbol)
	}
	p.OrderID = e.orderID
}

func (l *Ledger) quantities(p *Parent, e *execReport) {
	want := p.CumQty
	if e.execType == byte(fix.ExecTrade) || e.execType == byte(fix.ExecCorrect) {
		want += e.lastQty
		if e.lastQty <= 0 {
			l.breach(p, "a trade of %d shares", e.lastQty)
		}
	}
	if e.cumQty != want {
		l.breach(p, "CumQty %d after %d with LastQty %d", e.cumQty, p.CumQty, e.lastQty)
	}
	if e.cumQty > e.orderQty {
		l.breach(p, "CumQty %d is above OrderQty %d", e.cumQty, e.orderQty)
	}
	leaves := e.orderQty - e.cumQty
	if fix.OrdStatus(e.status).Terminal() {
		leaves = 0
	}
	if e.leavesQty != leaves {
		l.breach(p, "LeavesQty %d, want %d (OrdStatus %c)", e.leavesQty, leaves, e.status)
	}
	if e.status == byte(fix.StatusFilled) && e.cumQty != e.orderQty {
		l.breach(p, "filled with CumQty %d of %d", e.cumQty, e.orderQty)
	}
}

func (l *Ledger) prices(p *Parent, e *execReport) {
	if (e.execType == byte(fix.ExecTrade) || e.execType == byte(fix.ExecCorrect)) && e.lastQty > 0 {
		limit := p.LimitPx
		beyond := e.lastPx > limit
		if p.Side == market.Sell.String() {
			beyond = e.lastPx < limit
		}
		if limit != 0 && beyond {
			l.breach(p, "a fill at %d beyond the limit %d", e.lastPx, limit)
		}
		p.notional.add(e.lastPx, e.lastQty)
	}
	if d := p.notional.average(e.cumQty) - e.avgPx; d > 1 || d < -1 {
		l.breach(p, "AvgPx %d, the fills average %d", e.avgPx, p.notional.average(e.cumQty))
	}
}

// apply moves the parent to the state of the report.
func (l *Ledger) apply(now market.Nanos, p *Parent, e *execReport) {
	if e.execType == byte(fix.ExecTrade) || e.execType == byte(fix.ExecCorrect) {
		p.Fills = append(p.Fills, Fill{e.execID, e.nanos, e.lastPx, e.lastQty, e.liquidity})
	}
	switch {
	case e.execType == byte(fix.ExecReplaced):
		p.Replaces++
		p.Current, p.LimitPx = e.clOrdID, p.limits[e.clOrdID]
		delete(l.open, e.clOrdID)
	case e.execType == byte(fix.ExecCanceled) && l.open[e.clOrdID] == Cancel:
		p.Cancels++
		delete(l.open, e.clOrdID)
	case l.open[e.clOrdID] == New && e.execType != byte(fix.ExecPendingNew):
		delete(l.open, e.clOrdID)
	}
	p.Qty, p.CumQty, p.LeavesQty, p.AvgPx = e.orderQty, e.cumQty, e.leavesQty, e.avgPx
	p.Status, p.StatusText = string(rune(e.status)), statusText[string(rune(e.status))]
	if e.text != "" {
		p.Text = e.text
	}
	if p.terminal = fix.OrdStatus(e.status).Terminal(); p.terminal {
		p.EndedNanos = now
	}
}

// takeBack undoes the trade that a bust or a correction names; a correction is then taken
// as a trade of its own.
func (l *Ledger) takeBack(p *Parent, e *execReport) {
	for i, f := range p.Fills {
		if f.ExecID != e.execRef {
			continue
		}
		if e.execType == byte(fix.ExecBust) && (e.lastQty != f.Qty || e.lastPx != f.Px) {
			l.breach(p, "the bust of %s takes back %d at %d, it had %d at %d", f.ExecID, e.lastQty, e.lastPx, f.Qty, f.Px)
		}
		p.Fills = append(p.Fills[:i], p.Fills[i+1:]...)
		p.CumQty -= f.Qty
		p.notional.sub(f.Px, f.Qty)
		return
	}
	l.breach(p, "ExecRefID %q names no trade of the order", e.execRef)
}

func (l *Ledger) breach(p *Parent, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p != nil {
		p.Violations = append(p.Violations, text)
		text = p.ClOrdID + ": " + text
	}
	l.violations = append(l.violations, text)
}

func (s *wideSum) add(p market.Price, q market.Qty) {
	hi, lo := bits.Mul64(uint64(p), uint64(q))
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi += hi + carry
}

// sub takes back what add added.
func (s *wideSum) sub(p market.Price, q market.Qty) {
	hi, lo := bits.Mul64(uint64(p), uint64(q))
	var borrow uint64
	s.lo, borrow = bits.Sub64(s.lo, lo, 0)
	s.hi -= hi + borrow
}

// average is the sum over q, rounded half up.
func (s *wideSum) average(q market.Qty) market.Price {
	if q <= 0 || s.hi >= uint64(q) {
		return 0
	}
	quo, rem := bits.Div64(s.hi, s.lo, uint64(q))
	if rem >= uint64(q)-rem {
		quo++
	}
	return market.Price(quo)
}

func show(raw []byte) string { return strings.ReplaceAll(string(raw), "\x01", "|") }
