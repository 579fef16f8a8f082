package at

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"slipstream/fix/wire"
)

// Socket is an acceptor behind a TCP address, in real time.
type Socket struct {
	addr  string
	conns map[int]*socketConn
}

type socketConn struct {
	net.Conn
	in []byte
}

// NewSocket runs definitions against the acceptor at addr.
func NewSocket(addr string) *Socket { return &Socket{addr: addr, conns: map[int]*socketConn{}} }

// Now is the machine's time.
func (h *Socket) Now() time.Time { return time.Now() }

// Connect dials.
func (h *Socket) Connect(conn int) error {
	h.HangUp(conn)
	c, err := net.DialTimeout("tcp", h.addr, Patience)
	if err != nil {
		return err
	}
	h.conns[conn] = &socketConn{Conn: c}
	return nil
}

// HangUp closes.
func (h *Socket) HangUp(conn int) {
	if c := h.conns[conn]; c != nil {
		_ = c.Close() // the far side sees the end either way
		delete(h.conns, conn)
	}
}

// Close closes all connections.
func (h *Socket) Close() {
	for conn := range h.conns {
		h.HangUp(conn)
	}
}

// Send writes. That the engine has closed shows in Receive.
func (h *Socket) Send(conn int, b []byte) error {
	c := h.conns[conn]
	if c == nil {
		return fmt.Errorf("connection %d is not open", conn)
	}
	_, _ = c.Write(b)
	return nil
}

// Receive reads one message.
func (h *Socket) Receive(conn int) ([]byte, error) {
	c := h.conns[conn]
	if c == nil {
		return nil, fmt.Errorf("connection %d is not open", conn)
	}
	if err := c.SetReadDeadline(time.Now().Add(Patience)); err != nil {
		return nil, err
	}
	buf := make([]byte, 4096)
	for {
		n, fault := wire.Frame(c.in, wire.MaxMessage)
		if fault != wire.FaultNone {
			return c.in, fmt.Errorf("not a FIX message: %v", fault)
		}
		if n > 0 {
			msg := bytes.Clone(c.in[:n])
			c.in = c.in[n:]
			return msg, nil
		}
		k, err := c.Read(buf)
		c.in = append(c.in, buf[:k]...)
		var reset *net.OpError
		switch {
		case k > 0 || err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, ErrSilent
		case errors.As(err, &reset): // closed with our bytes unread
			return nil, io.EOF
		default:
			return nil, err
		}
	}
}

// SetNumber is not possible from outside.
func (h *Socket) SetNumber(bool, uint64) error {
	return errors.New("the acceptor's numbers cannot be set from outside")
}

// Rewrite changes the text of every message of the definition, sent or expected; what
// it is given has '|' for SOH.
func (d *Definition) Rewrite(change func(text string) string) {
	for i := range d.steps {
		if s := &d.steps[i]; s.do == send || s.do == expect {
			s.body = string(bytes.ReplaceAll([]byte(change(bars([]byte(s.body)))), []byte("|"), []byte{1}))
		}
	}
}

// Expects says whether the definition wants a message with this text ('|' for SOH) back.
func (d *Definition) Expects(text string) bool {
	for _, s := range d.steps {
		if s.do == expect && bytes.Contains([]byte(bars([]byte(s.body))), []byte(text)) {
			return true
		}
	}
	return false
}
