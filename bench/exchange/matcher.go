package exchange

import "slipstream/internal/market"

// Counters count what the exchange did since the start of the session.
type Counters struct {
	Requests   uint64 // external requests applied
	Events     uint64 // orders, cancels, replaces and executions of the background
	Trades     uint64 // matches
	OwnTrades  uint64 // matches with at least one own order
	Rejects    uint64 // external requests rejected
	Dropped    uint64 // background events rejected (a table is full, halted)
	SelfMatch  uint64 // orders canceled by self-match prevention
	Displaced  uint64 // shares of history's executions that own orders took
	Unfillable uint64 // shares of history's executions that were gone already
}

// Matcher is the matching engine: price-time priority over all instruments.
// It belongs to one goroutine and is driven by a Market, or directly by a test.
type Matcher struct {
	cfg   Config
	tape  *Tape
	stats *stats // nil: none kept
	books
	own     ownTable
	state   []byte // ITCH trading state by instrument
	open    bool
	now     uint64 // ns since midnight
	nextRef uint64
	match   uint64     // last match number
	serial  uint64     // last Exec serial
	trades  []ownTrade // ring of the last own trades
	tradesN uint64     // of all time
	execs   []Exec
	count   Counters

	replaying bool
	opInst    uint16 // instrument of the event being applied
	opBid     market.Price
	opAsk     market.Price
	versions  []uint32    // by instrument: events so far, for flows that cache what they read
	taken     [][3]uint64 // by instrument, then side of the taker: shares
	filled    [][3]uint64 // by instrument, then side of an own order: shares
}

// NewMatcher makes an open market with empty books that writes to tape. The
// Config must be valid.
func NewMatcher(cfg Config, tape *Tape) *Matcher {
	cfg = cfg.withDefaults()
	m := &Matcher{
		cfg:     cfg,
		tape:    tape,
		books:   newBooks(len(cfg.Instruments), cfg.MaxOrders, cfg.MaxLevels),
		own:     newOwnTable(cfg.MaxOwn),
		state:   make([]byte, len(cfg.Instruments)),
		open:    true,
		now:     uint64(cfg.Start - cfg.Midnight),
		nextRef: 1,
		execs:   make([]Exec, 0, 256),
		trades:  make([]ownTrade, ownTradesMax),

		versions: make([]uint32, len(cfg.Instruments)),
		taken:    make([][3]uint64, len(cfg.Instruments)),
		filled:   make([][3]uint64, len(cfg.Instruments)),
	}
	for i := range m.state {
		m.state[i] = 'T'
	}
	return m
}

// SetTime sets the exchange time of what follows; it must not go back.
func (m *Matcher) SetTime(t market.Nanos) { m.now = uint64(t - m.cfg.Midnight) }

// Execs are the reports made since ClearExecs; valid until the next event.
func (m *Matcher) Execs() []Exec { return m.execs }

// ClearExecs forgets the reports.
func (m *Matcher) ClearExecs() { m.execs = m.execs[:0] }

// Counters is a copy of the counters.
func (m *Matcher) Counters() Counters { return m.count }

// Do applies one request. For owner 0 it returns the new order's reference (of a
// New, or of a Replace that gave a new one) and the reason of a refusal; for
// other owners the Execs tell everything, and the return values agree with them.
func (m *Matcher) Do(q *Request) (ref uint64, why Reason) {
	if q.Owner != 0 {
		m.count.Requests++
	} else if q.Kind == KindNew {
		m.count.Events++
	}
	switch q.Kind {
	case KindNew:
		m.begin(uint16(q.Instrument))
		ref, why = m.doNew(q)
	case KindCancel, KindReplace, KindStatus:
		ref, why = m.doAmend(q)
	case KindBust, KindCorrect:
		why = m.doBust(q)
	case KindHalt:
		why = m.SetState(q.Instrument, 'H', [4]byte{'M', '1', ' ', ' '})
	case KindResume:
		why = m.SetState(q.Instrument, 'T', [4]byte{' ', ' ', ' ', ' '})
	default:
		if why = ReasonUnsupported; q.Owner != 0 {
			m.refuse(ExecRejected, q, why)
		}
	}
	if why != ReasonNone {
		if q.Owner != 0 {
			m.count.Rejects++
		} else {
			m.count.Dropped++
		}
	}
	m.noteTouch()
	return ref, why
}

// SetState halts ('H', 'P') or resumes ('T') an instrument and publishes it.
func (m *Matcher) SetState(id market.InstrumentID, state byte, reason [4]byte) Reason {
	if int(id) >= len(m.state) {
		return ReasonUnknownSymbol
	}
	m.state[id] = state
	m.versions[id]++
	m.emitState(uint16(id), state, reason)
	return ReasonNone
}

// State is an instrument's ITCH trading state.
func (m *Matcher) State(id market.InstrumentID) byte {
	if int(id) >= len(m.state) {
		return 0
	}
	return m.state[id]
}

// begin notes the instrument of the event and its touch before it.
func (m *Matcher) begin(inst uint16) {
	m.opInst = inst
	if int(inst) >= len(m.sides) {
		m.opBid, m.opAsk = 0, 0
		return
	}
	m.versions[inst]++
	m.opBid, m.opAsk = m.touch(inst)
}

// Version changes with every event and every change of state of an instrument.
func (m *Matcher) Version(id market.InstrumentID) uint32 { return m.versions[id] }

// touch is the best bid and ask, 0 for none.
func (m *Matcher) touch(inst uint16) (bid, ask market.Price) {
	s := &m.sides[inst]
	if k, ok := s[market.Buy].best(); ok {
		bid = priceOf(k)
	}
	if k, ok := s[market.Sell].best(); ok {
		ask = priceOf(^k)
	}
	return bid, ask
}

// noteTouch ends an event: the touch log gets the touch if it changed.
func (m *Matcher) noteTouch() {
	if m.stats == nil || int(m.opInst) >= len(m.sides) {
		return
	}
	s := &m.sides[m.opInst]
	var bid, ask uint32
	if k, ok := s[market.Buy].best(); ok {
		bid = k
	}
	if k, ok := s[market.Sell].best(); ok {
		ask = ^k
	}
	m.stats.touch(m.opInst, m.now, bid, ask)
}

// refusal is why an order cannot be entered, apart from its own terms.
func (m *Matcher) refusal(inst market.InstrumentID) Reason {
	switch {
	case int(inst) >= len(m.state):
		return ReasonUnknownSymbol
	case !m.open:
		return ReasonClosed
	case m.state[inst] != 'T':
		return ReasonHalted
	}
	return ReasonNone
}

// limitPrice checks a limit against bounds and tick and gives it in 1e-4.
func (m *Matcher) limitPrice(q *Request, inst market.InstrumentID) (uint32, bool) {
	step := market.ITCHUnit
	if q.Owner != 0 {
		step = m.cfg.Instruments[inst].Tick
	}
	if q.Price <= 0 || q.Price > m.cfg.MaxPrice || q.Price%step != 0 {
		return 0, false
	}
	return uint32(q.Price / market.ITCHUnit), true
}

func (m *Matcher) goodQty(q *Request, inst market.InstrumentID) bool {
	if q.Qty <= 0 || q.Qty > m.cfg.MaxQty {
		return false
	}
	return q.Owner == 0 || q.Qty%m.cfg.Instruments[inst].Lot == 0
}
