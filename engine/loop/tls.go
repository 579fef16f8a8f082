package loop

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tlsBridge makes the venue's connection by TLS in goroutines of its own. The loop's
// thread keeps a plain descriptor: one end of a pair of Unix sockets, whose other end the
// bridge pumps into the TLS connection and back (docs/adr/0010-tls-at-the-edge.md). So the
// loop's turn is the same with TLS and without, and nothing of TLS is in the journal.
//
// open and result (tls_turn.go) are the loop's; the rest runs on goroutines of the bridge.
type tlsBridge struct {
	cfg    *tls.Config
	addrs  []string
	dialer net.Dialer
	linger time.Duration // for the venue to close, once the loop has
	stall  time.Duration // longest write to the venue
	sndBuf int32         // of the loop's end of the pair
	log    func(string)

	asks  int      // the loop writes requests here, without waiting
	wants *os.File // and the bridge reads them here
	word  [8]byte  // scratch of the loop
	conns sync.WaitGroup
	ended chan struct{}
}

// pairBytes is the buffer between loop and bridge: small, so that a venue that does not
// read shows as a partial write.
const pairBytes = 32 << 10

func newTLSBridge(cfg *Config) (*tlsBridge, error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, fmt.Errorf("loop: TLS bridge: %w", err)
	}
	b := &tlsBridge{
		cfg: cfg.VenueTLS, addrs: append([]string{cfg.VenueAddr}, cfg.VenueMore...),
		linger: time.Duration(cfg.LingerNanos), stall: 10 * time.Second, sndBuf: pairBytes, log: cfg.VenueLog,
		asks: p[1], wants: os.NewFile(uintptr(p[0]), "venue TLS requests"), ended: make(chan struct{}),
	}
	if cfg.VenueSndBuf > 0 {
		b.sndBuf = min(b.sndBuf, int32(cfg.VenueSndBuf))
	}
	if cfg.UserTimeoutMs > 0 {
		b.stall = time.Duration(cfg.UserTimeoutMs) * time.Millisecond
	}
	if b.log == nil {
		b.log = func(string) {}
	}
	sndBuf, rcvBuf, userTime := cfg.VenueSndBuf, cfg.VenueRcvBuf, cfg.UserTimeoutMs
	b.dialer = net.Dialer{
		Timeout: time.Duration(cfg.ConnectNanos),
		Control: func(_, _ string, c syscall.RawConn) error { // Go itself sets TCP_NODELAY
			return c.Control(func(fd uintptr) {
				for _, o := range [...]struct{ level, opt, value int }{
					{unix.SOL_SOCKET, unix.SO_SNDBUF, sndBuf}, {unix.SOL_SOCKET, unix.SO_RCVBUF, rcvBuf},
					{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, userTime},
				} {
					if o.value > 0 {
						_ = unix.SetsockoptInt(int(fd), o.level, o.opt, o.value) // as the loop's own: best effort
					}
				}
			})
		},
	}
	go b.run()
	return b, nil
}

// run takes requests until close.
func (b *tlsBridge) run() {
	defer close(b.ended)
	var word [8]byte
	for {
		if _, err := io.ReadFull(b.wants, word[:]); err != nil {
			break
		}
		f := os.NewFile(uintptr(binary.LittleEndian.Uint32(word[:])), "venue TLS")
		local, err := net.FileConn(f) // a duplicate, which the poller knows
		_ = f.Close()
		if err != nil {
			b.log("TLS: " + err.Error())
			continue
		}
		b.conns.Add(1)
		go b.serve(local.(*net.UnixConn), b.addrs[binary.LittleEndian.Uint32(word[4:])])
	}
	b.conns.Wait()
}

// close ends the bridge when the loop has closed its end: what was written still goes
// out, for a bounded time.
func (b *tlsBridge) close() {
	rawClose(b.asks)
	select {
	case <-b.ended:
	case <-time.After(b.linger + time.Second):
		b.log("TLS: a connection did not end in time")
	}
	_ = b.wants.Close()
}

// serve makes one connection and pumps until either side ends it.
func (b *tlsBridge) serve(local *net.UnixConn, addr string) {
	defer b.conns.Done()
	defer local.Close()
	conn, err := b.connect(addr)
	if err != nil {
		b.log("TLS to " + addr + ": " + err.Error())
		_, _ = local.Write([]byte{errnoOf(err)}) // the loop may have given up
		return
	}
	defer conn.Close()
	if _, err := local.Write([]byte{0}); err != nil {
		return
	}
	b.conns.Add(1)
	go func() {
		defer b.conns.Done()
		b.outward(local, conn, addr)
	}()
	b.inward(local, conn, addr)
}

func (b *tlsBridge) connect(addr string) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), b.dialer.Timeout)
	defer cancel()
	raw, err := b.dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	cfg := b.cfg
	if cfg.ServerName == "" {
		cfg = cfg.Clone()
		cfg.ServerName, _, _ = net.SplitHostPort(addr)
	}
	conn := tls.Client(raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}

// outward carries the loop's bytes to the venue, to the last one, then says the end.
func (b *tlsBridge) outward(local *net.UnixConn, conn *tls.Conn, addr string) {
	buf := make([]byte, 16<<10) // one TLS record
	for {
		n, err := local.Read(buf)
		if n > 0 {
			_ = conn.SetWriteDeadline(time.Now().Add(b.stall))
			if _, werr := conn.Write(buf[:n]); werr != nil {
				b.say(addr, werr)
				_ = conn.Close() // ends inward
				return
			}
		}
		if err != nil {
			_ = conn.CloseWrite()
			_ = conn.SetReadDeadline(time.Now().Add(b.linger))
			return
		}
	}
}

// inward carries the venue's bytes to the loop. Its end ends the connection.
func (b *tlsBridge) inward(local *net.UnixConn, conn *tls.Conn, addr string) {
	buf := make([]byte, 16<<10)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			if _, lerr := local.Write(buf[:n]); lerr != nil {
				return // the loop has closed
			}
		}
		if err != nil {
			b.say(addr, err)
			return
		}
	}
}

// say logs why a connection ended, unless its end is an ordinary one.
func (b *tlsBridge) say(addr string, err error) {
	if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
		b.log("TLS to " + addr + ": " + err.Error())
	}
}

// errnoOf is the errno behind an error: EPROTO for what TLS itself refused.
func errnoOf(err error) byte {
	var e syscall.Errno
	var n net.Error
	switch {
	case errors.As(err, &e) && e > 0 && e < 256:
		return byte(e)
	case errors.As(err, &n) && n.Timeout():
		return byte(unix.ETIMEDOUT)
	}
	return byte(unix.EPROTO)
}
