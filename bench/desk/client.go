package desk

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	gateway "slipstream/fix/desk"
	"slipstream/internal/market"
)

// ErrNoLogon says that the daemon did not answer the Logon in time.
var ErrNoLogon = errors.New("desk: no Logon")

// Config of a Run. Start from DefaultConfig.
type Config struct {
	Addr         string // of the daemon's gateway, host:port
	SenderCompID string // the desk's
	TargetCompID string // the daemon's
	Username     string
	Password     string
	Account      string // Account(1) of every D and G; empty = left out
	// StoreDir keeps the session's numbers and messages; empty = memory, and the
	// first Logon asks for a reset of the sequence numbers (141=Y).
	StoreDir  string
	HeartBt   time.Duration // whole seconds
	LogonWait time.Duration // for the first Logon
	Bound     time.Duration // for the whole script, from the Logon
	// ResendAge is how old a D or G may be to go out on a resend; older ones are
	// left out, which the peer sees as a gap fill.
	ResendAge time.Duration
	// ParamGroup sends parameters in StrategyParametersGrp(957) instead of tags.
	ParamGroup   bool
	KeepMessages bool // in Result.Messages
	Log          func(event, session, text string)
	Now          func() time.Time // for TransactTime(60), start and end times
}

// DefaultConfig has every bound filled; the address and CompIDs are the caller's.
func DefaultConfig() Config {
	return Config{
		HeartBt: 10 * time.Second, LogonWait: 15 * time.Second, Bound: 5 * time.Minute,
		ResendAge: 5 * time.Second, KeepMessages: true, Now: time.Now,
	}
}

// Validate reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	fault := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New("desk: "+text))
		}
	}
	_, _, err := net.SplitHostPort(c.Addr)
	fault(err != nil, fmt.Sprintf("Addr %q is not host:port", c.Addr))
	fault(c.SenderCompID == "" || c.TargetCompID == "", "a CompID is empty")
	fault(c.HeartBt < time.Second || c.HeartBt%time.Second != 0, "HeartBt must be whole seconds")
	fault(c.LogonWait <= 0 || c.Bound <= 0 || c.ResendAge <= 0, "LogonWait, Bound and ResendAge must be above 0")
	fault(c.Now == nil, "Now is nil")
	return errors.Join(errs...)
}

// client is one Run.
type client struct {
	cfg       Config
	script    *Script
	id        quickfix.SessionID
	created   bool
	initiator *quickfix.Initiator
	stores    *gateway.Stores
	logon     chan struct{} // closed at the first Logon
	changed   chan struct{} // capacity 1: the ledger has changed

	mu     sync.Mutex // of what follows
	ledger *Ledger
	result Result
}

// Run plays the script. It returns a Result also with an error, unless the session
// could not be made. An incomplete run is no error: see Result.Complete.
func Run(ctx context.Context, cfg Config, script *Script) (*Result, error) {
	if err := errors.Join(cfg.Validate(), script.Validate()); err != nil {
		return nil, err
	}
	c := &client{
		cfg: cfg, script: script, ledger: NewLedger(),
		logon: make(chan struct{}), changed: make(chan struct{}, 1),
	}
	for i := range script.Steps {
		c.ledger.Expect(script.order(i))
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	err := c.play(ctx)
	return c.finish(), errors.Join(err, c.close())
}

func (c *client) open() error {
	path, done, err := gateway.DictionaryFile()
	if err != nil {
		return err
	}
	defer done()
	host, port, err := net.SplitHostPort(c.cfg.Addr)
	if err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	settings := quickfix.NewSettings()
	for k, v := range map[string]string{
		config.SocketConnectHost: host, config.SocketConnectPort: port, config.DataDictionary: path,
		config.HeartBtInt: fmt.Sprint(int(c.cfg.HeartBt / time.Second)), config.ReconnectInterval: "200ms",
		config.TimeStampPrecision: "MILLIS", config.SocketTimeout: "2s",
	} {
		settings.GlobalSettings().Set(k, v)
	}
	c.stores = gateway.NewStores(c.cfg.StoreDir, false, settings)
	ss := quickfix.NewSessionSettings()
	ss.Set(config.BeginString, quickfix.BeginStringFIX44)
	ss.Set(config.SenderCompID, c.cfg.SenderCompID)
	ss.Set(config.TargetCompID, c.cfg.TargetCompID)
	if c.id, err = settings.AddSession(ss); err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	c.initiator, err = quickfix.NewInitiator(c, c.stores, settings, gateway.NewLogFactory(c.cfg.Log))
	if err == nil {
		err = c.initiator.Start()
	}
	if err != nil {
		if c.created {
			_ = quickfix.UnregisterSession(c.id) // OnCreate says that it is ours
		}
		return errors.Join(fmt.Errorf("desk: session %v: %w", c.id, err), c.stores.Close())
	}
	return nil
}

// play waits for the Logon, sends the steps, and waits for their end.
func (c *client) play(ctx context.Context) error {
	wait := time.NewTimer(c.cfg.LogonWait)
	defer wait.Stop()
	select {
	case <-c.logon:
	case <-wait.C:
		return fmt.Errorf("%w from %s within %v", ErrNoLogon, c.cfg.Addr, c.cfg.LogonWait)
	case <-ctx.Done():
		return ctx.Err()
	}
	start := time.Now()
	ctx, cancel := context.WithDeadline(ctx, start.Add(c.cfg.Bound))
	defer cancel()
	for _, i := range c.script.byTime() {
		if !sleepUntil(ctx, start.Add(c.script.Steps[i].At)) {
			return nil
		}
		if err := c.send(c.script.order(i)); err != nil {
			return fmt.Errorf("desk: send %s: %w", c.script.Steps[i].ClOrdID, err)
		}
	}
	for !c.isDone() {
		select {
		case <-c.changed:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

func sleepUntil(ctx context.Context, at time.Time) bool {
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *client) isDone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ledger.Done()
}

func (c *client) send(st Step) error {
	now := c.cfg.Now()
	c.mu.Lock()
	c.ledger.Sent(market.Nanos(now.UnixNano()), st)
	c.mu.Unlock()
	return quickfix.SendToTarget(c.message(st, now), c.id)
}

// close logs out, within 6 s.
func (c *client) close() error {
	stopped := make(chan struct{})
	go func() {
		c.initiator.Stop()
		close(stopped)
	}()
	t := time.NewTimer(6 * time.Second)
	defer t.Stop()
	select {
	case <-stopped:
		return c.stores.Close()
	case <-t.C:
		return errors.New("desk: the session did not log out in time")
	}
}

func (c *client) finish() *Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.result
	r.EndedNanos = market.Nanos(c.cfg.Now().UnixNano())
	r.Complete = c.ledger.Done()
	r.Parents = c.ledger.parents
	r.Rejects = c.ledger.rejects
	r.Violations = append([]string{}, c.ledger.violations...)
	return &r
}
