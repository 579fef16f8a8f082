package loop

import (
	"fmt"

	"golang.org/x/sys/unix"

	"slipstream/engine/journal"
	"slipstream/internal/market"
)

const (
	recoveryHot   = 2 * market.Second // after a request the socket is read each turn for so long
	recoverySpare = 64                // and otherwise each so many turns
	datagramMax   = 1 << 16
)

// openRecovery makes the socket that asks the retransmission server and hears
// its answers.
func openRecovery(addr string) (int, error) {
	a, err := parseAddress(addr)
	if err != nil {
		return -1, err
	}
	fd, e := rawSocket(a.family, unix.SOCK_DGRAM)
	if e != 0 {
		return -1, fmt.Errorf("loop: recovery socket: %w", e)
	}
	rawSetInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20)
	if e := rawConnect(fd, a.pointer(), a.size); e != 0 {
		rawClose(fd)
		return -1, fmt.Errorf("loop: recovery server %s: %w", addr, e)
	}
	return fd, nil
}

// request sends one datagram to the retransmission server.
func (l *Loop) request(b []byte) {
	l.count.add(FeedRequests, 1)
	e := unix.ENOTCONN
	if l.recovery >= 0 {
		if _, e = rawSend(l.recovery, b); e == unix.ECONNREFUSED {
			// That was the answer to an earlier datagram; this one was not sent.
			_, e = rawSend(l.recovery, b)
		}
	}
	if e != 0 {
		l.count.add(FeedRequestErrors, 1)
		l.event(journal.EvFeedRequestFailed, int64(e), 0, 0)
		return
	}
	l.hotUntil = l.last + recoveryHot
}

// recover takes what the retransmission server answered.
func (l *Loop) recover() (busy bool) {
	if l.recovery < 0 || l.last > l.hotUntil && l.turns%recoverySpare != 0 {
		return false
	}
	for range l.cfg.BurstPer {
		if l.feedHeld() {
			return busy
		}
		n, e := rawRead(l.recovery, l.datagram)
		if e == unix.EAGAIN || e == unix.EINTR {
			return busy
		}
		if e != 0 {
			l.lineFault(lineRecovery, e)
			return busy
		}
		l.packet(lineRecovery, l.stamp(), l.datagram[:n])
		busy = true
	}
	return busy
}
