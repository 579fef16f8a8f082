package exchange

import "slipstream/feed/moldudp64"

// Faults are the probabilities, in parts per million of a line's packets, that a
// packet is lost, sent twice, or sent after the packet that follows it.
type Faults struct {
	LossPpm, DupPpm, ReorderPpm uint32
}

// DefaultFaults: 0.5 % loss, 0.1 % duplication, 0.1 % reordering.
var DefaultFaults = Faults{LossPpm: 5000, DupPpm: 1000, ReorderPpm: 1000}

// LineStats count what a line did with its packets.
type LineStats struct {
	Packets    uint64 `json:"packets"` // given to the line
	Sent       uint64 `json:"sent"`    // datagrams handed to the kernel
	Lost       uint64 `json:"lost"`
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"`
	Errors     uint64 `json:"errors"` // refused by the kernel: lost
}

// faultyLine puts seeded faults in front of a LineSender. What happens to packet i
// of a line depends on the seed, the line and i alone.
type faultyLine struct {
	out   LineSender
	f     Faults
	key   uint64
	held  []byte // a reordered packet, sent after the next one
	stats LineStats
}

func newFaultyLine(out LineSender, f Faults, seed uint64, line int) *faultyLine {
	return &faultyLine{out: out, f: f, key: mix(seed ^ mix(uint64(line)+1)),
		held: make([]byte, 0, moldudp64.MaxPayload)}
}

// mix is the finaliser of splitmix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// chance draws the k-th number for packet i, uniform in parts per million.
func (l *faultyLine) chance(i, k uint64) uint32 {
	return uint32(mix(l.key^mix(i<<2|k)) % 1_000_000)
}

func (l *faultyLine) send(pkt []byte) {
	i := l.stats.Packets
	l.stats.Packets++
	if l.chance(i, 0) < l.f.LossPpm {
		l.stats.Lost++
		l.flush()
		return
	}
	if len(l.held) == 0 && l.chance(i, 1) < l.f.ReorderPpm {
		l.stats.Reordered++
		l.held = append(l.held, pkt...)
		return
	}
	l.put(pkt)
	if l.chance(i, 2) < l.f.DupPpm {
		l.stats.Duplicated++
		l.put(pkt)
	}
	l.flush()
}

// flush sends a packet that waits for a later one.
func (l *faultyLine) flush() {
	if len(l.held) > 0 {
		l.put(l.held)
		l.held = l.held[:0]
	}
}

func (l *faultyLine) put(pkt []byte) {
	if err := l.out.Send(pkt); err != nil {
		l.stats.Errors++
		return
	}
	l.stats.Sent++
}
