package risk

// HaltReason says why the gate stopped by itself.
type HaltReason uint8

const (
	NotHalted           HaltReason = iota
	HaltUnknownFill                // a fill of an order the gate does not know
	HaltOverfill                   // a fill of more than the order had open
	HaltFillPrice                  // a fill worse than the order's limit price
	HaltBadFill                    // a fill without a quantity or with a negative price
	HaltUnknownReplaced            // a replace was accepted that the gate did not send
	HaltUncheckedSend              // a message was sent that Check would have denied
	haltReasons
)

var haltText = [haltReasons]string{
	"not halted", "fill of an unknown order", "fill beyond the order's quantity",
	"fill worse than the order's limit", "malformed fill", "unknown replace accepted",
	"message sent against the gate",
}

func (r HaltReason) String() string {
	if r < haltReasons {
		return haltText[r]
	}
	return "unknown reason"
}

// Kill stops every new order and replace until Rearm; cancels pass. Anybody may kill.
func (g *Gate) Kill() { g.latch |= DenyKilled }

// Rearm lifts Kill. It does not lift a halt.
func (g *Gate) Rearm() { g.latch &^= DenyKilled }

// Killed reports whether Kill is in force.
func (g *Gate) Killed() bool { return g.latch&DenyKilled != 0 }

// Halted is the first reason for which the gate stopped by itself, NotHalted if it
// did not. It stays until ClearHalt.
func (g *Gate) Halted() HaltReason { return g.reason }

// ClearHalt lifts a halt. Only for an operator, after every order and position was
// reconciled with the venue; it does not lift Kill.
func (g *Gate) ClearHalt() {
	g.latch &^= DenyHalted
	g.reason = NotHalted
}

func (g *Gate) halt(r HaltReason) {
	if g.latch&DenyHalted == 0 {
		g.latch |= DenyHalted
		g.reason = r
	}
}
