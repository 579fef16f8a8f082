package exchange

import "slipstream/internal/market"

// ownTrade is one side of a trade that belongs to an owner: what a bust takes back.
type ownTrade struct {
	match  uint64
	serial uint64 // of the Exec that told it, or last changed it
	gen    uint64 // with rec it names the order for good
	rec    int32
	qty    uint32 // 0 = busted
	price  uint32
	liq    Liquidity
}

// ownTradesMax is how many own trades can be taken back: the last ones.
const ownTradesMax = 4096

// noteOwn remembers a trade of record i.
func (m *Matcher) noteOwn(i int32, q, price uint32, liq Liquidity, serial uint64) {
	m.trades[m.tradesN%ownTradesMax] = ownTrade{m.match, serial, m.own.recs[i].gen, i, q, price, liq}
	m.tradesN++
}

// doBust takes the trade with match number OrderID back, or, as KindCorrect, gives it
// another Price: for the owners of its sides, who get an Exec each. A bust is published
// (ITCH B); the book does not change, and the shares do not come back: an order that still
// works has the same LeavesQty, and one that was filled ends as canceled.
func (m *Matcher) doBust(q *Request) Reason {
	price := uint32(0)
	if q.Kind == KindCorrect {
		if q.Price <= 0 || q.Price > m.cfg.MaxPrice || q.Price%market.ITCHUnit != 0 {
			return ReasonBadPrice
		}
		price = uint32(q.Price / market.ITCHUnit)
	}
	found := false
	for k := range m.trades {
		t := &m.trades[k]
		if t.match != q.OrderID || t.match == 0 || t.qty == 0 || m.own.recs[t.rec].gen != t.gen {
			continue
		}
		if r := &m.own.recs[t.rec]; !found {
			m.begin(r.inst)
			if found = true; q.Kind == KindBust {
				m.emitBroken(r.inst, t.match)
			}
		}
		if q.Kind == KindBust {
			m.bustSide(t)
		} else {
			m.correctSide(t, price)
		}
	}
	if !found {
		return ReasonUnknownOrder
	}
	return ReasonNone
}

func (m *Matcher) bustSide(t *ownTrade) {
	r := &m.own.recs[t.rec]
	qty := market.Qty(t.qty)
	r.cum -= qty
	r.notional.sub(t.qty, t.price)
	m.filled[r.inst][r.side] -= uint64(t.qty)
	switch {
	case r.status == StatusFilled:
		r.status = StatusCanceled
	case !r.status.IsTerminal():
		r.qty -= qty
		if r.cum == 0 {
			r.status = StatusNew
		}
	}
	m.tradeChange(ExecBusted, t)
	t.qty = 0
}

func (m *Matcher) correctSide(t *ownTrade, price uint32) {
	r := &m.own.recs[t.rec]
	r.notional.sub(t.qty, t.price)
	r.notional.add(t.qty, price)
	t.price = price
	m.tradeChange(ExecCorrected, t)
}

func (m *Matcher) tradeChange(kind ExecKind, t *ownTrade) {
	e := m.report(kind, t.rec)
	e.Liquidity, e.MatchNumber, e.RefSerial = t.liq, t.match, t.serial
	e.LastQty, e.LastPx = market.Qty(t.qty), priceOf(t.price)
	t.serial = e.Serial
}
