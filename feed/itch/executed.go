package itch

// OrderExecuted (E): part or all of an order executed at its own price. ITCH 1.4.1.
type OrderExecuted struct {
	Header
	OrderRef       uint64
	ExecutedShares uint32
	MatchNumber    uint64 // unique for the day; a BrokenTrade refers to it
}

// Decode reads b, exactly one E; false when it is not.
func (m *OrderExecuted) Decode(b []byte) bool {
	if len(b) != SizeOrderExecuted || b[0] != TypeOrderExecuted {
		return false
	}
	m.decodeBody((*[SizeOrderExecuted]byte)(b))
	return true
}

func (m *OrderExecuted) decodeBody(b *[SizeOrderExecuted]byte) {
	m.Header.decode((*[HeaderSize]byte)(b[:]))
	m.OrderRef = be.Uint64(b[11:19])
	m.ExecutedShares = be.Uint32(b[19:23])
	m.MatchNumber = be.Uint64(b[23:31])
}

func (m *OrderExecuted) putBody(b *[SizeOrderExecuted]byte, typ byte) {
	m.put((*[HeaderSize]byte)(b[:]), typ)
	be.PutUint64(b[11:19], m.OrderRef)
	be.PutUint32(b[19:23], m.ExecutedShares)
	be.PutUint64(b[23:31], m.MatchNumber)
}

// Append appends the message to dst.
func (m *OrderExecuted) Append(dst []byte) []byte {
	var b [SizeOrderExecuted]byte
	m.putBody(&b, TypeOrderExecuted)
	return append(dst, b[:]...)
}

// OrderExecutedWithPrice (C): an execution at a price other than the order's own.
// ITCH 1.4.2.
type OrderExecutedWithPrice struct {
	OrderExecuted
	Printable      byte // 'N': counted elsewhere (a cross), leave it out of volume; 'Y'
	ExecutionPrice uint32
}

// Decode reads b, exactly one C; false when it is not.
func (m *OrderExecutedWithPrice) Decode(b []byte) bool {
	if len(b) != SizeOrderExecutedWithPrice || b[0] != TypeOrderExecutedWithPrice {
		return false
	}
	m.decodeBody((*[SizeOrderExecuted]byte)(b))
	m.Printable = b[31]
	m.ExecutionPrice = be.Uint32(b[32:36])
	return true
}

// Append appends the message to dst.
func (m *OrderExecutedWithPrice) Append(dst []byte) []byte {
	var b [SizeOrderExecutedWithPrice]byte
	m.putBody((*[SizeOrderExecuted]byte)(b[:]), TypeOrderExecutedWithPrice)
	b[31] = m.Printable
	be.PutUint32(b[32:36], m.ExecutionPrice)
	return append(dst, b[:]...)
}
