package desk

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"slipstream/fix/wire"
)

// guardConn is one guarded connection. Read belongs to one goroutine, Write to
// another, Close to any; a goroutine of its own sends what was written. It embeds the
// net.Conn, so that LocalAddr stays a *net.TCPAddr, which quickfixgo asserts.
type guardConn struct {
	net.Conn
	g     *Guard
	out   unsent
	buf   []byte
	in    []byte // a part of buf: read and not judged yet; at most one message and one read
	ready []byte // the rest of a judged message, a part of in
	first bool   // a whole message has been seen

	messages pace
	drops    uint64    // messages dropped
	behind   time.Time // since when it has been sending too fast; zero = it is not
	closed   chan struct{}
	once     sync.Once
}

// Read returns bytes of whole, correct, harmless messages only.
func (c *guardConn) Read(p []byte) (int, error) {
	for len(c.ready) == 0 {
		if err := c.judge(); err != nil {
			if errors.Is(err, errBadFirst) || errors.Is(err, errBehind) {
				c.abort()
			} else {
				c.Close()
			}
			return 0, err
		}
	}
	n := copy(p, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// judge takes the next message from what has been read, or reads more.
func (c *guardConn) judge() error {
	n, fault := wire.Frame(c.in, c.g.cfg.MessageMaxBytes)
	if fault == wire.FaultNone && n == 0 {
		return c.fill()
	}
	if err := c.pace(); err != nil {
		return err
	}
	switch {
	case fault != wire.FaultNone && !c.first:
		c.g.badFirst.Add(1)
		c.event("closed: the first bytes are not a FIX message: " + fault.String())
		return errBadFirst
	case fault != wire.FaultNone:
		c.g.garbled.Add(1)
		c.dropped("dropped %d garbled bytes: %v", n, fault)
	case isHarmful(c.in[:n]):
		c.g.harmful.Add(1)
		c.dropped("dropped a harmful message of %d bytes", n)
	default:
		if err := c.accept(n); err != nil {
			return err
		}
	}
	c.in = c.in[n:]
	return nil
}

// dropped tells of what was dropped: the first time, the second, the fourth, and so on, so
// that a flood of it does not fill the log.
func (c *guardConn) dropped(format string, args ...any) {
	c.drops++
	if c.drops&(c.drops-1) == 0 {
		c.event(fmt.Sprintf(format, args...) + "; " + strconv.FormatUint(c.drops, 10) + " such of this connection")
	}
}

// pace waits until one more message is due. The bytes that follow it wait in the kernel,
// and then at the peer. Who has been waited for without a pause for BehindMax is closed: what
// it sent, and a close of its own, may be minutes away in those buffers, and it shall be
// able to come back and cancel. Its next Logon shows the gap.
func (c *guardConn) pace() error {
	ahead := c.messages.ahead(c.g.cfg.MessagesPerSecond)
	switch now := time.Now(); {
	case ahead < -time.Second/2: // it has earned half of its burst again
		c.behind = time.Time{}
	case c.behind.IsZero() && ahead > 0:
		c.behind = now
	case !c.behind.IsZero() && now.Sub(c.behind) > c.g.cfg.BehindMax:
		c.g.behind.Add(1)
		c.event("closed: the peer keeps sending faster than it may")
		return errBehind
	}
	if ahead <= 0 {
		return nil
	}
	c.g.paced.Add(1)
	if !sleep(ahead, c.closed) {
		return net.ErrClosed
	}
	return nil
}

// accept passes on the message of n bytes; the first one ends the wait for it.
func (c *guardConn) accept(n int) error {
	c.ready = c.in[:n]
	if c.first {
		return nil
	}
	c.first = true
	return c.Conn.SetReadDeadline(time.Time{})
}

// fill reads once. Nothing of the buffer is with the reader then, so what is left in it moves
// to its front.
func (c *guardConn) fill() error {
	const readSize = 4096
	if need := len(c.in) + readSize; need > len(c.buf) {
		c.buf = append(make([]byte, 0, 2*need), c.buf...)[:2*need]
	}
	c.in = c.buf[:copy(c.buf, c.in)]
	n, err := c.Conn.Read(c.buf[len(c.in):])
	c.in = c.buf[:len(c.in)+n]
	if n > 0 {
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && !c.first {
		c.g.silent.Add(1)
		c.event("closed: no message in time")
	}
	return err
}

func (c *guardConn) event(text string) { c.g.cfg.Event(c.RemoteAddr().String(), text) }
