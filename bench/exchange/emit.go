package exchange

import (
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

var itchSide = [3]byte{0, itch.Buy, itch.Sell}

func (m *Matcher) header(inst uint16) itch.Header {
	return itch.Header{StockLocate: inst + 1, Timestamp: m.now}
}

func (m *Matcher) emitAdd(inst uint16, ref uint64, side market.Side, price, qty uint32, mpid [4]byte) {
	msg := itch.AddOrder{Header: m.header(inst), OrderRef: ref, Side: itchSide[side], Shares: qty,
		Stock: m.cfg.Instruments[inst].Symbol, Price: price}
	if mpid[0] == 0 {
		m.tape.commit(msg.Append(m.tape.room()))
		return
	}
	f := itch.AddOrderMPID{AddOrder: msg, Attribution: mpid}
	m.tape.commit(f.Append(m.tape.room()))
}

func (m *Matcher) emitExecuted(inst uint16, ref uint64, qty uint32) {
	msg := itch.OrderExecuted{Header: m.header(inst), OrderRef: ref, ExecutedShares: qty, MatchNumber: m.match}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) emitExecutedAt(inst uint16, ref uint64, qty, price uint32, printable byte) {
	msg := itch.OrderExecutedWithPrice{
		OrderExecuted: itch.OrderExecuted{Header: m.header(inst), OrderRef: ref, ExecutedShares: qty, MatchNumber: m.match},
		Printable:     printable, ExecutionPrice: price}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) emitCancel(inst uint16, ref uint64, by uint32) {
	msg := itch.OrderCancel{Header: m.header(inst), OrderRef: ref, CanceledShares: by}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) emitDelete(inst uint16, ref uint64) {
	msg := itch.OrderDelete{Header: m.header(inst), OrderRef: ref}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) emitReplace(inst uint16, ref, newRef uint64, price, qty uint32) {
	msg := itch.OrderReplace{Header: m.header(inst), OrderRef: ref, NewOrderRef: newRef, Shares: qty, Price: price}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) emitTrade(inst uint16, side market.Side, price, qty uint32) {
	msg := itch.Trade{Header: m.header(inst), Side: itchSide[side], Shares: qty,
		Stock: m.cfg.Instruments[inst].Symbol, Price: price, MatchNumber: m.match}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) emitBroken(inst uint16, match uint64) {
	msg := itch.BrokenTrade{Header: m.header(inst), MatchNumber: match}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) emitState(inst uint16, state byte, reason [4]byte) {
	msg := itch.TradingAction{Header: m.header(inst), Stock: m.cfg.Instruments[inst].Symbol,
		TradingState: state, Reserved: ' ', Reason: reason}
	m.tape.commit(msg.Append(m.tape.room()))
}

func (m *Matcher) emitSystem(code byte) {
	msg := itch.SystemEvent{Header: itch.Header{Timestamp: m.now}, EventCode: code}
	m.tape.commit(msg.Append(m.tape.room()))
}

// emitDirectory publishes R and Y of an instrument: what a receiver needs to know
// its locate.
func (m *Matcher) emitDirectory(inst uint16) {
	in := &m.cfg.Instruments[inst]
	lot := uint32(min(in.Lot, 1<<31))
	r := itch.StockDirectory{Header: m.header(inst), Stock: in.Symbol, MarketCategory: 'Q',
		FinancialStatusIndicator: 'N', RoundLotSize: lot, RoundLotsOnly: 'N', IssueClassification: 'C',
		IssueSubType: [2]byte{'Z', ' '}, Authenticity: 'T', ShortSaleThresholdIndicator: 'N', IPOFlag: 'N',
		LULDReferencePriceTier: '1', ETPFlag: 'N', InverseIndicator: 'N'}
	m.tape.commit(r.Append(m.tape.room()))
}

func (m *Matcher) emitRegSHO(inst uint16) {
	y := itch.RegSHO{Header: m.header(inst), Stock: m.cfg.Instruments[inst].Symbol, RegSHOAction: '0'}
	m.tape.commit(y.Append(m.tape.room()))
}
