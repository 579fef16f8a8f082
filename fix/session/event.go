package session

// EventCode names what happened, for the log.
type EventCode uint8

const (
	NoEvent             EventCode = iota
	EventLogonSent                // Seq: ours
	EventActive                   // logged on; Seq: the venue's; Arg: our next
	EventDown                     // Arg: Why; Seq: next expected
	EventGap                      // ResendRequest sent; Seq: first missing; Arg: received
	EventGapFilled                // caught up; Seq: next expected
	EventGapFillSent              // orders in [Seq, Arg) will not be resent: ask for their status
	EventSequenceLoss             // latched; Seq: expected; Arg: received
	EventSequenceReset            // SequenceReset-Reset; Seq: expected before; Arg: after
	EventGarbled                  // bytes dropped, no number used; Seq: bytes; Arg: wire.Fault
	EventRejectSent               // Seq: the venue's message; Arg: SessionRejectReason(373)<<32 | RefTagID(371)
	EventTestRequest              // sent because the venue is silent; Seq: ours
	EventLogoutSent               // Seq: ours
	EventLogoutReceived           // Seq: the venue's; its text: Session.PeerText
	EventDuplicate                // PossDup message ignored; Seq: its number
	EventDroppedBytes             // unsent output dropped on disconnect; Arg: bytes
	EventsLost                    // the queue was full; Arg: how many
	EventInSync                   // the venue has read up to our probe; Seq: its answer; Arg: our next
	EventNumbersReset             // both numbers start at 1 again; Seq: expected before; Arg: our next before
	EventResent                   // stored messages of [Seq, Arg) were sent again, with 43=Y
	EventCodeCount                // number of codes; not a code
)

var eventText = [EventCodeCount]string{
	"none", "logon_sent", "active", "down", "gap", "gap_filled", "gap_fill_sent", "sequence_loss",
	"sequence_reset", "garbled", "reject_sent", "test_request", "logout_sent", "logout_received",
	"duplicate", "dropped_bytes", "events_lost", "in_sync", "numbers_reset", "resent",
}

func (c EventCode) String() string {
	if c < EventCodeCount {
		return eventText[c]
	}
	return "unknown"
}

// Event is one entry for the log. What Seq and Arg mean is said at its code.
type Event struct {
	Code EventCode
	Seq  uint64
	Arg  int64
}

// eventsMax bounds the queue; what does not fit is counted (EventsLost).
const eventsMax = 64

// events is a bounded queue of Event.
type events struct {
	ring    [eventsMax]Event
	head, n int
	lost    int64
}

func (q *events) push(code EventCode, seq uint64, arg int64) {
	if q.n == eventsMax {
		q.lost++
		return
	}
	q.ring[(q.head+q.n)%eventsMax] = Event{code, seq, arg}
	q.n++
}

func (q *events) pop() (Event, bool) {
	if q.n > 0 {
		e := q.ring[q.head]
		q.head = (q.head + 1) % eventsMax
		q.n--
		return e, true
	}
	if q.lost > 0 {
		e := Event{Code: EventsLost, Arg: q.lost}
		q.lost = 0
		return e, true
	}
	return Event{}, false
}
