package scene

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bound is how long anything may take that is waited for.
const bound = 60 * time.Second

// Program is what is to be started.
type Program struct {
	Name  string // for messages of the test
	Path  string
	Args  []string
	Dir   string
	Env   []string // beyond our own
	Merge bool     // lines come from standard output too, and Out stays empty
}

// Process is a program that was started. Its lines are those of standard error.
type Process struct {
	Name string
	Out  bytes.Buffer // standard output, whole once the process has ended

	t     testing.TB
	cmd   *exec.Cmd
	stdin io.WriteCloser
	done  chan struct{} // closed when it has ended

	mu    sync.Mutex
	raw   []string
	lines []Line
	grown chan struct{} // closed and replaced with each line
}

// Start runs a program; if it, or what it started, is still there when the test ends it
// is killed.
func Start(t testing.TB, prog Program) *Process {
	t.Helper()
	p := &Process{Name: prog.Name, t: t, done: make(chan struct{}), grown: make(chan struct{})}
	p.cmd = exec.Command(prog.Path, prog.Args...)
	p.cmd.Dir = prog.Dir
	p.cmd.Env = append(os.Environ(), prog.Env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = &p.Out, w
	if prog.Merge {
		p.cmd.Stdout = w
	}
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(r)
	}()
	go func() {
		_ = p.cmd.Wait() // the exit code is in ProcessState
		_ = w.Close()
		<-read
		close(p.done)
	}()
	t.Cleanup(p.cleanup)
	return p
}

func (p *Process) cleanup() {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // an error says that it has ended
		<-p.done
	}
	if p.t.Failed() {
		lines := p.Lines()
		p.t.Logf("%s: exit code %d, its output ends with\n%s", p.Name, p.cmd.ProcessState.ExitCode(), strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
}

func (p *Process) read(r io.Reader) {
	in := bufio.NewReader(r)
	for {
		s, err := in.ReadString('\n')
		if s = strings.TrimSuffix(s, "\n"); s != "" {
			p.mu.Lock()
			p.raw, p.lines = append(p.raw, s), append(p.lines, parse(s))
			close(p.grown)
			p.grown = make(chan struct{})
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// Lines are the lines so far, as they came.
func (p *Process) Lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.raw[:len(p.raw):len(p.raw)]
}

// All are the lines so far.
func (p *Process) All() []Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[:len(p.lines):len(p.lines)]
}

// Find gives all lines so far that are as wanted (Line.Is).
func (p *Process) Find(word string, want ...string) (found []Line) {
	for _, l := range p.All() {
		if l.Is(word, want...) {
			found = append(found, l)
		}
	}
	return found
}

// Await waits for n such lines and gives the n-th.
func (p *Process) Await(n int, word string, want ...string) Line {
	p.t.Helper()
	limit := time.NewTimer(bound)
	defer limit.Stop()
	for {
		p.mu.Lock()
		grown := p.grown
		p.mu.Unlock()
		found := p.Find(word, want...)
		if len(found) >= n {
			return found[n-1]
		}
		select {
		case <-grown:
		case <-p.done:
			if found = p.Find(word, want...); len(found) >= n {
				return found[n-1]
			}
			p.t.Fatalf("%s ended with %d of %d lines %q %q", p.Name, len(found), n, word, want)
		case <-limit.C:
			p.t.Fatalf("%s: %d of %d lines %q %q within %v", p.Name, len(found), n, word, want, bound)
		}
	}
}

// Tell writes a line to standard input.
func (p *Process) Tell(format string, args ...any) {
	p.t.Helper()
	if _, err := fmt.Fprintf(p.stdin, format+"\n", args...); err != nil {
		p.t.Fatalf("%s: %v", p.Name, err)
	}
}

// Signal sends s; the process must be alive.
func (p *Process) Signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("%s: %v: %v", p.Name, s, err)
	}
}

// Wait gives the exit code, -1 when a signal ended it.
func (p *Process) Wait() int {
	p.t.Helper()
	limit := time.NewTimer(bound)
	defer limit.Stop()
	select {
	case <-p.done:
	case <-limit.C:
		p.t.Fatalf("%s has not ended within %s", p.Name, bound)
	}
	return p.cmd.ProcessState.ExitCode()
}

// ends waits for the end, and wants the exit code 0.
func (p *Process) ends(after any) {
	p.t.Helper()
	if code := p.Wait(); code != 0 {
		p.t.Errorf("%s ended with exit code %d after %v", p.Name, code, after)
	}
}

// Stop sends s and wants the exit code 0.
func (p *Process) Stop(s syscall.Signal) {
	p.t.Helper()
	p.Signal(s)
	p.ends(s)
}

// Leave closes standard input, at which a peer logs out, and wants the exit code 0.
func (p *Process) Leave() {
	p.t.Helper()
	if err := p.stdin.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.ends("the end of its input")
}

// Kill ends the process as the kernel would.
func (p *Process) Kill() {
	p.t.Helper()
	p.Signal(syscall.SIGKILL)
	if code := p.Wait(); code != -1 {
		p.t.Fatalf("%s ended with exit code %d before it was killed", p.Name, code)
	}
}
