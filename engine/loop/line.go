package loop

import (
	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
)

// Line is one multicast line as feed/receive offers it: non-blocking, without
// allocation.
type Line interface {
	// Next is the next datagram that has arrived, valid until the following Next;
	// EAGAIN when there is none now, another errno when the socket is in trouble.
	Next() (b []byte, e unix.Errno)
	// Fd is the descriptor, for ppoll.
	Fd() int
}

// The numbers of the lines in engine.Input.Line.
const (
	lineA = iota
	lineB
	lineRecovery
	lineCount
)

// feed takes what has arrived on the lines, alternating, up to BurstPer
// datagrams of each.
func (l *Loop) feed() (busy bool) {
	open := [2]bool{l.lines[lineA] != nil, l.lines[lineB] != nil}
	for range l.cfg.BurstPer {
		if !open[lineA] && !open[lineB] {
			break
		}
		for i := range open {
			if !open[i] {
				continue
			}
			if l.feedHeld() {
				l.count.add(FeedHeld, 1)
				return busy
			}
			b, e := l.lines[i].Next()
			if e != 0 {
				l.lineFault(i, e)
				open[i] = false
				continue
			}
			l.packet(i, b)
			busy = true
		}
	}
	return l.recover() || busy
}

// packet steps one datagram.
func (l *Loop) packet(line int, b []byte) {
	l.input(engine.InPacket, uint8(line), b, nil) // first: its stamp is the packet's
	l.count.add(PacketsA+Counter(line), 1)
	l.count.add(FeedBytes, uint64(len(b)))
	l.fault[line] = 0
}

// lineFault logs an errno of a line once, until a datagram comes or it changes.
func (l *Loop) lineFault(line int, e unix.Errno) {
	if e == unix.EAGAIN || e == unix.EINTR {
		return
	}
	l.count.add(FeedReceiveErrors, 1)
	if l.fault[line] != e {
		l.fault[line] = e
		l.event(journal.EvFeedReceiveError, int64(line), int64(e), 0)
	}
}
