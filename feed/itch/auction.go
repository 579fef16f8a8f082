package itch

import "slipstream/internal/market"

// NOII (I): Net Order Imbalance Indicator before a cross. ITCH 1.6.
type NOII struct {
	Header
	PairedShares            uint64
	ImbalanceShares         uint64
	ImbalanceDirection      byte // 'B', 'S', 'N' none, 'O' insufficient orders, 'P' paused
	Stock                   market.Symbol
	FarPrice                uint32
	NearPrice               uint32
	CurrentReferencePrice   uint32
	CrossType               byte // 'O', 'C', 'H', 'A' extended trading close
	PriceVariationIndicator byte
}

// Decode reads b, exactly one I; false when it is not.
func (m *NOII) Decode(b []byte) bool {
	if len(b) != SizeNOII || b[0] != TypeNOII {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.PairedShares = be.Uint64(b[11:19])
	m.ImbalanceShares = be.Uint64(b[19:27])
	m.ImbalanceDirection = b[27]
	m.Stock = market.Symbol(b[28:36])
	m.FarPrice = be.Uint32(b[36:40])
	m.NearPrice = be.Uint32(b[40:44])
	m.CurrentReferencePrice = be.Uint32(b[44:48])
	m.CrossType = b[48]
	m.PriceVariationIndicator = b[49]
	return true
}

// Append appends the message to dst.
func (m *NOII) Append(dst []byte) []byte {
	var b [SizeNOII]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeNOII)
	be.PutUint64(b[11:19], m.PairedShares)
	be.PutUint64(b[19:27], m.ImbalanceShares)
	b[27] = m.ImbalanceDirection
	copy(b[28:36], m.Stock[:])
	be.PutUint32(b[36:40], m.FarPrice)
	be.PutUint32(b[40:44], m.NearPrice)
	be.PutUint32(b[44:48], m.CurrentReferencePrice)
	b[48] = m.CrossType
	b[49] = m.PriceVariationIndicator
	return append(dst, b[:]...)
}

// RPII (N): Retail Price Improvement Indicator. ITCH 1.7.
type RPII struct {
	Header
	Stock        market.Symbol
	InterestFlag byte // 'B' buy, 'S' sell, 'A' both, 'N' none
}

// Decode reads b, exactly one N; false when it is not.
func (m *RPII) Decode(b []byte) bool {
	if len(b) != SizeRPII || b[0] != TypeRPII {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Stock = market.Symbol(b[11:19])
	m.InterestFlag = b[19]
	return true
}

// Append appends the message to dst.
func (m *RPII) Append(dst []byte) []byte {
	var b [SizeRPII]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeRPII)
	copy(b[11:19], m.Stock[:])
	b[19] = m.InterestFlag
	return append(dst, b[:]...)
}

// DirectListing (O): Direct Listing with Capital Raise Price Discovery. ITCH 1.8.
type DirectListing struct {
	Header
	Stock                 market.Symbol
	OpenEligibilityStatus byte // 'Y' may open, 'N'
	MinimumAllowablePrice uint32
	MaximumAllowablePrice uint32
	NearExecutionPrice    uint32
	NearExecutionTime     uint64
	LowerPriceRangeCollar uint32
	UpperPriceRangeCollar uint32
}

// Decode reads b, exactly one O; false when it is not.
func (m *DirectListing) Decode(b []byte) bool {
	if len(b) != SizeDirectListing || b[0] != TypeDirectListing {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Stock = market.Symbol(b[11:19])
	m.OpenEligibilityStatus = b[19]
	m.MinimumAllowablePrice = be.Uint32(b[20:24])
	m.MaximumAllowablePrice = be.Uint32(b[24:28])
	m.NearExecutionPrice = be.Uint32(b[28:32])
	m.NearExecutionTime = be.Uint64(b[32:40])
	m.LowerPriceRangeCollar = be.Uint32(b[40:44])
	m.UpperPriceRangeCollar = be.Uint32(b[44:48])
	return true
}

// Append appends the message to dst.
func (m *DirectListing) Append(dst []byte) []byte {
	var b [SizeDirectListing]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeDirectListing)
	copy(b[11:19], m.Stock[:])
	b[19] = m.OpenEligibilityStatus
	be.PutUint32(b[20:24], m.MinimumAllowablePrice)
	be.PutUint32(b[24:28], m.MaximumAllowablePrice)
	be.PutUint32(b[28:32], m.NearExecutionPrice)
	be.PutUint64(b[32:40], m.NearExecutionTime)
	be.PutUint32(b[40:44], m.LowerPriceRangeCollar)
	be.PutUint32(b[44:48], m.UpperPriceRangeCollar)
	return append(dst, b[:]...)
}
