package netns

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// helperEnv makes the test binary do one thing after Reexec, as a program would.
const helperEnv = "NETNS_TEST_HELPER"

var here Place

func TestMain(m *testing.M) {
	place, code, done := Reexec()
	if done {
		os.Exit(code)
	}
	here = place
	switch os.Getenv(helperEnv) {
	case "exit":
		os.Exit(7)
	case "place":
		again, _, done := Reexec()
		fmt.Println(place, "|", again, "|", done)
		os.Exit(0)
	case "signal":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Println("ready")
		select {
		case <-c:
			os.Exit(9)
		case <-time.After(20 * time.Second):
			os.Exit(1)
		}
	case "killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	os.Exit(m.Run())
}

// program is the test binary as a program of its own.
func program(t *testing.T, do, place string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), helperEnv+"="+do, env+"="+place)
	cmd.Stderr = os.Stderr
	return cmd
}

func needOwn(t *testing.T) {
	t.Helper()
	if !here.Own {
		t.Skipf("this process is in %v", here)
	}
}

func TestOwnNamespaceHasOnlyALoopbackThatMulticasts(t *testing.T) {
	needOwn(t)
	ifs, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, i := range ifs {
		if i.Name == "lo" {
			found = i.Flags&net.FlagUp != 0 && i.Flags&net.FlagMulticast != 0
		} else if i.Flags&net.FlagUp != 0 {
			t.Errorf("%s is up", i.Name)
		}
	}
	if !found {
		t.Errorf("lo is not up, or cannot multicast: %+v", ifs)
	}
}

func TestExitCodes(t *testing.T) {
	needOwn(t)
	for do, want := range map[string]int{"exit": 7, "killed": 128 + 9} {
		err := program(t, do, "").Run()
		var ee *exec.ExitError
		if !errors.As(err, &ee) || ee.ExitCode() != want {
			t.Errorf("%s: %v, want exit code %d", do, err, want)
		}
	}
}

func TestWhereAProgramRuns(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"turned off", envOff, "the host's network namespace: SLIPSTREAM_NETNS=off is set | the host's network namespace: SLIPSTREAM_NETNS=off is set | false"},
		{"on its own", "", "a network namespace of its own | a network namespace of its own | false"},
		{"with an identity inherited from elsewhere", envIn + "net:[1]", "a network namespace of its own | a network namespace of its own | false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.value != envOff {
				needOwn(t)
			}
			out, err := program(t, "place", c.value).Output()
			if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
				t.Errorf("%q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func TestSignalsReachTheChild(t *testing.T) {
	needOwn(t)
	cmd := program(t, "signal", "")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var ee *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &ee) || ee.ExitCode() != 9 {
		t.Errorf("%v, want exit code 9", err)
	}
}

func TestEveryWayOrAReason(t *testing.T) {
	t.Setenv(helperEnv, "exit")
	for _, w := range ways() {
		code, err := spawn(w.attr)
		switch {
		case err != nil:
			t.Logf("%s: refused here: %v", w.name, err)
		case code != 7:
			t.Errorf("%s: exit code %d, want 7", w.name, code)
		}
	}
	bad := ways()[0].attr
	bad.Chroot = "/nonexistent-" + t.Name()
	if code, err := spawn(bad); err == nil {
		t.Errorf("started in a folder that does not exist, exit code %d", code)
	}
}
