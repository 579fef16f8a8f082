package desk

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// GuardConfig bounds what a peer may do to the FIX library behind the guard.
type GuardConfig struct {
	MessageMaxBytes  int           // longest message accepted, and waited for
	FirstMessageWait time.Duration // from accept to the first whole message
	WriteWait        time.Duration // for 16 KiB that the peer does not read; then the connection is closed
	UnsentMaxBytes   int           // written and not with the kernel yet; a connection with more is closed
	ConnectionsMax   int           // open at once; one more is closed on accept
	// MessagesPerSecond is how fast messages of one connection are judged, after a
	// burst of as many: beyond it the peer's own stream waits, in its buffers. What a
	// flood costs us is bounded so, whatever it is made of. 0 = any pace.
	MessagesPerSecond int
	// BehindMax is how long a connection may keep sending faster than that.
	BehindMax time.Duration
	// AcceptsPerSecond is how fast connections are taken, after a burst of as many; more
	// wait in the kernel's queue. 0 = any pace.
	AcceptsPerSecond int
	// SendBufferBytes is what the kernel keeps for a peer that does not read; 0 leaves
	// it to the kernel, which grows it to several megabytes. Not with TLS.
	SendBufferBytes int
	// Event, if set, hears what the guard did, with the peer's address. It must not block.
	Event func(peer, text string)
}

// DefaultGuardConfig are bounds for FIX peers: 64 KiB, 5 s, 2 s, 64 connections, 50 new ones
// a second; messages at any pace, and if one is set, 10 s behind it.
func DefaultGuardConfig() GuardConfig {
	return GuardConfig{
		MessageMaxBytes: 64 << 10, FirstMessageWait: 5 * time.Second,
		WriteWait: 2 * time.Second, UnsentMaxBytes: 64 << 20, ConnectionsMax: 64, BehindMax: 10 * time.Second, AcceptsPerSecond: 50,
	}
}

// GuardStats counts since the guard was made.
type GuardStats struct {
	Accepted     uint64 // connections
	TooMany      uint64 // connections closed on accept, ConnectionsMax reached
	Paced        uint64 // times a connection waited because it sends too fast
	Silent       uint64 // connections closed without a first message in time
	BadFirst     uint64 // connections closed because their first bytes are no message
	Behind       uint64 // connections closed because they kept sending too fast
	Garbled      uint64 // messages dropped: BodyLength, CheckSum or framing
	Harmful      uint64 // messages dropped: they would crash the FIX library
	SlowReaders  uint64 // connections closed because the peer does not read what is sent
	AcceptErrors uint64 // transient errors of accept, retried
}

// Guard is a net.Listener whose connections deliver whole, correct, harmless FIX
// messages and nothing else, and never block a writer.
type Guard struct {
	net.Listener
	cfg    GuardConfig
	closed chan struct{}
	once   sync.Once

	accepts pace // of Accept's goroutine

	mu    sync.Mutex
	conns map[*guardConn]struct{}

	accepted, tooMany, silent, badFirst    atomic.Uint64
	garbled, harmful, slow, acceptFailures atomic.Uint64
	paced, behind                          atomic.Uint64
}

// NewGuard wraps l. The zero fields of cfg take the defaults.
func NewGuard(l net.Listener, cfg GuardConfig) *Guard {
	def := DefaultGuardConfig()
	if cfg.MessageMaxBytes <= 0 {
		cfg.MessageMaxBytes = def.MessageMaxBytes
	}
	if cfg.FirstMessageWait <= 0 {
		cfg.FirstMessageWait = def.FirstMessageWait
	}
	if cfg.WriteWait <= 0 {
		cfg.WriteWait = def.WriteWait
	}
	if cfg.UnsentMaxBytes <= 0 {
		cfg.UnsentMaxBytes = def.UnsentMaxBytes
	}
	if cfg.ConnectionsMax <= 0 {
		cfg.ConnectionsMax = def.ConnectionsMax
	}
	if cfg.BehindMax <= 0 {
		cfg.BehindMax = def.BehindMax
	}
	if cfg.Event == nil {
		cfg.Event = func(string, string) {}
	}
	return &Guard{
		Listener: l, cfg: cfg, closed: make(chan struct{}),
		conns: make(map[*guardConn]struct{}),
	}
}

// Accept waits for the next connection. A transient error, such as too many open
// files, is retried: the FIX library would stop listening for ever on it.
func (g *Guard) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || !g.pause() {
				return nil, err
			}
			g.acceptFailures.Add(1)
			continue
		}
		if !g.accepts.wait(g.cfg.AcceptsPerSecond, g.closed) {
			c.Close()
			return nil, net.ErrClosed
		}
		if gc := g.admit(c); gc != nil {
			return gc, nil
		}
	}
}

// pause waits before accept is tried again; false once the guard is closed.
func (g *Guard) pause() bool {
	t := time.NewTimer(20 * time.Millisecond)
	defer t.Stop()
	select {
	case <-g.closed:
		return false
	case <-t.C:
		return true
	}
}

func (g *Guard) admit(c net.Conn) *guardConn {
	gc := &guardConn{Conn: c, g: g, closed: make(chan struct{})}
	gc.out.more, gc.out.done = make(chan struct{}, 1), make(chan struct{})
	g.mu.Lock()
	full := len(g.conns) >= g.cfg.ConnectionsMax
	if !full {
		g.conns[gc] = struct{}{}
	}
	g.mu.Unlock()
	if full {
		g.tooMany.Add(1)
		g.cfg.Event(c.RemoteAddr().String(), "closed: too many connections")
		c.Close()
		return nil
	}
	g.accepted.Add(1)
	if tcp, ok := c.(*net.TCPConn); ok && g.cfg.SendBufferBytes > 0 {
		_ = tcp.SetWriteBuffer(g.cfg.SendBufferBytes) // a hint: without it the bound is the kernel's
	}
	// The error is left to the first Read, which meets it too.
	_ = c.SetReadDeadline(time.Now().Add(g.cfg.FirstMessageWait))
	go gc.send()
	return gc
}

// Close stops listening; connections live on until CloseConnections.
func (g *Guard) Close() error {
	g.once.Do(func() { close(g.closed) })
	return g.Listener.Close()
}

// CloseConnections ends every open connection. Where something was written quickfixgo closes it
// after its last write, and it has WriteWait to send that: the last reports, and the Logout.
func (g *Guard) CloseConnections() {
	g.mu.Lock()
	open := make([]*guardConn, 0, len(g.conns))
	for c := range g.conns {
		open = append(open, c)
	}
	g.mu.Unlock()
	late, cancel := context.WithTimeout(context.Background(), g.cfg.WriteWait)
	defer cancel()
	for _, c := range open {
		if c.out.wasUsed() {
			select {
			case <-c.closed:
			case <-late.Done():
			}
		}
		_ = c.abort() // it is closed already, then
	}
}

// Stats is a copy of the counters.
func (g *Guard) Stats() GuardStats {
	return GuardStats{
		Accepted: g.accepted.Load(), Paced: g.paced.Load(), TooMany: g.tooMany.Load(), Silent: g.silent.Load(),
		BadFirst: g.badFirst.Load(), Behind: g.behind.Load(), Garbled: g.garbled.Load(), Harmful: g.harmful.Load(),
		SlowReaders: g.slow.Load(), AcceptErrors: g.acceptFailures.Load(),
	}
}

// errBadFirst ends a connection whose first bytes are not a FIX message.
var errBadFirst = errors.New("desk: first bytes are not a FIX message")

// errBehind ends a connection that keeps sending faster than it may.
var errBehind = errors.New("desk: sends faster than it may")
