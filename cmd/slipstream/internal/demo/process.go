package demo

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one child: its log goes to a file, and lines of it can be waited for.
type process struct {
	name string
	cmd  *exec.Cmd
	log  *os.File
	out  bytes.Buffer

	mu     sync.Mutex
	seen   map[string]bool // events of its log
	notify chan struct{}   // closed and replaced at each new event
	done   chan struct{}   // closed when the process has ended
	err    error
}

// start runs this program with args; its standard error is the log.
func start(program, dir, name string, args ...string) (*process, error) {
	p := &process{name: name, seen: map[string]bool{}, notify: make(chan struct{}), done: make(chan struct{})}
	p.cmd = exec.Command(program, args...)
	p.cmd.Dir = dir
	p.cmd.Stdout = &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it never outlives the demo
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if p.log, err = os.Create(filepath.Join(dir, name+".log")); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("demo: start %s: %w", name, err)
	}
	go func() {
		p.read(stderr)
		p.err = p.cmd.Wait()
		p.log.Close()
		close(p.done)
	}()
	return p, nil
}

// read copies the log and notes its events.
func (p *process) read(r io.Reader) {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := br.ReadString('\n')
		io.WriteString(p.log, line)
		if _, rest, ok := strings.Cut(line, `"event":"`); ok {
			if name, _, ok := strings.Cut(rest, `"`); ok {
				p.note(name)
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *process) note(event string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.seen[event] {
		p.seen[event] = true
		close(p.notify)
		p.notify = make(chan struct{})
	}
}

// await waits until the log has had an event, the process ends, or the time is over.
func (p *process) await(event string, bound time.Duration) error {
	limit := time.NewTimer(bound)
	defer limit.Stop()
	for {
		p.mu.Lock()
		seen, notify := p.seen[event], p.notify
		p.mu.Unlock()
		if seen {
			return nil
		}
		select {
		case <-notify:
		case <-p.done:
			return fmt.Errorf("demo: %s ended early: %w", p.name, p.fault())
		case <-limit.C:
			return fmt.Errorf("demo: %s: no %q within %s: %w", p.name, event, bound, p.fault())
		}
	}
}

// stop sends a signal and waits for the end; after the bound it kills.
func (p *process) stop(s os.Signal, bound time.Duration) error {
	select {
	case <-p.done:
		return p.ended()
	default:
	}
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("demo: %s: %w", p.name, err)
	}
	return p.wait(bound)
}

func (p *process) wait(bound time.Duration) error {
	limit := time.NewTimer(bound)
	defer limit.Stop()
	select {
	case <-p.done:
		return p.ended()
	case <-limit.C:
		p.kill()
		return fmt.Errorf("demo: %s did not end within %s and was killed", p.name, bound)
	}
}

// kill ends the process whatever it does, and waits until it is gone.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

func (p *process) ended() error {
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("demo: %s: %w: %w", p.name, p.err, p.fault())
}

// fault is the last lines of the log.
func (p *process) fault() error {
	text, _ := os.ReadFile(p.log.Name())
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("its log ends with: %s", strings.Join(lines[max(0, len(lines)-3):], " | "))
}
