package loop

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/fix"
	"slipstream/internal/market"
)

func TestStopIsCleanWhenTheEngineIsDone(t *testing.T) {
	r := newRig(t, newCore(nil), nil)
	if err := r.Stop(); err == nil {
		t.Error("Stop without Start")
	}
	r.start()
	if err := r.Start(); err == nil {
		t.Error("a second Start")
	}
	r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 1)
	r.stop()
	r.stop() // again: the same answer
	if r.Submit(&fix.Command{Kind: fix.Kill}) {
		t.Error("a command is taken after the end")
	}
	if e := r.event(journal.EvLoopStopped); e.A != 1 {
		t.Error("the event says unclean")
	}
	var rec journal.Record
	if !journal.DecodeRecord(r.records[len(r.records)-1], &rec) || rec.Kind != journal.MarkRecord || rec.Sub != 1 {
		t.Errorf("the last record is %v", rec.Kind)
	}
}

func TestStopGivesUpOnAnEngineThatIsNeverDone(t *testing.T) {
	core := newCore(func(in *engine.Input, fx *engine.Effects) { fx.Done = false })
	r := newRig(t, core, func(c *Config) { c.StopNanos = 20 * market.Millisecond }).start()
	if err := r.Stop(); !errors.Is(err, ErrNotDone) {
		t.Errorf("got %v", err)
	}
	r.event(journal.EvShutdownRequested)
	if e := r.event(journal.EvShutdownTimeout); e.A != int64(20*market.Millisecond) {
		t.Errorf("waited %d ns", e.A)
	}
	if e := r.event(journal.EvLoopStopped); e.A != 0 {
		t.Error("the event says clean")
	}
}

func TestTheLoopEndsByItselfWhenTheEngineIsDone(t *testing.T) {
	r := newRig(t, newCore(nil), nil).start()
	r.Submit(&fix.Command{Kind: fix.Shutdown})
	select {
	case <-r.Done():
	case <-time.After(patience):
		t.Fatal("it does not")
	}
	r.stop()
}

func TestCommandsOfManyGoroutinesArriveEachOnceAndInTheirOrder(t *testing.T) {
	const each, producers = 500, 4
	var next [producers]market.Qty
	wrong := 0
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		if c := in.Command; c != nil && c.Kind == fix.NewParent {
			if c.OrderQty != next[c.Desk] {
				wrong++
			}
			next[c.Desk]++
		}
	})
	r := newRig(t, core, func(c *Config) { c.Commands = 32 }).start()
	var wg sync.WaitGroup
	for p := range producers {
		wg.Go(func() {
			by := time.Now().Add(patience)
			for i := 0; i < each && time.Now().Before(by); {
				if r.Submit(&fix.Command{Kind: fix.NewParent, Desk: uint8(p), OrderQty: market.Qty(i)}) {
					i++
				} else {
					runtime.Gosched() // full: an answer, not a loss
				}
			}
		})
	}
	stop := make(chan struct{})
	go func() { wg.Wait(); close(stop) }()
	eventually(t, "all commands", func() bool {
		r.drain()
		return core.saw(engine.InCommand) == each*producers
	})
	<-stop
	r.stop()
	if wrong != 0 || next != [producers]market.Qty{each, each, each, each} {
		t.Errorf("%d out of order, counts %v", wrong, next)
	}
}

func TestAFullCommandRingSaysSo(t *testing.T) {
	r := newRig(t, newCore(nil), func(c *Config) { c.Commands = 4 }) // not started: nobody takes them
	for i := range 4 {
		if !r.Submit(&fix.Command{Kind: fix.NewParent}) {
			t.Fatalf("command %d has no place", i)
		}
	}
	if r.Submit(&fix.Command{Kind: fix.NewParent}) {
		t.Error("a fifth command has a place in a ring of four")
	}
	if !r.Submit(&fix.Command{Kind: fix.Kill}) {
		t.Error("a kill stands behind desk commands")
	}
}

