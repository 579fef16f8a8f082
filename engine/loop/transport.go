package loop

import (
	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
)

// venueTurn moves the venue's transport on.
func (l *Loop) venueTurn() (busy bool) {
	switch l.venue.state {
	case linkIdle:
		return l.venueOpen()
	case linkConnecting:
		return l.venueConnecting()
	case linkUp:
		busy = l.venueFlush()
		return l.venueRead() || busy
	case linkClosing:
		return l.venueClosing()
	}
	return false
}

func (l *Loop) venueOpen() bool {
	v := &l.venue
	if l.last < v.due || l.finished || l.stayDown {
		return false
	}
	l.event(journal.EvVenueConnecting, v.attempt+1, int64(v.at), 0)
	if e := v.open(l.last); e != 0 {
		l.connectFailed(e)
	}
	return true
}

func (l *Loop) venueConnecting() bool {
	v := &l.venue
	done, e := v.connected(l.last)
	if !done {
		return false
	}
	if e != 0 {
		l.connectFailed(e)
		return true
	}
	l.count.add(VenueConnects, 1)
	l.event(journal.EvVenueConnected, v.attempt, 0, 0)
	v.attempt = 0
	l.up.Store(true)
	l.input(engine.InVenueUp, 0, nil, nil)
	return true
}

func (l *Loop) connectFailed(e unix.Errno) {
	l.count.add(VenueConnectFails, 1)
	attempt := l.venue.attempt
	wait := l.venue.retry(l.last, false)
	l.event(journal.EvVenueConnectFail, attempt, int64(e), int64(wait))
}

// venueFlush writes on after a partial write.
func (l *Loop) venueFlush() bool {
	v := &l.venue
	if v.unsent() == 0 {
		return false
	}
	before := v.unsent()
	drained, e := v.flush()
	if e != 0 {
		l.venueDown(e)
		return true
	}
	if !drained {
		return v.unsent() < before
	}
	l.venueDrained()
	return true
}

// venueDrained tells the core that nothing of the venue's bytes waits any more.
func (l *Loop) venueDrained() {
	if l.writeBlock == 0 {
		return
	}
	took := l.last - l.writeBlock
	l.writeBlock = 0
	l.event(journal.EvVenueDrained, int64(took), 0, 0)
	l.input(engine.InVenueDrained, 0, nil, nil)
}

// venueRead takes one read's worth of the stream.
func (l *Loop) venueRead() bool {
	v := &l.venue
	if v.state != linkUp {
		return false
	}
	if l.spillHeld() {
		l.count.add(VenueHeld, 1)
		return false
	}
	n, e := v.read()
	switch {
	case e == unix.EAGAIN:
		return false
	case e != 0 || n == 0:
		l.venueDown(e)
		return true
	}
	l.count.add(VenueBytesIn, uint64(n))
	l.input(engine.InVenueBytes, 0, v.buf[:n], nil)
	return true
}

// send hands the engine's bytes to the venue. What follows from a partial or
// failed write is stepped after the effects at hand are done (todo).
func (l *Loop) send(b []byte) {
	v := &l.venue
	if v.state != linkUp {
		l.count.add(VenueUnsent, uint64(len(b)))
		l.event(journal.EvVenueUnsent, int64(len(b)), 0, 0)
		return
	}
	blocked, e := v.write(b)
	if e != 0 {
		if e == unix.ENOBUFS {
			l.event(journal.EvVenueOverflow, int64(len(b)), int64(v.unsent()), 0)
		}
		l.broken = e
		l.todo |= todoDown
		return
	}
	l.count.add(VenueWrites, 1)
	l.count.add(VenueBytesOut, uint64(len(b)))
	if blocked {
		l.count.add(VenuePartial, 1)
		if l.writeBlock == 0 {
			l.todo |= todoBlocked
		}
	}
}

// closeVenue carries out Effects.CloseVenue: what waits is written first, for at
// most LingerNanos.
func (l *Loop) closeVenue() {
	v := &l.venue
	switch v.state {
	case linkConnecting:
		l.todo, l.broken = l.todo|todoDown, closedByUs
	case linkUp:
		if l.todo&todoDown != 0 {
			return
		}
		if v.unsent() == 0 {
			l.todo, l.broken = l.todo|todoDown, closedByUs
			return
		}
		v.state, v.due = linkClosing, l.last+v.linger
	}
}

func (l *Loop) venueClosing() bool {
	v := &l.venue
	drained, e := v.flush()
	switch {
	case e != 0:
		l.venueDown(e)
	case drained || l.last >= v.due:
		l.venueDown(closedByUs)
	default:
		return false
	}
	return true
}

// venueDown closes the socket, plans the next attempt and tells the core. e is
// why: 0 when the peer closed.
func (l *Loop) venueDown(e unix.Errno) {
	v := &l.venue
	wasUp := v.state == linkUp || v.state == linkClosing
	unsent := v.unsent()
	v.close()
	v.retry(l.last, wasUp && l.last-v.since >= v.last)
	l.up.Store(false)
	l.count.add(VenueDisconnects, 1)
	code := int64(e)
	if e == closedByUs {
		code = -1
	}
	l.event(journal.EvVenueDisconnected, code, v.readAll, int64(unsent))
	if !wasUp {
		return
	}
	l.input(engine.InVenueDown, 0, nil, nil)
	l.venueDrained() // nothing waits any more
}
