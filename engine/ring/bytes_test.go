package ring

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustBytes(t testing.TB, n int) *Bytes {
	t.Helper()
	r, err := NewBytes(n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// put writes one record whose bytes are all b.
func put(r *Bytes, n int, b byte) bool {
	dst := r.Reserve(n)
	if dst == nil {
		return false
	}
	for i := range dst {
		dst[i] = b
	}
	r.Commit()
	return true
}

func TestBytesTakesTheLongestRecordWhereverItStands(t *testing.T) {
	r := mustBytes(t, 256)
	for i := range 100 {
		if !put(r, r.Max(), byte(i)) {
			t.Fatalf("round %d: the empty ring refused a record of Max() = %d bytes", i, r.Max())
		}
		got, ok := r.Read()
		if !ok || len(got) != r.Max() || got[0] != byte(i) || got[len(got)-1] != byte(i) {
			t.Fatalf("round %d: read %d bytes, %v", i, len(got), ok)
		}
		r.Release()
		if n := i % 30; !put(r, n, 1) { // shift the position
			t.Fatalf("round %d: refused %d bytes", i, n)
		}
		r.Read()
		r.Release()
	}
	if r.Reserve(r.Max()+1) != nil || r.Reserve(-1) != nil {
		t.Error("a length that can never fit was reserved")
	}
}

func TestBytesReadsWhatWasCommittedAndNothingElse(t *testing.T) {
	r := mustBytes(t, 256)
	r.Commit() // nothing reserved
	if dst := r.Reserve(10); dst == nil {
		t.Fatal("refused")
	}
	if _, ok := r.Read(); ok {
		t.Fatal("a reserved record was read before Commit")
	}
	r.Reserve(3)[0] = 'x'
	r.Commit()
	got, ok := r.Read()
	if !ok || len(got) != 3 || got[0] != 'x' {
		t.Fatalf("read %q, %v", got, ok)
	}
	if again, _ := r.Read(); &again[0] != &got[0] {
		t.Fatal("reading again before Release gave another record")
	}
	r.Release()
	r.Release() // nothing read
	if _, ok := r.Read(); ok || r.Len() != 0 {
		t.Fatal("the ring is not empty after its only record")
	}
	if !put(r, 0, 0) {
		t.Fatal("an empty record was refused")
	}
	if got, ok := r.Read(); !ok || len(got) != 0 {
		t.Fatal("an empty record was lost")
	}
}

// steps drives a ring and a plain queue with the same operations, one per byte.
func steps(t interface{ Fatalf(string, ...any) }, r *Bytes, ops []byte) {
	var model, kept [][]byte
	for i, op := range ops {
		if op >= 250 {
			r.Release()
			kept = nil
			continue
		}
		if op&1 == 0 {
			n := int(op>>1) % (r.Max() + 2)
			if !put(r, n, byte(i)) {
				if len(model) == 0 && len(kept) == 0 && n <= r.Max() {
					t.Fatalf("step %d: the empty ring refused %d bytes", i, n)
				}
				continue
			}
			model = append(model, bytes.Repeat([]byte{byte(i)}, n))
			continue
		}
		got, ok := r.Read()
		if ok != (len(model) > 0) {
			t.Fatalf("step %d: read %v with %d records held", i, ok, len(model))
		}
		if !ok {
			continue
		}
		if !bytes.Equal(got, model[0]) {
			t.Fatalf("step %d: read %x, want %x", i, got, model[0])
		}
		if op&2 == 0 {
			r.Keep()
			kept = append(kept, model[0])
		} else {
			r.Release()
			kept = nil
		}
		model = model[1:]
	}
	// Another reader finds what was not freed: what was kept, then what was not read.
	again := &Bytes{h: r.h, slab: r.slab, mask: r.mask, head: r.h.head.Load(), got: r.h.tail.Load()}
	again.end, again.free = again.head, again.head
	for i, want := range append(kept, model...) {
		got, ok := again.Read()
		if !ok || !bytes.Equal(got, want) {
			t.Fatalf("record %d of those not freed: %x, %v, want %x", i, got, ok, want)
		}
		again.Keep()
	}
	if _, ok := again.Read(); ok {
		t.Fatalf("a record more than were not freed")
	}
	if r.Fault() || r.Len() > r.Cap() {
		t.Fatalf("Fault %v, %d of %d bytes in use", r.Fault(), r.Len(), r.Cap())
	}
}

func TestBytesIsAQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := NewBytes(rapid.SampledFrom([]int{1, 64, 100, 256, 1024}).Draw(t, "bytes"))
		if err != nil {
			t.Fatal(err)
		}
		steps(t, r, rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "ops"))
	})
}

