// Package term is what the commands show while they work: one progress line on a
// terminal, and nothing at all on a pipe or in a log file.
//
// A Progress belongs to one goroutine; it starts none and reads the clock it is given.
package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"
)

const (
	quiet   = 2 * time.Second        // what ends sooner shows nothing
	refresh = 200 * time.Millisecond // shortest time between two pictures of the line
)

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// Width is the number of columns of w; 80 when w does not say.
func Width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
			return int(size.Col)
		}
	}
	return 80
}

// Progress is one line that is drawn over itself.
type Progress struct {
	w       io.Writer
	now     func() time.Time
	on      bool
	width   int
	started time.Time
	last    time.Time
	shown   bool
}

// NewProgress draws to w if it is a terminal, and otherwise never.
func NewProgress(w io.Writer) *Progress {
	return newProgress(w, IsTerminal(w), Width(w), time.Now)
}

func newProgress(w io.Writer, on bool, width int, now func() time.Time) *Progress {
	return &Progress{w: w, now: now, on: on, width: width, started: now()}
}

// Update shows how far the work is: done of total, 0 = total unknown, and a text. It may be
// called as often as one likes.
func (p *Progress) Update(done, total int64, format string, args ...any) {
	if !p.on {
		return
	}
	now := p.now()
	if now.Sub(p.started) < quiet || now.Sub(p.last) < refresh {
		return
	}
	p.last, p.shown = now, true
	line := fmt.Sprintf(format, args...)
	if total > 0 {
		done = min(max(done, 0), total)
		const bar = 20
		n := int(done * bar / total)
		line = fmt.Sprintf("[%s%s] %3d%%  %s", strings.Repeat("=", n), strings.Repeat(" ", bar-n), done*100/total, line)
	}
	if utf8.RuneCountInString(line) >= p.width {
		line = string([]rune(line)[:p.width-1])
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// Done clears the line.
func (p *Progress) Done() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