func TestPinning(t *testing.T) {
	t.Run("a CPU that is not there is said, and the loop runs", func(t *testing.T) {
		r := newRig(t, newCore(nil), func(c *Config) { c.CPU = 1023 }).start()
		if e := r.event(journal.EvPinFailed); e.A != 1023 || unix.Errno(e.B) != unix.EINVAL {
			t.Errorf("CPU %d, errno %v", e.A, unix.Errno(e.B))
		}
		if e := r.event(journal.EvLoopStarted); e.A != -1 {
			t.Errorf("the start says CPU %d", e.A)
		}
		r.accept()
		r.stop()
	})
	t.Run("the thread runs on the CPU, and takes its pin with it", func(t *testing.T) {
		var allowed, own, after unix.CPUSet
		if err := unix.SchedGetaffinity(0, &allowed); err != nil {
			t.Fatal(err)
		}
		cpu := 0
		for !allowed.IsSet(cpu) {
			cpu++
		}
		core := newCore(func(in *engine.Input, fx *engine.Effects) { _ = unix.SchedGetaffinity(0, &own) })
		r := newRig(t, core, func(c *Config) { c.CPU = cpu }).start()
		if e := r.event(journal.EvLoopStarted); e.A != int64(cpu) {
			t.Errorf("the start says CPU %d", e.A)
		}
		r.stop()
		if own.Count() != 1 || !own.IsSet(cpu) {
			t.Errorf("the hot thread may run on %d CPUs", own.Count())
		}
		if err := unix.SchedGetaffinity(0, &after); err != nil || after != allowed {
			t.Errorf("the test's thread: %v, %d CPUs of %d", err, after.Count(), allowed.Count())
		}
	})
}

func TestPrepareTurnsTheCollectorOffAndRestoreOn(t *testing.T) {
	percent := debug.SetGCPercent(77)
	defer debug.SetGCPercent(percent)
	procs := runtime.GOMAXPROCS(0)
	restore, err := Prepare(2)
	if err != nil {
		t.Fatal(err)
	}
	if got := debug.SetGCPercent(-1); got != -1 {
		t.Errorf("GOGC %d after Prepare", got)
	}
	if got := runtime.GOMAXPROCS(0); got != 2 {
		t.Errorf("GOMAXPROCS %d after Prepare(2)", got)
	}
	restore()
	if got := debug.SetGCPercent(77); got != 77 || runtime.GOMAXPROCS(0) != procs {
		t.Errorf("GOGC %d, GOMAXPROCS %d after restore", got, runtime.GOMAXPROCS(0))
	}
	if _, err := Prepare(-1); err == nil {
		t.Error("GOMAXPROCS of -1")
	}
}

func TestEveryFaultOfAConfigurationIsNamed(t *testing.T) {
	var c Config
	err := c.Validate()
	if err == nil {
		t.Fatal("an empty configuration passes")
	}
	for _, name := range []string{"VenueAddr", "VenueReadBytes", "PendingBytes", "BackoffMin", "PollNanos", "TimerMax",
		"Commands", "Reports", "SpillMin", "BurstPer", "StopNanos", "MarkInputs", "ConnectNanos"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
	c = Default()
	c.VenueAddr = "[::1]:5001"
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults with an IPv6 venue: %v", err)
	}
	for _, bad := range []string{"localhost:1", "1.2.3.4", "1.2.3.4:0", "[fe80::1%eth0]:5"} {
		c.VenueAddr = bad
		if c.Validate() == nil {
			t.Errorf("address %q passes", bad)
		}
	}
	c.VenueAddr = "127.0.0.1:1"
	r, err := ring.NewBytes(1 << 12)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(c, newCore(nil), journal.NewWriter(r), nil, nil); err == nil {
		t.Error("a journal ring that holds no datagram passes")
	}
	if _, err := New(c, nil, nil, nil, nil); err == nil {
		t.Error("no core, no journal")
	}
}
