package daemon

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/engine/loop"
)

// logsOn runs a daemon until its Logon is out, and gives that.
func logsOn(t *testing.T, d *Daemon, venue net.Listener) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	logon := make(chan string, 1)
	go func() {
		defer cancel()
		defer close(logon)
		c, err := venue.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b := make([]byte, 512)
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if n, err := c.Read(b); err == nil {
			logon <- strings.ReplaceAll(string(b[:n]), "\x01", "|")
		}
		cancel()
		_, _ = c.Read(b) // until the daemon has ended
	}()
	if err := d.Run(ctx); err != nil && !errors.Is(err, loop.ErrNotDone) {
		t.Fatal(err)
	}
	return <-logon
}

// The journal masks the password of the venue: the run is taken over all the same, its numbers
// go on, and another's desks or instruments keep the next one from starting.
func TestARunIsTakenOverWithItsPassword(t *testing.T) {
	venue := listen(t)
	cfg := load(t, venue.Addr().String())
	cfg.Venue.Username, cfg.Venue.Password = "slip", "stream"
	for run, seq := range []string{"|34=1|", "|34=2|", "|34=3|"} {
		log := &lockedBuffer{}
		d, err := Open(cfg, log)
		if err != nil {
			t.Fatalf("start %d: %v", run+1, err)
		}
		if logon := logsOn(t, d, venue); !strings.Contains(logon, seq) || !strings.Contains(logon, "|554=stream|") {
			t.Errorf("start %d logs on by %q, want%s", run+1, logon, seq)
		}
		if has := strings.Contains(log.String(), `"event":"run_taken_over"`); has != (run > 0) {
			t.Errorf("start %d: taken over: %v\n%s", run+1, has, log.String())
		}
		if b, err := os.ReadFile(filepath.Join(cfg.Process.StateDir, "journal.ring")); err == nil {
			t.Errorf("a ring of %d bytes is left after a stop in order", len(b))
		}
	}
	files, err := filepath.Glob(filepath.Join(cfg.Process.Journal(), "*.journal"))
	if err != nil || len(files) != 3 {
		t.Errorf("files of the journal: %v (%v)", files, err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err != nil || bytes.Contains(b[:min(len(b), 20_000)], []byte(`password = "stream"`)) {
			t.Errorf("%s holds the password (%v)", f, err)
		}
	}
	for name, c := range map[string]struct {
		edit func(*config.Daemon)
		want string
	}{
		"another desk in its place": {func(c *config.Daemon) { c.Desk.Sessions[0].TargetCompID = "ELSE" }, "desk.sessions: number 1 was DESK1"},
		"another instrument":        {func(c *config.Daemon) { c.Instruments[0].Symbol = "AAPL" }, "instrument 0 was AMZN"},
		"smaller tables":            {func(c *config.Daemon) { c.Engine.MaxChildren = 7 }, "MaxChildren was 4096 and is 7"},
	} {
		other := *cfg
		other.Desk.Sessions = append([]config.DeskSession{}, cfg.Desk.Sessions...)
		other.Instruments = append([]config.Instrument{}, cfg.Instruments...)
		c.edit(&other)
		_, err := Open(&other, &lockedBuffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--abandon") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	d, err := OpenAbandoning(cfg, &lockedBuffer{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.scribe.Stop(), d.close()); err != nil {
		t.Error(err)
	}
}
