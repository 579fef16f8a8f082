package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/learned"
	"slipstream/engine/loop"
	"slipstream/engine/ring"
	"slipstream/engine/scribe"
	"slipstream/engine/takeup"
	"slipstream/feed/receive"
	"slipstream/fix"
	"slipstream/fix/desk"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Daemon is one run. Its methods are for the goroutine that opened it.
type Daemon struct {
	cfg      *config.Daemon
	start    market.Nanos
	eng      *engine.Engine
	core     *core
	loop     *loop.Loop
	scribe   *scribe.Scribe
	gateway  *desk.Gateway
	desks    desk.Config
	policies *learned.Registry
	log      zerolog.Logger
	logOut   io.Writer
	ring     *takeup.Ring
	closers  []func() error // run in reverse
	abandon  bool           // the run before is not taken over
	before   before
	reports  sync.WaitGroup
}

// core is the engine, with its posture for other threads to read.
type core struct {
	*engine.Engine
	last    engine.Posture
	posture atomic.Uint32
}

func (c *core) Step(in *engine.Input) *engine.Effects {
	fx := c.Engine.Step(in)
	if p := c.Posture(); p != c.last {
		c.last = p
		c.posture.Store(uint32(p))
	}
	return fx
}

// segmentBytes closes a journal segment; a day of a busy symbol is a few of them.
const segmentBytes = 256 << 20

// Open builds everything, on what the run before left, and starts nothing. stderr takes the log if the
// configuration says "-". The journal carries the configuration, passwords masked: a
// run whose venue password stands in the file itself replays to another Logon, so
// use password_file.
func Open(cfg *config.Daemon, stderr io.Writer) (*Daemon, error) {
	return open(cfg, stderr, false)
}

// OpenAbandoning is Open without the orders of the run before: a person has dealt with them.
func OpenAbandoning(cfg *config.Daemon, stderr io.Writer) (*Daemon, error) {
	return open(cfg, stderr, true)
}

func open(cfg *config.Daemon, stderr io.Writer, abandon bool) (*Daemon, error) {
	d := &Daemon{cfg: cfg, start: market.Nanos(time.Now().UnixNano()), abandon: abandon}
	if err := d.open(stderr); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *Daemon) open(stderr io.Writer) error {
	if err := os.MkdirAll(d.cfg.Process.StateDir, 0o755); err != nil {
		return fmt.Errorf("daemon.state_dir: %w: choose a folder that can be written", err)
	}
	engineConfig, err := d.cfg.EngineConfig(d.start)
	if err != nil {
		return err
	}
	if d.policies, err = openPolicies(d.cfg); err != nil {
		return err
	}
	engineConfig.FindPolicy = d.policies.Find
	if d.desks, err = d.cfg.DeskConfig(); err != nil {
		return err
	}
	state, closeState, err := loop.MapState(filepath.Join(d.cfg.Process.StateDir, "session.state"))
	if err != nil {
		return err
	}
	d.closers = append(d.closers, closeState)
	unlock, err := takeup.Lock(d.cfg.Process.Journal())
	if err != nil {
		return fmt.Errorf("daemon.journal_dir: %w", err)
	}
	d.closers = append(d.closers, unlock)
	if err := d.findBefore(state); err != nil {
		return err
	}
	header := journal.Header{Start: d.start, Config: []byte(d.cfg.TOML()), State: journal.EncodeState(state), Doubt: d.inDoubt()}
	if err := d.begin(engineConfig, state, &header); err != nil {
		return err
	}
	d.core = &core{Engine: d.eng, last: ^engine.Posture(0)}
	d.core.posture.Store(uint32(d.core.last)) // nothing is known before the first step
	path, err := d.ringPath()
	if err != nil {
		return err
	}
	buf, err := takeup.CreateRing(path, int(d.cfg.Process.JournalBuf), d.start)
	if err != nil {
		return fmt.Errorf("daemon.journal_ring_bytes: %w", err)
	}
	d.ring = buf
	d.closers = append(d.closers, buf.Close)
	if err := d.openLoop(journal.NewWriter(buf.Bytes)); err != nil {
		return err
	}
	if err := d.probeGateway(); err != nil {
		return err
	}
	if err := d.openScribe(header, engineConfig, buf.Bytes, stderr); err != nil { // late: it begins the journal of a run
		return err
	}
	return buf.Place() // last: until now a start that failed has changed nothing
}

