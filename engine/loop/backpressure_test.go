package loop

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix"
	"slipstream/internal/market"
)

func TestAFullJournalStopsNewOrdersThenTheFeedAndNeverACommand(t *testing.T) {
	a := newLine(t)
	r := newRig(t, newCore(nil), nil, a).start()
	tx := sender(t, a)
	packet := make([]byte, 1200)
	// Nobody drains the journal: the feed fills it.
	eventually(t, "InJournalFull", func() bool {
		tx.Send(packet)
		return r.core.saw(engine.InJournalFull) == 1
	})
	eventually(t, "the feed is held", func() bool {
		tx.Send(packet)
		return r.Counters()[FeedHeld] > 0
	})
	packets := r.core.saw(engine.InPacket)
	eventually(t, "the journal is full to the last record", func() bool {
		r.Submit(&fix.Command{Kind: fix.CancelParent})
		return r.ring.Cap()-r.ring.Len() < 200
	})
	seen := r.core.saw(engine.InCommand)
	eventually(t, "a command after that still reaches the core", func() bool {
		r.Submit(&fix.Command{Kind: fix.Kill})
		return r.core.saw(engine.InCommand) > seen+50
	})
	if n := r.core.saw(engine.InPacket); n > packets+32 {
		t.Errorf("the feed went on: %d packets after %d", n, packets)
	}
	r.drain()
	r.wait("InJournalOK", engine.InJournalOK, 1)
	hole := r.event(journal.EvJournalHole)
	if hole.A <= 0 {
		t.Errorf("the hole's event: %+v", hole)
	}
	r.event(journal.EvJournalFull)
	r.event(journal.EvJournalOK)
	eventually(t, "the feed goes on", func() bool {
		tx.Send(packet)
		r.drain()
		return r.core.saw(engine.InPacket) > packets+40
	})
	r.stop()
	r.drain()
	if c := r.Counters(); c[JournalLost] < uint64(hole.A) {
		t.Errorf("the counters say %d lost, the event %d", c[JournalLost], hole.A)
	}

	err := readRecords(t, r.records)
	var h *journal.HoleError
	if !errors.As(err, &h) {
		t.Fatalf("reading the journal: %v", err)
	}
}

