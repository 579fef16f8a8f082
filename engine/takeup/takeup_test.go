package takeup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/fix/venue"
	"slipstream/fix/wire"
	"slipstream/internal/market"
	"slipstream/risk"
)

// smallConfig is an engine that does little: it logs on.
func smallConfig() engine.Config {
	c := engine.Default()
	c.Instruments = []market.Instrument{{ID: 0, Symbol: market.MakeSymbol("AAAA"), Tick: market.PriceUnit / 100, Lot: 1}}
	c.Session = session.Default()
	c.Session.SenderCompID, c.Session.TargetCompID = "SLIP", "VENUE"
	c.Venue = venue.Config{BeginString: "FIX.4.4", SenderCompID: "SLIP", TargetCompID: "VENUE", TimePrecision: wire.Micros}
	c.Date = testStart - testStart%market.Day
	c.MaxParents, c.MaxChildren, c.MaxFills = 4, 8, 8
	c.Book.MaxOrders, c.Book.MaxLevels = 1<<10, 1<<10
	c.Risk.Instruments = c.Instruments
	c.Risk.Limits = []risk.Limits{{MaxOrderQty: 1, MaxOrderNotional: 1, CollarBps: 1, MaxSpreadBps: 1, ReferenceMaxAge: 1, MaxLong: 1}}
	c.Risk.Global = risk.Global{MaxMessages: 10, Window: market.Second, CancelReserve: 2, MaxOpenOrders: 4, MaxParents: 4}
	c.Risk.Parent = risk.ParentLimits{MaxParentQty: 1, MaxParentNotional: 1}
	return c
}

// aRun journals a run that connects, sends its Logon and is cut off; before is the run that it
// took over.
func aRun(t *testing.T, dir string, start market.Nanos, before *Last, previous market.Nanos, commands ...fix.Command) {
	t.Helper()
	st := new(session.State)
	h := journal.Header{Start: start, Previous: previous}
	var old *engine.Engine
	if before != nil {
		*st, old = *before.State, before.Engine
	}
	h.State = journal.EncodeState(st)
	cfg := smallConfig()
	cfg.FindPolicy = func(*fix.ClOrdID) engine.Policy { return nil }
	eng, _, err := Start(&h, cfg, old)
	if err != nil {
		t.Fatal(err)
	}
	s, err := journal.CreateSegments(journal.SegmentsConfig{Dir: dir, SegmentBytes: journal.SegmentBytesMin, Header: h})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ring.NewBytes(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	w := journal.NewWriter(r)
	inputs := []engine.Input{{Kind: engine.InTimer}, {Kind: engine.InVenueUp}, {Kind: engine.InVenueDown}}
	for i := range commands {
		inputs = append(inputs, engine.Input{Kind: engine.InCommand, Command: &commands[i]})
	}
	for i := range inputs {
		inputs[i].Now = start + market.Nanos(i)
		if !w.PutInput(&inputs[i]) || !w.PutEffects(inputs[i].Now, eng.Step(&inputs[i])) {
			t.Fatal("the ring is full")
		}
	}
	for b, ok := r.Read(); ok; b, ok = r.Read() {
		if err := s.Append(b); err != nil {
			t.Fatal(err)
		}
		r.Release()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func runOf(start market.Nanos) string { return journal.RunName(&journal.Header{Start: start}) }

// TestRebuildFollowsTheDay: the kill switch of the first run, and its numbers, reach the third.
func TestRebuildFollowsTheDay(t *testing.T) {
	dir := t.TempDir()
	configure := func(*journal.Header) (engine.Config, error) { return smallConfig(), nil }
	aRun(t, dir, testStart, nil, 0, fix.Command{Kind: fix.Kill})
	var last *Last
	var err error
	for n := range market.Nanos(3) {
		if last, err = Rebuild(dir, runOf(testStart+n), configure); err != nil {
			t.Fatal(err)
		}
		out, in, epoch, _, err := last.State.Numbers()
		if err != nil || last.Runs != int(n)+1 || out != uint64(n)+2 || in != 1 || epoch != uint64(n)+1 || last.Engine.Posture()&engine.PostureKill == 0 {
			t.Errorf("after %d runs: %d runs, next out %d, in %d, epoch %d (%v), posture %v", n+1, last.Runs, out, in, epoch, err, last.Engine.Posture())
		}
		aRun(t, dir, testStart+n+1, last, testStart+n)
	}
	if chain, err := Chain(dir, runOf(testStart+3)); err != nil || len(chain) != 4 || chain[0] != runOf(testStart) {
		t.Errorf("%v, %v", chain, err)
	}
	if err := os.Remove(filepath.Join(dir, runOf(testStart+1)+"-000000.journal")); err != nil {
		t.Fatal(err)
	}
	if _, err := Rebuild(dir, runOf(testStart+3), configure); err == nil || !strings.Contains(err.Error(), "took over run "+runOf(testStart+1)) {
		t.Errorf("a day with a run missing: %v", err)
	}
}

func TestWhatKeepsARunFromBeingRebuiltIsSaid(t *testing.T) {
	for _, c := range []struct {
		name      string
		configure Configure
		is        error
		want      string
	}{
		{"another program, which sends something else", func(*journal.Header) (engine.Config, error) {
			c := smallConfig()
			c.Session.HeartBtIntS = 7
			return c, nil
		}, ErrDiffers, "output differs"},
		{"a configuration that is not read any more", func(*journal.Header) (engine.Config, error) {
			return engine.Config{}, os.ErrInvalid
		}, os.ErrInvalid, "the journal's configuration"},
		{"an input that ends the process", func(*journal.Header) (engine.Config, error) {
			c := smallConfig()
			c.FindPolicy = func(*fix.ClOrdID) engine.Policy { panic("at the third") }
			return c, nil
		}, nil, "the replay panics: at the third"},
	} {
		dir := t.TempDir()
		aRun(t, dir, testStart, nil, 0, fix.Command{Kind: fix.SwapPolicy})
		if _, err := Rebuild(dir, runOf(testStart), c.configure); err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
