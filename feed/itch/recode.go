package itch

// Recode decodes b, exactly one message of any type, and appends its encoding to
// dst; ok is false, and dst unchanged, when b is not a message. The result equals
// b: tests and importers use it to prove that nothing of a message is lost.
func Recode(dst, b []byte) (out []byte, ok bool) {
	switch Type(b) {
	case TypeSystemEvent:
		return recode[SystemEvent](dst, b)
	case TypeStockDirectory:
		return recode[StockDirectory](dst, b)
	case TypeTradingAction:
		return recode[TradingAction](dst, b)
	case TypeRegSHO:
		return recode[RegSHO](dst, b)
	case TypeMarketParticipantPosition:
		return recode[MarketParticipantPosition](dst, b)
	case TypeMWCBDeclineLevel:
		return recode[MWCBDeclineLevel](dst, b)
	case TypeMWCBStatus:
		return recode[MWCBStatus](dst, b)
	case TypeIPOQuotingPeriod:
		return recode[IPOQuotingPeriod](dst, b)
	case TypeLULDAuctionCollar:
		return recode[LULDAuctionCollar](dst, b)
	case TypeOperationalHalt:
		return recode[OperationalHalt](dst, b)
	case TypeAddOrder:
		return recode[AddOrder](dst, b)
	case TypeAddOrderMPID:
		return recode[AddOrderMPID](dst, b)
	case TypeOrderExecuted:
		return recode[OrderExecuted](dst, b)
	case TypeOrderExecutedWithPrice:
		return recode[OrderExecutedWithPrice](dst, b)
	case TypeOrderCancel:
		return recode[OrderCancel](dst, b)
	case TypeOrderDelete:
		return recode[OrderDelete](dst, b)
	case TypeOrderReplace:
		return recode[OrderReplace](dst, b)
	case TypeTrade:
		return recode[Trade](dst, b)
	case TypeCrossTrade:
		return recode[CrossTrade](dst, b)
	case TypeBrokenTrade:
		return recode[BrokenTrade](dst, b)
	case TypeNOII:
		return recode[NOII](dst, b)
	case TypeRPII:
		return recode[RPII](dst, b)
	case TypeDirectListing:
		return recode[DirectListing](dst, b)
	}
	return dst, false
}

// message is what every message's pointer offers.
type message[T any] interface {
	*T
	Decode(b []byte) bool
	Append(dst []byte) []byte
}

func recode[T any, P message[T]](dst, b []byte) ([]byte, bool) {
	var m T
	if !P(&m).Decode(b) {
		return dst, false
	}
	return P(&m).Append(dst), true
}
