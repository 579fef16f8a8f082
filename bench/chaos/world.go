package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"slipstream/fix/session"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Orders is how many orders the day has.
const Orders = 16

// start is when the day begins: 2026-11-03 14:30 UTC.
const start = market.Nanos(1793716200) * market.Second

// Result counts what a day was made of.
type Result struct {
	Struck      bool   // the fault happened: the day had that many bytes
	Bytes       [2]int // that arrived, per Direction
	Lost        int    // orders that never reached the venue, all known as lost
	Connections int
	Operator    int  // times an operator lifted a sequence loss
	Spliced     bool // see errSpliced: the day was given up
}

type world struct {
	c      Case
	rnd    *rand.Rand
	now    market.Nanos
	client client
	venue  venue
	sides  [2]*side // by the direction that leads to them: sides[ToClient] is the client's
	up     bool
	redial market.Nanos
	last   [2][]byte // the last bytes in each direction, for Duplicate
	strike strike    // the next one
	res    Result
	crash  bool // the client's process died once
	blind  bool // the process that is given bytes will not live to take a message
	trace  func(string, ...any)
}

// strike is where the fault strikes next.
type strike struct {
	dir  Direction
	at   int // bytes that went in dir since the day's start
	left int // strikes still to come, this one included
}

// Run plays the case. trace, if not nil, hears every message and fault.
func Run(c Case, trace func(format string, args ...any)) (Result, error) {
	if trace == nil {
		trace = func(string, ...any) {}
	}
	w := &world{
		c: c, rnd: c.random(), now: start, trace: trace,
		client: client{orders: Orders, state: map[string]byte{}, fills: map[string]int{}},
		venue:  venue{orders: map[string]int{}, fills: map[string]bool{}, twice: c.Fault == Duplicate},
	}
	w.strike = strike{c.Dir, c.Offset, 1 + w.rnd.IntN(2)}
	if err := w.configure(); err != nil {
		return w.res, err
	}
	for range 20_000 {
		err := w.step()
		if errors.Is(err, errSpliced) {
			w.res.Spliced = true
			return w.res, nil
		}
		if err != nil {
			return w.res, fmt.Errorf("%v after %v: %w", c.Fault, w.now-start, err)
		}
		if w.finished() {
			return w.res, w.verdict()
		}
	}
	return w.res, fmt.Errorf("%v: the day does not end: %d of %d orders sent, client %d/%d, venue %d/%d", c.Fault,
		w.client.sent, Orders, w.to(ToClient).s.NextOut(), w.to(ToClient).s.NextIn(), w.to(ToVenue).s.NextOut(), w.to(ToVenue).s.NextIn())
}

func (w *world) to(d Direction) *side { return w.sides[d] }

// configure draws the settings of both sessions.
func (w *world) configure() error {
	c := session.Default()
	c.TimePrecision = wire.Millis
	switch w.rnd.IntN(3) {
	case 0:
		c.BeginString = "FIX.4.2"
	case 1:
		c.BeginString, c.ApplVerID = "FIXT.1.1", "9"
	}
	c.MaxMessageBytes, c.MaxAppBytes, c.InputBytes, c.OutputBytes = 512, 512, 16<<10, 8<<10
	c.LastProcessed, c.NextExpected = w.rnd.IntN(4) == 0, w.rnd.IntN(3) == 0
	early := func() int { return w.rnd.IntN(2) * 8 << 10 }
	chunk := func() uint64 { return []uint64{0, 0, 3, 10}[w.rnd.IntN(4)] }
	client, venue := c, c
	client.SenderCompID, client.TargetCompID = "SLIP", "VENUE"
	client.EarlyBytes, client.ResendChunk = early(), chunk()
	if w.rnd.IntN(2) == 0 { // all it keeps is stale: the same as no Store
		client.Store = session.NewMemory(32, 8<<10)
	}
	venue.Role, venue.SenderCompID, venue.TargetCompID = session.Acceptor, "VENUE", "SLIP"
	venue.Store, venue.ResendAgeNanos = session.NewMemory(256, 64<<10), 86400*market.Second
	venue.EarlyBytes, venue.ResendChunk = early(), chunk()
	venue.OutputBytes = session.AdminReserveBytes + []int{1 << 10, 4 << 10}[w.rnd.IntN(2)] // a long resend waits for room
	venue.TrustLength = w.rnd.IntN(2) == 0
	var err, err2 error
	w.sides[ToClient], err = newSide("client", client)
	w.sides[ToVenue], err2 = newSide("venue", venue)
	return errors.Join(err, err2)
}

