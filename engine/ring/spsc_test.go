package ring

import (
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type record struct {
	Seq  uint64
	Kind uint8
	_    [7]byte
	Data [5]int64
}

func mustNew[T any](t testing.TB, n int) *SPSC[T] {
	t.Helper()
	r, err := New[T](n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSPSCHoldsWhatItSaysAndRefusesTheNext(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8, 100} {
		r := mustNew[record](t, n)
		if r.Cap() < n || r.Cap()&(r.Cap()-1) != 0 {
			t.Fatalf("New(%d): Cap() = %d", n, r.Cap())
		}
		for i := range r.Cap() {
			if !r.Push(&record{Seq: uint64(i)}) {
				t.Fatalf("New(%d): push %d refused", n, i)
			}
		}
		if r.Push(&record{}) || !r.Full() || r.Len() != r.Cap() {
			t.Fatalf("New(%d): a full ring took a record, or does not say it is full", n)
		}
		var v record
		for i := range r.Cap() {
			if !r.Pop(&v) || v.Seq != uint64(i) {
				t.Fatalf("New(%d): pop %d gave %d", n, i, v.Seq)
			}
		}
		if r.Pop(&v) || r.Len() != 0 || r.Fault() {
			t.Fatalf("New(%d): an empty ring gave a record", n)
		}
	}
}

func TestSPSCIsAQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := New[record](rapid.IntRange(1, 9).Draw(t, "records"))
		if err != nil {
			t.Fatal(err)
		}
		var model []uint64
		seq := uint64(0)
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "push") {
				seq++
				if ok := r.Push(&record{Seq: seq}); ok != (len(model) < r.Cap()) {
					t.Fatalf("push with %d of %d held: %v", len(model), r.Cap(), ok)
				} else if ok {
					model = append(model, seq)
				}
			} else {
				var v record
				if ok := r.Pop(&v); ok != (len(model) > 0) {
					t.Fatalf("pop with %d held: %v", len(model), ok)
				} else if ok {
					if v.Seq != model[0] {
						t.Fatalf("popped %d, want %d", v.Seq, model[0])
					}
					model = model[1:]
				}
			}
			if r.Len() != len(model) {
				t.Fatalf("Len() = %d, want %d", r.Len(), len(model))
			}
		}
	})
}

func TestSPSCPassesEveryRecordBetweenTwoThreadsInOrder(t *testing.T) {
	const total = 200_000
	r := mustNew[record](t, 64)
	deadline := time.Now().Add(30 * time.Second)
	go func() {
		v := record{}
		for i := uint64(1); i <= total; i++ {
			v.Seq = i
			for j := range v.Data {
				v.Data[j] = int64(i) * int64(j+1)
			}
			for !r.Push(&v) {
				if time.Now().After(deadline) {
					return
				}
				runtime.Gosched()
			}
		}
	}()
	var v record
	for i := uint64(1); i <= total; i++ {
		for !r.Pop(&v) {
			if time.Now().After(deadline) {
				t.Fatalf("no record %d within 30 s", i)
			}
			runtime.Gosched()
		}
		if v.Seq != i || v.Data[4] != int64(i)*5 {
			t.Fatalf("record %d arrived as %+v", i, v)
		}
	}
}

func TestSPSCOnSharedMemoryIsSeenByASecondRing(t *testing.T) {
	mem := aligned(Size[record](16))
	w, err := On[record](mem)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		w.Push(&record{Seq: uint64(i)})
	}
	r, err := On[record](mem) // as another process would
	if err != nil {
		t.Fatal(err)
	}
	var v record
	for i := range 5 {
		if !r.Pop(&v) || v.Seq != uint64(i) {
			t.Fatalf("record %d: %+v", i, v)
		}
	}
	w.Push(&record{Seq: 9})
	if !r.Pop(&v) || v.Seq != 9 {
		t.Fatalf("a record pushed after joining: %+v", v)
	}
}

func TestOnRefusesForeignMemory(t *testing.T) {
	type other struct{ A, B, C, D, E, F, G uint64 } // the size of record, another layout
	made := func() []byte {
		mem := aligned(Size[record](8))
		if _, err := On[record](mem); err != nil {
			t.Fatal(err)
		}
		return mem
	}
	layout := func(mem []byte) error { _, err := On[record](mem); return err }
	cases := []struct {
		name string
		err  error
	}{
		{"another record type", func() error { _, err := On[other](made()); return err }()},
		{"another magic", layout(func() []byte { m := made(); m[0] ^= 1; return m }())},
		{"another version", layout(func() []byte { m := made(); m[8]++; return m }())},
		{"more memory than it was made for", layout(append(make([]byte, 0, 4096), made()...)[:2048])},
		{"a reader ahead of the writer", layout(func() []byte { m := made(); m[pair] = 1; return m }())},
		{"a writer further ahead than the ring is long", layout(func() []byte { m := made(); m[2*pair] = 9; return m }())},
	}
	for _, c := range cases {
		if !errors.Is(c.err, ErrLayout) {
			t.Errorf("%s: error %v, want ErrLayout", c.name, c.err)
		}
	}
	if _, err := On[record](make([]byte, HeaderSize+10)); err == nil {
		t.Error("memory too small for two records was taken")
	}
	if _, err := On[record](nil); err == nil {
		t.Error("no memory was taken")
	}
	if _, err := On[record](aligned(4096)[1:]); err == nil {
		t.Error("unaligned memory was taken")
	}
}

func TestRecordsWithPointersAreRefused(t *testing.T) {
	type inner struct{ P *int }
	type outer struct{ In [2]inner }
	if _, err := New[outer](4); err == nil || err.Error() != "In.P.ring: a record must hold no pointer, but has a *int" {
		t.Errorf("pointer inside: error %v", err)
	}
	if _, err := New[string](4); err == nil {
		t.Error("a string was taken")
	}
	if _, err := New[struct{}](4); err == nil {
		t.Error("records without size were taken")
	}
	for _, n := range []int{0, -1, 1 << 60} {
		if _, err := New[record](n); err == nil {
			t.Errorf("New(%d) was taken", n)
		}
	}
}

func TestDamagedPositionsRefuseAndLatchFault(t *testing.T) {
	mem := aligned(Size[record](8))
	r, err := On[record](mem)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint64(mem[2*pair:], 1000) // the writer's position
	var v record
	if r.Pop(&v) || !r.Fault() {
		t.Error("the reader believed a writer that is 1000 records ahead")
	}
	mem = aligned(Size[record](8))
	w, err := On[record](mem)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint64(mem[pair:], 1000) // the reader's position
	if w.Full(); !w.Fault() || w.Push(&v) {
		t.Error("the writer believed a reader that is 1000 records ahead")
	}
}

func TestRingsDoNotAllocate(t *testing.T) {
	r := mustNew[record](t, 8)
	b, err := NewBytes(1024)
	if err != nil {
		t.Fatal(err)
	}
	v := record{Seq: 7}
	var out record
	var got int
	if n := testing.AllocsPerRun(100, func() {
		for range 5 {
			r.Push(&v)
		}
		for r.Pop(&out) {
			got++
		}
		for n := range 60 {
			if dst := b.Reserve(n); dst != nil {
				b.Commit()
			}
			if src, ok := b.Read(); ok {
				got += len(src)
				b.Release()
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations per run", n)
	}
	if out.Seq != 7 || got == 0 {
		t.Error("nothing went through the rings")
	}
}