// probeGateway finds out now whether the desks' port can be had: the gateway itself
// opens only when orders can be worked.
func (d *Daemon) probeGateway() error {
	l, err := net.Listen("tcp", d.cfg.Desk.Listen)
	if err != nil {
		return fmt.Errorf("desk.listen: %w: stop what uses the port or choose another", err)
	}
	return l.Close()
}

func (d *Daemon) openScribe(header journal.Header, ec engine.Config, buf *ring.Bytes, stderr io.Writer) error {
	d.logOut = stderr
	if path := d.cfg.Process.LogPath; path != "-" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("daemon.log_path: %w: choose a file that can be written, or - for standard error", err)
		}
		d.closers = append(d.closers, f.Close)
		d.logOut = f
	}
	d.logOut = zerolog.SyncWriter(d.logOut) // the scribe and the gateway share it
	level, err := zerolog.ParseLevel(d.cfg.Process.LogLevel)
	if err != nil {
		return fmt.Errorf("daemon.log_level: %w", err)
	}
	sc := scribe.Default()
	sc.Segments = journal.SegmentsConfig{Dir: d.cfg.Process.Journal(), SegmentBytes: segmentBytes, Header: header}
	sc.Log, sc.Level = d.logOut, level
	host, _ := os.Hostname()
	sc.Static = map[string]string{"name": d.cfg.Process.Name, "host": host, "pid": strconv.Itoa(os.Getpid())}
	for _, in := range ec.Instruments {
		sc.Symbols = append(sc.Symbols, in.Symbol.String())
	}
	sc.HeapAlarmBytes = uint64(d.cfg.Process.HeapAlarm)
	if sc.ChildClOrdID, err = childNames(ec.Venue, d.eng); err != nil {
		return err
	}
	if d.scribe, err = scribe.New(sc, buf); err != nil {
		return err
	}
	lc := zerolog.New(d.logOut).Level(level).With()
	for _, k := range []string{"name", "host", "pid"} {
		lc = lc.Str(k, sc.Static[k])
	}
	d.log = lc.Logger()
	return nil
}

// childNames writes a child's ClOrdID as it stands on the wire.
func childNames(cfg venue.Config, eng *engine.Engine) (func([]byte, uint64) []byte, error) {
	date := eng.Date()
	enc, err := venue.NewEncoder(cfg, date, eng.Epoch())
	if err != nil {
		return nil, err
	}
	var m wire.Message
	var buf [venue.MessageBytesMax]byte
	return func(dst []byte, child uint64) []byte {
		msg := enc.AppendStatus(buf[:0], 1, date, &venue.Status{Child: child, Symbol: market.MakeSymbol("X"), Side: market.Buy})
		if wire.Parse(msg, &m) != wire.FaultNone {
			return dst
		}
		id, _ := m.Get(wire.TagClOrdID)
		return append(dst, id...)
	}, nil
}

func (d *Daemon) openLoop(w *journal.Writer) error {
	f := &d.cfg.Feed
	var lines [2]*receive.Receiver
	for i, line := range []struct {
		group, iface string
		port         int64
	}{{f.GroupA, f.InterfaceA, f.PortA}, {f.GroupB, f.InterfaceB, f.PortB}} {
		group, err := netip.ParseAddr(line.group)
		if err != nil {
			return fmt.Errorf("feed: group of line %c: %w", 'A'+i, err)
		}
		iface, err := netip.ParseAddr(line.iface)
		if err != nil {
			return fmt.Errorf("feed: interface of line %c: %w", 'A'+i, err)
		}
		r, err := receive.Open(receive.Config{Group: group, Port: uint16(line.port), InterfaceAddr: iface, RcvBuf: int(f.RecvBuffer)})
		if err != nil {
			return fmt.Errorf("feed: line %c: %w", 'A'+i, err)
		}
		d.closers = append(d.closers, r.Close)
		lines[i] = r
	}
	lc, err := d.cfg.LoopConfig()
	if err != nil {
		return err
	}
	lc.VenueLog = d.venueLog
	d.loop, err = loop.New(lc, d.core, w, lines[0], lines[1])
	return err
}

