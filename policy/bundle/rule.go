package bundle

import (
	"fmt"
	"slices"
)

// Rule says when a parent's policy is asked.
type Rule struct {
	IntervalNanos   int64    `json:"interval_ns"`    // at least this often
	MinSpacingNanos int64    `json:"min_spacing_ns"` // between two decisions that send something
	Events          []string `json:"events"`         // also on these, a sorted subset of Events
}

// Events are what a rule may name: a change of the touch, a fill, a venue's answer, a
// trade of others, the start of a slice.
func Events() []string { return []string{"ack", "fill", "slice", "touch", "trade"} }

const (
	maxNanos = 24 * 3600 * 1_000_000_000
	ppm      = 1_000_000
)

// DefaultRule is the engine's own.
func DefaultRule() Rule {
	return Rule{IntervalNanos: 500_000_000, MinSpacingNanos: 10_000_000, Events: []string{"ack", "fill", "slice", "touch"}}
}

func (r *Rule) check() error {
	switch {
	case r.IntervalNanos < 1_000_000 || r.IntervalNanos > maxNanos:
		return fmt.Errorf("interval_ns %d is not in 1 ms to 24 h", r.IntervalNanos)
	case r.MinSpacingNanos < 1 || r.MinSpacingNanos > maxNanos:
		return fmt.Errorf("min_spacing_ns %d is not in 1 ns to 24 h", r.MinSpacingNanos)
	}
	for i, e := range r.Events {
		if !slices.Contains(Events(), e) {
			return fmt.Errorf("event %.40q is none of %v", e, Events())
		}
		if i > 0 && r.Events[i-1] >= e {
			return fmt.Errorf("events %v are not sorted, each once", r.Events)
		}
	}
	return nil
}

// Envelope bounds what a policy may do to a parent, on top of the engine's own envelope
// (limit price, participation, whole lots, never more than the parent).
type Envelope struct {
	MaxAheadPpm         uint32 `json:"max_ahead_ppm"`         // of OrderQty, done or open beyond what the schedule wants by the slice's end
	MaxBehindPpm        uint32 `json:"max_behind_ppm"`        // of OrderQty; further behind what is due the schedule takes over
	MaxChildPpm         uint32 `json:"max_child_ppm"`         // of OrderQty in one child
	MaxParticipationPpm uint32 `json:"max_participation_ppm"` // of the market's volume; 0 = only the parent's own cap
	FinishPpm           uint32 `json:"finish_ppm"`            // of the window: in this last part the schedule takes over
}

// DefaultEnvelope keeps within a tenth of the order around the schedule and leaves the
// last twentieth of the window to it.
func DefaultEnvelope() Envelope {
	return Envelope{MaxAheadPpm: ppm / 10, MaxBehindPpm: ppm / 10, MaxChildPpm: ppm, FinishPpm: ppm / 20}
}

func (e *Envelope) check() error {
	for _, f := range []struct {
		name     string
		v, least uint32
	}{{"max_ahead_ppm", e.MaxAheadPpm, 0}, {"max_behind_ppm", e.MaxBehindPpm, 0}, {"max_child_ppm", e.MaxChildPpm, 1},
		{"max_participation_ppm", e.MaxParticipationPpm, 0}, {"finish_ppm", e.FinishPpm, 0}} {
		if f.v < f.least || f.v > ppm {
			return fmt.Errorf("%s %d is not in %d to %d", f.name, f.v, f.least, ppm)
		}
	}
	return nil
}
