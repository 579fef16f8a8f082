package ring

import (
	"fmt"
	"math/bits"
	"reflect"
	"sync/atomic"
	"unsafe"
)

// SPSC is a bounded queue of records of type T, which holds no pointers. Push and
// Full belong to the writer, Pop to the reader, the rest to anybody.
type SPSC[T any] struct {
	h    *header
	slab unsafe.Pointer // T * slots
	mask uint64
	mem  []byte // keeps heap memory alive
	_    [pair]byte
	tail uint64 // writer's own position
	seen uint64 // the reader's position as the writer last saw it
	wbad atomic.Bool
	_    [pair]byte
	head uint64 // reader's own position
	got  uint64 // the writer's position as the reader last saw it
	rbad atomic.Bool
	_    [pair]byte
}

// Size is the memory that a ring of so many records needs, bytes; records is
// rounded up to a power of two, at least 2.
func Size[T any](records int) int {
	var z T
	return HeaderSize + roundUp(records)*int(unsafe.Sizeof(z))
}

func roundUp(n int) int {
	if n > maxSlab {
		n = maxSlab
	}
	return 1 << bits.Len(uint(max(n, 2)-1))
}

// New makes a ring of at least so many records on the heap. Errors: T holds a
// pointer or has no size, or records is below 1 or too many.
func New[T any](records int) (*SPSC[T], error) {
	var z T
	if size := unsafe.Sizeof(z); records < 1 || size == 0 || records > maxSlab/2/int(size) {
		return nil, fmt.Errorf("ring: %d records of %d bytes", records, size)
	}
	if _, err := fingerprint(reflect.TypeFor[T]()); err != nil {
		return nil, err
	}
	return On[T](aligned(Size[T](records)))
}

// On makes a ring on mem, as large as fits, if mem is zeroed; or joins the one that
// is there, with what is in it. mem must stay mapped as long as the ring is used,
// and the side that makes it must do so before the other looks. Errors: ErrLayout,
// T holds a pointer, mem too small or not 8-byte aligned.
func On[T any](mem []byte) (*SPSC[T], error) {
	var z T
	layout, err := fingerprint(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	if unsafe.Sizeof(z) == 0 {
		return nil, fmt.Errorf("ring: records without size")
	}
	slots, err := fit(len(mem), unsafe.Sizeof(z))
	if err != nil {
		return nil, err
	}
	h, err := open(mem, layout, slots)
	if err != nil {
		return nil, err
	}
	r := &SPSC[T]{h: h, mem: mem, slab: unsafe.Pointer(&mem[HeaderSize]), mask: slots - 1}
	r.tail, r.seen = h.tail.Load(), h.head.Load()
	r.head, r.got = r.seen, r.tail
	return r, nil
}

func (r *SPSC[T]) at(pos uint64) *T {
	var z T
	return (*T)(unsafe.Add(r.slab, (pos&r.mask)*uint64(unsafe.Sizeof(z))))
}

// Push copies *v into the ring; false = full, nothing was done.
func (r *SPSC[T]) Push(v *T) bool {
	if r.tail-r.seen > r.mask && r.Full() {
		return false
	}
	*r.at(r.tail) = *v
	r.tail++
	r.h.tail.Store(r.tail)
	return true
}

// Full reports whether a Push now would fail; it looks at the reader's position.
func (r *SPSC[T]) Full() bool {
	r.seen = r.h.head.Load()
	if r.tail-r.seen > r.mask+1 {
		r.wbad.Store(true) // the reader is ahead of the writer, or further behind than the ring is long
	}
	return r.tail-r.seen > r.mask
}

// Pop copies the oldest record into *v and frees its place; false = empty.
func (r *SPSC[T]) Pop(v *T) bool {
	if r.head == r.got {
		r.got = r.h.tail.Load()
		if r.got-r.head > r.mask+1 {
			r.rbad.Store(true)
			r.got = r.head
		}
		if r.head == r.got {
			return false
		}
	}
	*v = *r.at(r.head)
	r.head++
	r.h.head.Store(r.head)
	return true
}

// Len is the number of records in the ring: exact for a thread that owns a side
// while the other rests, a bound otherwise.
func (r *SPSC[T]) Len() int {
	head := r.h.head.Load() // first: a later tail can only be further
	return int(min(r.h.tail.Load()-head, r.mask+1))
}

// Cap is the number of records that fit.
func (r *SPSC[T]) Cap() int { return int(r.mask + 1) }

// Fault reports that the other side's position was found out of range: the memory
// is damaged. Both sides refuse from then on as long as it is.
func (r *SPSC[T]) Fault() bool { return r.wbad.Load() || r.rbad.Load() }
