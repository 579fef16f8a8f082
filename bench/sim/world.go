package sim

import (
	"container/heap"
	"fmt"
	"hash/fnv"

	"slipstream/bench/exchange"
	"slipstream/engine"
	"slipstream/feed/moldudp64"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/internal/market"
)

// Config is a World's. Latencies are fixed parts; Jitter is uniform on top.
type Config struct {
	Seed     uint64
	Exchange exchange.Config
	Engine   engine.Config
	Commands []Command // in any order
	Asks     []Ask     // likewise

	FeedLatency, VenueLatency, Jitter market.Nanos
	Heartbeat                         market.Nanos // of the feed; 0 = 100 ms
	LossPpm, DupPpm, ReorderPpm       uint32       // of each packet on each line
	RecoveryLossPpm                   uint32       // of requests and of answers
	CutPpm                            uint32       // the venue's connection breaks, per message either way
	SplitPpm                          uint32       // bytes of the stream arrive in two parts

	Venue Faults // of the venue; none by default

	// OnEffects sees every Input and its Effects before the World acts on them; nil = not.
	OnEffects func(in *engine.Input, fx *engine.Effects)
	// Dies sees every Input and its Effects and may end the process there; nil = it lives.
	Dies func(in *engine.Input, fx *engine.Effects) *Death
}

// Death is a process that ends in the middle of carrying out a Step's Effects, and the one
// that takes its place.
type Death struct {
	Sent    int  // bytes of Effects.Venue that left before
	Arrive  bool // what was under way to the venue arrives; else it is lost with the connection
	Down    market.Nanos
	Engine  *engine.Engine // of the next process
	State   *session.State
	Reports []fix.Report // that the next process knows of and the desk does not
}

// Command is a desk's command at a time.
type Command struct {
	At  market.Nanos
	Cmd fix.Command
}

// Ask makes a command when its time comes; nil is none.
type Ask struct {
	At   market.Nanos
	Make func() *fix.Command
}

// World is core, exchange and everything between them.
type World struct {
	Market  *exchange.Market
	Engine  *engine.Engine
	Peer    *Peer
	State   *session.State
	Reports []fix.Report // all of them, in order

	cfg       Config
	now       market.Nanos
	end       market.Nanos
	queue     queue
	pushed    uint64
	rng       rng
	published uint64 // last sequence published
	conn      int    // number of the present connection; 0 = none yet
	up        bool
	timer     market.Nanos
	outbound  uint64 // running hash of the bytes to the venue
	in        engine.Input
	lives     int          // processes before the present one
	downUntil market.Nanos // no process before
	Cuts      int
	Traded    market.Qty   // shares the exchange traded for our orders
	Net       []market.Qty // of that, bought minus sold, by instrument
}

// New builds a World; Run starts it.
func New(cfg Config) (*World, error) {
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 100 * market.Millisecond
	}
	w := &World{cfg: cfg, State: new(session.State), rng: rng(cfg.Seed), now: cfg.Exchange.Start, Net: make([]market.Qty, len(cfg.Exchange.Instruments))}
	var err error
	if w.Market, err = exchange.New(cfg.Exchange); err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	if w.Engine, err = engine.New(cfg.Engine, w.State); err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	symbols := make([]market.Symbol, len(cfg.Exchange.Instruments))
	for i := range symbols {
		symbols[i] = cfg.Exchange.Instruments[i].Symbol
	}
	w.Peer = NewPeer(cfg.Engine.Session.TargetCompID, cfg.Engine.Session.SenderCompID, symbols, w.submit)
	w.Peer.Faults, w.Peer.rng = cfg.Venue, rng(cfg.Seed+1)
	w.Peer.Wake = func(at market.Nanos) { w.push(event{at: at, kind: evRelease}) }
	return w, nil
}

// Run opens the market and lets duration pass, then lets in-flight messages and
// open parents settle for at most settle, and ends the exchange's session.
func (w *World) Run(duration, settle market.Nanos) error {
	if err := w.Market.Open(); err != nil {
		return err
	}
	start := w.cfg.Exchange.Start
	w.end = start + duration
	w.publish()
	w.push(event{at: start + w.cfg.Heartbeat, kind: evHeartbeat})
	w.push(event{at: start + market.Millisecond, kind: evConnect})
	for _, c := range w.cfg.Commands {
		cmd := c.Cmd
		w.push(event{at: c.At, kind: evCommand, cmd: &cmd})
	}
	for _, a := range w.cfg.Asks {
		w.push(event{at: a.At, kind: evCommand, ask: a.Make})
	}
	w.timer = start + market.Millisecond
	w.until(w.end)
	w.Market.End(w.end)
	w.cfg.CutPpm, w.cfg.SplitPpm = 0, 0 // the end is told on a good connection
	w.execs()
	w.publish()
	w.until(w.end + settle)
	return nil
}