// step does what is due at now, and moves the clock on if nothing is.
func (w *world) step() error {
	if !w.up && w.now >= w.redial {
		w.connect()
	}
	w.client.act(w.now, w.to(ToClient))
	w.venue.act(w.now, w.to(ToVenue))
	busy := false
	for d := range w.sides {
		p := w.sides[d]
		if p.s.Deadline() <= w.now {
			p.s.Timer(w.now)
		}
		if err := w.collect(p, w.sides[1-d]); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	for d := range w.sides {
		did, err := w.deliver(Direction(d))
		if err != nil {
			return fmt.Errorf("%s: %w", w.sides[d].name, err)
		}
		busy = busy || did
	}
	if err := w.hangUp(); err != nil {
		return err
	}
	if !busy {
		w.wait()
	}
	return nil
}

func (w *world) connect() {
	w.up = true
	w.res.Connections++
	for _, p := range w.sides {
		p.inbox, p.held = p.inbox[:0], 0
		p.judge.newConnection()
		p.s.Connected(w.now)
	}
	w.last[0], w.last[1] = w.last[0][:0], w.last[1][:0]
}

// collect puts the output of p in flight to q, judged.
func (w *world) collect(p, q *side) error {
	for n := len(p.s.Output()); n > 0; n = len(p.s.Output()) {
		k := 1 + w.rnd.IntN(n) // the transport takes a part
		if w.rnd.IntN(4) != 0 {
			k = n
		}
		b := p.s.Output()[:k]
		if err := p.judge.read(b, func(f string, a ...any) { w.trace("%v %s: "+f, append([]any{w.now - start, p.name}, a...)...) }); err != nil {
			return err
		}
		q.judge.asked += p.judge.requests
		p.judge.requests = 0
		q.inbox = append(q.inbox, b...)
		p.s.Consumed(k)
		if k < n && w.rnd.IntN(2) == 0 {
			break // it takes no more for now
		}
	}
	return p.grow.check(&p.st)
}

// deliver moves bytes to the side that d leads to, up to the byte of the fault.
func (w *world) deliver(d Direction) (busy bool, err error) {
	p := w.sides[d]
	if len(p.inbox) == 0 || w.now < p.held || !w.up {
		return false, nil
	}
	n := len(p.inbox)
	if w.rnd.IntN(3) == 0 {
		n = 1 + w.rnd.IntN(n)
	}
	now := w.strike.left > 0 && d == w.strike.dir && p.moved+n >= w.strike.at
	if now {
		n = max(0, w.strike.at-p.moved)
	}
	w.blind = now && w.dies(p) && w.rnd.IntN(2) == 0
	err = w.hand(p, p.inbox[:n])
	w.blind = false
	if err != nil {
		return false, err
	}
	w.last[d] = append(w.last[d], p.inbox[:n]...)
	p.moved += n
	w.res.Bytes[d] += n
	p.inbox = p.inbox[:copy(p.inbox, p.inbox[n:])]
	if now {
		w.res.Struck = true
		return true, w.hit(p, d)
	}
	return true, nil
}

// dies says whether the fault kills the process of p.
func (w *world) dies(p *side) bool {
	return w.c.Fault == CrashClient && p == w.to(ToClient) || w.c.Fault == CrashVenue && p == w.to(ToVenue)
}

// errSpliced is a message put together by the fault from the head of one and the tail of
// another, with the right length and, once in 256 times, the right CheckSum. FIX has
// nothing against it, and TCP does neither lose nor repeat bytes within a connection.
var errSpliced = errors.New("a spliced message with a right CheckSum")

// hand gives bytes to a session and its messages to the application.
func (w *world) hand(p *side, b []byte) error {
	p.s.Receive(w.now, b)
	for {
		m, ok := p.s.Next(w.now)
		if !ok {
			return nil
		}
		if w.blind {
			return nil // it dies with the message in its hand
		}
		take, from := w.venue.take, w.to(ToClient)
		if p == w.to(ToClient) {
			take, from = w.client.take, w.to(ToVenue)
		}
		if seq, _ := m.MsgSeqNum(); app(m.Type1()) && !from.judge.wrote(seq, m) {
			if w.c.Fault == Duplicate || w.c.Fault == Truncate {
				return errSpliced
			}
			return fmt.Errorf("%s got a message that was never sent: %s", p.name, bars(m.Raw))
		}
		if err := take(m); err != nil {
			return err
		}
	}
}
