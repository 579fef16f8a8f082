package itch

import "slipstream/internal/market"

// Trade (P): an execution against an order that was not displayed. ITCH 1.5.1.
type Trade struct {
	Header
	OrderRef    uint64 // 0 since 2010
	Side        byte   // of the resting order; Buy always since 2014
	Shares      uint32
	Stock       market.Symbol
	Price       uint32
	MatchNumber uint64
}

// Decode reads b, exactly one P; false when it is not.
func (m *Trade) Decode(b []byte) bool {
	if len(b) != SizeTrade || b[0] != TypeTrade {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.OrderRef = be.Uint64(b[11:19])
	m.Side = b[19]
	m.Shares = be.Uint32(b[20:24])
	m.Stock = market.Symbol(b[24:32])
	m.Price = be.Uint32(b[32:36])
	m.MatchNumber = be.Uint64(b[36:44])
	return true
}

// Append appends the message to dst.
func (m *Trade) Append(dst []byte) []byte {
	var b [SizeTrade]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeTrade)
	be.PutUint64(b[11:19], m.OrderRef)
	b[19] = m.Side
	be.PutUint32(b[20:24], m.Shares)
	copy(b[24:32], m.Stock[:])
	be.PutUint32(b[32:36], m.Price)
	be.PutUint64(b[36:44], m.MatchNumber)
	return append(dst, b[:]...)
}

// CrossTrade (Q): an auction took place. ITCH 1.5.2.
type CrossTrade struct {
	Header
	Shares      uint64 // 0: the cross had no volume
	Stock       market.Symbol
	CrossPrice  uint32
	MatchNumber uint64
	CrossType   byte // 'O' open, 'C' close, 'H' IPO or halt, 'I' intraday
}

// Decode reads b, exactly one Q; false when it is not.
func (m *CrossTrade) Decode(b []byte) bool {
	if len(b) != SizeCrossTrade || b[0] != TypeCrossTrade {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Shares = be.Uint64(b[11:19])
	m.Stock = market.Symbol(b[19:27])
	m.CrossPrice = be.Uint32(b[27:31])
	m.MatchNumber = be.Uint64(b[31:39])
	m.CrossType = b[39]
	return true
}

// Append appends the message to dst.
func (m *CrossTrade) Append(dst []byte) []byte {
	var b [SizeCrossTrade]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeCrossTrade)
	be.PutUint64(b[11:19], m.Shares)
	copy(b[19:27], m.Stock[:])
	be.PutUint32(b[27:31], m.CrossPrice)
	be.PutUint64(b[31:39], m.MatchNumber)
	b[39] = m.CrossType
	return append(dst, b[:]...)
}

// BrokenTrade (B): an execution was broken; the book does not change. ITCH 1.5.3.
type BrokenTrade struct {
	Header
	MatchNumber uint64
}

// Decode reads b, exactly one B; false when it is not.
func (m *BrokenTrade) Decode(b []byte) bool {
	if len(b) != SizeBrokenTrade || b[0] != TypeBrokenTrade {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.MatchNumber = be.Uint64(b[11:19])
	return true
}

// Append appends the message to dst.
func (m *BrokenTrade) Append(dst []byte) []byte {
	var b [SizeBrokenTrade]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeBrokenTrade)
	be.PutUint64(b[11:19], m.MatchNumber)
	return append(dst, b[:]...)
}
