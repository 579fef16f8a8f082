package fixgate

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	"slipstream/bench/exchange"
	gateway "slipstream/fix/desk"
	"slipstream/internal/market"
)

var (
	// ErrState says that the count of Execs sent is ahead of the event log.
	ErrState = errors.New("fixgate: the state folder does not belong to this event log")
	// ErrOverflow says that Execs were lost because the members were too slow.
	ErrOverflow = errors.New("fixgate: more Execs wait than the queue holds")
	// ErrCloseTimeout says that Execs or sessions were left when Close gave up.
	ErrCloseTimeout = errors.New("fixgate: not all was sent and logged out in time")
)

// Gate is the order entry. New makes it, OnExecs feeds it, Start opens it.
type Gate struct {
	cfg        Config
	listener   net.Listener
	counter    *counter
	stores     *gateway.Stores
	guard      *gateway.Guard
	acceptor   *quickfix.Acceptor
	entry      exchange.OrderEntry
	symbols    map[string]market.InstrumentID
	names      []string
	ids        []quickfix.SessionID
	byID       map[quickfix.SessionID]uint32 // to the owner
	created    []quickfix.SessionID
	precision  quickfix.TimestampPrecision
	execPrefix string
	execCount  atomic.Uint64
	closing    atomic.Bool
	sent       chan struct{} // closed when the sender has ended

	mu     sync.Mutex // of what follows
	wake   *sync.Cond
	table  table
	queue  []exchange.Exec
	last   uint64 // highest serial seen
	unsure uint64 // serial that may have been sent before a kill; 0 = none
	ended  bool
	err    error
	stats  Stats
}

// Stats counts since New.
type Stats struct {
	Requests          uint64 `json:"requests"`           // queued in the exchange
	Rejected          uint64 `json:"rejected"`           // refused by the gate itself
	DuplicateClOrdIDs uint64 `json:"duplicate_clordids"` // D, G and F with a ClOrdID taken before
	PossibleResends   uint64 `json:"possible_resends"`   // the same, flagged 43=Y or 97=Y
	NotReady          uint64 `json:"not_ready"`          // answered by j 380=4
	ExecsSent         uint64 `json:"execs_sent"`
	ExecsResent       uint64 `json:"execs_resent"` // sent with PossResend(97)=Y
	ExecsSkipped      uint64 `json:"execs_skipped"`
	Undelivered       uint64 `json:"undelivered"` // messages the session could not store
	DisconnectCancels uint64 `json:"disconnect_cancels"`
}

// New listens, and reads what the last run had sent. Give OnExecs to the exchange
// before it opens, then call Start.
func New(cfg Config) (*Gate, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	g := &Gate{
		cfg: cfg, table: newTable(cfg.ClOrdIDsMax), sent: make(chan struct{}),
		byID:       make(map[quickfix.SessionID]uint32),
		execPrefix: "R" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-",
		precision: map[string]quickfix.TimestampPrecision{"MILLIS": quickfix.Millis, "MICROS": quickfix.Micros,
			"NANOS": quickfix.Nanos}[cfg.TimePrecision],
	}
	g.wake = sync.NewCond(&g.mu)
	var err error
	if g.counter, err = openCounter(cfg.StateDir, cfg.Sync); err != nil {
		return nil, err
	}
	if g.listener, err = net.Listen("tcp", cfg.Listen); err != nil {
		return nil, errors.Join(fmt.Errorf("fixgate: listen on %s: %w", cfg.Listen, err), g.counter.close())
	}
	return g, nil
}

// Addr is the address the gate listens on.
func (g *Gate) Addr() net.Addr { return g.listener.Addr() }

// Start opens the sessions on an exchange whose replay has gone through OnExecs. After
// an error the gate is closed.
func (g *Gate) Start(entry exchange.OrderEntry) error {
	g.entry = entry
	g.symbols = make(map[string]market.InstrumentID)
	for _, in := range entry.Instruments() {
		g.symbols[in.Symbol.String()] = in.ID
		g.names = append(g.names, in.Symbol.String())
	}
	g.mu.Lock()
	last := g.last
	g.mu.Unlock()
	if g.counter.last > last {
		g.abandon()
		return fmt.Errorf("%w: %d Execs were sent, the log has %d; remove the state folders of both, or put the log back",
			ErrState, g.counter.last, last)
	}
	if err := g.open(); err != nil {
		g.abandon()
		return err
	}
	go g.send()
	return nil
}

