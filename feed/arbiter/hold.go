package arbiter

import "slipstream/internal/market"

// slot describes a stored packet; its bytes are at slot number * MaxPacket.
type slot struct {
	seq, end uint64 // messages seq..end-1
	recv     market.Nanos
	size     int32
	line     int32
}

// ring is a bounded double-ended queue of slot numbers; its array is a power of two.
type ring struct {
	at      []uint32
	head, n uint32
}

func newRing(n int) ring {
	size := 1
	for size < n {
		size <<= 1
	}
	return ring{at: make([]uint32, size)}
}

func (r *ring) i(k uint32) uint32    { return (r.head + k) & uint32(len(r.at)-1) }
func (r *ring) get(k uint32) uint32  { return r.at[r.i(k)] }
func (r *ring) pushBack(s uint32)    { r.at[r.i(r.n)] = s; r.n++ }
func (r *ring) popBack() (s uint32)  { r.n--; return r.at[r.i(r.n)] }
func (r *ring) popFront() (s uint32) { s = r.at[r.head]; r.head = r.i(1); r.n--; return s }
func (r *ring) insert(k, slot uint32) { // shifts the back, where it nearly always is
	for j := r.n; j > k; j-- {
		r.at[r.i(j)] = r.at[r.i(j-1)]
	}
	r.at[r.i(k)] = slot
	r.n++
}

// used is the number of slots taken, the one being given out included.
func (a *Arbiter) used() int { return len(a.slots) - len(a.free) }

// store copies a packet into a free slot. Without one the packet with the highest
// sequence goes: it is asked for again when its turn comes.
func (a *Arbiter) store(now market.Nanos, line int, seq, end uint64, b []byte) (uint32, bool) {
	if len(a.free) == 0 {
		if a.held.n == 0 || a.slots[a.held.get(a.held.n-1)].seq <= seq {
			a.real(end)
			return 0, false
		}
		last := a.held.popBack()
		a.real(a.slots[last].end)
		a.evicted++
		a.release(last)
	}
	s := a.free[len(a.free)-1]
	a.free = a.free[:len(a.free)-1]
	a.slots[s] = slot{seq: seq, end: end, recv: now, size: int32(len(b)), line: int32(line)}
	copy(a.bytes[int(s)*a.cfg.MaxPacket:], b)
	a.stats.HeldMax = max(a.stats.HeldMax, a.used())
	return s, true
}

func (a *Arbiter) release(s uint32) { a.free = append(a.free, s) }

// hold keeps a packet beyond the gap in its place by sequence.
func (a *Arbiter) hold(now market.Nanos, line int, seq, end uint64, b []byte) Outcome {
	k := a.held.n
	for k > 0 && a.slots[a.held.get(k-1)].seq > seq {
		k--
	}
	if k > 0 && a.slots[a.held.get(k-1)].end >= end {
		return Duplicate
	}
	s, ok := a.store(now, line, seq, end, b)
	if !ok {
		return Overflow
	}
	a.held.insert(min(k, a.held.n), s) // the eviction, if any, took the last one
	return Early
}

// merge moves what the sequence has reached from held to ready.
func (a *Arbiter) merge() {
	for a.held.n != 0 {
		s := a.held.get(0)
		if a.slots[s].seq > a.avail {
			return
		}
		a.held.popFront()
		if a.slots[s].end <= a.avail {
			a.release(s)
			continue
		}
		a.avail = a.slots[s].end
		a.ready.pushBack(s)
	}
}
