package lobster

import (
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// Locate is the Stock Locate of every message that concerns the stock.
const Locate = 1

// Attribution marks synthetic adds.
const Attribution = "SYNT"

// span is one message in the emitter's buffer.
type span struct {
	end       int
	synthetic bool
}

// emitter encodes the messages of one row and counts them.
type emitter struct {
	stock market.Symbol
	head  itch.Header
	buf   []byte
	spans []span
	synth uint64 // synthetic order references given so far
	match uint64 // match numbers given so far
	stats *Stats
}

// begin starts a row: what follows has its number and its time.
func (e *emitter) begin(row int, nanos uint64) {
	e.buf, e.spans = e.buf[:0], e.spans[:0]
	e.at(row, nanos)
}

func (e *emitter) at(row int, nanos uint64) {
	e.head = itch.Header{StockLocate: Locate, TrackingNumber: uint16(row), Timestamp: nanos}
}

func (e *emitter) close(synthetic bool) {
	e.spans = append(e.spans, span{len(e.buf), synthetic})
	e.stats.Messages++
	if synthetic {
		e.stats.Synthetic++
	}
}

func (e *emitter) system(code byte) {
	m := itch.SystemEvent{Header: e.head, EventCode: code}
	m.StockLocate = 0
	e.buf = m.Append(e.buf)
	e.close(false)
}

// directory writes what LOBSTER does not tell as "not available", where ITCH can.
func (e *emitter) directory() {
	m := itch.StockDirectory{
		Header: e.head, Stock: e.stock, MarketCategory: ' ', FinancialStatusIndicator: ' ',
		RoundLotSize: 100, RoundLotsOnly: 'N', IssueClassification: 'C', IssueSubType: [2]byte{'Z', ' '},
		Authenticity: 'P', ShortSaleThresholdIndicator: ' ', IPOFlag: ' ',
		LULDReferencePriceTier: ' ', ETPFlag: ' ', InverseIndicator: 'N',
	}
	e.buf = m.Append(e.buf)
	e.close(false)
}

func (e *emitter) state(state byte) {
	m := itch.TradingAction{Header: e.head, Stock: e.stock, TradingState: state, Reserved: ' ', Reason: [4]byte{' ', ' ', ' ', ' '}}
	e.buf = m.Append(e.buf)
	e.close(false)
}

func (e *emitter) add(s side, ref uint64, price, qty uint32) {
	m := itch.AddOrder{Header: e.head, OrderRef: ref, Side: s.letter(), Shares: qty, Stock: e.stock, Price: price}
	e.buf = m.Append(e.buf)
	e.close(false)
}

// addSynthetic gives the reference of a new synthetic order.
func (e *emitter) addSynthetic(s side, price, qty uint32) uint64 {
	e.synth++
	ref := synthBit | e.synth
	m := itch.AddOrderMPID{
		AddOrder:    itch.AddOrder{Header: e.head, OrderRef: ref, Side: s.letter(), Shares: qty, Stock: e.stock, Price: price},
		Attribution: [4]byte([]byte(Attribution)),
	}
	e.buf = m.Append(e.buf)
	e.close(true)
	e.stats.SyntheticAdds++
	return ref
}

func (e *emitter) cancel(ref uint64, qty uint32, synthetic bool) {
	m := itch.OrderCancel{Header: e.head, OrderRef: ref, CanceledShares: qty}
	e.buf = m.Append(e.buf)
	e.close(synthetic)
}

func (e *emitter) delete(ref uint64, synthetic bool) {
	m := itch.OrderDelete{Header: e.head, OrderRef: ref}
	e.buf = m.Append(e.buf)
	e.close(synthetic)
}

func (e *emitter) execute(ref uint64, qty uint32) {
	e.match++
	m := itch.OrderExecuted{Header: e.head, OrderRef: ref, ExecutedShares: qty, MatchNumber: e.match}
	e.buf = m.Append(e.buf)
	e.close(false)
	e.stats.VisibleShares += uint64(qty)
}

func (e *emitter) trade(s side, price, qty uint32) {
	e.match++
	m := itch.Trade{Header: e.head, Side: s.letter(), Shares: qty, Stock: e.stock, Price: price, MatchNumber: e.match}
	e.buf = m.Append(e.buf)
	e.close(false)
	e.stats.HiddenShares += uint64(qty)
}

func (e *emitter) cross(kind byte, price, qty uint32) {
	e.match++
	m := itch.CrossTrade{Header: e.head, Shares: uint64(qty), Stock: e.stock, CrossPrice: price, MatchNumber: e.match, CrossType: kind}
	e.buf = m.Append(e.buf)
	e.close(false)
	e.stats.CrossShares += uint64(qty)
}
