package market

// Side is the side of an order, with the values of FIX Side(54).
type Side uint8

const (
	Buy  Side = 1
	Sell Side = 2
)

// Opposite is the side an order of side s trades with.
func (s Side) Opposite() Side { return 3 - s }

// Sign is +1 for Buy and -1 for Sell.
func (s Side) Sign() int64 { return 3 - 2*int64(s) }

func (s Side) String() string {
	switch s {
	case Buy:
		return "buy"
	case Sell:
		return "sell"
	}
	return "no-side"
}

// Nanos is a time in nanoseconds since the Unix epoch, UTC. A name says who
// stamped it: ExchNanos the exchange, RecvNanos this host on receipt.
type Nanos int64

const (
	Microsecond Nanos = 1_000
	Millisecond Nanos = 1_000_000
	Second      Nanos = 1_000_000_000
	Day         Nanos = 86_400 * Second
)

// InstrumentID is a dense index, given in the order of the configuration.
type InstrumentID uint16

// NoInstrument is the InstrumentID of a symbol that is not configured.
const NoInstrument InstrumentID = 1<<16 - 1

// Symbol is a stock symbol as ITCH writes it: left-justified, space-padded.
type Symbol [8]byte

// MakeSymbol pads s; a longer s is cut, so check len(s) <= 8 at the edge.
func MakeSymbol(s string) Symbol {
	sym := Symbol{' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '}
	copy(sym[:], s)
	return sym
}

// Len is the number of bytes before the padding.
func (s *Symbol) Len() int {
	n := len(s)
	for n > 0 && s[n-1] == ' ' {
		n--
	}
	return n
}

func (s Symbol) String() string { return string(s[:s.Len()]) }

// Instrument is what the daemon knows of a symbol before the day starts.
type Instrument struct {
	ID     InstrumentID
	Symbol Symbol
	Tick   Price // the smallest price step of an order, > 0
	Lot    Qty   // orders are multiples of it, > 0
}

// Algo is an execution algorithm of a parent order.
type Algo uint8

const (
	NoAlgo Algo = iota
	TWAP
	VWAP
	POV
	IS      // implementation shortfall, Almgren-Chriss
	LEARNED // a policy bundle
)

func (a Algo) String() string {
	switch a {
	case TWAP:
		return "TWAP"
	case VWAP:
		return "VWAP"
	case POV:
		return "POV"
	case IS:
		return "IS"
	case LEARNED:
		return "LEARNED"
	}
	return "no-algo"
}

// Tactic is how a schedule's slice is worked.
type Tactic uint8

const (
	// Passive rests at the near touch and crosses what is left at the slice's end.
	Passive Tactic = iota
	// Taker crosses the spread for the slice at once.
	Taker
)

func (t Tactic) String() string {
	if t == Taker {
		return "taker"
	}
	return "passive"
}
