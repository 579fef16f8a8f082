package desk

import (
	"slipstream/fix"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

const (
	tagBusinessRejectRefID = 379
	tagLastLiquidityInd    = 851
)

// execReport is an ExecutionReport (8) as the Ledger needs it.
type execReport struct {
	execID, clOrdID, orderID string
	execRef                  string // ExecRefID(19)
	symbol, text             string
	execType, status         byte
	possible                 bool // PossDupFlag(43)=Y or PossResend(97)=Y
	complete                 bool // every required field is there and readable
	orderQty, cumQty         market.Qty
	leavesQty, lastQty       market.Qty
	lastPx, avgPx            market.Price
	liquidity                int
	nanos                    market.Nanos
}

// changesTrade reports whether it takes a trade back, or corrects it.
func (e *execReport) changesTrade() bool {
	return e.execType == byte(fix.ExecBust) || e.execType == byte(fix.ExecCorrect)
}

func (l *Ledger) str(tag uint32) string {
	b, _ := l.msg.Get(tag)
	return string(b)
}

// report reads the message at hand.
func (l *Ledger) report() execReport {
	e := execReport{
		execID: l.str(wire.TagExecID), clOrdID: l.str(wire.TagClOrdID), orderID: l.str(wire.TagOrderID),
		execRef: l.str(wire.TagExecRefID), symbol: l.str(wire.TagSymbol), text: l.str(wire.TagText),
		possible: l.str(wire.TagPossDupFlag) == "Y" || l.str(wire.TagPossResend) == "Y",
		complete: true,
	}
	one := func(tag uint32) byte {
		b, _ := l.msg.Get(tag)
		if len(b) != 1 {
			e.complete = false
			return '?'
		}
		return b[0]
	}
	qty := func(tag uint32, required bool) market.Qty {
		b, found := l.msg.Get(tag)
		q, ok := wire.ParseQty(b)
		e.complete = e.complete && (ok || !found && !required)
		return q
	}
	price := func(tag uint32, required bool) market.Price {
		b, found := l.msg.Get(tag)
		p, ok := wire.ParsePrice(b)
		e.complete = e.complete && (ok || !found && !required)
		return p
	}
	e.execType, e.status = one(wire.TagExecType), one(wire.TagOrdStatus)
	isTrade := e.execType == 'F' || e.changesTrade()
	e.orderQty, e.cumQty, e.leavesQty = qty(wire.TagOrderQty, true), qty(wire.TagCumQty, true), qty(wire.TagLeavesQty, true)
	e.lastQty, e.lastPx = qty(wire.TagLastQty, isTrade), price(wire.TagLastPx, isTrade)
	e.avgPx = price(wire.TagAvgPx, true)
	liq, _, _ := l.msg.GetUint(tagLastLiquidityInd)
	e.liquidity = int(liq)
	b, _ := l.msg.Get(wire.TagTransactTime)
	var ok bool
	e.nanos, ok = wire.ParseTime(b)
	e.complete = e.complete && ok && e.execID != "" && e.orderID != "" && l.str(wire.TagSide) != ""
	return e
}
