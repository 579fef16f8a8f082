package netns

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Place is where the process runs.
type Place struct {
	Own    bool   // in a namespace of its own, with only a loopback interface
	Reason string // why not, when Own is false
}

func (p Place) String() string {
	if p.Own {
		return "a network namespace of its own"
	}
	return "the host's network namespace: " + p.Reason
}

// env tells a process what it is: "off" from the user; "new" in the child on its
// first call; "in:" and the namespace's identity from then on, also in processes
// that it starts, which stay in the same namespace.
const (
	env      = "SLIPSTREAM_NETNS"
	envOff   = "off"
	envNew   = "new"
	envIn    = "in:"
	pipeFD   = 3 // the child reports its set-up here, then closes it
	reportOK = "ok"
)

// Reexec puts the program into a network namespace of its own. In the process that
// was started done is true once the child has ended, with its exit code (128+n when
// signal n ended it). In the child, and where the kernel refuses, done is false and
// the program goes on.
func Reexec() (place Place, code int, done bool) {
	v := os.Getenv(env)
	switch {
	case v == envOff:
		return Place{Reason: env + "=" + envOff + " is set"}, 0, false
	case v == envNew:
		return enter(), 0, false
	case strings.HasPrefix(v, envIn) && v == envIn+identity():
		return Place{Own: true}, 0, false
	case fuzzing():
		return Place{Reason: "the fuzzer talks to its workers over descriptors that a child would not have"}, 0, false
	}
	var refused []error
	for _, how := range ways() {
		code, err := spawn(how.attr)
		if err == nil {
			return Place{Own: true}, code, true
		}
		refused = append(refused, fmt.Errorf("%s: %w", how.name, err))
	}
	return Place{Reason: strings.ReplaceAll(errors.Join(refused...).Error(), "\n", "; ")}, 0, false
}

// fuzzing reports whether this is a test binary under go test -fuzz.
func fuzzing() bool {
	for _, arg := range os.Args[1:] {
		if strings.HasPrefix(arg, "-test.fuzz") && !strings.HasPrefix(arg, "-test.fuzzcachedir") {
			return true
		}
	}
	return false
}

// identity names the namespace that the process is in.
func identity() string {
	id, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return "unknown"
	}
	return id
}

// enter is the child's part: loopback up, then report. When it fails the parent goes
// on in its own namespace and this process has nothing to do.
func enter() Place {
	pipe := os.NewFile(pipeFD, "netns report")
	err := LoopbackUp()
	report := reportOK
	if err != nil {
		report = err.Error()
	}
	if _, werr := io.WriteString(pipe, report); werr != nil {
		os.Exit(1) // the parent is gone
	}
	_ = pipe.Close()
	if err != nil {
		os.Exit(1)
	}
	_ = os.Setenv(env, envIn+identity())
	return Place{Own: true}
}

type way struct {
	name string
	attr syscall.SysProcAttr
}

// ways to get a namespace, best first. Root needs no user namespace, and without one
// it keeps its rights over other users' files; everyone else becomes root of a user
// namespace that maps only itself.
func ways() []way {
	base := syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL, // never outlive the process that was started
		Setpgid:   true,            // a terminal's Ctrl-C comes once, through the parent
	}
	user := base
	user.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET
	user.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
	user.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	all := []way{{"with a user namespace", user}}
	if os.Geteuid() == 0 {
		base.Cloneflags = unix.CLONE_NEWNET
		all = append([]way{{"as root", base}}, all...)
	}
	return all
}

// spawn runs the program again and waits for it; an error means that it did not get
// to run in a usable namespace.
func spawn(attr syscall.SysProcAttr) (code int, err error) {
	runtime.LockOSThread() // Pdeathsig follows the thread that forks
	defer runtime.UnlockOSThread()
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer func() { _ = r.Close() }()
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: os.Args,
		Env:   append(os.Environ(), env+"="+envNew),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		ExtraFiles:  []*os.File{w}, // pipeFD
		SysProcAttr: &attr,
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	defer signal.Stop(signals)
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case s := <-signals:
				_ = cmd.Process.Signal(s)
			case <-ended:
				return
			}
		}
	}()
	report, err := io.ReadAll(io.LimitReader(r, 4096))
	werr := cmd.Wait()
	switch {
	case err != nil:
		return 0, err
	case len(report) == 0:
		return 0, fmt.Errorf("the child ended before it was set up: %w", werr)
	case string(report) != reportOK:
		return 0, errors.New(string(report))
	}
	return exitCode(cmd.ProcessState), nil
}

func exitCode(s *os.ProcessState) int {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return s.ExitCode()
}
