package exchange

import (
	"context"
	"time"

	"slipstream/internal/market"
)

// portion is how many background events are applied before packets go out.
const portion = 512

// now is wall time since Run and the exchange time that belongs to it.
func (l *Live) now() (wall time.Duration, exch market.Nanos) {
	wall = time.Since(l.started)
	return wall, max(min(l.pace.at(wall), l.market.Latest()), l.market.Now())
}

// session runs until the end of the session is published, or until Suspend.
func (l *Live) session(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wall, exch := l.now()
		if err := l.catchUp(exch); err != nil {
			return err
		}
		l.beat(wall)
		if l.market.Ended() {
			return nil
		}
		if l.cfg.Duration > 0 && wall >= l.cfg.Duration || exch >= l.market.Latest() {
			return l.end()
		}
		timer.Reset(l.pause(wall))
		select {
		case q := <-l.requests:
			if err := l.serve(&q); err != nil {
				return err
			}
		case r := <-l.retrans.queue:
			l.retransmit(&r)
		case fn := <-l.calls:
			fn(l.market)
		case <-l.suspend:
			return nil
		case <-l.stop:
			return l.end()
		case <-ctx.Done():
			return l.end()
		case <-timer.C:
		}
	}
}

// catchUp applies and publishes the background up to exch. Before a new time mark
// is written everything up to the one before it is out, so that a restart knows
// from where to publish again (Log.Unsent).
func (l *Live) catchUp(exch market.Nanos) error {
	if l.log != nil && exch > l.log.Horizon() {
		l.advance(l.log.Horizon())
		if err := l.log.Mark(min(exch+l.pace.span(l.cfg.Lease), l.market.Latest())); err != nil {
			return err
		}
	}
	l.advance(exch)
	l.clock.Store(int64(l.market.Now()))
	return nil
}

func (l *Live) advance(exch market.Nanos) {
	for done := false; !done; {
		if at, ok := l.market.Next(); ok && at <= exch {
			l.lagMax = max(l.lagMax, l.pace.spanWall(exch-at))
		}
		done = l.market.AdvanceSome(exch, portion)
		l.deliver()
		l.publish()
	}
}

// serve applies a request and those that wait behind it.
func (l *Live) serve(q *Request) error {
	for {
		wall, exch := l.now()
		l.pace.hurry(l.cfg.Speed, wall, exch)
		if err := l.catchUp(exch); err != nil {
			return err
		}
		if l.log != nil && q.Kind != KindStatus {
			if err := l.log.Request(exch, q); err != nil {
				return err
			}
		}
		l.market.Submit(exch, q)
		l.applied++
		l.deliver()
		l.publish()
		select {
		case *q = <-l.requests:
		default:
			return nil
		}
	}
}

// deliver hands the Execs over.
func (l *Live) deliver() {
	if execs := l.market.Execs(); len(execs) > 0 {
		if l.cfg.OnExecs != nil {
			l.cfg.OnExecs(execs)
		}
		l.market.ClearExecs()
	}
}

// publish sends what is on the tape and was not sent.
func (l *Live) publish() {
	for l.next <= l.market.Sequence() {
		pkt, n := l.market.AppendPacket(l.pkt[:0], l.next, portion, 0)
		if n == 0 {
			l.next = l.market.tape.First() // more was made at once than is kept
			continue
		}
		l.next += uint64(n)
		l.send(pkt)
	}
}

func (l *Live) send(pkt []byte) {
	for _, line := range l.lines {
		line.send(pkt)
	}
	l.lastSent = time.Since(l.started)
}

// beat sends a heartbeat (or end of session) after a silence, and what a line's
// reordering held back.
func (l *Live) beat(wall time.Duration) {
	if wall-l.lastSent < l.cfg.Heartbeat {
		return
	}
	l.heartbeats++
	l.send(l.market.AppendMark(l.pkt[:0]))
}

// pause is how long nothing is due.
func (l *Live) pause(wall time.Duration) time.Duration {
	p := l.cfg.Heartbeat - (wall - l.lastSent)
	if l.cfg.Duration > 0 {
		p = min(p, l.cfg.Duration-wall)
	}
	if at, ok := l.market.Next(); ok {
		p = min(p, l.pace.when(at)-wall)
	} else {
		p = min(p, l.pace.when(l.market.Latest())-wall)
	}
	return max(p, 0)
}

func (l *Live) retransmit(r *retransmitRequest) {
	l.retrans.answer(l.market, l.next-1, r, market.Nanos(time.Since(l.started)))
}

// end refuses new requests, serves those that wait, and closes the session.
func (l *Live) end() error {
	l.refuse()
	for more := true; more; {
		select {
		case q := <-l.requests:
			if err := l.serve(&q); err != nil {
				return err
			}
		default:
			more = false
		}
	}
	_, exch := l.now()
	if err := l.catchUp(exch); err != nil {
		return err
	}
	if l.log != nil {
		if err := l.log.End(exch); err != nil {
			return err
		}
	}
	l.market.End(exch)
	l.deliver()
	l.publish()
	return nil
}

// linger repeats the end of session and serves retransmissions for a while.
func (l *Live) linger(ctx context.Context) {
	every := max(min(l.cfg.Heartbeat, l.cfg.Linger/4), time.Millisecond)
	l.send(l.market.AppendMark(l.pkt[:0]))
	if l.cfg.Linger < 0 {
		return
	}
	over := time.NewTimer(l.cfg.Linger)
	defer over.Stop()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case r := <-l.retrans.queue:
			l.retransmit(&r)
		case fn := <-l.calls:
			fn(l.market)
		case <-tick.C:
			l.send(l.market.AppendMark(l.pkt[:0]))
		case <-over.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
