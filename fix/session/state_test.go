package session

import (
	"errors"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// words is a State as the words of a file.
func words(st *State) *[StateBytes / 8]uint64 { return (*[StateBytes / 8]uint64)(unsafe.Pointer(st)) }

func TestStateHasTheSizeOfItsFile(t *testing.T) {
	if n := unsafe.Sizeof(State{}); n != StateBytes {
		t.Errorf("State has %d bytes, want %d", n, StateBytes)
	}
}

// torn gives every State that a store cut short can leave: each subset of the words
// that changed, which holds every prefix of every order.
func torn(before, after State, check func(State)) {
	var changed []int
	for i, w := range words(&after) {
		if words(&before)[i] != w {
			changed = append(changed, i)
		}
	}
	for set := range 1 << len(changed) {
		st := before
		for bit, i := range changed {
			if set>>bit&1 != 0 {
				words(&st)[i] = words(&after)[i]
			}
		}
		check(st)
	}
}

// TestRule11EveryTornStoreLeavesBeforeOrAfter: from the first store on.
func TestRule11EveryTornStoreLeavesBeforeOrAfter(t *testing.T) {
	var st State
	before := numbers{nextOut: 1, nextIn: 1}
	for gen := uint64(1); gen < 40; gen++ {
		after := numbers{nextOut: gen * 3, nextIn: gen, epoch: 1 + gen/10}
		if gen == 1 {
			after = numbers{nextOut: 1, nextIn: 1, epoch: 1}
		}
		old := st
		st.store(after, gen)
		torn(old, st, func(cut State) {
			got, _, _, err := cut.load()
			if err != nil || got != before && got != after {
				t.Fatalf("generation %d: loaded %+v, %v; want %+v or %+v", gen, got, err, before, after)
			}
		})
		before = after
	}
}

func TestDamagedStateIsRefusedUntilReset(t *testing.T) {
	st := new(State)
	r := newRig(t, testConfig(), st)
	r.connect(1)
	r.order()
	words(st)[2] ^= 1
	words(st)[10] ^= 1
	if _, err := New(testConfig(), st); !errors.Is(err, ErrState) {
		t.Fatalf("New on a damaged State: %v", err)
	}
	st.Reset(10, 20)
	s, err := New(testConfig(), st)
	if err != nil {
		t.Fatal(err)
	}
	if s.NextOut() != 10 || s.NextIn() != 20 || s.Epoch() != 3 {
		t.Errorf("after Reset: %d out, %d in, epoch %d", s.NextOut(), s.NextIn(), s.Epoch())
	}
}

func TestOneFlippedBitIsRepairedFromTheOtherSlot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var st State
		st.store(numbers{nextOut: 7, nextIn: 8, epoch: 1}, 4)
		st.store(numbers{nextOut: 8, nextIn: 8, epoch: 1}, 5)
		words(&st)[rapid.IntRange(0, 15).Draw(t, "word")] ^= 1 << rapid.IntRange(0, 63).Draw(t, "bit")
		n, _, _, err := st.load()
		if err != nil || n.nextIn != 8 || n.nextOut != 7 && n.nextOut != 8 {
			t.Fatalf("loaded %+v, %v", n, err)
		}
	})
}

// TestRule11ANumberIsNeverUsedTwice: wherever the process dies between and inside the
// stores, the next run starts above every number whose bytes were in Output.
func TestRule11ANumberIsNeverUsedTwice(t *testing.T) {
	r := logon(t, testConfig())
	for range 20 {
		dst, seq, _ := r.s.Reserve(r.now)
		dst = appendOrder(dst, seq)
		sent := r.s.NextOut() - 1 // highest number whose bytes may have left
		before := *r.st
		if !r.s.Commit(r.now, dst) {
			t.Fatal("Commit refused")
		}
		torn(before, *r.st, func(cut State) {
			next, err := New(testConfig(), &cut)
			if err != nil {
				t.Fatal(err)
			}
			if next.NextOut() <= sent {
				t.Fatalf("number %d would be used again", next.NextOut())
			}
		})
		if next, err := New(testConfig(), new(*r.st)); err != nil || next.NextOut() != seq+1 {
			t.Fatalf("after Commit of %d the next run starts at %d, %v", seq, next.NextOut(), err)
		}
	}
}

// TestRule11ACrashBringsTheMessageAtHandAgain: the number is stored only once the
// application has asked for the next message.
func TestRule11ACrashBringsTheMessageAtHandAgain(t *testing.T) {
	r := logon(t, testConfig())
	r.s.Receive(r.now, r.message("8", 2, "", "37=1|"))
	if _, ok := r.s.Next(r.now); !ok {
		t.Fatal("no message")
	}
	r.order() // sent in answer, stores the outbound number only
	_, in, _, _, err := r.st.Numbers()
	if err != nil || in != 2 {
		t.Errorf("stored %d while the application looks at 2: %v", in, err)
	}
	r.drain()
	if _, in, _, _, _ = r.st.Numbers(); in != 3 {
		t.Errorf("stored %d after the application was done, want 3", in)
	}
}

func TestRule11SkipOutLeavesNumbersOut(t *testing.T) {
	cfg := testConfig()
	cfg.SkipOut = 100
	r := newRig(t, cfg, new(State))
	if r.s.NextOut() != 1 {
		t.Errorf("a new session starts at %d", r.s.NextOut())
	}
	r.connect(1)
	r = newRig(t, cfg, r.st)
	if r.s.NextOut() != 102 {
		t.Errorf("the next run starts at %d, want 102", r.s.NextOut())
	}
}

// TestRestartResumes: numbers survive, and the epoch grows.
func TestRestartResumes(t *testing.T) {
	r := logon(t, testConfig())
	r.order()
	r.peer("8", 2, "37=1|")
	r = newRig(t, testConfig(), r.st)
	r.wantNumbers(3, 3)
	if r.s.Epoch() != 2 {
		t.Errorf("epoch %d, want 2", r.s.Epoch())
	}
	r.connect(3)
	r.wantNumbers(5, 4) // Logon and probe
}

func TestUnsentBytesAreDroppedOnDisconnect(t *testing.T) {
	r := logon(t, testConfig())
	r.order()
	r.s.Disconnected(r.now)
	wantList(t, "events", r.events(), "dropped_bytes/3/81", "down/2/15")
	r.s.Connected(r.now)
	r.want("35=A|34=3|49=SLIP|52=" + at0 + "|56=VENUE|98=0|108=30|")
	r.peer("A", 2, "98=0|108=30|")
	r.want("35=1|34=4|49=SLIP|52=" + at0 + "|56=VENUE|112=4|")
	r.peer("2", 3, "7=2|16=0|")
	r.want("35=4|34=2|43=Y|49=SLIP|52="+at0+"|56=VENUE|122="+at0+"|36=5|123=Y|",
		"35=1|34=5|49=SLIP|52="+at0+"|56=VENUE|112=5|")
}

// TestARunGoesOnWhereTheReplayEnded: the journal's end and the file may each be ahead.
func TestARunGoesOnWhereTheReplayEnded(t *testing.T) {
	at := func(n numbers) *State {
		st := new(State)
		st.store(n, 8)
		return st
	}
	damaged := func() *State {
		st := at(numbers{nextOut: 50, nextIn: 40, epoch: 3})
		words(st)[1] ^= 1
		return st
	}
	reset := at(numbers{nextOut: 9, nextIn: 9, epoch: 3, latch: 5})
	reset.Reset(1, 1)
	last := numbers{nextOut: 50, nextIn: 40, epoch: 3, window: 7}
	latched := last
	latched.latch = 12
	for _, c := range []struct {
		name string
		st   *State
		last numbers
		skip uint64
		want numbers
	}{
		{"the same", at(last), last, 0, last},
		{"the file is older: the host lost power", at(numbers{nextOut: 30, nextIn: 20, epoch: 2}), last, 0, last},
		{"there is no file", new(State), last, 0, last},
		{"the file is damaged", damaged(), last, 0, last},
		{"the journal is older: more was sent, and what came is asked for again", at(numbers{nextOut: 60, nextIn: 45, epoch: 3, window: 7}), last, 0,
			numbers{nextOut: 60, nextIn: 40, epoch: 3, window: 7}},
		{"numbers that may be used are left out", at(last), last, 1000, numbers{nextOut: 1050, nextIn: 40, epoch: 3, window: 7}},
		{"a sequence loss stays", at(latched), latched, 0, latched},
		{"an operator has set the numbers", reset, latched, 1000, numbers{nextOut: 1, nextIn: 1, epoch: 4}},
	} {
		if err := c.st.Continue(at(c.last), c.skip); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, _, _, err := c.st.load(); err != nil || got != c.want {
			t.Errorf("%s: %+v (%v), want %+v", c.name, got, err, c.want)
		}
	}
	if err := at(last).Continue(damaged(), 0); !errors.Is(err, ErrState) {
		t.Errorf("a replay without numbers: %v", err)
	}
}

// TestARunThatIsNotTakenOverIsOutlived: the file may be older than the run that is abandoned.
func TestARunThatIsNotTakenOverIsOutlived(t *testing.T) {
	began := new(State)
	began.store(numbers{nextOut: 5, nextIn: 6, epoch: 7}, 3) // the run itself counted up to 8
	for _, c := range []struct{ epoch, want uint64 }{{2, 8}, {7, 8}, {8, 8}, {9, 9}} {
		st := new(State)
		st.store(numbers{nextOut: 50, nextIn: 60, epoch: c.epoch}, 8)
		if err := st.Outlive(began); err != nil {
			t.Fatal(err)
		}
		if got, _, _, err := st.load(); err != nil || got != (numbers{nextOut: 50, nextIn: 60, epoch: c.want}) {
			t.Errorf("epoch %d: %+v (%v), want epoch %d", c.epoch, got, err, c.want)
		}
	}
}
