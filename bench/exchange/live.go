package exchange

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

var _ OrderEntry = (*Live)(nil)

// Live gives a Market a clock, a request queue and sockets. OpenLive makes it,
// Run runs it once on the calling goroutine, which owns the Market meanwhile.
type Live struct {
	cfg     LiveConfig
	market  *Market
	log     *Log // nil: none
	lines   [2]*faultyLine
	retrans *retransmitter

	requests chan Request
	calls    chan func(*Market)
	stop     chan struct{}
	stopOnce sync.Once
	suspend  chan struct{}
	susOnce  sync.Once
	mu       sync.Mutex // held while a request is queued, and to close the queue
	closed   bool       // Submit is refused
	clock    atomic.Int64
	started  time.Time
	base     market.Nanos // exchange time at started
	pace     pace

	next       uint64 // sequence of the next message to send
	lastSent   time.Duration
	heartbeats uint64
	applied    uint64
	lagMax     time.Duration
	pkt        []byte
}

// Summary is what a Run did.
type Summary struct {
	Lines          [2]LineStats    `json:"lines"`
	Retransmission RetransmitStats `json:"retransmission"`
	Counters       Counters        `json:"counters"`
	LastSequence   uint64          `json:"last_sequence"`
	TapeHash       uint64          `json:"tape_hash"`
	Heartbeats     uint64          `json:"heartbeats"`
	Requests       uint64          `json:"requests"`      // applied in this Run
	LagMaxNanos    int64           `json:"lag_max_nanos"` // longest time the market was behind its clock, wall
	Started        market.Nanos    `json:"started"`       // exchange time
	Ended          market.Nanos    `json:"ended"`
	IsSuspended    bool            `json:"suspended"` // the session did not end
}

// OpenLive opens the log (rebuilding the market from it when there is one), the
// lines and the retransmission server. Nothing is published before Run.
func OpenLive(cfg LiveConfig) (*Live, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	l := &Live{cfg: cfg.withDefaults(), next: 1, stop: make(chan struct{}), suspend: make(chan struct{}),
		calls: make(chan func(*Market)), pkt: make([]byte, 0, moldudp64.MaxPayload)}
	l.requests = make(chan Request, l.cfg.QueueLen)
	if err := l.open(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *Live) open() (err error) {
	if l.cfg.StateDir != "" {
		if l.log, err = OpenLog(l.cfg.StateDir, &l.cfg.Market, l.cfg.Sync); err != nil {
			return err
		}
	}
	for i := range l.lines {
		out := l.cfg.Lines[i].Sender
		if out == nil {
			if out, err = DialLine(l.cfg.Lines[i].Group, l.cfg.Interface); err != nil {
				return err
			}
		}
		l.lines[i] = newFaultyLine(out, l.cfg.Lines[i].Faults, l.cfg.FaultSeed, i)
	}
	if l.retrans, err = newRetransmitter(l.cfg.Retransmit, l.cfg.RetransmitRate, l.cfg.RetransmitPackets); err != nil {
		return err
	}
	if l.market, err = New(l.cfg.Market); err != nil {
		return err
	}
	if err = l.market.Open(); err != nil {
		return err
	}
	if l.log != nil {
		if err = l.log.Replay(l.market, l.cfg.OnExecs); err != nil {
			return err
		}
		l.next = l.log.Unsent(l.market)
	}
	l.base = l.market.Now()
	l.clock.Store(int64(l.base))
	l.pace = pace{speed: l.cfg.Speed, exch: l.base}
	if l.cfg.SpeedFromOrder {
		l.pace.speed = 1
	}
	return nil
}

func (l *Live) close() {
	for _, f := range l.lines {
		if f != nil {
			f.out.Close()
		}
	}
	if l.retrans != nil {
		l.retrans.conn.Close()
	}
	if l.log != nil {
		l.log.Close()
	}
}

// Submit implements OrderEntry.
func (l *Live) Submit(q *Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	select {
	case l.requests <- *q:
		return true
	default:
		return false
	}
}

// Now implements OrderEntry: the exchange's clock as of the last turn of the loop.
func (l *Live) Now() market.Nanos { return market.Nanos(l.clock.Load()) }

// Instruments implements OrderEntry.
func (l *Live) Instruments() []market.Instrument { return l.cfg.Market.Instruments }

// Stop ends the session as soon as possible. It may be called more than once.
func (l *Live) Stop() { l.stopOnce.Do(func() { close(l.stop) }) }

// Suspend makes Run return without ending the session: nothing more is published,
// and an OpenLive with the same StateDir goes on. It may be called more than once.
func (l *Live) Suspend() { l.susOnce.Do(func() { close(l.suspend) }) }

// Do runs fn on the market's goroutine between two events and waits for it; the
// error is the context's, for a Run that is not going.
func (l *Live) Do(ctx context.Context, fn func(*Market)) error {
	done := make(chan struct{})
	select {
	case l.calls <- func(m *Market) { fn(m); close(done) }:
		<-done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Market is the market; it may be used before Run and after it returned.
func (l *Live) Market() *Market { return l.market }

// RetransmitAddr is where the retransmission server listens.
func (l *Live) RetransmitAddr() netip.AddrPort { return l.retrans.addr() }

// Recovered reports whether the market was rebuilt from a log, and how many bytes
// of a torn tail were dropped.
func (l *Live) Recovered() (ok bool, cut int64) {
	if l.log == nil {
		return false, 0
	}
	return !l.log.IsFresh(), l.log.Cut()
}

// Run publishes the market until its session ends: after Duration, on Stop, at
// the end of the day, or when ctx is done; ctx done also skips the linger. Or
// until Suspend. It closes everything before it returns and cannot be called again.
func (l *Live) Run(ctx context.Context) (Summary, error) {
	defer l.close()
	defer l.refuse()
	reader := make(chan struct{})
	go func() {
		l.retrans.read(l.cfg.Market.Session)
		close(reader)
	}()
	l.started = time.Now()
	err := l.session(ctx)
	if err == nil && l.market.Ended() {
		l.linger(ctx)
	}
	for _, line := range l.lines {
		line.flush()
	}
	l.retrans.conn.Close()
	<-reader
	return l.summary(), err
}

// refuse closes the queue: what Submit took before is in it.
func (l *Live) refuse() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
}

func (l *Live) summary() Summary {
	return Summary{
		Lines:          [2]LineStats{l.lines[0].stats, l.lines[1].stats},
		Retransmission: l.retrans.snapshot(),
		Counters:       l.market.Counters(),
		LastSequence:   l.market.Sequence(),
		TapeHash:       l.market.TapeHash(),
		Heartbeats:     l.heartbeats,
		Requests:       l.applied,
		LagMaxNanos:    int64(l.lagMax),
		Started:        l.base,
		Ended:          l.market.Now(),
		IsSuspended:    !l.market.Ended(),
	}
}
