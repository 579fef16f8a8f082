package desk

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	"slipstream/internal/market"
)

// ErrCloseTimeout says that a session did not end in time; its connection was closed.
var ErrCloseTimeout = errors.New("desk: sessions did not log out in time")

// Gateway is the acceptor for all desks.
type Gateway struct {
	cfg         Config
	addr        net.Addr
	guard       *Guard
	acceptor    *quickfix.Acceptor
	stores      *Stores
	created     []quickfix.SessionID // registered in quickfixgo's process-wide table
	desks       []deskSession
	byID        map[quickfix.SessionID]uint8
	validators  [versionCount]quickfix.Validator
	instruments map[string]market.Instrument
	precision   quickfix.TimestampPrecision
	execPrefix  string // of ExecID(17) of the gateway's own answers
	execCount   atomic.Uint64
	closed      atomic.Bool

	commands, refused, notReady, unsupported atomic.Uint64
	tooFast, forbidden                       atomic.Uint64
	reports, undelivered, copied, dontKnows  atomic.Uint64
}

type deskSession struct {
	id       quickfix.SessionID
	version  Version
	accounts map[string]bool
	permit   permit
	day      quota
	known    *knownOrders
	out      *outbox
	copies   []uint8 // drop-copy sessions that get its reports
	loggedOn atomic.Bool
}

// Stats counts since Open.
type Stats struct {
	Commands    uint64 // commands handed to Submit
	Refused     uint64 // answered by the gateway with 8, 9 or r: a fault of form, or beyond the desk's limits
	NotReady    uint64 // answered by j 380=4: Submit returned false
	TooFast     uint64 // answered by j 380=4: more orders a second than the desk may send
	Forbidden   uint64 // answered by j 380=6: an order on a drop copy or a cancel-only session
	Unsupported uint64 // answered by j 380=3
	DontKnows   uint64 // DontKnowTrade (Q): each is an alert in the log
	Copied      uint64 // reports sent to, or stored for, drop-copy sessions
	Reports     uint64 // reports sent, or stored for a desk that is logged out
	Undelivered uint64 // reports that could not be stored or name no desk
	Guard       GuardStats
}

// Open listens and starts the sessions. A first Logon is answered within a second:
// quickfixgo starts its sessions on a whole second.
func Open(cfg Config) (*Gateway, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	g := &Gateway{
		cfg:         cfg,
		desks:       make([]deskSession, len(cfg.Sessions)),
		byID:        make(map[quickfix.SessionID]uint8, len(cfg.Sessions)),
		instruments: make(map[string]market.Instrument, len(cfg.Instruments)),
		precision:   precisionOf(cfg.TimePrecision),
		execPrefix:  "G" + strconv.FormatInt(cfg.Now().UnixNano(), 36) + "-",
	}
	for _, in := range cfg.Instruments {
		g.instruments[in.Symbol.String()] = in
	}
	for i, s := range cfg.Sessions {
		d := &g.desks[i]
		d.version, d.permit, d.out = s.Version, newPermit(s.Limits), newOutbox()
		d.known = newKnownOrders(max(1, cfg.Remember/len(cfg.Sessions)))
	}
	for v := range g.validators {
		var err error
		if g.validators[v], err = Version(v).validator(); err != nil {
			return nil, err
		}
	}
	g.follow()
	if err := g.listen(); err != nil {
		return nil, err
	}
	err := g.openQuotas()
	if err == nil {
		err = g.start()
	}
	if err != nil {
		g.abandon()
		return nil, err
	}
	return g, nil
}

func (g *Gateway) listen() error {
	l, err := net.Listen("tcp", g.cfg.Listen)
	if err != nil {
		return fmt.Errorf("desk: listen on %s: %w", g.cfg.Listen, err)
	}
	g.addr = l.Addr()
	if g.cfg.TLS != nil {
		l = tls.NewListener(l, g.cfg.TLS)
	}
	guard := g.cfg.Guard
	guard.Event = func(peer, text string) { g.log("guard", peer, text) }
	g.guard = NewGuard(l, guard)
	return nil
}

func (g *Gateway) start() error {
	settings, done, err := g.settings()
	if err != nil {
		return err
	}
	defer done()
	g.stores = NewStores(g.cfg.StoreDir, g.cfg.StoreSync, settings)
	g.acceptor, err = quickfix.NewAcceptor(g, g.stores, settings, logFactory{g.log, g.cfg.LogMessages})
	if err != nil {
		return fmt.Errorf("desk: sessions: %w", err)
	}
	g.acceptor.SetConnectionValidator(certValidator{g})
	g.acceptor.SetNewListenerCallback(func(string, *tls.Config) (net.Listener, error) { return g.guard, nil })
	if err := g.acceptor.Start(); err != nil {
		return fmt.Errorf("desk: start: %w", err)
	}
	for i := range g.desks {
		go g.drain(uint8(i))
	}
	return nil
}

