package itch

import "slipstream/internal/market"

// Event Codes of SystemEvent, in the order of a day.
const (
	EventStartOfMessages    = 'O'
	EventStartOfSystemHours = 'S'
	EventStartOfMarketHours = 'Q'
	EventEndOfMarketHours   = 'M'
	EventEndOfSystemHours   = 'E'
	EventEndOfMessages      = 'C'
)

// SystemEvent (S): a phase of the day begins or ends. ITCH 1.1.
type SystemEvent struct {
	Header
	EventCode byte
}

// Decode reads b, exactly one S; false when it is not.
func (m *SystemEvent) Decode(b []byte) bool {
	if len(b) != SizeSystemEvent || b[0] != TypeSystemEvent {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.EventCode = b[11]
	return true
}

// Append appends the message to dst.
func (m *SystemEvent) Append(dst []byte) []byte {
	var b [SizeSystemEvent]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeSystemEvent)
	b[11] = m.EventCode
	return append(dst, b[:]...)
}

// StockDirectory (R): a stock trades today, and its Stock Locate. ITCH 1.2.1.
type StockDirectory struct {
	Header
	Stock                       market.Symbol
	MarketCategory              byte // 'Q' Global Select, 'G', 'S', 'N' NYSE, 'A', 'P', 'Z', 'V', ' '
	FinancialStatusIndicator    byte
	RoundLotSize                uint32
	RoundLotsOnly               byte // 'Y', 'N'
	IssueClassification         byte
	IssueSubType                [2]byte
	Authenticity                byte // 'P' live, 'T' test
	ShortSaleThresholdIndicator byte
	IPOFlag                     byte
	LULDReferencePriceTier      byte // '1', '2', ' '
	ETPFlag                     byte
	ETPLeverageFactor           uint32
	InverseIndicator            byte
}

// Decode reads b, exactly one R; false when it is not.
func (m *StockDirectory) Decode(b []byte) bool {
	if len(b) != SizeStockDirectory || b[0] != TypeStockDirectory {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Stock = market.Symbol(b[11:19])
	m.MarketCategory = b[19]
	m.FinancialStatusIndicator = b[20]
	m.RoundLotSize = be.Uint32(b[21:25])
	m.RoundLotsOnly = b[25]
	m.IssueClassification = b[26]
	m.IssueSubType = [2]byte(b[27:29])
	m.Authenticity = b[29]
	m.ShortSaleThresholdIndicator = b[30]
	m.IPOFlag = b[31]
	m.LULDReferencePriceTier = b[32]
	m.ETPFlag = b[33]
	m.ETPLeverageFactor = be.Uint32(b[34:38])
	m.InverseIndicator = b[38]
	return true
}

// Append appends the message to dst.
func (m *StockDirectory) Append(dst []byte) []byte {
	var b [SizeStockDirectory]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeStockDirectory)
	copy(b[11:19], m.Stock[:])
	b[19] = m.MarketCategory
	b[20] = m.FinancialStatusIndicator
	be.PutUint32(b[21:25], m.RoundLotSize)
	b[25] = m.RoundLotsOnly
	b[26] = m.IssueClassification
	copy(b[27:29], m.IssueSubType[:])
	b[29] = m.Authenticity
	b[30] = m.ShortSaleThresholdIndicator
	b[31] = m.IPOFlag
	b[32] = m.LULDReferencePriceTier
	b[33] = m.ETPFlag
	be.PutUint32(b[34:38], m.ETPLeverageFactor)
	b[38] = m.InverseIndicator
	return append(dst, b[:]...)
}

// RegSHO (Y): short sale price test restriction of a stock. ITCH 1.2.3.
type RegSHO struct {
	Header
	Stock        market.Symbol
	RegSHOAction byte // '0' none, '1' in effect, '2' remains in effect
}

// Decode reads b, exactly one Y; false when it is not.
func (m *RegSHO) Decode(b []byte) bool {
	if len(b) != SizeRegSHO || b[0] != TypeRegSHO {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.Stock = market.Symbol(b[11:19])
	m.RegSHOAction = b[19]
	return true
}

// Append appends the message to dst.
func (m *RegSHO) Append(dst []byte) []byte {
	var b [SizeRegSHO]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeRegSHO)
	copy(b[11:19], m.Stock[:])
	b[19] = m.RegSHOAction
	return append(dst, b[:]...)
}

// MarketParticipantPosition (L): a market maker's standing in a stock. ITCH 1.2.4.
type MarketParticipantPosition struct {
	Header
	MPID                   [4]byte
	Stock                  market.Symbol
	PrimaryMarketMaker     byte // 'Y', 'N'
	MarketMakerMode        byte // 'N' normal, 'P', 'S', 'R', 'L'
	MarketParticipantState byte // 'A' active, 'E', 'W', 'S', 'D'
}

// Decode reads b, exactly one L; false when it is not.
func (m *MarketParticipantPosition) Decode(b []byte) bool {
	if len(b) != SizeMarketParticipantPosition || b[0] != TypeMarketParticipantPosition {
		return false
	}
	m.Header.decode((*[HeaderSize]byte)(b))
	m.MPID = [4]byte(b[11:15])
	m.Stock = market.Symbol(b[15:23])
	m.PrimaryMarketMaker = b[23]
	m.MarketMakerMode = b[24]
	m.MarketParticipantState = b[25]
	return true
}

// Append appends the message to dst.
func (m *MarketParticipantPosition) Append(dst []byte) []byte {
	var b [SizeMarketParticipantPosition]byte
	m.put((*[HeaderSize]byte)(b[:]), TypeMarketParticipantPosition)
	copy(b[11:15], m.MPID[:])
	copy(b[15:23], m.Stock[:])
	b[23] = m.PrimaryMarketMaker
	b[24] = m.MarketMakerMode
	b[25] = m.MarketParticipantState
	return append(dst, b[:]...)
}
