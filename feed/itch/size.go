package itch

// Message types, as on the wire.
const (
	TypeSystemEvent               = 'S'
	TypeStockDirectory            = 'R'
	TypeTradingAction             = 'H'
	TypeRegSHO                    = 'Y'
	TypeMarketParticipantPosition = 'L'
	TypeMWCBDeclineLevel          = 'V'
	TypeMWCBStatus                = 'W'
	TypeIPOQuotingPeriod          = 'K'
	TypeLULDAuctionCollar         = 'J'
	TypeOperationalHalt           = 'h'
	TypeAddOrder                  = 'A'
	TypeAddOrderMPID              = 'F'
	TypeOrderExecuted             = 'E'
	TypeOrderExecutedWithPrice    = 'C'
	TypeOrderCancel               = 'X'
	TypeOrderDelete               = 'D'
	TypeOrderReplace              = 'U'
	TypeTrade                     = 'P'
	TypeCrossTrade                = 'Q'
	TypeBrokenTrade               = 'B'
	TypeNOII                      = 'I'
	TypeRPII                      = 'N'
	TypeDirectListing             = 'O'
)

// Types is every message type, in the specification's order.
const Types = "SRHYLVWKJhAFECXDUPQBINO"

// Message sizes in bytes, type included.
const (
	SizeSystemEvent               = 12
	SizeStockDirectory            = 39
	SizeTradingAction             = 25
	SizeRegSHO                    = 20
	SizeMarketParticipantPosition = 26
	SizeMWCBDeclineLevel          = 35
	SizeMWCBStatus                = 12
	SizeIPOQuotingPeriod          = 28
	SizeLULDAuctionCollar         = 35
	SizeOperationalHalt           = 21
	SizeAddOrder                  = 36
	SizeAddOrderMPID              = 40
	SizeOrderExecuted             = 31
	SizeOrderExecutedWithPrice    = 36
	SizeOrderCancel               = 23
	SizeOrderDelete               = 19
	SizeOrderReplace              = 35
	SizeTrade                     = 44
	SizeCrossTrade                = 40
	SizeBrokenTrade               = 19
	SizeNOII                      = 50
	SizeRPII                      = 20
	SizeDirectListing             = 48

	// MaxSize is the longest message of the protocol.
	MaxSize = SizeNOII
)

var sizes = [256]uint8{
	TypeSystemEvent:               SizeSystemEvent,
	TypeStockDirectory:            SizeStockDirectory,
	TypeTradingAction:             SizeTradingAction,
	TypeRegSHO:                    SizeRegSHO,
	TypeMarketParticipantPosition: SizeMarketParticipantPosition,
	TypeMWCBDeclineLevel:          SizeMWCBDeclineLevel,
	TypeMWCBStatus:                SizeMWCBStatus,
	TypeIPOQuotingPeriod:          SizeIPOQuotingPeriod,
	TypeLULDAuctionCollar:         SizeLULDAuctionCollar,
	TypeOperationalHalt:           SizeOperationalHalt,
	TypeAddOrder:                  SizeAddOrder,
	TypeAddOrderMPID:              SizeAddOrderMPID,
	TypeOrderExecuted:             SizeOrderExecuted,
	TypeOrderExecutedWithPrice:    SizeOrderExecutedWithPrice,
	TypeOrderCancel:               SizeOrderCancel,
	TypeOrderDelete:               SizeOrderDelete,
	TypeOrderReplace:              SizeOrderReplace,
	TypeTrade:                     SizeTrade,
	TypeCrossTrade:                SizeCrossTrade,
	TypeBrokenTrade:               SizeBrokenTrade,
	TypeNOII:                      SizeNOII,
	TypeRPII:                      SizeRPII,
	TypeDirectListing:             SizeDirectListing,
}

// Size is the exact length of a message of type typ, 0 for an unknown type.
func Size(typ byte) int { return int(sizes[typ]) }

// Validate reports whether b is exactly one message of a known type.
func Validate(b []byte) bool {
	return len(b) != 0 && len(b) == int(sizes[b[0]])
}
