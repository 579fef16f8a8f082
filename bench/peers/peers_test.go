package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"slipstream/internal/netns"
)

// scratch holds what is built; it is removed at the end.
var scratch string

func TestMain(m *testing.M) {
	if _, code, done := netns.Reexec(); done {
		os.Exit(code)
	}
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "peers"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		return m.Run()
	}())
}

// binaries are the programs of these tests, and the folder of the standard's dictionaries.
type binaries struct{ slipstream, desk, venue, specs string }

var errNoQuickFIX = errors.New("this test needs QuickFIX C++ and a compiler: apt-get install libquickfix-dev g++")

// build makes the programs once. Without QuickFIX C++ the test is skipped.
func build(t *testing.T) *binaries {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: this test builds and starts other programs")
	}
	b, err := buildOnce()
	if errors.Is(err, errNoQuickFIX) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var buildOnce = sync.OnceValues(func() (*binaries, error) {
	probe := exec.Command("g++", "-E", "-x", "c++", "-")
	probe.Stdin = strings.NewReader("#if !__has_include(<quickfix/Session.h>)\n#error none\n#endif\n")
	if probe.Run() != nil {
		return nil, errNoQuickFIX
	}
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	if err != nil {
		return nil, fmt.Errorf("where quickfixgo's module is, for the standard's dictionaries: %w", err)
	}
	b := &binaries{
		slipstream: filepath.Join(scratch, "slipstream"), desk: filepath.Join(scratch, "desk"), venue: filepath.Join(scratch, "venue"),
		specs: filepath.Join(strings.TrimSpace(string(module)), "spec"),
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	// C++14: the headers of Debian's QuickFIX have exception specifications, which C++17 has not.
	cpp := func(name string) *exec.Cmd {
		return exec.CommandContext(ctx, "g++", "-std=c++14", "-Wall", "-Wno-deprecated", "-o", filepath.Join(scratch, name), filepath.Join("cpp", name+".cpp"), "-lquickfix")
	}
	commands := []*exec.Cmd{
		exec.CommandContext(ctx, "go", "build", "-o", b.slipstream, "slipstream/cmd/slipstream"), cpp("desk"), cpp("venue"),
	}
	errs := make([]error, len(commands))
	var wg sync.WaitGroup
	for i, c := range commands {
		wg.Go(func() {
			if out, err := c.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("%s: %w\n%s", c, err, out)
			}
		})
	}
	wg.Wait()
	return b, errors.Join(errs...)
})
