package sim

import (
	"testing"

	"slipstream/bench/review"
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/fix"
	"slipstream/fix/session"
)

// TestAJournaledDayReplaysAndIsPriced writes a day to a real journal and reads it
// back: the same outbound bytes, the same books, and a cost for every parent.
func TestAJournaledDayReplaysAndIsPriced(t *testing.T) {
	cfg := standardDay(t, 21)
	dir := t.TempDir()
	buf, err := ring.NewBytes(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	segments, err := journal.CreateSegments(journal.SegmentsConfig{Dir: dir, SegmentBytes: journal.SegmentBytesMin,
		Header: journal.Header{Start: cfg.Exchange.Start, Config: []byte("sim"), State: journal.EncodeState(new(session.State))}})
	if err != nil {
		t.Fatal(err)
	}
	w := journal.NewWriter(buf)
	drain := func() {
		for {
			rec, ok := buf.Read()
			if !ok {
				return
			}
			if err := segments.Append(rec); err != nil {
				t.Fatal(err)
			}
			buf.Release()
		}
	}
	cfg.OnEffects = func(in *engine.Input, fx *engine.Effects) {
		if !w.PutInput(in) || !w.PutEffects(in.Now, fx) {
			t.Fatal("the journal ring is full")
		}
		drain()
	}
	world := run(t, cfg, 10)
	checkEnd(t, world)
	w.PutMark(world.Now(), true)
	drain()
	if err := segments.Close(); err != nil {
		t.Fatal(err)
	}

	r, err := journal.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	day, err := review.Day(r, nil, func([]byte) (engine.Config, error) { return cfg.Engine, nil })
	if err != nil {
		t.Fatal(err)
	}
	if day.Replay.Mismatches != 0 || !day.Replay.Clean || day.Replay.Outputs == 0 {
		t.Fatalf("replay: %+v", day.Replay)
	}
	for i, h := range day.Books {
		if got := world.Engine.Books().Book(cfg.Exchange.Instruments[i].ID).Hash(); got != h {
			t.Errorf("instrument %d: book %x after replay, %x live", i, h, got)
		}
	}
	told := map[uint64]int64{}
	for _, rep := range world.Reports {
		if rep.Kind == fix.ExecReport && rep.ExecType == fix.ExecTrade {
			told[rep.ParentID] += int64(rep.LastQty)
		}
	}
	if len(day.Costs.Parents) != 6 {
		t.Fatalf("%d parents priced, want 6", len(day.Costs.Parents))
	}
	for _, p := range day.Costs.Parents {
		if int64(p.FilledQty) != told[p.ID] || !p.ISBps.OK || !p.Participation.OK || p.OwnTradesMissing {
			t.Errorf("parent %d (%s): %d filled, the desk was told %d; %+v", p.ID, p.Algo, p.FilledQty, told[p.ID], p)
		}
	}
}
