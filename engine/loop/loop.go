package loop

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/feed/receive"
	"slipstream/fix"
	"slipstream/internal/market"
)

// Core is the pure step, as engine.Engine offers it.
type Core interface {
	Step(in *engine.Input) *engine.Effects
}

// Loop drives a Core with the world. See the package's text for who owns what.
type Loop struct {
	cfg     Config
	core    Core
	journal *journal.Writer
	clock   clock
	spin    bool

	// the world
	lines    [2]Line
	batches  [2]*receive.Batch
	recovery int // descriptor; -1 = none
	venue    venueLink
	datagram []byte
	fault    [lineCount]unix.Errno // last errno logged

	// the turn
	in        engine.Input
	cmd       fix.Command
	last      market.Nanos // the newest stamp
	turns     uint64
	turnStart market.Nanos
	slept     market.Nanos // in ppoll since turnStart
	timed     market.Nanos // the last InTimer
	due       market.Nanos // the next one
	received  market.Nanos // when the receive call that brought the packet being stepped returned
	dropsDue  market.Nanos // the kernel's drop counters are asked
	hotUntil  market.Nanos // the recovery socket is read each turn
	marked    uint64       // inputs at the last mark
	inputs    uint64
	todo      todo
	broken    unix.Errno // why, with todoDown
	finished  bool       // Effects.Done
	stayDown  bool       // Effects.StayDown
	stopAt    market.Nanos

	// backpressure
	spill       spill
	reportsMax  int // most reports of one step
	journalFull bool
	heldSince   market.Nanos // reports are in the spill; 0 = none
	blocked     bool         // InJournalFull was stepped
	writeBlock  market.Nanos // InVenueBlocked was stepped, when; 0 = not
	lostSeen    uint64

	polls   [lineCount + 1]unix.PollFd
	timeout unix.Timespec

	// shared with other threads
	submit   sync.Mutex // producers of urgent and desk; never taken by the loop
	urgent   *ring.SPSC[fix.Command]
	desk     *ring.SPSC[fix.Command]
	pushed   uint64        // commands put into desk; under submit
	stepped  atomic.Uint64 // commands of desk that were journaled and stepped
	reports  *ring.SPSC[fix.Report]
	stages   [StageCount]Hist
	count    counters
	up       atomic.Bool
	started  atomic.Bool
	stopping atomic.Bool
	ended    atomic.Bool
	clean    atomic.Bool
	done     chan struct{}
}

const urgentLane = 64 // kills, rearms and shutdowns that may wait

// New makes a loop. a and b are the multicast lines, opened by the caller and
// closed by it after Done; either may be nil (an untyped nil, not a nil pointer). w is the journal's hot side.
func New(cfg Config, core Core, w *journal.Writer, a, b Line) (*Loop, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if core == nil || w == nil {
		return nil, errors.New("loop: a core and a journal are needed")
	}
	if most := w.Cap()/2 - 2*journal.HeadSize; most < datagramMax {
		return nil, fmt.Errorf("loop: the journal ring of %d bytes cannot hold a datagram of %d", w.Cap(), datagramMax)
	}
	l := &Loop{
		cfg: cfg, core: core, journal: w, lines: [2]Line{a, b}, recovery: -1,
		datagram: make([]byte, datagramMax), spin: cfg.spins(), done: make(chan struct{}),
	}
	var addrs []*address
	for _, s := range append([]string{cfg.VenueAddr}, cfg.VenueMore...) {
		addr, err := parseAddress(s)
		if err != nil {
			return nil, err
		}
		addrs = append(addrs, addr)
	}
	var err error
	l.venue = venueLink{
		addrs: addrs, sndBuf: int32(cfg.VenueSndBuf), rcvBuf: int32(cfg.VenueRcvBuf), userTime: int32(cfg.UserTimeoutMs),
		first: cfg.BackoffMin, last: cfg.BackoffMax, connectBy: cfg.ConnectNanos, linger: cfg.LingerNanos,
		backoff: cfg.BackoffMin, fd: -1,
		buf: make([]byte, cfg.VenueReadBytes), pending: make([]byte, 0, cfg.PendingBytes),
	}
	if cfg.VenueTLS != nil {
		if l.venue.tls, err = newTLSBridge(&cfg); err != nil {
			return nil, err
		}
	}
	for i := range l.batches {
		if l.lines[i] != nil {
			l.batches[i] = receive.NewBatch(cfg.BurstPer, cfg.DatagramBytes)
		}
	}
	l.spill.buf = make([]fix.Report, cfg.SpillMin)
	if l.urgent, err = ring.New[fix.Command](urgentLane); err != nil {
		return nil, err
	}
	if l.desk, err = ring.New[fix.Command](cfg.Commands); err != nil {
		return nil, err
	}
	if l.reports, err = ring.New[fix.Report](cfg.Reports); err != nil {
		return nil, err
	}
	if cfg.RecoveryAddr != "" {
		if l.recovery, err = openRecovery(cfg.RecoveryAddr); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Start runs the loop on a thread of its own until Stop, or until the core is
// done. The thread ends with it, so its affinity does not leak into the runtime.
func (l *Loop) Start() error {
	if !l.started.CompareAndSwap(false, true) {
		return errors.New("loop: Start called twice")
	}
	go l.run()
	return nil
}

func (l *Loop) run() {
	defer close(l.done)
	runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
	l.begin()
	for !l.over() {
		if busy := l.turn(); !busy && !l.spin {
			l.sleep()
		}
	}
	l.end()
}

// begin pins the thread, stamps the start, and lets the core take its first step.
func (l *Loop) begin() {
	l.clock = newClock()
	l.last = l.clock.now()
	l.turnStart = l.last
	cpu := l.cfg.CPU
	if cpu >= 0 {
		if err := pin(cpu); err != nil {
			var e unix.Errno
			errors.As(err, &e)
			l.event(journal.EvPinFailed, int64(cpu), int64(e), 0)
			cpu = -1
		}
	}
	spinning := int64(0)
	if l.spin {
		spinning = 1
	}
	l.event(journal.EvLoopStarted, int64(cpu), spinning, 0)
	l.input(engine.InTimer, 0, nil, nil)
	if need := 4 * l.reportsMax; need > len(l.spill.buf) && l.spill.n == 0 {
		l.spill = spill{buf: make([]fix.Report, need)} // once, before the first turn
	}
}

// over is true when the core is done or Stop's time has run out.
func (l *Loop) over() bool {
	if l.finished {
		return true
	}
	if !l.stopping.Load() {
		return false
	}
	if l.stopAt == 0 {
		l.stopAt = l.last + l.cfg.StopNanos
		l.event(journal.EvShutdownRequested, 0, 0, 0)
	}
	if l.last < l.stopAt {
		return false
	}
	l.event(journal.EvShutdownTimeout, int64(l.cfg.StopNanos), 0, 0)
	return true
}