// settings are quickfixgo's; done removes the dictionary files that they name.
func (g *Gateway) settings() (s *quickfix.Settings, done func(), err error) {
	dir, done, err := dictionaryFiles()
	if err != nil {
		return nil, nil, err
	}
	host, port, err := net.SplitHostPort(g.addr.String())
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("desk: own address: %w", err)
	}
	s = quickfix.NewSettings()
	for k, v := range map[string]string{
		config.SocketAcceptHost: host, config.SocketAcceptPort: port,
	} {
		s.GlobalSettings().Set(k, v)
	}
	for i, desk := range g.cfg.Sessions {
		ss := quickfix.NewSessionSettings()
		ss.Set(config.SenderCompID, desk.SenderCompID)
		ss.Set(config.TargetCompID, desk.TargetCompID)
		desk.Version.set(ss, dir, g.cfg.TimePrecision)
		id, err := s.AddSession(ss)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("desk: session %d: %w", i, err)
		}
		g.byID[id] = uint8(i)
		g.desks[i].id = id
		g.desks[i].accounts = make(map[string]bool, len(desk.Accounts))
		for _, a := range desk.Accounts {
			g.desks[i].accounts[a] = true
		}
	}
	return s, done, nil
}

// abandon undoes a start that failed half-way.
func (g *Gateway) abandon() {
	g.guard.Close()
	_ = g.closeQuotas() // nothing was written
	for _, id := range g.created {
		// It is registered: OnCreate said so, and nobody else takes it away.
		_ = quickfix.UnregisterSession(id)
	}
	if g.stores != nil {
		g.stores.Close()
	}
}

// Addr is the address the gateway listens on.
func (g *Gateway) Addr() net.Addr { return g.addr }

// IsLoggedOn reports whether a desk's session is established.
func (g *Gateway) IsLoggedOn(desk int) bool {
	return desk >= 0 && desk < len(g.desks) && g.desks[desk].loggedOn.Load()
}

// Stats is a copy of the counters.
func (g *Gateway) Stats() Stats {
	return Stats{
		Commands: g.commands.Load(), Refused: g.refused.Load(), NotReady: g.notReady.Load(),
		TooFast: g.tooFast.Load(), Forbidden: g.forbidden.Load(), DontKnows: g.dontKnows.Load(), Copied: g.copied.Load(),
		Unsupported: g.unsupported.Load(), Reports: g.reports.Load(),
		Undelivered: g.undelivered.Load(), Guard: g.guard.Stats(),
	}
}

// Close stops accepting, logs the desks out and closes the stores. It returns within
// twice CloseTimeout, with ErrCloseTimeout if sessions had to be cut off.
func (g *Gateway) Close() error {
	if g.closed.Swap(true) {
		return nil
	}
	for i := range g.desks {
		g.desks[i].out.close()
	}
	stopped := make(chan struct{})
	go func() {
		g.waitOutboxes(g.cfg.CloseTimeout / 2)
		g.acceptor.Stop()
		close(stopped)
	}()
	clean := waitFor(stopped, g.cfg.CloseTimeout)
	g.guard.CloseConnections()
	if !clean && !waitFor(stopped, g.cfg.CloseTimeout) {
		return ErrCloseTimeout // the stores stay open: a session may still write
	}
	err := errors.Join(g.stores.Close(), g.closeQuotas())
	if !clean {
		err = errors.Join(ErrCloseTimeout, err)
	}
	return err
}

// waitOutboxes waits until what was delivered is stored, or most has passed.
func (g *Gateway) waitOutboxes(most time.Duration) {
	t := time.NewTimer(most)
	defer t.Stop()
	for i := range g.desks {
		select {
		case <-g.desks[i].out.done:
		case <-t.C:
			return
		}
	}
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

func (g *Gateway) log(event, session, text string) {
	if g.cfg.Log != nil {
		g.cfg.Log(event, session, text)
	}
}

func precisionOf(s string) quickfix.TimestampPrecision {
	switch s {
	case "NANOS":
		return quickfix.Nanos
	case "MICROS":
		return quickfix.Micros
	}
	return quickfix.Millis
}
