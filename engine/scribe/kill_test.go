package scribe

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/loop"
	"slipstream/engine/ring"
	"slipstream/fix"
	"slipstream/internal/market"
)

// sumCore is a pure core whose every effect depends on all inputs so far.
type sumCore struct {
	sum uint64
	fx  engine.Effects
}

func (c *sumCore) Step(in *engine.Input) *engine.Effects {
	c.sum = c.sum*31 + uint64(in.Kind) + uint64(in.Now)
	c.fx = engine.Effects{Venue: c.fx.Venue[:0], Decisions: c.fx.Decisions[:0], Timer: in.Now + 50*market.Microsecond}
	c.fx.Decisions = append(c.fx.Decisions, engine.Decision{Now: in.Now, Parent: c.sum})
	if c.sum%3 == 0 {
		c.fx.Venue = append(c.fx.Venue, "order"...)
	}
	c.fx.Done = in.Kind == engine.InCommand && in.Command.Kind == fix.Shutdown
	return &c.fx
}

const killDir = "SLIPSTREAM_TEST_KILL_DIR"

// TestAKilledDaemonLeavesAJournalThatReplays runs a loop and a scribe in a process
// of its own, kills that in full flight, and replays what it left.
func TestAKilledDaemonLeavesAJournalThatReplays(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		daemon(t, dir)
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.timeout", "60s")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	size := func() (n int64) {
		paths, _ := filepath.Glob(filepath.Join(dir, "*.journal"))
		for _, p := range paths {
			if info, err := os.Stat(p); err == nil {
				n += info.Size()
			}
		}
		return n
	}
	defer func() { _ = cmd.Process.Kill() }()
	eventually(t, "some journal", func() bool { return size() > 300_000 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the daemon ended by itself")
	}
	rd, err := journal.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer rd.Close()
	res, err := journal.Replay(rd, &sumCore{})
	if err != nil || res.Mismatches != 0 || res.Clean || res.Inputs < 1000 || res.Marks == 0 {
		t.Fatalf("%v, %+v, first %v", err, res, res.FirstMismatch)
	}
}

// daemon trades with a venue that swallows everything, until it is killed.
func daemon(t *testing.T, dir string) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	r, err := ring.NewBytes(4 << 20)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Segments.Dir, cfg.Log = dir, io.Discard
	cfg.Segments.Header.Start = 1
	start(t, cfg, r)
	lc := loop.Default()
	lc.VenueAddr, lc.Idle, lc.MarkInputs = ln.Addr().String(), loop.IdlePoll, 100
	l, err := loop.New(lc, &sumCore{}, journal.NewWriter(r), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	<-l.Done() // never: the parent kills us
}
