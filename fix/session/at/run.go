package at

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Host is a session engine as acceptor, and a clock. Connections have small numbers.
type Host interface {
	Now() time.Time
	Connect(conn int) error
	HangUp(conn int)
	// Send gives the engine bytes. Bytes to a connection that it has closed are lost.
	Send(conn int, b []byte) error
	// Receive gives the next message, waiting at most Patience; io.EOF if the
	// engine closed the connection, ErrSilent if nothing came.
	Receive(conn int) ([]byte, error)
	// SetNumber sets the engine's next number of one direction: out or in.
	SetNumber(out bool, seq uint64) error
}

// Patience is how long a host waits for a message or a close.
const Patience = 10 * time.Second

// ErrSilent says that nothing came in Patience.
var ErrSilent = errors.New("nothing came in ten seconds")

// Run plays a definition against h. The error names the line.
func Run(d *Definition, h Host) error {
	for i := range d.steps {
		s := &d.steps[i]
		if err := s.run(h); err != nil {
			return fmt.Errorf("%s:%d: %w", filepath.Base(d.Path), s.line, err)
		}
	}
	return nil
}

func (s *step) run(h Host) error {
	switch s.do {
	case send:
		return h.Send(s.conn, s.message(h.Now()))
	case connect:
		return h.Connect(s.conn)
	case hangUp:
		h.HangUp(s.conn)
	case setNumber:
		return s.setNumber(h)
	case expect:
		got, err := h.Receive(s.conn)
		if err == nil {
			err = s.compare(got)
		}
		if err != nil {
			return fmt.Errorf("%w\n  want %s\n  got  %s", err, bars([]byte(s.body)), bars(got))
		}
	case expectHangUp:
		got, err := h.Receive(s.conn)
		if err == nil {
			return fmt.Errorf("a message where the connection should close: %s", bars(got))
		}
		if !errors.Is(err, io.EOF) {
			return fmt.Errorf("the connection should close: %w", err)
		}
	}
	return nil
}

func (s *step) setNumber(h Host) error {
	words := strings.Fields(s.body)
	name, value, _ := strings.Cut(words[len(words)-1], "=")
	seq, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return fmt.Errorf("bad number in %q", s.body)
	}
	return h.SetNumber(name == "NEXTSENDERSEQNUM", seq)
}

func bars(b []byte) string { return strings.ReplaceAll(string(b), "\x01", "|") }

// Definitions lists the definitions of one suite ("server", "nextexpectedseqnum", ...)
// and version ("fix44", ...), from quickfixgo's module in the module cache.
func Definitions(suite, version string) ([]string, error) {
	b, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	if err != nil {
		return nil, fmt.Errorf("at: find quickfixgo's module: %w", err)
	}
	paths, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(b)), "_test", "definitions", suite, version, "*.def"))
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("at: no definitions %s/%s in quickfixgo's module", suite, version)
	}
	return paths, err
}