// readRecords writes records to a segment and reads it back.
func readRecords(t *testing.T, records [][]byte) error {
	t.Helper()
	rd := segment(t, records)
	defer rd.Close()
	var rec journal.Record
	for {
		err := rd.Next(&rec)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func segment(t *testing.T, records [][]byte) *journal.Reader {
	t.Helper()
	dir := t.TempDir()
	s, err := journal.CreateSegments(journal.SegmentsConfig{Dir: dir, SegmentBytes: journal.SegmentBytesMin})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range records {
		if err := s.Append(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rd, err := journal.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	return rd
}

// reporting answers each desk command with three reports, and a kill with none.
func reporting() *scriptCore {
	serial := uint64(0)
	return newCore(func(in *engine.Input, fx *engine.Effects) {
		if in.Kind == engine.InCommand && in.Command.Kind == fix.NewParent {
			for range 3 {
				serial++
				fx.Reports = append(fx.Reports, fix.Report{Kind: fix.ExecReport, Serial: serial})
			}
		}
	})
}

func TestReportsThatNobodyTakesAreHeldInOrderAndKillsStillPass(t *testing.T) {
	core := reporting()
	r := newRig(t, core, func(c *Config) { c.Reports, c.SpillMin, c.Commands = 16, 64, 256 }).start()
	c := r.accept()
	r.wait("InVenueUp", engine.InVenueUp, 1)
	for range 200 {
		if !r.Submit(&fix.Command{Kind: fix.NewParent}) {
			t.Fatal("the command ring is full")
		}
	}
	r.wait("InJournalFull", engine.InJournalFull, 1)
	eventually(t, "commands are held", func() bool { return r.Counters()[CommandsHeld] > 0 })
	if _, err := c.Write([]byte("fill")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the venue is held", func() bool { return r.Counters()[VenueHeld] > 0 })
	before := core.saw(engine.InCommand)
	r.Submit(&fix.Command{Kind: fix.Kill})
	r.wait("the kill", engine.InCommand, before+1)
	if core.saw(engine.InVenueBytes) != 0 {
		t.Fatal("the venue was read while reports had no place")
	}
	var rep fix.Report
	for want := uint64(1); want <= 600; want++ {
		eventually(t, "the next report", func() bool { return r.PollReport(&rep) })
		if rep.Serial != want {
			t.Fatalf("report %d, want %d", rep.Serial, want)
		}
	}
	r.wait("InJournalOK", engine.InJournalOK, 1)
	r.wait("the venue's bytes", engine.InVenueBytes, 1)
	r.event(journal.EvReportsHeld)
	r.event(journal.EvReportsReleased)
	r.stop()
	if n := r.Counters()[ReportsLost]; n != 0 {
		t.Errorf("%d reports lost", n)
	}
}

func TestReportsWithNoPlaceAtAllAreSaidAndAreInTheJournal(t *testing.T) {
	serial := uint64(0)
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		if in.Kind == engine.InTimer { // reports that no held input can stop
			serial++
			fx.Reports = append(fx.Reports, fix.Report{Serial: serial})
			fx.Timer = in.Now + market.Millisecond/2
		}
	})
	r := newRig(t, core, func(c *Config) { c.Reports, c.SpillMin = 2, 16 }).start()
	e := r.event(engine.EvReportRing)
	if e.A != 1 {
		t.Errorf("the event says %d", e.A)
	}
	r.stop()
	r.drain()
	lost := r.Counters()[ReportsLost]
	var rep fix.Report
	taken, journaled := uint64(0), uint64(0)
	for r.PollReport(&rep) {
		taken++
	}
	for _, b := range r.records {
		var rec journal.Record
		if journal.DecodeRecord(b, &rec) && rec.Kind == journal.Report {
			journaled++
		}
	}
	if lost == 0 || journaled != serial || taken+lost != serial {
		t.Errorf("of %d reports %d were taken, %d lost, %d journaled", serial, taken, lost, journaled)
	}
}

func TestALiveDayReplaysBitByBit(t *testing.T) {
	make1 := func() *scriptCore {
		sum := byte(1)
		return newCore(func(in *engine.Input, fx *engine.Effects) {
			sum = sum*31 + byte(in.Kind) + byte(in.Now)
			for _, b := range in.Bytes {
				sum = sum*31 + b
			}
			fx.Decisions = append(fx.Decisions, engine.Decision{Now: in.Now, Parent: uint64(sum)})
			fx.Events = append(fx.Events, engine.Event{Now: in.Now, Code: engine.EvDenied, A: int64(sum)})
			if in.Kind == engine.InVenueBytes || in.Kind == engine.InVenueUp {
				fx.Venue = append(fx.Venue, sum, sum+1)
			}
			if in.Kind == engine.InCommand {
				fx.Reports = append(fx.Reports, fix.Report{Serial: uint64(sum), Nanos: in.Now})
				fx.FeedRequest = append(fx.FeedRequest, sum)
			}
		})
	}
	a, b := newLine(t), newLine(t)
	r := newRig(t, make1(), func(c *Config) { c.MarkInputs = 8 }, a, b).start()
	c := r.accept()
	ta, tb := sender(t, a), sender(t, b)
	for i := range 50 {
		ta.Send(bytes.Repeat([]byte{byte(i)}, i+1))
		tb.Send(bytes.Repeat([]byte{byte(i + 1)}, i+1))
		r.Submit(&fix.Command{Kind: fix.NewParent, Price: 5})
		if _, err := c.Write([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	r.wait("the packets", engine.InPacket, 100)
	r.wait("the commands", engine.InCommand, 50)
	_ = c.Close()
	r.wait("InVenueDown", engine.InVenueDown, 1)
	r.stop()
	r.drain()
	rd := segment(t, r.records)
	defer rd.Close()
	res, err := journal.Replay(rd, make1())
	if err != nil || res.Mismatches != 0 || !res.Clean || res.Marks < 2 {
		t.Fatalf("%v, %+v, first %v", err, res, res.FirstMismatch)
	}
	if res.Inputs != r.Counters()[Inputs] {
		t.Errorf("%d inputs replayed, the loop counted %d", res.Inputs, r.Counters()[Inputs])
	}
}
