package desk

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// unsent is what was written to a connection and is not with the kernel yet. quickfixgo
// burns a core while a write of its own hangs, and queues without a bound meanwhile: so its
// writes never wait, and the bound is here.
type unsent struct {
	mu    sync.Mutex
	buf   []byte        // to be sent next
	size  int           // bytes of buf, and of what is being sent
	used  bool          // something was written
	last  bool          // nothing more will be written
	more  chan struct{} // capacity 1: buf or last has changed
	done  chan struct{} // closed when all is sent, or given up
	spare []byte        // of the sender
}

// sendSize is what one write to the kernel takes at most: WriteWait is for each.
const sendSize = 16 << 10

// spareMax is the largest buffer that is kept for the next time.
const spareMax = 1 << 20

// Write takes p, to be sent whole. A peer that does not take sendSize bytes within WriteWait, or
// for which more than UnsentMaxBytes wait, is closed.
func (c *guardConn) Write(p []byte) (int, error) {
	o := &c.out
	o.mu.Lock()
	full := o.size+len(p) > c.g.cfg.UnsentMaxBytes
	if o.last || full {
		o.mu.Unlock()
		if full {
			c.tooSlow()
		}
		return 0, net.ErrClosed
	}
	o.buf, o.size, o.used = append(o.buf, p...), o.size+len(p), true
	o.mu.Unlock()
	o.wake()
	return len(p), nil
}

func (o *unsent) wasUsed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.used
}

func (o *unsent) wake() {
	select {
	case o.more <- struct{}{}:
	default:
	}
}

// take gives what is to be sent; nil once there is no more.
func (o *unsent) take(closed <-chan struct{}) []byte {
	for {
		o.mu.Lock()
		b, last := o.buf, o.last
		o.buf = o.spare[:0]
		o.mu.Unlock()
		if o.spare = b; cap(b) > spareMax {
			o.spare = nil // of a resend: it need not stay
		}
		if len(b) > 0 {
			return b
		}
		if last {
			return nil
		}
		select {
		case <-o.more:
		case <-closed:
			return nil
		}
	}
}

// send is the connection's own goroutine.
func (c *guardConn) send() {
	defer close(c.out.done)
	for b := c.out.take(c.closed); b != nil; b = c.out.take(c.closed) {
		for len(b) > 0 {
			n := min(len(b), sendSize)
			err := c.Conn.SetWriteDeadline(time.Now().Add(c.g.cfg.WriteWait))
			if err == nil {
				_, err = c.Conn.Write(b[:n])
			}
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.tooSlow()
			}
			if err != nil {
				c.abort()
				return
			}
			b = b[n:]
			c.out.mu.Lock()
			c.out.size -= n
			c.out.mu.Unlock()
		}
	}
}

func (c *guardConn) tooSlow() {
	c.g.slow.Add(1)
	c.event("closed: the peer does not read")
	c.abort()
}

// Close sends what was written, for at most WriteWait, closes the connection and forgets
// it; it may be called many times.
func (c *guardConn) Close() error {
	c.out.mu.Lock()
	c.out.last = true
	c.out.mu.Unlock()
	c.out.wake()
	t := time.NewTimer(c.g.cfg.WriteWait)
	defer t.Stop()
	select {
	case <-c.out.done:
	case <-c.closed:
	case <-t.C:
	}
	return c.abort()
}

// abort closes the connection as it is.
func (c *guardConn) abort() error {
	c.g.mu.Lock()
	delete(c.g.conns, c)
	c.g.mu.Unlock()
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
