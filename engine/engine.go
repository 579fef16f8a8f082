package engine

import (
	"fmt"

	"slipstream/feed/arbiter"
	"slipstream/feed/book"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/internal/market"
	"slipstream/risk"
)

// Engine is the state machine. All memory is taken in New.
type Engine struct {
	cfg               Config
	now               market.Nanos
	posture           Posture
	policy            Policy // of schedules
	learned           Policy // of LEARNED parents; nil = they fall back
	rule, learnedRule Rule

	arb   *arbiter.Arbiter
	books *book.Books
	sess  *session.Session
	enc   *venue.Encoder
	gate  *risk.Gate

	parents    []parent              // in order of acceptance; never moved
	parentInst []market.InstrumentID // of parents, close together: every packet looks at it
	active     []int32               // parents that are not done, in order of acceptance
	nextDue    market.Nanos          // no parent's due time is earlier
	clOrdIDs   clOrdTable
	children   childTable
	execIDs    execTable
	inst       []instState
	sentLog    []sentMessage // by MsgSeqNum modulo sentMax
	chunk      int           // bytes given to the session at once

	serial      uint64 // last Report.Serial
	lastFeed    market.Nanos
	unsure      int  // children whose status is being asked
	recovering  bool // inside a gap on both lines
	nextOverdue market.Nanos
	askAt       market.Nanos // no marked child is to be asked about before
	downAt      market.Nanos // when the last connection ended; 0 = there was none
	linkUp      bool         // the venue's transport is connected
	toldDown    session.Why  // EvSessionDown said why there is no connection
	closing     bool         // EvSessionDown was logged for this connection
	stopping    bool
	loggedOut   bool
	ended       bool // Effects.Done
	takenOver   bool // orders of another run were: the first Step deals with them
	strays      [straysMax]stray

	fx    Effects
	stats Stats
	// Scratch: on the stack these would escape through the Policy interface.
	view       View
	want       Proposal
	er         venue.ExecReport
	lostReport fix.Report
}

// instState is what the engine keeps per instrument beside the book.
type instState struct {
	flow    flow
	touched bool // changed by the packet being applied
	traded  bool
	trust   book.Trust
	shut    bool // the venue says that its trading session is not open
}

// New builds an Engine; st is the venue session's state that survives restarts.
func New(cfg Config, st *session.State) (*Engine, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, policy: cfg.Policy, rule: cfg.configuredRule()}
	if e.policy == nil {
		e.policy = SchedulePolicy{}
	}
	var err error
	cfg.Book.Instruments = cfg.Instruments
	if e.books, err = book.New(cfg.Book); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e.arb = arbiter.New(cfg.Arbiter)
	if e.sess, err = session.New(cfg.Session, st); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if e.enc, err = venue.NewEncoder(cfg.Venue, cfg.Date, e.sess.Epoch()); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if e.gate, err = risk.New(&cfg.Risk); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e.parents = make([]parent, 0, cfg.MaxParents)
	e.parentInst = make([]market.InstrumentID, cfg.MaxParents)
	e.active = make([]int32, 0, cfg.MaxParents)
	e.clOrdIDs = newClOrdTable(4 * cfg.MaxParents)
	e.children = newChildTable(cfg.MaxChildren)
	e.children.last = venue.ChildIDBase(e.sess.Epoch())
	e.chunk = cfg.Session.InputBytes - cfg.Session.MaxMessageBytes
	e.execIDs = newExecTable(cfg.MaxFills)
	e.sentLog = make([]sentMessage, sentMax)
	e.inst = make([]instState, len(cfg.Instruments))
	e.serial = uint64(e.sess.Epoch()) << 40 // unique over restarts
	e.fx = Effects{
		Reports:   make([]fix.Report, 0, 2*cfg.MaxParents+2048),
		Decisions: make([]Decision, 0, 4*cfg.MaxParents+2*cfg.MaxChildren+1024),
		Events:    make([]Event, 0, 4*cfg.MaxParents+4*cfg.MaxChildren+1024),
	}
	e.feedRequestBuf()
	e.posture = PostureVenue | PostureFeed
	return e, nil
}

// Books gives read access to the books, for dumps and tests; the caller must be
// the Engine's goroutine.
func (e *Engine) Books() *book.Books { return e.books }

// event queues a log event. A full queue is counted, never grown: events are for
// people, the journal's inputs are the record.
func (e *Engine) event(code EventCode, a, b, c int64) {
	if len(e.fx.Events) == cap(e.fx.Events) {
		e.stats.EventsDropped++
		return
	}
	e.fx.Events = append(e.fx.Events, Event{Now: e.now, Code: code, A: a, B: b, C: c})
}
