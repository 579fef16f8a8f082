package itch

import "slipstream/internal/market"

// Trading States of TradingAction.
const (
	StateHalted    = 'H' // halted across all US markets
	StatePaused    = 'P' // paused across all US markets (Nasdaq-listed only)
	StateQuoteOnly = 'Q' // quotation only period
	StateTrading   = 'T'
)

// TradingAction (H): the trading state of a stock. ITCH 1.2.2.
type TradingAction struct {
	Header
	Stock        market.Symbol
	TradingState byte
	Reserved     byte // kept, so that a message re-encodes to its own bytes
	Reason       [4]byte
}

// Decode reads b, exactly one H; false when it is not.
func (m *TradingAction) Decode(b []byte) bool {
	if len(b) != SizeTradingAction || b[0] != TypeTradingAction {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Stock = market.Symbol(b[11:19])
	m.TradingState = b[19]
	m.Reserved = b[20]
	m.Reason = [4]byte(b[21:25])
	return true
}

// Append appends the message to dst.
func (m *TradingAction) Append(dst []byte) []byte {
	var b [SizeTradingAction]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeTradingAction)
	copy(b[11:19], m.Stock[:])
	b[19] = m.TradingState
	b[20] = m.Reserved
	copy(b[21:25], m.Reason[:])
	return append(dst, b[:]...)
}

// OperationalHalt (h): one market center stopped or resumed a stock. ITCH 1.2.8.
type OperationalHalt struct {
	Header
	Stock                 market.Symbol
	MarketCode            byte // 'Q' Nasdaq, 'B' BX, 'X' PSX
	OperationalHaltAction byte // 'H' halted, 'T' resumed
}

// Decode reads b, exactly one h; false when it is not.
func (m *OperationalHalt) Decode(b []byte) bool {
	if len(b) != SizeOperationalHalt || b[0] != TypeOperationalHalt {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Stock = market.Symbol(b[11:19])
	m.MarketCode = b[19]
	m.OperationalHaltAction = b[20]
	return true
}

// Append appends the message to dst.
func (m *OperationalHalt) Append(dst []byte) []byte {
	var b [SizeOperationalHalt]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeOperationalHalt)
	copy(b[11:19], m.Stock[:])
	b[19] = m.MarketCode
	b[20] = m.OperationalHaltAction
	return append(dst, b[:]...)
}

// MWCBDeclineLevel (V): the day's market-wide circuit breaker levels, Price(8),
// 1e-8 of the currency unit. ITCH 1.2.5.1.
type MWCBDeclineLevel struct {
	Header
	Level1, Level2, Level3 uint64
}

// Decode reads b, exactly one V; false when it is not.
func (m *MWCBDeclineLevel) Decode(b []byte) bool {
	if len(b) != SizeMWCBDeclineLevel || b[0] != TypeMWCBDeclineLevel {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Level1 = be.Uint64(b[11:19])
	m.Level2 = be.Uint64(b[19:27])
	m.Level3 = be.Uint64(b[27:35])
	return true
}

// Append appends the message to dst.
func (m *MWCBDeclineLevel) Append(dst []byte) []byte {
	var b [SizeMWCBDeclineLevel]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeMWCBDeclineLevel)
	be.PutUint64(b[11:19], m.Level1)
	be.PutUint64(b[19:27], m.Level2)
	be.PutUint64(b[27:35], m.Level3)
	return append(dst, b[:]...)
}

// MWCBStatus (W): a market-wide circuit breaker level was breached. ITCH 1.2.5.2.
type MWCBStatus struct {
	Header
	BreachedLevel byte // '1', '2', '3'
}

// Decode reads b, exactly one W; false when it is not.
func (m *MWCBStatus) Decode(b []byte) bool {
	if len(b) != SizeMWCBStatus || b[0] != TypeMWCBStatus {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.BreachedLevel = b[11]
	return true
}

// Append appends the message to dst.
func (m *MWCBStatus) Append(dst []byte) []byte {
	var b [SizeMWCBStatus]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeMWCBStatus)
	b[11] = m.BreachedLevel
	return append(dst, b[:]...)
}
