package peers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// bound is how long anything may take that is waited for.
const bound = 25 * time.Second

// line is one line of a process's output: an event of the daemon's log, or a message or
// an event of a C++ peer.
type line struct {
	word   string         // in, out, logon ...; or a log line's event
	text   string         // what follows
	fields map[int]string // of a message: the first value of each tag
	log    map[string]any // of a log line
}

func parseLine(s string) line {
	l := line{}
	if json.Unmarshal([]byte(s), &l.log) == nil {
		l.word, _ = l.log["event"].(string)
		l.text = s
		return l
	}
	l.word, l.text, _ = strings.Cut(s, " ")
	if l.word != "in" && l.word != "out" {
		return l
	}
	l.fields = map[int]string{}
	for _, f := range strings.Split(l.text, "|") {
		name, value, _ := strings.Cut(f, "=")
		tag, err := strconv.Atoi(name)
		if _, again := l.fields[tag]; err == nil && !again {
			l.fields[tag] = value
		}
	}
	return l
}

// is wants "tag=value" of each, as "35=8"; "43=" means that the tag is absent.
func (l *line) is(word string, want ...string) bool {
	if l.word != word {
		return false
	}
	for _, w := range want {
		name, value, _ := strings.Cut(w, "=")
		if tag, err := strconv.Atoi(name); err == nil {
			if l.fields[tag] != value {
				return false
			}
		} else if fmt.Sprint(l.log[name]) != value {
			return false
		}
	}
	return true
}

func (l *line) number(t *testing.T, tag int) int64 {
	t.Helper()
	n, err := strconv.ParseInt(l.fields[tag], 10, 64)
	if err != nil {
		t.Fatalf("tag %d is no number in %s", tag, l.text)
	}
	return n
}

// process is a program that was started.
type process struct {
	t     *testing.T
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	done  chan struct{} // closed when it has ended

	mu    sync.Mutex
	lines []line
	grown chan struct{} // closed and replaced with each line
}

// start runs a program in dir; if it is still there when the test ends it is killed.
func start(t *testing.T, dir, name, program string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, done: make(chan struct{}), grown: make(chan struct{})}
	p.cmd = exec.Command(program, args...)
	p.cmd.Dir = dir
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
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
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // an error says that it has ended
		<-p.done
		if t.Failed() {
			all := p.all()
			t.Logf("%s: exit code %d, its output ends with", name, p.cmd.ProcessState.ExitCode())
			for _, l := range all[max(0, len(all)-15):] {
				t.Logf("  %s %s", l.word, l.text)
			}
		}
	})
	return p
}

func (p *process) read(r io.Reader) {
	in := bufio.NewReader(r)
	for {
		s, err := in.ReadString('\n')
		if s = strings.TrimSuffix(s, "\n"); s != "" {
			p.mu.Lock()
			p.lines = append(p.lines, parseLine(s))
			close(p.grown)
			p.grown = make(chan struct{})
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

func (p *process) all() []line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[:len(p.lines):len(p.lines)]
}

// find gives all lines so far that are as wanted.
func (p *process) find(word string, want ...string) (found []line) {
	for _, l := range p.all() {
		if l.is(word, want...) {
			found = append(found, l)
		}
	}
	return found
}

// await waits for n such lines and gives the n-th.
func (p *process) await(n int, word string, want ...string) line {
	p.t.Helper()
	limit := time.NewTimer(bound)
	defer limit.Stop()
	for {
		p.mu.Lock()
		grown := p.grown
		p.mu.Unlock()
		found := p.find(word, want...)
		if len(found) >= n {
			return found[n-1]
		}
		select {
		case <-grown:
		case <-p.done:
			if found = p.find(word, want...); len(found) >= n {
				return found[n-1]
			}
			p.t.Fatalf("%s ended with %d of %d lines %q %q", p.name, len(found), n, word, want)
		case <-limit.C:
			p.t.Fatalf("%s: %d of %d lines %q %q within %v", p.name, len(found), n, word, want, bound)
		}
	}
}

// tell writes one command to a C++ peer.
func (p *process) tell(format string, args ...any) {
	p.t.Helper()
	if _, err := fmt.Fprintf(p.stdin, format+"\n", args...); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// ends waits for the end, and wants the exit code 0.
func (p *process) ends() {
	p.t.Helper()
	select {
	case <-p.done:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			p.t.Errorf("%s ended with exit code %d", p.name, code)
		}
	case <-time.After(bound):
		p.t.Fatalf("%s has not ended within %v", p.name, bound)
	}
}

// leave lets a C++ peer log out and end.
func (p *process) leave() {
	p.t.Helper()
	if err := p.stdin.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.ends()
}
