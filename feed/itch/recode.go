package itch

// Recode decodes b, exactly one message of any type, and appends its encoding to
// dst; ok is false, and dst unchanged, when b is not a message. The result equals
// b: tests and importers use it to prove that nothing of a message is lost.
func Recode(dst, b []byte) (out []byte, ok bool) {
	switch Type(b) {
	case TypeSystemEvent:
		var m SystemEvent
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeStockDirectory:
		var m StockDirectory
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeTradingAction:
		var m TradingAction
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeRegSHO:
		var m RegSHO
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeMarketParticipantPosition:
		var m MarketParticipantPosition
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeMWCBDeclineLevel:
		var m MWCBDeclineLevel
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeMWCBStatus:
		var m MWCBStatus
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeIPOQuotingPeriod:
		var m IPOQuotingPeriod
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeLULDAuctionCollar:
		var m LULDAuctionCollar
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeOperationalHalt:
		var m OperationalHalt
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeAddOrder:
		var m AddOrder
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeAddOrderMPID:
		var m AddOrderMPID
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeOrderExecuted:
		var m OrderExecuted
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeOrderExecutedWithPrice:
		var m OrderExecutedWithPrice
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeOrderCancel:
		var m OrderCancel
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeOrderDelete:
		var m OrderDelete
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeOrderReplace:
		var m OrderReplace
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeTrade:
		var m Trade
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeCrossTrade:
		var m CrossTrade
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeBrokenTrade:
		var m BrokenTrade
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeNOII:
		var m NOII
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeRPII:
		var m RPII
		if m.Decode(b) {
			return m.Append(dst), true
		}
	case TypeDirectListing:
		var m DirectListing
		if m.Decode(b) {
			return m.Append(dst), true
		}
	}
	return dst, false
}