// until processes everything up to t.
func (w *World) until(t market.Nanos) {
	for {
		next := w.timer
		if at, ok := w.Market.Next(); ok && at < next {
			next = at
		}
		if len(w.queue) > 0 && w.queue[0].at <= next {
			next = w.queue[0].at
		}
		if next > t {
			w.now = max(w.now, t)
			return
		}
		w.now = max(w.now, next)
		switch {
		case len(w.queue) > 0 && w.queue[0].at <= next:
			w.arrive(heap.Pop(&w.queue).(event))
		case w.timer <= next:
			w.step(engine.Input{Kind: engine.InTimer})
		default:
			w.Market.Advance(w.now)
			w.execs()
			w.publish()
		}
	}
}

func (w *World) arrive(e event) {
	switch e.kind {
	case evPacket:
		if w.now < w.downUntil {
			return
		}
		w.step(engine.Input{Kind: engine.InPacket, Line: e.line, Bytes: e.b})
	case evToDaemon:
		if w.up && e.conn == w.conn {
			w.step(engine.Input{Kind: engine.InVenueBytes, Bytes: e.b})
		}
	case evToVenue:
		if e.conn == w.conn && w.up {
			w.Peer.Receive(w.now, e.b)
			w.fromVenue()
		}
	case evRequest:
		w.recover(e.b)
	case evCommand:
		if w.now < w.downUntil { // the desk waits for the gateway
			e.at = w.downUntil
			w.push(e)
			return
		}
		if e.ask != nil {
			e.cmd = e.ask()
		}
		if e.cmd != nil {
			w.step(engine.Input{Kind: engine.InCommand, Command: e.cmd})
		}
	case evConnect:
		if e.conn != w.lives {
			return
		}
		w.conn++
		w.up = true
		w.step(engine.Input{Kind: engine.InVenueUp})
	case evCut:
		if w.up && e.conn == w.conn {
			w.cut()
		}
	case evRelease:
		w.Peer.Release(w.now)
		w.fromVenue()
	case evHeartbeat:
		w.onLines(w.Market.AppendMark(nil))
		w.push(event{at: w.now + w.cfg.Heartbeat, kind: evHeartbeat})
	}
}

// step runs the core once and acts on the effects.
func (w *World) step(in engine.Input) {
	in.Now = w.now
	w.in = in
	fx := w.Engine.Step(&w.in)
	if w.cfg.OnEffects != nil {
		w.cfg.OnEffects(&w.in, fx)
	}
	if w.cfg.Dies != nil {
		if d := w.cfg.Dies(&w.in, fx); d != nil {
			w.die(fx, d)
			return
		}
	}
	w.timer = max(fx.Timer, w.now+1)
	w.Reports = append(w.Reports, fx.Reports...)
	if len(fx.FeedRequest) > 0 && !w.rng.hit(w.cfg.RecoveryLossPpm) {
		w.push(event{at: w.now + w.delay(w.cfg.FeedLatency), kind: evRequest, b: clone(fx.FeedRequest)})
	}
	if len(fx.Venue) > 0 {
		h := fnv.New64a()
		h.Write(fx.Venue)
		w.outbound = w.outbound*1099511628211 ^ h.Sum64()
		if w.up {
			w.stream(evToVenue, fx.Venue)
		}
	}
	if fx.CloseVenue && w.up {
		w.cut()
	}
}

// Outbound is the hash of every byte sent to the venue so far.
func (w *World) Outbound() uint64 { return w.outbound }

// Now is the virtual time.
func (w *World) Now() market.Nanos { return w.now }

