package itch

import "slipstream/internal/market"

// IPOQuotingPeriod (K): when quoting of an IPO begins. ITCH 1.2.6.
type IPOQuotingPeriod struct {
	Header
	Stock                        market.Symbol
	IPOQuotationReleaseTime      uint32 // seconds since midnight
	IPOQuotationReleaseQualifier byte   // 'A' anticipated, 'C' canceled or postponed
	IPOPrice                     uint32
}

// Decode reads b, exactly one K; false when it is not.
func (m *IPOQuotingPeriod) Decode(b []byte) bool {
	if len(b) != SizeIPOQuotingPeriod || b[0] != TypeIPOQuotingPeriod {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Stock = market.Symbol(b[11:19])
	m.IPOQuotationReleaseTime = be.Uint32(b[19:23])
	m.IPOQuotationReleaseQualifier = b[23]
	m.IPOPrice = be.Uint32(b[24:28])
	return true
}

// Append appends the message to dst.
func (m *IPOQuotingPeriod) Append(dst []byte) []byte {
	var b [SizeIPOQuotingPeriod]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeIPOQuotingPeriod)
	copy(b[11:19], m.Stock[:])
	be.PutUint32(b[19:23], m.IPOQuotationReleaseTime)
	b[23] = m.IPOQuotationReleaseQualifier
	be.PutUint32(b[24:28], m.IPOPrice)
	return append(dst, b[:]...)
}

// LULDAuctionCollar (J): the price band of a reopening auction after a limit
// up-limit down pause. ITCH 1.2.7.
type LULDAuctionCollar struct {
	Header
	Stock                       market.Symbol
	AuctionCollarReferencePrice uint32
	UpperAuctionCollarPrice     uint32
	LowerAuctionCollarPrice     uint32
	AuctionCollarExtension      uint32 // number of extensions so far
}

// Decode reads b, exactly one J; false when it is not.
func (m *LULDAuctionCollar) Decode(b []byte) bool {
	if len(b) != SizeLULDAuctionCollar || b[0] != TypeLULDAuctionCollar {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Stock = market.Symbol(b[11:19])
	m.AuctionCollarReferencePrice = be.Uint32(b[19:23])
	m.UpperAuctionCollarPrice = be.Uint32(b[23:27])
	m.LowerAuctionCollarPrice = be.Uint32(b[27:31])
	m.AuctionCollarExtension = be.Uint32(b[31:35])
	return true
}

// Append appends the message to dst.
func (m *LULDAuctionCollar) Append(dst []byte) []byte {
	var b [SizeLULDAuctionCollar]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeLULDAuctionCollar)
	copy(b[11:19], m.Stock[:])
	be.PutUint32(b[19:23], m.AuctionCollarReferencePrice)
	be.PutUint32(b[23:27], m.UpperAuctionCollarPrice)
	be.PutUint32(b[27:31], m.LowerAuctionCollarPrice)
	be.PutUint32(b[31:35], m.AuctionCollarExtension)
	return append(dst, b[:]...)
}