func FuzzBytesIsAQueue(f *testing.F) {
	f.Add([]byte{10, 1, 60, 1, 60, 60, 60, 1, 1, 1, 255})
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 4096 {
			return
		}
		steps(t, mustBytes(t, 256), ops)
	})
}

// FuzzBytesDamagedMemory: whatever a broken peer leaves in the memory, the ring
// neither panics nor reads outside it.
func FuzzBytesDamagedMemory(f *testing.F) {
	f.Add(uint64(0), uint64(64), bytes.Repeat([]byte{0xff}, 64))
	f.Add(uint64(8), uint64(1<<40), []byte{1, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, head, tail uint64, slab []byte) {
		mem := aligned(BytesSize(256))
		r, err := BytesOn(mem)
		if err != nil {
			t.Fatal(err)
		}
		copy(mem[HeaderSize:], slab)
		binary.LittleEndian.PutUint64(mem[pair:], head)
		binary.LittleEndian.PutUint64(mem[2*pair:], tail)
		joined, err := BytesOn(mem)
		for _, r := range []*Bytes{r, joined} {
			if r == nil {
				if err == nil {
					t.Fatal("no ring and no error")
				}
				continue
			}
			for range 64 {
				if got, ok := r.Read(); ok && len(got) > r.Max() {
					t.Fatalf("read %d bytes, Max() = %d", len(got), r.Max())
				}
				r.Release()
				put(r, 20, 1)
			}
		}
	})
}

func TestBytesPassesEveryRecordBetweenTwoThreadsInOrder(t *testing.T) {
	const total = 100_000
	r := mustBytes(t, 4096)
	deadline := time.Now().Add(30 * time.Second)
	go func() {
		for i := uint64(0); i < total; {
			dst := r.Reserve(8 + int(i%97))
			if dst == nil {
				if time.Now().After(deadline) {
					return
				}
				runtime.Gosched()
				continue
			}
			binary.LittleEndian.PutUint64(dst, i)
			r.Commit()
			i++
		}
	}()
	for i := uint64(0); i < total; {
		got, ok := r.Read()
		if !ok {
			if time.Now().After(deadline) {
				t.Fatalf("no record %d within 30 s", i)
			}
			runtime.Gosched()
			continue
		}
		if len(got) != 8+int(i%97) {
			t.Fatalf("record %d has %d bytes", i, len(got))
		}
		if binary.LittleEndian.Uint64(got) != i {
			t.Fatalf("record %d carries %d", i, binary.LittleEndian.Uint64(got))
		}
		r.Release()
		i++
	}
}

func TestBytesRefusesForeignMemory(t *testing.T) {
	if _, err := BytesOn(aligned(HeaderSize + MinBytes/2)); err == nil {
		t.Error("memory too small was taken")
	}
	mem := aligned(BytesSize(256))
	if _, err := On[record](mem); err != nil {
		t.Fatal(err)
	}
	if _, err := BytesOn(mem); err == nil {
		t.Error("the memory of an SPSC was taken")
	}
	mem = aligned(BytesSize(256))
	if _, err := BytesOn(mem); err != nil {
		t.Fatal(err)
	}
	mem[2*pair] = 3
	if _, err := BytesOn(mem); err == nil {
		t.Error("a position that is no multiple of 8 was taken")
	}
	for _, n := range []int{0, -5, 1 << 60} {
		if _, err := NewBytes(n); err == nil {
			t.Errorf("NewBytes(%d) was taken", n)
		}
	}
}
