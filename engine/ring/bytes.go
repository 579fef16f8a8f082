package ring

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

// Bytes is a bounded queue of byte records. Reserve and Commit belong to the writer,
// Read and Release to the reader, the rest to anybody.
//
// A record is 8 bytes of header (its length, or skip) and its bytes, padded to 8; it
// never wraps around the slab's end: what is left there is skipped.
type Bytes struct {
	h    *header
	slab []byte
	mask uint64
	_    [pair]byte
	tail uint64 // writer's own position
	seen uint64 // the reader's position as the writer last saw it
	next uint64 // tail after the reserved record is committed; tail = none reserved
	wbad atomic.Bool
	_    [pair]byte
	head uint64 // reader's own position
	got  uint64 // the writer's position as the reader last saw it
	end  uint64 // head after the record being read is released; head = none read
	free uint64 // the reader's position as the writer may see it: behind head while records are kept
	rbad atomic.Bool
	_    [pair]byte
}

const (
	recordHeader = 8
	skip         = ^uint64(0)         // header of the unused end of the slab
	bytesLayout  = 0x5345545942504c53 // "SLPBYTES"
	// MinBytes is the smallest slab.
	MinBytes = 64
)

// BytesSize is the memory that NewBytes(n) needs, bytes; n is rounded up to a power
// of two.
func BytesSize(n int) int { return HeaderSize + roundUp(max(n, MinBytes)) }

// NewBytes makes a ring of at least n bytes on the heap. A record may take up to half.
func NewBytes(n int) (*Bytes, error) {
	if n < 1 || n > maxSlab/2 {
		return nil, fmt.Errorf("ring: %d bytes, want 1 to %d", n, maxSlab/2)
	}
	return BytesOn(aligned(BytesSize(n)))
}

// BytesOn makes a ring on mem, or joins the one that is there, as On does.
func BytesOn(mem []byte) (*Bytes, error) {
	size, err := fit(len(mem), 1)
	if err != nil {
		return nil, err
	}
	if size < MinBytes {
		return nil, fmt.Errorf("ring: %d bytes of memory, want at least %d", len(mem), HeaderSize+MinBytes)
	}
	h, err := open(mem, bytesLayout, size)
	if err != nil {
		return nil, err
	}
	r := &Bytes{h: h, slab: mem[HeaderSize : HeaderSize+size : HeaderSize+size], mask: size - 1}
	r.tail, r.seen = h.tail.Load(), h.head.Load()
	r.head, r.got = r.seen, r.tail
	r.next, r.end, r.free = r.tail, r.head, r.head
	if (r.tail|r.head)%recordHeader != 0 {
		return nil, fmt.Errorf("%w: positions %d and %d are not multiples of %d", ErrLayout, r.head, r.tail, recordHeader)
	}
	return r, nil
}

// word is the record header at pos, a multiple of 8.
func (r *Bytes) word(pos uint64) *uint64 {
	return (*uint64)(unsafe.Pointer(&r.slab[pos&r.mask&^7]))
}

// Max is the longest record, bytes: one that fits into the empty ring wherever that
// stands.
func (r *Bytes) Max() int { return len(r.slab)/2 - recordHeader }

// Reserve gives n bytes to be written in place, or nil if they do not fit now (full)
// or ever (n < 0, n > Max). The reader sees them after Commit. A second Reserve
// before Commit replaces the first.
func (r *Bytes) Reserve(n int) []byte {
	r.next = r.tail
	if n < 0 || n > r.Max() {
		return nil
	}
	need := (recordHeader + uint64(n) + 7) &^ 7
	at := r.tail
	left := uint64(len(r.slab)) - at&r.mask
	if left < need {
		at += left
	}
	end := at + need
	if end-r.seen > uint64(len(r.slab)) {
		r.seen = r.h.head.Load()
		if r.tail-r.seen > uint64(len(r.slab)) {
			r.wbad.Store(true)
			return nil
		}
		if end-r.seen > uint64(len(r.slab)) {
			return nil
		}
	}
	if at != r.tail {
		*r.word(r.tail) = skip
	}
	*r.word(at) = uint64(n)
	r.next = end
	from := at&r.mask + recordHeader
	return r.slab[from : from+uint64(n) : from+uint64(n)]
}

// Commit hands the reserved record to the reader; without one it does nothing.
func (r *Bytes) Commit() {
	if r.next == r.tail {
		return
	}
	r.tail = r.next
	r.h.tail.Store(r.tail)
}

// Read is the oldest record, in place, valid until Release; false = none. Reading
// again before Release gives the same record.
func (r *Bytes) Read() ([]byte, bool) {
	for {
		if r.head == r.got {
			r.got = r.h.tail.Load()
			if r.got-r.head > uint64(len(r.slab)) {
				r.rbad.Store(true)
				r.got = r.head
			}
			if r.head == r.got {
				return nil, false
			}
		}
		n := *r.word(r.head)
		at := r.head & r.mask
		left := uint64(len(r.slab)) - at
		if n == skip && r.got-r.head >= left {
			nothingKept := r.free == r.head
			r.head += left
			r.end = r.head
			if nothingKept {
				r.Release()
			}
			continue
		}
		need := (recordHeader + n + 7) &^ 7
		if n > uint64(r.Max()) || need > left || need > r.got-r.head {
			r.rbad.Store(true)
			return nil, false
		}
		r.end = r.head + need
		return r.slab[at+recordHeader : at+recordHeader+n : at+recordHeader+n], true
	}
}

// Keep moves on past the record that Read gave and leaves it in place: the ring has it
// until Release. A reader that hands records on keeps them until they are safe there.
func (r *Bytes) Keep() { r.head = r.end }

// Release frees the record that Read gave, and all that are kept.
func (r *Bytes) Release() {
	r.head = r.end
	if r.free != r.head {
		r.free = r.head
		r.h.head.Store(r.head)
	}
}

// Len is the number of bytes in use, headers and skipped ends included; see SPSC.Len.
func (r *Bytes) Len() int {
	head := r.h.head.Load()
	return int(min(r.h.tail.Load()-head, uint64(len(r.slab))))
}

// Cap is the number of bytes in all.
func (r *Bytes) Cap() int { return len(r.slab) }

// Fault reports that the other side left something out of range: the memory is
// damaged. Both sides refuse from then on.
func (r *Bytes) Fault() bool { return r.wbad.Load() || r.rbad.Load() }
