package engine

import (
	"slipstream/fix"
	"slipstream/internal/market"
)

// Kind says what an Input carries.
type Kind uint8

const (
	NoInput        Kind = iota
	InPacket            // Bytes: one datagram of line Line (0 = A, 1 = B, 2 = recovery)
	InVenueUp           // the venue's transport is connected
	InVenueDown         // the venue's transport is closed
	InVenueBytes        // Bytes: bytes of the venue's stream, any cut
	InVenueBlocked      // a write to the venue was partial: no new orders until drained
	InVenueDrained      // the rest of it was written
	InCommand           // Command: from a desk or an operator
	InTimer             // time passed
	InJournalFull       // the journal ring is full: new orders stop, cancels pass
	InJournalOK         // it has room again
	KindCount           // number of kinds; not a kind
)

// Input is one event. Together with the configuration and the session state at
// the start, the sequence of Inputs decides every effect (DESIGN: the core is a
// pure state machine), so a journal of Inputs replays a day to the same bytes.
//
// Bytes and Command are borrowed for the duration of Step.
type Input struct {
	Kind    Kind
	Line    uint8
	Now     market.Nanos // stamped by the loop; never decreases
	Bytes   []byte
	Command *fix.Command
}
