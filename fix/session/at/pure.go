package at

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"slipstream/fix/session"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Pure is our session as acceptor behind an echo application, in a pipe. Its clock
// stands still but when Receive waits: then it goes from deadline to deadline.
type Pure struct {
	cfg  session.Config
	st   session.State
	s    *session.Session
	app  echo
	now  market.Nanos
	bind int // the connection the session has; 0 = none
	ends map[int]*end
}

// end is our end of a connection: what came back, and whether it was closed.
type end struct {
	in     []byte
	closed bool
}

// NewPure starts an engine with fresh numbers.
func NewPure(cfg session.Config, now time.Time) (*Pure, error) {
	p := &Pure{cfg: cfg, now: market.Nanos(now.UnixNano()), ends: map[int]*end{}}
	return p, p.start()
}

func (p *Pure) start() (err error) {
	p.s, err = session.New(p.cfg, &p.st)
	p.app = echo{cfg: &p.cfg, seen: map[string]bool{}}
	return err
}

// Now is the time of the pipe's clock.
func (p *Pure) Now() time.Time { return time.Unix(0, int64(p.now)) }

// Connect opens a connection. The engine takes the first bytes of one while the session
// has another as a second logon, and closes it (test case 1b).
func (p *Pure) Connect(conn int) error {
	p.ends[conn] = &end{}
	return nil
}

// HangUp closes a connection from the far side.
func (p *Pure) HangUp(conn int) {
	delete(p.ends, conn)
	if p.bind == conn {
		p.s.Disconnected(p.now)
		p.bind = 0
	}
}

// Send gives the engine bytes.
func (p *Pure) Send(conn int, b []byte) error {
	e := p.ends[conn]
	if e == nil {
		return fmt.Errorf("connection %d is not open", conn)
	}
	if e.closed {
		return nil
	}
	if p.bind == 0 && !p.s.Connection() {
		p.bind = conn
		p.s.Connected(p.now)
		p.app.seen = map[string]bool{}
	}
	if p.bind != conn {
		e.closed = true
		return nil
	}
	p.s.Receive(p.now, b)
	return p.turn()
}

// turn lets the engine work off its input and collects its output.
func (p *Pure) turn() error {
	for {
		m, ok := p.s.Next(p.now)
		if !ok {
			break
		}
		if err := p.app.take(p.s, p.now, m); err != nil {
			return err
		}
	}
	e := p.ends[p.bind]
	if e == nil {
		return nil
	}
	for len(p.s.Output()) > 0 {
		e.in = append(e.in, p.s.Output()...)
		p.s.Consumed(len(p.s.Output()))
	}
	if _, dropped := p.s.Dropped(); dropped {
		e.closed = true
		p.s.Disconnected(p.now)
		p.bind = 0
	}
	return nil
}

// Receive gives the next message of the engine.
func (p *Pure) Receive(conn int) ([]byte, error) {
	limit := p.now + market.Nanos(Patience)
	for {
		e := p.ends[conn]
		if e == nil {
			return nil, fmt.Errorf("connection %d is not open", conn)
		}
		n, fault := wire.Frame(e.in, wire.MaxMessage)
		if fault != wire.FaultNone {
			return e.in, fmt.Errorf("not a FIX message: %v", fault)
		}
		if n > 0 {
			msg := bytes.Clone(e.in[:n])
			e.in = e.in[n:]
			return msg, nil
		}
		if e.closed {
			return nil, io.EOF
		}
		at := p.s.Deadline()
		if p.bind != conn || at > limit {
			return nil, ErrSilent
		}
		p.now = max(p.now, at)
		p.s.Timer(p.now)
		if err := p.turn(); err != nil {
			return nil, err
		}
	}
}

// SetNumber restarts the engine with another number.
func (p *Pure) SetNumber(out bool, seq uint64) error {
	nextOut, nextIn, _, _, err := p.st.Numbers()
	if err != nil {
		return err
	}
	if out {
		nextOut = seq
	} else {
		nextIn = seq
	}
	p.st.Reset(nextOut, nextIn)
	return p.start()
}

// Numbers are the engine's next number of each direction.
func (p *Pure) Numbers() (out, in uint64) { return p.s.NextOut(), p.s.NextIn() }
