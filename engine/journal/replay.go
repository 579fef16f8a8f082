package journal

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/market"
)

// Core is the pure step, as engine.Engine offers it.
type Core interface {
	Step(in *engine.Input) *engine.Effects
}

// Mismatch is one record that the replayed core did not produce again.
type Mismatch struct {
	File     string
	Offset   int64
	Input    uint64 // ordinal of the Input that led to it; 1 is the first
	InKind   engine.Kind
	Now      market.Nanos
	Kind     Kind
	Recorded []byte // as journaled; empty when the replay produced more than was journaled
	Replayed []byte // as replayed; empty when the replay produced less
}

func (m *Mismatch) String() string {
	return fmt.Sprintf("%s: offset %d: input %d (kind %d, at %d): %s differs: recorded %q, replayed %q",
		m.File, m.Offset, m.Input, m.InKind, m.Now, m.Kind, m.Recorded, m.Replayed)
}

// Result is what a replay found.
type Result struct {
	Inputs        uint64 // steps
	Outputs       uint64 // Output, FeedRequest, Report, Decision and core Event records compared
	OutputBytes   uint64 // bytes for the venue
	Marks         uint64 // marks that agreed
	Mismatches    uint64
	Differs       [KindCount]uint64 // Mismatches, by the kind of record
	FirstMismatch *Mismatch
	Clean         bool  // the run's last record is its closing mark
	Torn          *Torn // the last segment ended in the middle of a record
}

// Replay feeds the Inputs of a journal to a fresh core, which must have been made
// from the header's configuration and state, and compares every effect bit by bit.
//
// The error is about the journal: damage, or a hole, behind which no comparison
// has a meaning. A difference is no error but a Mismatch.
func Replay(r *Reader, core Core) (Result, error) {
	if r.Header().Segment != 0 {
		return Result{}, fmt.Errorf("journal: a replay starts at segment 0, this is segment %d of run %s",
			r.Header().Segment, RunName(r.Header()))
	}
	p := replay{r: r, core: core}
	err := p.run()
	p.res.Torn = r.Torn()
	return p.res, err
}

type replay struct {
	r    *Reader
	core Core
	res  Result

	cmd    fix.Command
	in     engine.Input
	want   [KindCount][]byte // what the replayed step produced and no record matched yet
	crc    uint32
	events uint64
	got    []byte // Output of the current step, gathered over its records
}

func (p *replay) run() error {
	var rec Record
	for {
		err := p.r.Next(&rec)
		if err == io.EOF {
			if p.res.Clean {
				p.finish()
			}
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.record(&rec); err != nil {
			return err
		}
	}
}

func (p *replay) record(rec *Record) error {
	p.res.Clean = false
	switch rec.Kind {
	case Input:
		p.finish()
		return p.step(rec)
	case Output:
		p.got = append(p.got, rec.Payload...)
		if rec.Sub == 0 {
			p.compare(Output, p.got, len(p.want[Output]))
			p.got = p.got[:0]
		}
	case FeedRequest:
		p.compare(FeedRequest, rec.Payload, len(p.want[FeedRequest]))
	case Report:
		p.events++
		p.compare(Report, rec.Payload, ReportSize)
	case Decision:
		p.events++
		p.compare(Decision, rec.Payload, DecisionSize)
	case Event:
		p.events++
		var e engine.Event
		if !GetEvent(rec.Payload, &e) {
			return p.corrupt("an event of a wrong form")
		}
		if e.Code < LoopEvents {
			p.compare(Event, rec.Payload, EventSize)
		}
	case MarkRecord:
		return p.mark(rec)
	}
	return nil
}

// step feeds one Input and keeps its effects in the journal's own form.
func (p *replay) step(rec *Record) error {
	kind := engine.Kind(rec.Sub)
	if kind == engine.NoInput || kind >= engine.KindCount {
		return p.corrupt("an input of unknown kind")
	}
	p.in = engine.Input{Kind: kind, Line: rec.Line, Now: rec.Now}
	if kind == engine.InCommand {
		if !GetCommand(rec.Payload, &p.cmd) {
			return p.corrupt("a command of a wrong form")
		}
		p.in.Command = &p.cmd
	} else {
		p.in.Bytes = rec.Payload
	}
	eff := p.core.Step(&p.in)
	p.res.Inputs++
	out := eff.Venue
	if hasLogon(out) {
		out = append([]byte(nil), out[:min(len(out), logonMax)]...)
		blank(out)
	}
	p.res.OutputBytes += uint64(len(out))
	p.crc = crc32.Update(p.crc, castagnoli, out)
	p.want[Output] = append(p.want[Output], out...)
	p.want[FeedRequest] = append(p.want[FeedRequest], eff.FeedRequest...)
	for i := range eff.Reports {
		PutReport(grow(&p.want[Report], ReportSize), &eff.Reports[i])
	}
	for i := range eff.Decisions {
		PutDecision(grow(&p.want[Decision], DecisionSize), &eff.Decisions[i])
	}
	for i := range eff.Events {
		PutEvent(grow(&p.want[Event], EventSize), &eff.Events[i])
	}
	return nil
}

// compare takes the next size bytes that the replay produced of this kind.
func (p *replay) compare(kind Kind, recorded []byte, size int) {
	p.res.Outputs++
	replayed := p.want[kind]
	if len(replayed) > size {
		replayed = replayed[:size]
	}
	if !bytes.Equal(recorded, replayed) {
		p.mismatch(kind, recorded, replayed)
	}
	p.want[kind] = p.want[kind][:copy(p.want[kind], p.want[kind][len(replayed):])]
}

// finish closes a step: whatever the replay produced beyond the records is a
// difference too. At a torn end the last step's records may be lost, so run
// calls it there only behind a closing mark.
func (p *replay) finish() {
	if len(p.got) > 0 {
		p.mismatch(Output, p.got, nil)
		p.got = p.got[:0]
	}
	for kind := range p.want {
		if len(p.want[kind]) > 0 {
			p.mismatch(Kind(kind), nil, p.want[kind])
			p.want[kind] = p.want[kind][:0]
		}
	}
}

// mark compares the totals; they hold even where records were cut or merged.
func (p *replay) mark(rec *Record) error {
	var m Mark
	if !GetMark(rec.Payload, &m) {
		return p.corrupt("a mark of a wrong form")
	}
	p.res.Clean = rec.Sub == 1
	p.finish()
	own := Mark{Inputs: p.res.Inputs, OutputBytes: p.res.OutputBytes, OutputCRC: p.crc, Lost: 0, Events: p.events}
	if m != own {
		var a, b [MarkSize]byte
		putMark(a[:], &m)
		putMark(b[:], &own)
		p.mismatch(MarkRecord, a[:], b[:])
		return nil
	}
	p.res.Marks++
	return nil
}

func (p *replay) mismatch(kind Kind, recorded, replayed []byte) {
	p.res.Mismatches++
	p.res.Differs[kind]++
	if p.res.FirstMismatch != nil {
		return
	}
	file, offset := p.r.Position()
	p.res.FirstMismatch = &Mismatch{
		File: file, Offset: offset, Input: p.res.Inputs, InKind: p.in.Kind, Now: p.in.Now, Kind: kind,
		Recorded: bytes.Clone(recorded), Replayed: bytes.Clone(replayed),
	}
}

func (p *replay) corrupt(reason string) error {
	file, offset := p.r.Position()
	return &CorruptError{file, offset, reason}
}

// grow makes room for n bytes at the end of *b and returns them.
func grow(b *[]byte, n int) []byte {
	*b = append(*b, make([]byte, n)...)
	return (*b)[len(*b)-n:]
}
