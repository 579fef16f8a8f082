package loop

// Stage is a stretch of the loop that is timed.
type Stage uint8

const (
	// TickToOrder runs from the return of the receive call that brought a packet
	// to the return of the send call with the orders it led to.
	TickToOrder Stage = iota
	// TimerToOrder runs from the timer's stamp to the return of the send call.
	TimerToOrder
	// VenueToOrder runs from the return of the read of the venue's bytes to the
	// return of the send call with the orders they led to.
	VenueToOrder
	// DeskToOrder runs from taking a command off its ring to the return of the send call.
	DeskToOrder
	// StepTime is the journal append of an input and its Step.
	StepTime
	// LoopGap is the time from the start of one turn to the start of the next,
	// without the time spent idle in ppoll.
	LoopGap
	StageCount // number of stages; not a stage
)

var stageNames = [StageCount]string{
	"tick_to_order", "timer_to_order", "venue_to_order", "desk_to_order", "step", "loop_gap",
}

func (s Stage) String() string {
	if s < StageCount {
		return stageNames[s]
	}
	return "unknown"
}