// Run trades until ctx is done, then shuts down in order: children canceled, venue
// logged out, desks told, journal closed. The error is nil only if all that was so.
func (d *Daemon) Run(ctx context.Context) error {
	restore, err := loop.Prepare(int(d.cfg.Process.MaxProcs))
	if err != nil {
		return errors.Join(err, d.close())
	}
	defer restore()
	if err := d.scribe.Start(); err != nil {
		return errors.Join(err, d.close())
	}
	d.doubt()
	if err := d.loop.Start(); err != nil {
		return errors.Join(err, d.scribe.Stop(), d.close())
	}
	if err := d.LoadPolicy(&d.cfg.Policy); err != nil {
		return errors.Join(err, d.loop.Stop(), d.scribe.Stop(), d.close())
	}
	d.event("daemon_started").Str("journal", d.cfg.Process.Journal()).Str("run", d.scribe.Run()).Send()
	d.logBefore()
	d.reports.Add(1)
	err = d.serve(ctx)
	stopErr := d.loop.Stop()
	d.reports.Wait()
	if d.gateway != nil {
		err = errors.Join(err, d.gateway.Close())
	}
	d.event("daemon_stopped").Bool("clean", err == nil && stopErr == nil).Send()
	scribeErr := d.scribe.Stop()
	if scribeErr == nil { // all of it is in the files, with the closing mark
		scribeErr = d.ring.Remove()
	}
	return errors.Join(err, stopErr, scribeErr, d.close())
}

// waits are the postures in which desks get no connection at the start: it is soon over. A
// latched one is a person's to lift, and meanwhile desks may ask and cancel.
const waits = ^(engine.PostureKill | engine.PostureUnknown | engine.PostureFeedEnded)

// serve opens the gateway as soon as orders can be worked, or at once when the run before
// left some open, and waits for the end.
func (d *Daemon) serve(ctx context.Context) error {
	ready := time.NewTicker(5 * time.Millisecond)
	defer ready.Stop()
	for d.before.parents == 0 && engine.Posture(d.core.posture.Load())&waits != 0 {
		select {
		case <-ctx.Done():
			d.reports.Done()
			return nil
		case <-d.loop.Done():
			d.reports.Done()
			return errors.New("daemon: the trading loop has ended by itself")
		case <-ready.C:
		}
	}
	gc := d.desks
	gc.Submit = d.loop.SubmitJournaled
	gc.Log, gc.LogMessages = d.gatewayLog, d.log.GetLevel() <= zerolog.DebugLevel
	var err error
	if d.gateway, err = desk.Open(gc); err != nil {
		d.reports.Done()
		return fmt.Errorf("desk: %w", err)
	}
	if err := d.redeliver(); err != nil {
		d.reports.Done()
		return err
	}
	go d.deliver()
	d.event("desk_gateway_open").Str("addr", d.gateway.Addr().String()).Send()
	select {
	case <-ctx.Done():
		return nil
	case <-d.loop.Done():
		return errors.New("daemon: the trading loop has ended by itself")
	}
}

// deliver hands reports to the gateway until the loop is done and none is left.
func (d *Daemon) deliver() {
	defer d.reports.Done()
	var r fix.Report
	idle := time.NewTicker(200 * time.Microsecond)
	defer idle.Stop()
	for ended := false; ; {
		for d.loop.PollReport(&r) {
			d.gateway.Deliver(&r)
		}
		if ended {
			return
		}
		select {
		case <-d.loop.Done():
			ended = true // one more look: the last reports came before it
		case <-idle.C:
		}
	}
}

// Kill stops new orders and takes back every child; Rearm lifts it.
func (d *Daemon) Kill() bool  { return d.loop.Submit(&fix.Command{Kind: fix.Kill}) }
func (d *Daemon) Rearm() bool { return d.loop.Submit(&fix.Command{Kind: fix.Rearm}) }

// stamp is now, as the engine's own lines write it.
func stamp() string { return scribe.Stamp(market.Nanos(time.Now().UnixNano())) }

// event opens a log line of the wiring; the engine's own come from the scribe.
func (d *Daemon) event(name string) *zerolog.Event {
	return d.log.Info().Str("ts", stamp()).Str("event", name).Str("component", "daemon")
}

func (d *Daemon) gatewayLog(event, session, text string) {
	e := d.log.Debug()
	switch event {
	case "event", "guard":
		e = d.log.Info()
	case "alert":
		e = d.log.Warn()
	}
	e.Str("ts", stamp()).Str("event", "desk_"+event).Str("component", "desk").Str("session", session).Msg(text)
}

// venueLog says why TLS to the venue failed; it comes from a goroutine of the loop's.
func (d *Daemon) venueLog(text string) {
	d.log.Warn().Str("ts", stamp()).Str("event", "venue_tls").Str("component", "venue").Msg(text)
}

// close releases what open took, the last thing first.
func (d *Daemon) close() error {
	var errs []error
	for i := len(d.closers) - 1; i >= 0; i-- {
		errs = append(errs, d.closers[i]())
	}
	d.closers = nil
	return errors.Join(errs...)
}
