package session

import "errors"

// ErrState is returned by New when neither slot of a State that was written before
// is whole. Nothing is guessed: an operator decides (State.Reset).
var ErrState = errors.New("session: sequence numbers unreadable (both slots damaged)")

// State is what survives a restart. It is fixed-size and holds no pointer, so it
// may lie in a memory-mapped file or on the heap. Zero is a new session.
//
// It has two slots. A store writes the older one, with the next generation and
// a checksum over all its words; a load takes the whole slot with the higher
// generation. So a store cut anywhere, its words landing in any order, leaves
// the numbers before it or the numbers after it, never a mixture.
//
// After the crash of the process the file is exact. After a crash of the machine
// the file may be older than the last send: Continue mends it from a journal; without one
// set Config.SkipOut.
type State struct {
	slots [2]slot
}

// slot is one cache line.
type slot struct {
	magic   uint64
	gen     uint64
	nextOut uint64
	nextIn  uint64
	epoch   uint64
	latch   uint64 // the MsgSeqNum received that was too low, plus 1; 0 = no sequence loss
	window  uint64 // start of the Schedule's window the numbers belong to, in seconds; 0 = none
	sum     uint64
}

// stateMagic is "SLIPSEQ" and the layout's version.
const stateMagic = 0x534C495053455101

// StateBytes is the size of a State in a file.
const StateBytes = 128

func (s *slot) checksum() uint64 {
	h := uint64(0x9E3779B97F4A7C15)
	for _, w := range [...]uint64{s.magic, s.gen, s.nextOut, s.nextIn, s.epoch, s.latch, s.window} {
		h = (h ^ w) * 0xBF58476D1CE4E5B9
		h ^= h >> 29
	}
	return h
}

func (s *slot) whole() bool { return s.magic == stateMagic && s.sum == s.checksum() }

// firstCut says that s may be the very first store, cut: nothing was sent yet.
func (s *slot) firstCut() bool {
	return s.gen <= 1 && s.nextOut <= 1 && s.nextIn <= 1 && s.epoch <= 1 && s.latch == 0
}

// numbers are the contents of a slot.
type numbers struct {
	nextOut, nextIn, epoch, latch, window uint64
}

// load gives the newest whole slot. fresh is true when nothing was ever stored.
func (st *State) load() (n numbers, gen uint64, fresh bool, err error) {
	a, b := &st.slots[0], &st.slots[1]
	if *st == (State{}) {
		return numbers{nextOut: 1, nextIn: 1}, 0, true, nil
	}
	best := a
	switch {
	case a.whole() && b.whole():
		if b.gen > a.gen {
			best = b
		}
	case b.whole():
		best = b
	case a.whole():
	case *a == (slot{}) && b.firstCut():
		return numbers{nextOut: 1, nextIn: 1}, 0, true, nil
	default:
		return n, 0, false, ErrState
	}
	return numbers{best.nextOut, best.nextIn, best.epoch, best.latch, best.window}, best.gen, false, nil
}

// store writes generation gen; the slot is chosen by its parity.
func (st *State) store(n numbers, gen uint64) {
	s := &st.slots[gen&1]
	next := slot{
		magic: stateMagic, gen: gen, nextOut: n.nextOut, nextIn: n.nextIn,
		epoch: n.epoch, latch: n.latch, window: n.window,
	}
	next.sum = next.checksum()
	*s = next
}

// Continue readies st, with no Session running on it, for a run that goes on where a replay
// of the run before ended with the State last. What is expected next is last's: the
// application has taken exactly what last counts, and the peer sends the rest again. What is
// sent next is the higher of both, plus skip: the numbers that may have been used after
// last's end. An epoch above last's says that an operator has set the numbers since (Reset)
// or that another run has used them: then st is left as it is.
func (st *State) Continue(last *State, skip uint64) error {
	l, lastGen, _, err := last.load()
	if err != nil {
		return err
	}
	n, gen, _, err := st.load()
	if err != nil { // the journal knows what the file has lost
		st.slots, n, gen = [2]slot{}, l, lastGen
	}
	if n.epoch > l.epoch {
		return nil
	}
	l.nextOut = max(l.nextOut, n.nextOut) + skip
	st.store(l, gen+1)
	return nil
}

// Outlive readies st, with no Session running on it, for a run that follows one that began with
// the State last and is not gone on from: names that carry the epoch come once all the same. The
// numbers stay.
func (st *State) Outlive(last *State) error {
	l, _, _, err := last.load()
	if err != nil {
		return err
	}
	n, gen, _, err := st.load()
	if err == nil && n.epoch <= l.epoch {
		n.epoch = l.epoch + 1
		st.store(n, gen+1)
	}
	return err
}

// Reset is an operator's deliberate act, with no Session running on st: it sets
// both numbers, as agreed with the venue (1 and 1 for a new day), and lifts the
// latch of a sequence loss. The epoch counts up, so that Continue leaves these numbers.
func (st *State) Reset(nextOut, nextIn uint64) {
	n, gen, _, err := st.load()
	if err != nil {
		gen = max(st.slots[0].gen, st.slots[1].gen)
		n.epoch = max(st.slots[0].epoch, st.slots[1].epoch)
		if gen > 1<<62 {
			gen = 0
		}
		st.slots = [2]slot{}
	}
	n.nextOut, n.nextIn, n.latch = max(nextOut, 1), max(nextIn, 1), 0
	n.epoch++
	st.store(n, gen+1)
}

// Numbers gives the stored next MsgSeqNum of each direction and the epoch, for
// an operator's eyes. latched says that a sequence loss waits for Reset.
func (st *State) Numbers() (nextOut, nextIn, epoch uint64, latched bool, err error) {
	n, _, _, err := st.load()
	return n.nextOut, n.nextIn, n.epoch, n.latch != 0, err
}
