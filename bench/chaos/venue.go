package chaos

import (
	"fmt"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// venue is the application behind the acceptor. Its book survives a crash.
type venue struct {
	orders map[string]int  // ClOrdID -> how often it came
	fills  map[string]bool // ExecIDs of fills that happened
	queue  []string        // reports not yet given to the session
	execs  int
	twice  bool // bytes may come twice to the client, a Logon among them, which it then rejects
}

// fillsPerOrder is how many fills every order gets, after its acknowledgement.
const fillsPerOrder = 2

func (v *venue) take(m *wire.Message) error {
	id, _ := m.Get(wire.TagClOrdID)
	switch m.Type1() {
	case 'D':
		v.orders[string(id)]++
		if v.orders[string(id)] > 1 || m.PossDup() {
			return fmt.Errorf("order %s reached the venue twice", id)
		}
		v.report(string(id), "0", "0")
		for range fillsPerOrder {
			v.report(string(id), "F", "1")
		}
	case 'H':
		status := "8" // not known
		if v.orders[string(id)] > 0 {
			status = "1"
		}
		v.report(string(id), "I", status)
	case '3':
		if typ, _ := m.Get(wire.TagRefMsgType); v.twice && string(typ) == "A" {
			return nil
		}
		return fmt.Errorf("the client rejected: %s", bars(m.Raw))
	}
	return nil
}

func (v *venue) report(id, execType, status string) {
	v.execs++
	exec := fmt.Sprintf("E%d", v.execs)
	if execType == "F" {
		v.fills[exec] = true
	}
	v.queue = append(v.queue, fmt.Sprintf("37=1\x0111=%s\x0117=%s\x01150=%s\x0139=%s\x01", id, exec, execType, status))
}

// act sends what waits.
func (v *venue) act(now market.Nanos, p *side) {
	for len(v.queue) > 0 && p.send(now, '8', []byte(v.queue[0])) {
		v.queue = v.queue[1:]
	}
}
