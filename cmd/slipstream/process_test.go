package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"slipstream/internal/netns"
)

// programEnv makes the test binary the program itself.
const programEnv = "SLIPSTREAM_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		main()
	}
	if _, code, done := netns.Reexec(); done {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// bound is how long anything a process is waited for may take.
const bound = 30 * time.Second

// process is a run of the program as a process of its own.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	out  bytes.Buffer
	done chan struct{} // closed when it has ended

	mu     sync.Mutex
	log    []string         // standard error
	events []map[string]any // those of its lines that are JSON
	grown  chan struct{}    // closed and replaced with each line
}

// start runs the program in dir; what it still does when the test ends is killed.
func start(t *testing.T, dir, name string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, name: name, done: make(chan struct{}), grown: make(chan struct{})}
	p.cmd = exec.Command(exe, args...)
	p.cmd.Dir, p.cmd.Stdout = dir, &p.out
	p.cmd.Env = append(os.Environ(), programEnv+"=1")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a demo's children are killed with it
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.read(stderr)
		_ = p.cmd.Wait() // its exit code is in ProcessState
		close(p.done)
	}()
	t.Cleanup(func() {
		if !p.ended() {
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
			<-p.done
		}
		if t.Failed() {
			lines := p.lines()
			t.Logf("%s: exit code %d, its log ends with\n%s", name, p.cmd.ProcessState.ExitCode(), strings.Join(lines[max(0, len(lines)-12):], "\n"))
		}
	})
	return p
}

func (p *process) read(r io.Reader) {
	br := bufio.NewReader(r)
	for {
		line, err := br.ReadString('\n')
		if line != "" {
			fields := map[string]any{}
			isJSON := json.Unmarshal([]byte(line), &fields) == nil
			p.mu.Lock()
			p.log = append(p.log, strings.TrimSuffix(line, "\n"))
			if isJSON {
				p.events = append(p.events, fields)
			}
			close(p.grown)
			p.grown = make(chan struct{})
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

func (p *process) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.log...)
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// find gives the log's lines so far with an event of this name and all these fields.
func (p *process) find(event string, fields map[string]any) (found []map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		same := e["event"] == event
		for k, v := range fields {
			same = same && e[k] == v
		}
		if same {
			found = append(found, e)
		}
	}
	return found
}

// await waits until the log has n lines of an event, and gives them.
func (p *process) await(event string, n int, fields map[string]any) []map[string]any {
	p.t.Helper()
	limit := time.NewTimer(bound)
	defer limit.Stop()
	for {
		p.mu.Lock()
		grown := p.grown
		p.mu.Unlock()
		if found := p.find(event, fields); len(found) >= n {
			return found
		}
		select {
		case <-grown:
		case <-p.done:
			if found := p.find(event, fields); len(found) >= n {
				return found
			}
			p.t.Fatalf("%s ended before %d of %q %v", p.name, n, event, fields)
		case <-limit.C:
			p.t.Fatalf("%s: %d of %q %v within %s, want %d", p.name, len(p.find(event, fields)), event, fields, bound, n)
		}
	}
}

// signal sends s; the process must be alive.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("%s: %v: %v", p.name, s, err)
	}
}

// wait gives the exit code, -1 when a signal ended it.
func (p *process) wait() int {
	p.t.Helper()
	limit := time.NewTimer(bound)
	defer limit.Stop()
	select {
	case <-p.done:
	case <-limit.C:
		p.t.Fatalf("%s has not ended within %s", p.name, bound)
	}
	return p.cmd.ProcessState.ExitCode()
}

// stop sends s and wants the exit code 0.
func (p *process) stop(s syscall.Signal) {
	p.t.Helper()
	p.signal(s)
	if code := p.wait(); code != 0 {
		p.t.Errorf("%s ended with exit code %d after %v", p.name, code, s)
	}
}

// kill ends the process as the kernel would.
func (p *process) kill() {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	if code := p.wait(); code != -1 {
		p.t.Fatalf("%s ended with exit code %d before it was killed", p.name, code)
	}
}