// die ends the process and starts the next one.
func (w *World) die(fx *engine.Effects, d *Death) {
	if w.up {
		if d.Arrive {
			for _, e := range w.queue.of(evToVenue, w.conn) {
				w.Peer.Receive(w.now, e.b)
			}
			w.Peer.Receive(w.now, clone(fx.Venue[:d.Sent]))
		}
		w.up = false
		w.Peer.Disconnect()
	}
	w.lives++
	w.Engine, w.State = d.Engine, d.State
	w.Reports = append(w.Reports, d.Reports...)
	w.downUntil = w.now + d.Down
	w.timer = w.downUntil
	w.push(event{at: w.downUntil + market.Millisecond, kind: evConnect, conn: w.lives})
}

// cut breaks the connection; the daemon connects again a little later.
func (w *World) cut() {
	w.up = false
	w.Cuts++
	w.Peer.Disconnect()
	w.push(event{at: w.now + w.delay(5*market.Millisecond), kind: evConnect, conn: w.lives})
	w.step(engine.Input{Kind: engine.InVenueDown})
}

// stream sends bytes over the present connection in order, perhaps in two parts,
// perhaps cut short by the end of the connection.
func (w *World) stream(kind eventKind, b []byte) {
	at := w.now + w.cfg.VenueLatency // no jitter: a stream keeps its order
	if w.rng.hit(w.cfg.CutPpm) {
		n := w.rng.below(uint64(len(b)) + 1)
		w.push(event{at: at, kind: kind, conn: w.conn, b: clone(b[:n])})
		w.push(event{at: at, kind: evCut, conn: w.conn})
		return
	}
	if w.rng.hit(w.cfg.SplitPpm) {
		n := w.rng.below(uint64(len(b)))
		w.push(event{at: at, kind: kind, conn: w.conn, b: clone(b[:n])})
		b = b[n:]
	}
	w.push(event{at: at, kind: kind, conn: w.conn, b: clone(b)})
}

// submit hands a request of the Peer to the exchange.
func (w *World) submit(now market.Nanos, r *exchange.Request) {
	w.Market.Submit(now, r)
	w.execs()
	w.publish()
}

// execs reports to the Peer what the exchange did to our orders.
func (w *World) execs() {
	for i := range w.Market.Execs() {
		x := &w.Market.Execs()[i]
		if x.Kind == exchange.ExecTrade {
			w.Traded += x.LastQty
			w.Net[x.Instrument] += x.LastQty * market.Qty(x.Side.Sign())
		}
		if x.Kind == exchange.ExecBusted {
			w.Traded -= x.LastQty
			w.Net[x.Instrument] -= x.LastQty * market.Qty(x.Side.Sign())
		}
		w.Peer.OnExec(w.now, x)
	}
	w.Market.ClearExecs()
	w.fromVenue()
}

func (w *World) fromVenue() {
	if b := w.Peer.Output(); len(b) > 0 && w.up {
		w.stream(evToDaemon, b)
	}
}

// publish sends what the tape has gained to both lines.
func (w *World) publish() {
	for w.published < w.Market.Sequence() {
		pkt, n := w.Market.AppendPacket(nil, w.published+1, 1<<15, 0)
		if n == 0 {
			return
		}
		w.published += uint64(n)
		w.onLines(pkt)
	}
}

// onLines sends one packet on A and B with each line's own faults.
func (w *World) onLines(pkt []byte) {
	for line := range uint8(2) {
		if w.rng.hit(w.cfg.LossPpm) {
			continue
		}
		at := w.now + w.delay(w.cfg.FeedLatency)
		if w.rng.hit(w.cfg.ReorderPpm) {
			at += market.Nanos(w.rng.below(uint64(2 * market.Millisecond)))
		}
		w.push(event{at: at, kind: evPacket, line: line, b: pkt})
		if w.rng.hit(w.cfg.DupPpm) {
			w.push(event{at: at + w.delay(0), kind: evPacket, line: line, b: pkt})
		}
	}
}

// recover answers a retransmission request, as the exchange's server does.
func (w *World) recover(b []byte) {
	var req moldudp64.Request
	if !req.Decode(b) {
		return
	}
	pkt, n := w.Market.AppendPacket(nil, req.Sequence, int(req.Count), 0)
	if n > 0 && !w.rng.hit(w.cfg.RecoveryLossPpm) {
		w.push(event{at: w.now + w.delay(w.cfg.FeedLatency), kind: evPacket, line: 2, b: pkt})
	}
}

func (w *World) delay(fixed market.Nanos) market.Nanos {
	d := fixed + 1
	if w.cfg.Jitter > 0 {
		d += market.Nanos(w.rng.below(uint64(w.cfg.Jitter)))
	}
	return d
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }
