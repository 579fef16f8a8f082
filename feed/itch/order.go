package itch

import "slipstream/internal/market"

// The Buy/Sell Indicator of AddOrder, AddOrderMPID and Trade.
const (
	Buy  = 'B'
	Sell = 'S'
)

// AddOrder (A): an order without attribution entered the book. ITCH 1.3.1.
type AddOrder struct {
	Header
	OrderRef uint64 // Order Reference Number, unique for the day
	Side     byte   // Buy or Sell
	Shares   uint32
	Stock    market.Symbol
	Price    uint32
}

// Decode reads b, exactly one A; false when it is not.
func (m *AddOrder) Decode(b []byte) bool {
	if len(b) != SizeAddOrder || b[0] != TypeAddOrder {
		return false
	}
	m.decodeBody((*[SizeAddOrder]byte)(b))
	return true
}

func (m *AddOrder) decodeBody(b *[SizeAddOrder]byte) {
	m.Header.decode((*[HeaderSize]byte)(b[:]))
	m.OrderRef = be.Uint64(b[11:19])
	m.Side = b[19]
	m.Shares = be.Uint32(b[20:24])
	m.Stock = market.Symbol(b[24:32])
	m.Price = be.Uint32(b[32:36])
}

func (m *AddOrder) putBody(b *[SizeAddOrder]byte, typ byte) {
	m.put((*[HeaderSize]byte)(b[:]), typ)
	be.PutUint64(b[11:19], m.OrderRef)
	b[19] = m.Side
	be.PutUint32(b[20:24], m.Shares)
	copy(b[24:32], m.Stock[:])
	be.PutUint32(b[32:36], m.Price)
}

// Append appends the message to dst.
func (m *AddOrder) Append(dst []byte) []byte {
	var b [SizeAddOrder]byte
	m.putBody(&b, TypeAddOrder)
	return append(dst, b[:]...)
}

// AddOrderMPID (F): an order with attribution entered the book. ITCH 1.3.2.
type AddOrderMPID struct {
	AddOrder
	Attribution [4]byte // MPID
}

// Decode reads b, exactly one F; false when it is not.
func (m *AddOrderMPID) Decode(b []byte) bool {
	if len(b) != SizeAddOrderMPID || b[0] != TypeAddOrderMPID {
		return false
	}
	m.decodeBody((*[SizeAddOrder]byte)(b))
	m.Attribution = [4]byte(b[36:40])
	return true
}

// Append appends the message to dst.
func (m *AddOrderMPID) Append(dst []byte) []byte {
	var b [SizeAddOrderMPID]byte
	m.putBody((*[SizeAddOrder]byte)(b[:]), TypeAddOrderMPID)
	copy(b[36:40], m.Attribution[:])
	return append(dst, b[:]...)
}

// OrderCancel (X): an order lost CanceledShares and keeps its priority. ITCH 1.4.3.
type OrderCancel struct {
	Header
	OrderRef       uint64
	CanceledShares uint32
}

// Decode reads b, exactly one X; false when it is not.
func (m *OrderCancel) Decode(b []byte) bool {
	if len(b) != SizeOrderCancel || b[0] != TypeOrderCancel {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.OrderRef = be.Uint64(b[11:19])
	m.CanceledShares = be.Uint32(b[19:23])
	return true
}

// Append appends the message to dst.
func (m *OrderCancel) Append(dst []byte) []byte {
	var b [SizeOrderCancel]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeOrderCancel)
	be.PutUint64(b[11:19], m.OrderRef)
	be.PutUint32(b[19:23], m.CanceledShares)
	return append(dst, b[:]...)
}

// OrderDelete (D): an order left the book whole. ITCH 1.4.4.
type OrderDelete struct {
	Header
	OrderRef uint64
}

// Decode reads b, exactly one D; false when it is not.
func (m *OrderDelete) Decode(b []byte) bool {
	if len(b) != SizeOrderDelete || b[0] != TypeOrderDelete {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.OrderRef = be.Uint64(b[11:19])
	return true
}

// Append appends the message to dst.
func (m *OrderDelete) Append(dst []byte) []byte {
	var b [SizeOrderDelete]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeOrderDelete)
	be.PutUint64(b[11:19], m.OrderRef)
	return append(dst, b[:]...)
}

// OrderReplace (U): an order was replaced; side, stock and attribution stay, the
// priority is new. ITCH 1.4.5.
type OrderReplace struct {
	Header
	OrderRef    uint64 // Original Order Reference Number
	NewOrderRef uint64 // New Order Reference Number
	Shares      uint32
	Price       uint32
}

// Decode reads b, exactly one U; false when it is not.
func (m *OrderReplace) Decode(b []byte) bool {
	if len(b) != SizeOrderReplace || b[0] != TypeOrderReplace {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.OrderRef = be.Uint64(b[11:19])
	m.NewOrderRef = be.Uint64(b[19:27])
	m.Shares = be.Uint32(b[27:31])
	m.Price = be.Uint32(b[31:35])
	return true
}

// Append appends the message to dst.
func (m *OrderReplace) Append(dst []byte) []byte {
	var b [SizeOrderReplace]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeOrderReplace)
	be.PutUint64(b[11:19], m.OrderRef)
	be.PutUint64(b[19:27], m.NewOrderRef)
	be.PutUint32(b[27:31], m.Shares)
	be.PutUint32(b[31:35], m.Price)
	return append(dst, b[:]...)
}
