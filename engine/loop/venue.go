package loop

import (
	"golang.org/x/sys/unix"

	"slipstream/internal/market"
)

// linkState is where the venue's transport stands.
type linkState uint8

const (
	linkIdle       linkState = iota // waiting for the next attempt
	linkConnecting                  // connect in progress
	linkUp
	linkClosing // what is left is written, then the socket is closed
)

// closedByUs stands for an errno where the loop itself ended the connection.
const closedByUs = unix.Errno(^uintptr(0))

// venueLink is the TCP connection to the venue on a raw non-blocking descriptor.
// It belongs to the loop's thread and never steps the core: it says what
// happened, and the loop turns that into Inputs.
type venueLink struct {
	addrs     []*address
	at        int // of addrs: the one in use, or tried next
	sndBuf    int32
	rcvBuf    int32
	userTime  int32 // TCP_USER_TIMEOUT, ms
	first     market.Nanos
	last      market.Nanos
	connectBy market.Nanos // longest connect
	linger    market.Nanos // longest linkClosing

	tls *tlsBridge // nil = plain TCP

	state   linkState
	fd      int
	due     market.Nanos // linkIdle: next attempt; linkConnecting, linkClosing: deadline
	backoff market.Nanos
	since   market.Nanos // linkUp: since when
	attempt int64

	buf     []byte // one read
	pending []byte // not yet written; capacity is the bound
	off     int    // bytes of pending that are written
	readAll int64  // bytes read on this connection
}

// open starts an attempt. It returns 0 when connected or in progress.
func (v *venueLink) open(now market.Nanos) unix.Errno {
	v.attempt++
	if v.tls != nil {
		fd, e := v.tls.open(v.at)
		if e == 0 {
			v.begin(fd, now)
		}
		return e
	}
	fd, e := rawSocket(v.addrs[v.at].family, unix.SOCK_STREAM)
	if e != 0 {
		return e
	}
	rawSetInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if v.sndBuf > 0 {
		rawSetInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, v.sndBuf)
	}
	if v.rcvBuf > 0 {
		rawSetInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, v.rcvBuf)
	}
	if v.userTime > 0 {
		rawSetInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, v.userTime)
	}
	e = rawConnect(fd, v.addrs[v.at].pointer(), v.addrs[v.at].size)
	if e != 0 && e != unix.EINPROGRESS && e != unix.EINTR {
		rawClose(fd)
		return e
	}
	v.begin(fd, now)
	return 0
}

func (v *venueLink) begin(fd int, now market.Nanos) {
	v.fd, v.state, v.due = fd, linkConnecting, now+v.connectBy
	v.pending, v.off, v.readAll = v.pending[:0], 0, 0
}

// waitsFor is the poll event that ends linkConnecting.
func (v *venueLink) waitsFor() int16 {
	if v.tls != nil {
		return unix.POLLIN // the bridge says how it went
	}
	return unix.POLLOUT
}

// connected asks whether the attempt is through: done is false while it goes on.
func (v *venueLink) connected(now market.Nanos) (done bool, e unix.Errno) {
	if !rawReady(v.fd, v.waitsFor()) {
		if now < v.due {
			return false, 0
		}
		rawClose(v.fd)
		return true, unix.ETIMEDOUT
	}
	if v.tls != nil {
		e = v.tls.result(v.fd)
	} else if e = rawSocketError(v.fd); e == 0 && rawSelfConnected(v.fd) {
		e = unix.ECONNREFUSED
	}
	if e != 0 {
		rawClose(v.fd)
		return true, e
	}
	v.state, v.since = linkUp, now
	return true, 0
}

// retry plans the next attempt: at once doubled up to the longest wait, and back
// to the shortest after a connection that held for longer than that. One that did not
// hold makes way for the next address; the wait doubles once all were tried.
func (v *venueLink) retry(now market.Nanos, held bool) (wait market.Nanos) {
	if held {
		v.backoff = v.first
	} else if v.at++; v.at >= len(v.addrs) {
		v.at = 0
	}
	wait = v.backoff
	if held || v.at == 0 {
		v.backoff = min(2*v.backoff, v.last)
	}
	v.state, v.fd, v.due = linkIdle, -1, now+wait
	return wait
}

// read takes what has arrived: n bytes of v.buf; n == 0 and e == 0 is the end of
// the stream; EAGAIN is nothing.
func (v *venueLink) read() (n int, e unix.Errno) {
	n, e = rawRead(v.fd, v.buf)
	if e == unix.EINTR {
		return 0, unix.EAGAIN
	}
	if e == 0 {
		v.readAll += int64(n)
	}
	return n, e
}

// write hands b to the kernel, and what the kernel does not take to the pending
// buffer. e is ENOBUFS when that is full, or why the connection is broken.
func (v *venueLink) write(b []byte) (blocked bool, e unix.Errno) {
	if len(v.pending) == 0 {
		n, e := sendAll(v.fd, b)
		if e != 0 && e != unix.EAGAIN {
			return false, e
		}
		b = b[n:]
		if len(b) == 0 {
			return false, 0
		}
		blocked = true
	}
	if len(v.pending)+len(b) > cap(v.pending) && v.off > 0 {
		v.pending = v.pending[:copy(v.pending, v.pending[v.off:])]
		v.off = 0
	}
	if len(v.pending)+len(b) > cap(v.pending) {
		return blocked, unix.ENOBUFS
	}
	v.pending = append(v.pending, b...)
	return blocked, 0
}

// flush writes on; drained is true when this call wrote the last of it.
func (v *venueLink) flush() (drained bool, e unix.Errno) {
	n, e := sendAll(v.fd, v.pending[v.off:])
	v.off += n
	if e != 0 && e != unix.EAGAIN {
		return false, e
	}
	if v.off < len(v.pending) {
		return false, 0
	}
	v.pending, v.off = v.pending[:0], 0
	return true, 0
}

// unsent is the number of bytes that wait.
func (v *venueLink) unsent() int { return len(v.pending) - v.off }

// close ends the connection after what was written: the peer reads it all, then
// the end of the stream. What it sent and we did not read would make the kernel
// reset instead, so a bounded part of it is read and dropped.
func (v *venueLink) close() {
	rawShutdown(v.fd)
	for range 16 {
		if n, e := rawRead(v.fd, v.buf); n <= 0 || e != 0 {
			break
		}
	}
	rawClose(v.fd)
	v.pending, v.off = v.pending[:0], 0
}

// sendAll writes until the kernel takes no more; e says why it stopped early.
func sendAll(fd int, b []byte) (n int, e unix.Errno) {
	for n < len(b) {
		m, e := rawSend(fd, b[n:])
		if e == unix.EINTR {
			continue
		}
		if e != 0 {
			return n, e
		}
		n += m
	}
	return n, 0
}
