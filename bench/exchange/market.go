package exchange

import (
	"errors"
	"fmt"

	"slipstream/feed/itch"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// ErrEnded is returned for what comes after the end of the session.
var ErrEnded = errors.New("exchange: the session has ended")

// Market is a Matcher with its background flow, session, tape and statistics.
// Everything it does follows from the calls made to it, with their times.
type Market struct {
	*Matcher
	cfg    Config
	tape   *Tape
	stats  *stats
	at     market.Nanos // all events up to here are applied
	opened bool
	ended  bool
}

// New makes a Market; Open starts its session.
func New(cfg Config) (*Market, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	m := &Market{cfg: cfg, tape: NewTape(cfg.StoreMessages), at: cfg.Start,
		stats: newStats(len(cfg.Instruments), cfg.StatEntries)}
	m.Matcher = NewMatcher(cfg, m.tape)
	m.Matcher.stats = m.stats
	return m, nil
}

// Open lets the flow build its book in silence, then publishes the start of the
// session: S O, S S, R, H and Y per instrument, S Q, and the book as A messages
// in price-time order.
func (m *Market) Open() error {
	if m.opened {
		return errors.New("exchange: the session is open already")
	}
	m.opened = true
	if f := m.cfg.Flow; f != nil {
		m.tape.silent, m.Matcher.stats = true, nil
		err := f.Open(m)
		m.tape.silent, m.Matcher.stats = false, m.stats
		if err != nil {
			return fmt.Errorf("exchange: opening book: %w", err)
		}
		m.Matcher.count = Counters{}
		m.ClearExecs()
	}
	m.SetTime(m.cfg.Start)
	m.emitSystem(itch.EventStartOfMessages)
	m.emitSystem(itch.EventStartOfSystemHours)
	for i := range m.cfg.Instruments {
		m.emitDirectory(uint16(i))
	}
	for i := range m.cfg.Instruments {
		m.emitState(uint16(i), m.state[i], [4]byte{' ', ' ', ' ', ' '})
		m.emitRegSHO(uint16(i))
	}
	m.emitSystem(itch.EventStartOfMarketHours)
	for i := range m.cfg.Instruments {
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			m.EachOrder(market.InstrumentID(i), side, func(ref uint64, price, qty, _ uint32) {
				m.emitAdd(uint16(i), ref, side, price, qty, [4]byte{})
			})
		}
		m.begin(uint16(i))
		m.noteTouch()
	}
	return nil
}

// Now is the time up to which everything is applied.
func (m *Market) Now() market.Nanos { return m.at }

// Ended reports whether End was called.
func (m *Market) Ended() bool { return m.ended }

// Latest is the last instant of the exchange's day: no event is later.
func (m *Market) Latest() market.Nanos { return m.cfg.latest() }

// Next is the time of the next background event; ok is false when there is none.
func (m *Market) Next() (at market.Nanos, ok bool) {
	if m.cfg.Flow == nil || m.ended {
		return 0, false
	}
	at, ok = m.cfg.Flow.Next()
	return at, ok && at <= m.cfg.latest()
}

// Advance applies all background events up to and including t. A t before Now
// does nothing.
func (m *Market) Advance(t market.Nanos) {
	m.AdvanceSome(t, 1<<62)
}

// AdvanceSome is Advance in portions: it applies at most limit events and reports
// whether all up to t are done.
func (m *Market) AdvanceSome(t market.Nanos, limit int) bool {
	t = min(t, m.cfg.latest())
	if m.ended || t < m.at {
		return true
	}
	if f := m.cfg.Flow; f != nil {
		for {
			at, ok := f.Next()
			if !ok || at > t {
				break
			}
			if limit--; limit < 0 {
				return false
			}
			m.at = max(m.at, at)
			m.SetTime(m.at)
			f.Apply(m)
		}
	}
	m.at = t
	m.SetTime(t)
	return true
}

// Submit applies a request at exchange time t, after all background events up to
// and including t. A t before Now counts as Now; the time used is returned.
func (m *Market) Submit(t market.Nanos, q *Request) market.Nanos {
	m.Advance(t)
	m.Do(q)
	return m.at
}

