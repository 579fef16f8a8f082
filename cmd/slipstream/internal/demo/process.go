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

	mu      sync.Mutex
	seen    map[string]bool // events of its log
	posture string          // after the last event that changed it
	notify  chan struct{}   // closed and replaced at each new event or posture
	done    chan struct{}   // closed when the process has ended
	err     error
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
		if event := field(line, "event"); event != "" {
			p.note(event, line)
		}
		if err != nil {
			return
		}
	}
}

// field is the text of a key of a log line; "" when it has none.
func field(line, key string) string {
	_, rest, ok := strings.Cut(line, `"`+key+`":"`)
	if !ok {
		return ""
	}
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

func (p *process) note(event, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if event == "posture" {
		p.posture = field(line, "after")
	} else if p.seen[event] {
		return
	}
	p.seen[event] = true
	close(p.notify)
	p.notify = make(chan struct{})
}

// await waits until the log has had an event, the process ends, or the time is over.
func (p *process) await(event string, bound time.Duration) error {
	return p.until(fmt.Sprintf("%q", event), bound, func() bool { return p.seen[event] })
}

// awaitPosture waits until the daemon's posture is as wanted.
func (p *process) awaitPosture(want string, bound time.Duration) error {
	return p.until("posture "+want, bound, func() bool { return p.posture == want })
}

// until waits until ok, which looks at what the log had so far.
func (p *process) until(what string, bound time.Duration, ok func() bool) error {
	limit := time.NewTimer(bound)
	defer limit.Stop()
	for {
		p.mu.Lock()
		is, notify := ok(), p.notify
		p.mu.Unlock()
		if is {
			return nil
		}
		select {
		case <-notify:
		case <-p.done:
			return fmt.Errorf("demo: %s ended early: %w", p.name, p.fault())
		case <-limit.C:
			return fmt.Errorf("demo: %s: no %s within %s: %w", p.name, what, bound, p.fault())
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
