package arbiter

import (
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// Arbiter is the state of one session's lines.
type Arbiter struct {
	cfg     Config
	session moldudp64.SessionID
	known   bool // session is configured or learned
	started bool // a packet of the session was seen

	next  uint64 // Next gives out this one or a later one
	avail uint64 // messages next..avail-1 are in ready; the first gap starts here
	end   uint64 // one past the highest message known of

	ready ring // slots in sequence, being given out
	held  ring // slots beyond the first gap, by sequence
	slots []slot
	free  []uint32
	bytes []byte
	cur   int // slot being given out, -1 when none
	curAt int // offset of its next block
	curN  uint64

	lineEnd  [2]uint64 // one past the highest message a live line has told of
	lastRecv [Lines]market.Nanos
	lastAny  market.Nanos
	ended    bool
	endSeq   uint64 // with ended: one past the last message

	gap     gapState
	lost    lostQueue
	acct    account
	evicted uint64
	stats   Stats
}

// maxJump is how far ahead a sequence number may be; a day has fewer messages.
const maxJump = 1 << 36

// New makes an Arbiter; it is the only allocation. A Config that Validate refuses
// is brought into its bounds.
func New(cfg Config) *Arbiter {
	cfg = cfg.clamped()
	a := &Arbiter{
		cfg:     cfg,
		session: cfg.Session,
		known:   cfg.Session != moldudp64.SessionID{},
		ready:   newRing(cfg.HoldPackets),
		held:    newRing(cfg.HoldPackets),
		slots:   make([]slot, cfg.HoldPackets),
		free:    make([]uint32, 0, cfg.HoldPackets),
		bytes:   make([]byte, cfg.HoldPackets*cfg.MaxPacket),
	}
	a.restart()
	return a
}

// restart forgets everything of a session but the counters.
func (a *Arbiter) restart() {
	a.started, a.ended, a.endSeq = false, false, 0
	a.next, a.avail, a.end = a.cfg.StartSequence, a.cfg.StartSequence, a.cfg.StartSequence
	a.ready.head, a.ready.n, a.held.head, a.held.n = 0, 0, 0, 0
	a.free = a.free[:0]
	for s := len(a.slots) - 1; s >= 0; s-- {
		a.free = append(a.free, uint32(s))
	}
	a.cur = -1
	a.lineEnd = [2]uint64{}
	a.gap = gapState{chunk: uint64(a.cfg.RequestMessages)}
	a.acct.reset(a.cfg.StartSequence)
}

// Packet takes one datagram in; b is copied. Then call Next until it has no more.
func (a *Arbiter) Packet(now market.Nanos, line int, b []byte) Outcome {
	o := a.packet(now, line, b)
	a.stats.Outcomes[o]++
	a.acct.tick(now, a.cfg.GapWaitNanos)
	a.assess(now)
	return o
}

func (a *Arbiter) packet(now market.Nanos, line int, b []byte) Outcome {
	if line < 0 || line >= Lines {
		return Malformed
	}
	a.stats.Packets[line]++
	p, fault := moldudp64.Decode(b)
	if fault != moldudp64.FaultNone || len(b) > a.cfg.MaxPacket {
		a.stats.Faults[fault]++
		return Malformed
	}
	if !a.admit(now, line, p.Session) {
		return Foreign
	}
	seq, end := p.Sequence, p.NextSequence()
	if end > a.end && end-a.end > maxJump {
		return Wild
	}
	a.lastRecv[line], a.lastAny = now, now
	if !a.started {
		a.start(seq)
	}
	if end > a.end {
		a.end, a.gap.endAt = end, now
	}
	if line != LineRecovery {
		a.acct.see(line, seq, end)
		a.lineEnd[line] = max(a.lineEnd[line], end)
	}
	if p.IsEndOfSession() {
		a.ended, a.endSeq = true, max(a.endSeq, seq)
		return End
	}
	if end == seq {
		return Beat
	}
	return a.place(now, line, seq, end, b)
}

// place puts messages seq..end-1 where they belong.
func (a *Arbiter) place(now market.Nanos, line int, seq, end uint64, b []byte) Outcome {
	switch {
	case end <= a.avail:
		return Duplicate
	case seq > a.avail:
		return a.hold(now, line, seq, end, b)
	}
	s, ok := a.store(now, line, seq, end, b)
	if !ok {
		return Overflow
	}
	a.avail = end
	a.ready.pushBack(s)
	a.merge()
	return Accepted
}

// start takes the first packet of a session. Who joins late knows at once that what
// came before is missing.
func (a *Arbiter) start(seq uint64) {
	a.started = true
	a.stats.Joined = seq
	if seq > a.avail {
		a.real(seq)
	}
}

// Next gives the next message in sequence; false when there is none yet. The slice
// is valid until the following call of Next, Packet or Timer.
func (a *Arbiter) Next() (msg []byte, ok bool) {
	for {
		if a.cur < 0 && !a.open() {
			return nil, false
		}
		if a.curN == a.slots[a.cur].end {
			a.release(uint32(a.cur))
			a.cur = -1
			continue
		}
		p := a.bytes[a.cur*a.cfg.MaxPacket:]
		n := int(p[a.curAt])<<8 | int(p[a.curAt+1])
		from := a.curAt + moldudp64.BlockHeader
		a.curAt = from + n
		a.curN++
		if a.curN <= a.next {
			continue // an overlap: given out already
		}
		a.next = a.curN
		a.stats.Messages++
		if a.slots[a.cur].line == LineRecovery {
			a.stats.Recovered++
		}
		return p[from:a.curAt:a.curAt], true
	}
}

// open starts on the next ready packet.
func (a *Arbiter) open() bool {
	if a.ready.n == 0 {
		a.next = a.avail
		return false
	}
	a.cur = int(a.ready.popFront())
	a.curAt, a.curN = moldudp64.HeaderSize, a.slots[a.cur].seq
	return true
}

// drained is true when everything in sequence was given out.
func (a *Arbiter) drained() bool {
	return a.ready.n == 0 && (a.cur < 0 || a.curN == a.slots[a.cur].end)
}

// Timer lets time pass: waits end, requests fall due, ranges are given up.
func (a *Arbiter) Timer(now market.Nanos) {
	a.acct.tick(now, a.cfg.GapWaitNanos)
	a.assess(now)
}

// Started is true once a packet of the session was seen.
func (a *Arbiter) Started() bool { return a.started }

// Session is the session followed; ok is false before it is known.
func (a *Arbiter) Session() (id moldudp64.SessionID, ok bool) { return a.session, a.known }

// NextSeq is the sequence number that follows what Next gave out or TakeLost reports.
func (a *Arbiter) NextSeq() uint64 {
	if a.drained() {
		return a.avail
	}
	return a.next
}

// LastRecv is when a line last gave a packet of the session, 0 for never.
func (a *Arbiter) LastRecv(line int) market.Nanos {
	if line < 0 || line >= Lines {
		return 0
	}
	return a.lastRecv[line]
}

// Ended is true after the end of the session, once every message was given out or lost.
func (a *Arbiter) Ended() bool { return a.ended && a.NextSeq() >= a.endSeq }
