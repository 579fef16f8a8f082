package arbiter

import "slipstream/feed/moldudp64"

// Lines of a packet.
const (
	LineA        = 0
	LineB        = 1
	LineRecovery = 2
	Lines        = 3
)

// Outcome is what became of a packet.
type Outcome uint8

const (
	Accepted  Outcome = iota // it continued the sequence: call Next
	Early                    // held until what comes before it is here
	Duplicate                // every message was here already
	Beat                     // heartbeat
	End                      // end of session
	Malformed                // not a MoldUDP64 packet, a line that does not exist, or too long
	Foreign                  // another session
	Wild                     // a sequence number too far ahead to be true
	Overflow                 // no room to hold it; asked for again later
	OutcomeCount
)

var outcomeText = [OutcomeCount]string{
	"accepted", "early", "duplicate", "heartbeat", "end-of-session", "malformed", "foreign-session", "wild-sequence", "overflow",
}

func (o Outcome) String() string {
	if o < OutcomeCount {
		return outcomeText[o]
	}
	return "unknown-outcome"
}

// Stats counts what happened; all but the gauges only grow.
type Stats struct {
	Packets  [Lines]uint64 // by line, whatever became of them
	Outcomes [OutcomeCount]uint64
	Faults   [moldudp64.FaultCount]uint64 // of Malformed packets; FaultNone: longer than MaxPacket

	Messages   uint64 // given out by Next
	Recovered  uint64 // of them, from the retransmission server
	Lost       uint64 // messages given up, each in a range of TakeLost
	LostRanges uint64

	// GapsOneLine counts the ranges that a line missed while the other gave at least a
	// part of them, MissedOneLine their messages. A range is judged
	// once both lines are past it for GapWaitNanos, or one of them by 65,536 messages;
	// a line that has given nothing at all misses nothing (see LastRecv).
	GapsOneLine   [2]uint64
	MissedOneLine [2]uint64
	GapsBothLines uint64 // real gaps that both lines were past
	GapsTimeout   uint64 // gaps real by GapWaitNanos alone: a line is slow or silent
	Joined        uint64 // sequence of the first packet of the session

	Requests       uint64
	Rolls          uint64 // new sessions followed
	ForeignSession uint64 // FNV-1a hash of the last foreign session's name

	// The same numbers as in Outcomes, by the names the metrics have.
	Duplicates, Malformed, Foreign, Heartbeats, Overflow uint64

	Held    int // gauge: packets held or not yet given out
	HeldMax int
}

// Stats is a copy of the counters.
func (a *Arbiter) Stats() Stats {
	s := a.stats
	s.GapsOneLine, s.MissedOneLine = a.acct.gaps, a.acct.missed
	s.Duplicates = s.Outcomes[Duplicate]
	s.Malformed = s.Outcomes[Malformed]
	s.Foreign = s.Outcomes[Foreign]
	s.Heartbeats = s.Outcomes[Beat] + s.Outcomes[End]
	s.Overflow = s.Outcomes[Overflow] + a.evicted
	s.Held = a.used()
	return s
}
