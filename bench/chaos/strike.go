package chaos

import (
	"fmt"

	"slipstream/fix/session"
	"slipstream/internal/market"
)

// hit is the fault, at p's end of direction d. It may come once more, some bytes later in
// either direction: a fault on top of what mends the first.
func (w *world) hit(p *side, d Direction) error {
	w.trace("%v fault: %v at byte %d to the %s", w.now-start, w.c.Fault, w.strike.at, p.name)
	w.strike.left--
	w.strike.dir = Direction(w.rnd.IntN(2))
	w.strike.at = w.to(w.strike.dir).moved + 1 + w.rnd.IntN(600)
	switch w.c.Fault {
	case Cut:
		return w.lose(d, nil)
	case CrashClient:
		w.crash = true
		w.client.inSync = false
		return w.lose(d, w.to(ToClient))
	case CrashVenue:
		return w.lose(d, w.to(ToVenue))
	case Truncate:
		n := min(len(p.inbox), 1+w.rnd.IntN(300))
		p.inbox = p.inbox[:copy(p.inbox, p.inbox[n:])]
	case Duplicate:
		last := w.last[d]
		n := min(len(last), 1+w.rnd.IntN(600))
		p.inbox = append(append([]byte(nil), last[len(last)-n:]...), p.inbox...)
	case Delay:
		p.held = w.now + market.Nanos(1+w.rnd.IntN(55))*market.Second // two stay below MaxSkew
	}
	return nil
}

// lose cuts the connection. Of what is in flight the other way a part may still arrive. The
// process of dead, if any, dies with it: it learns of nothing, and starts from its State.
func (w *world) lose(d Direction, dead *side) error {
	other := w.sides[1-d]
	if n := len(other.inbox); n > 0 && w.rnd.IntN(2) == 0 {
		if err := w.hand(other, other.inbox[:w.rnd.IntN(n+1)]); err != nil {
			return err
		}
	}
	if dead != nil {
		if err := dead.start(); err != nil {
			return err
		}
	}
	w.down()
	return nil
}

// down is the end of a connection for both sides.
func (w *world) down() {
	for _, p := range w.sides {
		p.s.Disconnected(w.now)
		p.inbox = p.inbox[:0]
	}
	w.up = false
	w.redial = w.now + market.Nanos(1+w.rnd.IntN(3000))*market.Millisecond
}

// hangUp closes the connection when a session wants it closed. Only bytes that came
// twice may look like a sequence loss; an operator then finds the numbers right.
func (w *world) hangUp() error {
	for _, p := range w.sides {
		why, dropped := p.s.Dropped()
		if !dropped {
			continue
		}
		w.trace("%v %s: dropped: %v", w.now-start, p.name, why)
		if why == session.WhySequenceLoss {
			if w.c.Fault != Duplicate {
				return fmt.Errorf("%s: stopped for a sequence loss", p.name)
			}
			w.down()
			if out, in, _, latched, err := p.st.Numbers(); err != nil || latched {
				p.st.Reset(out, in)
				w.res.Operator++
				return p.start()
			}
			return nil
		}
		w.down()
		return nil
	}
	return nil
}

// wait moves the clock to the next thing that is due.
func (w *world) wait() {
	at := w.now + 60*market.Second
	for _, p := range w.sides {
		at = min(at, p.s.Deadline())
		if len(p.inbox) > 0 {
			at = min(at, p.held)
		}
	}
	if !w.up {
		at = min(at, w.redial)
	}
	if w.client.sent < w.client.orders && w.client.inSync {
		at = min(at, w.client.next)
	}
	w.now = max(w.now+1, at)
}

// finished says that nothing more will happen but heartbeats.
func (w *world) finished() bool {
	c, v := w.to(ToClient), w.to(ToVenue)
	return w.client.done() && len(w.venue.queue) == 0 && c.s.CaughtUp() && v.s.CaughtUp() &&
		c.s.NextIn() == v.s.NextOut() && v.s.NextIn() == c.s.NextOut()
}

// verdict compares the books of both applications.
func (w *world) verdict() error {
	for i := range Orders {
		id := clOrdID(i)
		has := w.venue.orders[id] > 0
		if has != (w.client.state[id] == 'v') {
			return fmt.Errorf("order %s: the venue has it: %v; the client thinks %c", id, has, w.client.state[id])
		}
		if !has {
			w.res.Lost++
		}
	}
	for exec := range w.venue.fills {
		n := w.client.fills[exec]
		if n == 0 {
			return fmt.Errorf("fill %s is lost", exec)
		}
		if n > 1 && !w.crash {
			return fmt.Errorf("fill %s was delivered %d times", exec, n)
		}
	}
	if len(w.client.fills) != len(w.venue.fills) {
		return fmt.Errorf("%d fills counted, the venue has %d", len(w.client.fills), len(w.venue.fills))
	}
	return nil
}