func (g *Gate) open() error {
	settings, done, err := g.settings()
	if err != nil {
		return err
	}
	defer done()
	g.stores = gateway.NewStores(g.cfg.StateDir, g.cfg.Sync, settings)
	g.acceptor, err = quickfix.NewAcceptor(g, g.stores, settings, gateway.NewLogFactory(g.cfg.Log))
	if err != nil {
		return fmt.Errorf("fixgate: sessions: %w", err)
	}
	guard := g.cfg.Guard
	guard.Event = func(peer, text string) { g.log("guard", peer, text) }
	listener := g.listener
	if g.cfg.TLS != nil {
		listener = tls.NewListener(listener, g.cfg.TLS)
	}
	g.guard = gateway.NewGuard(listener, guard)
	g.acceptor.SetNewListenerCallback(func(string, *tls.Config) (net.Listener, error) { return g.guard, nil })
	if err := g.acceptor.Start(); err != nil {
		return fmt.Errorf("fixgate: start: %w", err)
	}
	return nil
}

func (g *Gate) settings() (s *quickfix.Settings, done func(), err error) {
	dir, done, err := gateway.DictionaryDir()
	if err != nil {
		return nil, nil, err
	}
	host, port, err := net.SplitHostPort(g.Addr().String())
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("fixgate: own address: %w", err)
	}
	s = quickfix.NewSettings()
	for k, v := range map[string]string{
		config.SocketAcceptHost: host, config.SocketAcceptPort: port,
	} {
		s.GlobalSettings().Set(k, v)
	}
	for i, member := range g.cfg.Sessions {
		ss := quickfix.NewSessionSettings()
		member.Version.AcceptorSettings(ss, dir, g.cfg.TimePrecision)
		ss.Set(config.SenderCompID, member.SenderCompID)
		ss.Set(config.TargetCompID, member.TargetCompID)
		id, err := s.AddSession(ss)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("fixgate: session %d: %w", i, err)
		}
		g.ids = append(g.ids, id)
		g.byID[id] = uint32(i + 1)
	}
	return s, done, nil
}

// abandon undoes a start that failed half-way.
func (g *Gate) abandon() {
	g.listener.Close()
	for _, id := range g.created {
		_ = quickfix.UnregisterSession(id) // OnCreate says that it is ours
	}
	if g.stores != nil {
		g.stores.Close()
	}
	g.counter.close()
}

// Close sends what waits, logs the members out, and closes the state. Stop the
// exchange first, so that its last Execs go out. It returns within three CloseTimeout.
func (g *Gate) Close() error {
	if g.closing.Swap(true) {
		return nil
	}
	if g.acceptor == nil {
		g.abandon()
		return nil
	}
	g.mu.Lock()
	g.ended = true
	g.wake.Broadcast()
	g.mu.Unlock()
	drained := waitFor(g.sent, g.cfg.CloseTimeout)
	stopped := make(chan struct{})
	go func() {
		g.acceptor.Stop()
		close(stopped)
	}()
	clean := waitFor(stopped, g.cfg.CloseTimeout)
	g.guard.CloseConnections()
	if !clean && !waitFor(stopped, g.cfg.CloseTimeout) || !drained {
		return ErrCloseTimeout // the files stay open: someone may still write
	}
	err := errors.Join(g.Err(), g.stores.Close(), g.counter.close())
	if !clean {
		err = errors.Join(ErrCloseTimeout, err)
	}
	return err
}

func waitFor(done <-chan struct{}, most time.Duration) bool {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}

// Err is the first fault that stopped Execs from going out, nil if there is none.
func (g *Gate) Err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// Stats is a copy of the counters.
func (g *Gate) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stats
}

func (g *Gate) count(n *uint64) {
	g.mu.Lock()
	*n++
	g.mu.Unlock()
}

func (g *Gate) log(event, session, text string) {
	if g.cfg.Log != nil {
		g.cfg.Log(event, session, text)
	}
}
