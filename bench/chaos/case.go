package chaos

import (
	"fmt"
	"math/rand/v2"
)

// Fault is what happens at the byte.
type Fault int

const (
	Cut         Fault = iota // the connection is lost, with all that is in flight
	CrashClient              // and the client's process dies
	CrashVenue               // and the venue's process dies
	Truncate                 // 1 to 300 bytes vanish, the connection stays
	Duplicate                // the last 1 to 600 bytes come again
	Delay                    // nothing passes for 1 to 55 seconds
	FaultCount
)

var faultNames = [FaultCount]string{"cut", "crash-client", "crash-venue", "truncate", "duplicate", "delay"}

func (f Fault) String() string { return faultNames[f] }

// Direction of the bytes that are counted.
type Direction int

const (
	ToVenue Direction = iota
	ToClient
)

// Case is one day: the fault strikes when Offset bytes went in direction Dir, and in half of
// the days once more, soon after. Seed draws all that is left open, the version and the
// settings of the sessions among it.
type Case struct {
	Dir    Direction
	Offset int
	Fault  Fault
	Seed   uint64
}

func (c Case) String() string {
	return fmt.Sprintf("%d/%d/%d/%d", c.Dir, c.Offset, c.Fault, c.Seed)
}

// ParseCase reads what String wrote.
func ParseCase(s string) (c Case, err error) {
	_, err = fmt.Sscanf(s, "%d/%d/%d/%d", &c.Dir, &c.Offset, &c.Fault, &c.Seed)
	if err == nil && (c.Fault < 0 || c.Fault >= FaultCount || c.Dir < 0 || c.Dir > 1) {
		err = fmt.Errorf("chaos: no case %q", s)
	}
	return c, err
}

func (c Case) random() *rand.Rand {
	return rand.New(rand.NewPCG(c.Seed, uint64(c.Dir)<<32|uint64(c.Offset)<<4|uint64(c.Fault)))
}