// End closes the session at t: own orders that rest are canceled, then S M, S E
// and S C are published. The books stay as they are, to be compared.
func (m *Market) End(t market.Nanos) {
	if m.ended {
		return
	}
	m.Advance(t)
	for i := range m.cfg.Instruments {
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			m.expireOwn(uint16(i), side)
		}
	}
	m.emitSystem(itch.EventEndOfMarketHours)
	m.emitSystem(itch.EventEndOfSystemHours)
	m.emitSystem(itch.EventEndOfMessages)
	m.Matcher.open = false
	m.ended = true
}

// expireOwn cancels the own orders of one side, in price-time priority.
func (m *Market) expireOwn(inst uint16, side market.Side) {
	m.begin(inst)
	lad := &m.sides[inst][side]
	for at := len(lad.rungs) - 1; at >= 0 && lad.own > 0; at-- {
		for i := m.levels[lad.rungs[at].lvl].head; i != nilIdx; {
			next := m.orders[i].next
			if m.orders[i].own != nilIdx {
				m.cancelResting(i, ReasonEndOfSession)
			}
			i = next
		}
	}
	m.noteTouch()
}

// Sequence is the number of the last message published.
func (m *Market) Sequence() uint64 { return m.tape.Sequence() }

// TapeHash is the fold of HashMessage over all messages published.
func (m *Market) TapeHash() uint64 { return m.tape.Hash() }

// Message is the message of a sequence number, while it is kept.
func (m *Market) Message(seq uint64) ([]byte, bool) { return m.tape.Message(seq) }

// AppendPacket appends a downstream packet to dst that starts at sequence from and
// holds up to count messages, as many as fit payload bytes. n is the number of
// messages; at 0 (nothing there, or no longer kept) dst is as it was.
func (m *Market) AppendPacket(dst []byte, from uint64, count, payload int) (pkt []byte, n int) {
	if payload <= 0 {
		payload = moldudp64.MaxPayload
	}
	start := len(dst)
	h := moldudp64.Header{Session: m.cfg.Session, Sequence: from}
	pkt = h.Append(dst)
	for n < count && n < moldudp64.EndOfSession-1 {
		msg, ok := m.tape.Message(from + uint64(n))
		if !ok || len(pkt)-start+moldudp64.BlockHeader+len(msg) > payload {
			break
		}
		pkt = append(pkt, byte(len(msg)>>8), byte(len(msg)))
		pkt = append(pkt, msg...)
		n++
	}
	if n == 0 {
		return dst, 0
	}
	h.Count = uint16(n)
	h.Append(pkt[start:start])
	return pkt, n
}

// AppendMark appends a heartbeat, or an end of session when the session has ended.
func (m *Market) AppendMark(dst []byte) []byte {
	h := moldudp64.Header{Session: m.cfg.Session, Sequence: m.Sequence() + 1, Count: moldudp64.Heartbeat}
	if m.ended {
		h.Count = moldudp64.EndOfSession
	}
	return h.Append(dst)
}

// Touch is the best level of both sides.
func (m *Market) Touch(id market.InstrumentID) (bid, ask Level) {
	return m.Level(id, market.Buy, 0), m.Level(id, market.Sell, 0)
}

// Mid is the mid price after all events up to and including t; false when a side
// was empty, or t is before what the touch log still has.
func (m *Market) Mid(id market.InstrumentID, t market.Nanos) (market.Price, bool) {
	bid, ask, ok := m.TouchAt(id, t)
	if !ok || bid == 0 || ask == 0 {
		return 0, false
	}
	return (bid + ask) / 2, true
}

// TouchAt is the touch after all events up to and including t, 0 for an empty side.
func (m *Market) TouchAt(id market.InstrumentID, t market.Nanos) (bid, ask market.Price, ok bool) {
	if t < m.cfg.Start {
		return 0, 0, false
	}
	e, ok := m.stats.touchAt(uint16(id), uint64(t-m.cfg.Midnight))
	return priceOf(e.bid), priceOf(e.ask), ok
}

// Volume is what traded from from to to, both included.
func (m *Market) Volume(id market.InstrumentID, from, to market.Nanos) Volume {
	from = max(from, m.cfg.Start)
	if to < from {
		return Volume{Complete: true}
	}
	return m.stats.between(uint16(id), uint64(from-m.cfg.Midnight), uint64(to-m.cfg.Midnight))
}

// Config is the configuration with its defaults.
func (m *Market) Config() Config { return m.cfg }
