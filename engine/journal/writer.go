package journal

import (
	"hash/crc32"

	"slipstream/engine"
	"slipstream/engine/ring"
	"slipstream/internal/market"
)

// Writer is the hot side: it encodes records into the ring that the scribe
// drains. It belongs to the loop's thread and never allocates.
//
// Every Put returns false when the ring has no room. The record's sequence number
// is used up all the same (but for marks), so a reader finds the hole.
type Writer struct {
	ring *ring.Bytes
	seq  uint64
	mark Mark

	logon [logonMax]byte // one without its secrets
}

// NewWriter makes the producer of r; there must be no other.
func NewWriter(r *ring.Bytes) *Writer { return &Writer{ring: r} }

// Free is how many bytes the ring has room for, and Cap how many when empty.
func (w *Writer) Free() int { return w.ring.Cap() - w.ring.Len() }
func (w *Writer) Cap() int  { return w.ring.Cap() }

// Lost is how many records had no place so far.
func (w *Writer) Lost() uint64 { return w.mark.Lost }

// Seq is the sequence number of the next record.
func (w *Writer) Seq() uint64 { return w.seq }

// reserve opens a record of n payload bytes; nil when the ring is full.
func (w *Writer) reserve(kind Kind, sub, line uint8, now market.Nanos, n int) []byte {
	seq := w.seq
	w.seq++
	if n > MaxPayload {
		w.mark.Lost++
		return nil
	}
	b := w.ring.Reserve(headSize + n)
	if b == nil {
		w.mark.Lost++
		return nil
	}
	putHead(b, kind, sub, line, seq, now)
	return b[headSize:]
}

// PutInput records what Step is about to see.
func (w *Writer) PutInput(in *engine.Input) bool {
	w.mark.Inputs++
	if in.Kind == engine.InCommand {
		b := w.reserve(Input, uint8(in.Kind), in.Line, in.Now, CommandSize)
		if b == nil {
			return false
		}
		PutCommand(b, in.Command)
	} else {
		b := w.reserve(Input, uint8(in.Kind), in.Line, in.Now, len(in.Bytes))
		if b == nil {
			return false
		}
		copy(b, in.Bytes)
	}
	w.ring.Commit()
	return true
}

// PutEffects records what Step returned for the Input stamped now; false when at
// least one record had no place.
func (w *Writer) PutEffects(now market.Nanos, eff *engine.Effects) bool {
	ok := w.putOutput(now, eff.Venue)
	if len(eff.FeedRequest) > 0 {
		ok = w.putBytes(FeedRequest, 0, now, eff.FeedRequest) && ok
	}
	for i := range eff.Reports {
		w.mark.Events++
		b := w.reserve(Report, 0, 0, now, ReportSize)
		if b == nil {
			ok = false
			continue
		}
		PutReport(b, &eff.Reports[i])
		w.ring.Commit()
	}
	for i := range eff.Decisions {
		w.mark.Events++
		b := w.reserve(Decision, 0, 0, now, DecisionSize)
		if b == nil {
			ok = false
			continue
		}
		PutDecision(b, &eff.Decisions[i])
		w.ring.Commit()
	}
	for i := range eff.Events {
		ok = w.PutEvent(&eff.Events[i]) && ok
	}
	return ok
}

// putOutput cuts b into records of at most MaxPayload bytes.
func (w *Writer) putOutput(now market.Nanos, b []byte) bool {
	if hasLogon(b) {
		b = w.logon[:copy(w.logon[:], b)]
		blank(b)
	}
	w.mark.OutputBytes += uint64(len(b))
	w.mark.OutputCRC = crc32.Update(w.mark.OutputCRC, castagnoli, b)
	ok := true
	for len(b) > MaxPayload {
		ok = w.putBytes(Output, 1, now, b[:MaxPayload]) && ok
		b = b[MaxPayload:]
	}
	if len(b) > 0 {
		ok = w.putBytes(Output, 0, now, b) && ok
	}
	return ok
}

func (w *Writer) putBytes(kind Kind, sub uint8, now market.Nanos, payload []byte) bool {
	b := w.reserve(kind, sub, 0, now, len(payload))
	if b == nil {
		return false
	}
	copy(b, payload)
	w.ring.Commit()
	return true
}

// PutEvent records one event, of the core or of the loop (code >= LoopEvents).
func (w *Writer) PutEvent(e *engine.Event) bool {
	w.mark.Events++
	b := w.reserve(Event, 0, 0, e.Now, EventSize)
	if b == nil {
		return false
	}
	PutEvent(b, e)
	w.ring.Commit()
	return true
}

// PutMark records the totals so far; last says that nothing follows in this run.
// A mark that has no room is no loss: the caller tries again.
func (w *Writer) PutMark(now market.Nanos, last bool) bool {
	sub := uint8(0)
	if last {
		sub = 1
	}
	b := w.ring.Reserve(headSize + MarkSize)
	if b == nil {
		return false
	}
	putHead(b, MarkRecord, sub, 0, w.seq, now)
	w.seq++
	putMark(b[headSize:], &w.mark)
	w.ring.Commit()
	return true
}
