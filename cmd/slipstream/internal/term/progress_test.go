package term

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// clock is a time that only the test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(1000, 0)}
	p := newProgress(&out, true, 40, c.now)

	c.t = c.t.Add(quiet - 1)
	p.Update(1, 10, "too soon")
	if out.Len() != 0 {
		t.Errorf("work of less than two seconds shows %q", out.String())
	}
	c.t = c.t.Add(1)
	p.Update(5, 10, "rows")
	if want := "\r\x1b[K[==========          ]  50%  rows"; out.String() != want {
		t.Errorf("line %q, want %q", out.String(), want)
	}
	out.Reset()
	c.t = c.t.Add(refresh - 1)
	p.Update(6, 10, "rows")
	if out.Len() != 0 {
		t.Errorf("drawn again after less than %v: %q", refresh, out.String())
	}
	c.t = c.t.Add(1)
	p.Update(20, 10, "%s", strings.Repeat("x", 100))
	line := strings.TrimPrefix(out.String(), "\r\x1b[K")
	if !strings.HasPrefix(line, "[====================] 100%") || len(line) != 39 {
		t.Errorf("a long line over its end is %q", line)
	}
	out.Reset()
	p.Done()
	p.Done()
	if out.String() != "\r\x1b[K" {
		t.Errorf("the end draws %q", out.String())
	}
}

func TestProgressIsSilentOffATerminal(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(1000, 0)}
	p := newProgress(&out, IsTerminal(&out), Width(&out), c.now)
	c.t = c.t.Add(time.Hour)
	p.Update(1, 2, "x")
	p.Done()
	if out.Len() != 0 {
		t.Errorf("a pipe gets %q", out.String())
	}
}
