package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"slipstream/bench/review"
	"slipstream/cmd/slipstream/internal/config"
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/loop"
	"slipstream/internal/netns"
)

func TestMain(m *testing.M) {
	if _, code, done := netns.Reexec(); done {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// load is a daemon's configuration in a folder of the test's own.
func load(t *testing.T, venue string) *config.Daemon {
	t.Helper()
	text := fmt.Sprintf(`[daemon]
state_dir = %q
log_path = "-"
idle = "poll"
[venue]
address = %q
[desk]
listen = "127.0.0.1:0"
[[desk.sessions]]
target_comp_id = "DESK1"
[feed]
receive_buffer_bytes = 65536
[[instruments]]
symbol = "AMZN"
`, filepath.Join(t.TempDir(), "state"), venue)
	cfg, err := config.ParseDaemon("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// lockedBuffer is a log that the scribe writes and the test reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// listen is a venue's port until the test ends.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// A daemon whose venue takes the connection and says nothing starts, logs, ends in order, and
// leaves a journal that replays to the same bytes.
func TestADaemonRunsEndsAndReplays(t *testing.T) {
	venue := listen(t)
	cfg := load(t, venue.Addr().String())
	log := &lockedBuffer{}
	d, err := Open(cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	logon := make(chan error, 1)
	go func() {
		c, err := venue.Accept()
		if err != nil {
			logon <- err
			return
		}
		defer c.Close()
		b := make([]byte, 512)
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := c.Read(b)
		if err == nil && !bytes.Contains(b[:n], []byte("\x0135=A\x01")) {
			err = fmt.Errorf("the first message is %q", b[:n])
		}
		logon <- err
		cancel() // the Logon is out: end
		_, _ = c.Read(b)
	}()
	if err := d.Run(ctx); err != nil && !errors.Is(err, loop.ErrNotDone) {
		t.Fatal(err)
	}
	if err := <-logon; err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "desk_gateway_open") {
		t.Error("the desks' gateway opened although no order could be worked")
	}
	summary := d.Final()
	if summary.Counters["venue_connects"] == 0 || summary.Counters["inputs"] == 0 || summary.Run == "" {
		t.Errorf("%+v", summary)
	}
	for _, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil || fields["event"] == nil {
			t.Errorf("log line %q (%v)", line, err)
		}
	}
	r, err := journal.Open(summary.Journal, summary.Run)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	day, err := review.Day(r, nil, func(text []byte) (engine.Config, error) {
		c, err := config.ParseDaemon("journal", text)
		if err != nil {
			return engine.Config{}, err
		}
		return c.EngineConfig(r.Header().Start)
	})
	if err != nil {
		t.Fatal(err)
	}
	if day.Replay.Mismatches != 0 || !day.Replay.Clean || day.Replay.Inputs != summary.Counters["inputs"] || day.Replay.OutputBytes == 0 {
		t.Errorf("%+v, first %v", day.Replay, day.Replay.FirstMismatch)
	}
}

// Passwords are in no file that a run leaves behind, nor in its log at any level.
func TestNoPasswordIsWrittenDown(t *testing.T) {
	venue := listen(t)
	cfg := load(t, venue.Addr().String())
	const ours, theirs = "venue-hunter2", "desk-hunter2"
	cfg.Venue.Password, cfg.Desk.Sessions[0].Password = ours, theirs
	cfg.Process.LogLevel = "debug"
	log := &lockedBuffer{}
	d, err := Open(cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	go func() {
		defer cancel()
		c, err := venue.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b := make([]byte, 512)
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if n, _ := c.Read(b); !bytes.Contains(b[:n], []byte("\x01554="+ours+"\x01")) {
			t.Errorf("the venue was not told the password: %q", b[:n])
		}
	}()
	if err := d.Run(ctx); err != nil && !errors.Is(err, loop.ErrNotDone) {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(cfg.Process.StateDir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		if bytes.Contains(b, []byte(ours)) || bytes.Contains(b, []byte(theirs)) {
			t.Errorf("%s holds a password", path)
		}
		return err
	})
	if err != nil || files < 2 {
		t.Errorf("%d files, %v", files, err)
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Error("the log holds a password")
	}
}

// What cannot be opened is named with its key or place, and nothing stays open.
func TestOpenNamesWhatFails(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*config.Daemon)
		want string
	}{
		{"an interface that is not there", func(c *config.Daemon) { c.Feed.InterfaceB = "203.0.113.7" }, "feed: line B: "},
		{"a log that cannot be written", func(c *config.Daemon) { c.Process.LogPath = "/nonexistent/log" }, "daemon.log_path: "},
		{"a venue by name", func(c *config.Daemon) { c.Venue.Address = "localhost:9001" }, "venue.address "},
		{"a state folder that is a file", func(c *config.Daemon) {
			c.Process.StateDir = filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(c.Process.StateDir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "daemon.state_dir: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := load(t, "127.0.0.1:9")
			c.edit(cfg)
			_, err := Open(cfg, &lockedBuffer{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			cfg = load(t, "127.0.0.1:9") // the same groups and ports are free again
			d, err := Open(cfg, &lockedBuffer{})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(d.scribe.Stop(), d.close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Two daemons with one state folder would send the same sequence numbers.
func TestOneStateFolderOneDaemon(t *testing.T) {
	cfg := load(t, "127.0.0.1:9")
	d, err := Open(cfg, &lockedBuffer{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(d.scribe.Stop(), d.close()); err != nil {
			t.Error(err)
		}
	}()
	if _, err := Open(cfg, &lockedBuffer{}); !errors.Is(err, loop.ErrStateInUse) {
		t.Errorf("a second daemon: %v", err)
	}
}
