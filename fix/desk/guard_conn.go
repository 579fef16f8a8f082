package desk

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"slipstream/fix/wire"
)

// guardConn is one guarded connection. Read belongs to one goroutine, Write to
// another, Close to any. It embeds the net.Conn, so that LocalAddr stays a
// *net.TCPAddr, which quickfixgo asserts.
type guardConn struct {
	net.Conn
	g     *Guard
	in    []byte // read and not judged yet; at most one message and one read
	ready []byte // the rest of a judged message, a part of in
	first bool   // a whole message has been seen

	// earned is when all that was passed on would have been due at the allowed pace; it
	// may lie a burst of a second ahead of now.
	earned time.Time
	closed chan struct{}
	once   sync.Once
}

// Read returns bytes of whole, correct, harmless messages only.
func (c *guardConn) Read(p []byte) (int, error) {
	for len(c.ready) == 0 {
		if err := c.judge(); err != nil {
			c.Close()
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
		c.event(fmt.Sprintf("dropped %d garbled bytes: %v", n, fault))
	case isHarmful(c.in[:n]):
		c.g.harmful.Add(1)
		c.event(fmt.Sprintf("dropped a harmful message of %d bytes", n))
	default:
		if err := c.accept(n); err != nil {
			return err
		}
	}
	c.in = c.in[n:]
	return nil
}

// pace waits until one more message is due. The bytes that follow it wait in the
// kernel, and then at the peer.
func (c *guardConn) pace() error {
	if c.g.cfg.MessagesPerSecond <= 0 {
		return nil
	}
	now := time.Now()
	if c.earned.Before(now) {
		c.earned = now
	}
	c.earned = c.earned.Add(time.Second / time.Duration(c.g.cfg.MessagesPerSecond))
	ahead := c.earned.Sub(now) - time.Second
	if ahead <= 0 {
		return nil
	}
	c.g.paced.Add(1)
	t := time.NewTimer(ahead)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-c.closed:
		return net.ErrClosed
	}
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

// fill reads once. The buffer is replaced, not compacted, while ready points into it.
func (c *guardConn) fill() error {
	const readSize = 4096
	if cap(c.in)-len(c.in) < readSize {
		grown := make([]byte, len(c.in), 2*len(c.in)+2*readSize)
		copy(grown, c.in)
		c.in = grown
	}
	n, err := c.Conn.Read(c.in[len(c.in):cap(c.in)])
	c.in = c.in[:len(c.in)+n]
	if n > 0 {
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && !c.first {
		c.g.silent.Add(1)
		c.event("closed: no message in time")
	}
	return err
}

// Write sends p whole within WriteWait, or closes the connection. quickfixgo only
// logs a failed write, and spins while a write hangs.
func (c *guardConn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.g.cfg.WriteWait)); err != nil {
		c.Close()
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.g.slow.Add(1)
			c.event("closed: the peer does not read")
		}
		c.Close()
	}
	return n, err
}

// Close closes the connection and forgets it; it may be called many times.
func (c *guardConn) Close() error {
	c.g.mu.Lock()
	delete(c.g.conns, c)
	c.g.mu.Unlock()
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func (c *guardConn) event(text string) { c.g.cfg.Event(c.RemoteAddr().String(), text) }
