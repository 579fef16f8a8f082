package ring

import (
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"
	"unsafe"
)

const (
	magic = 0x474e495250494c53 // "SLIPRING", little-endian
	// Version is that of the layout in memory.
	Version = 1
	// HeaderSize is what a ring needs in front of its slab, bytes.
	HeaderSize = 3 * pair
	// pair is two cache lines: neighbours are prefetched together.
	pair = 128
	// maxSlab keeps every offset inside int64.
	maxSlab = 1 << 40
)

// ErrLayout says that memory holds a ring of another layout, or no ring at all.
var ErrLayout = errors.New("ring: memory holds another layout")

// header is what lies in front of the slab. Positions count up for ever and are
// masked on use; at 1e9 a second they wrap after 584 years.
type header struct {
	magic   atomic.Uint64 // written last: a ring without it is not made yet
	version uint32
	_       uint32
	layout  uint64 // fingerprint of the record type
	slots   uint64 // capacity: records, or bytes
	_       [pair - 32]byte
	head    atomic.Uint64 // records read; written by the reader
	_       [pair - 8]byte
	tail    atomic.Uint64 // records written; written by the writer
	_       [pair - 8]byte
}

const _ = uint(HeaderSize - unsafe.Sizeof(header{})) // compile-time proof: the header fits

// open makes a ring on fresh (zeroed) memory, or finds the one that is there and
// checks it. slots is the capacity to make or to expect.
func open(mem []byte, layout, slots uint64) (*header, error) {
	if uintptr(unsafe.Pointer(unsafe.SliceData(mem)))%8 != 0 {
		return nil, fmt.Errorf("ring: memory is not 8-byte aligned")
	}
	h := (*header)(unsafe.Pointer(unsafe.SliceData(mem)))
	switch h.magic.Load() {
	case 0:
		h.version, h.layout, h.slots = Version, layout, slots
		h.head.Store(0)
		h.tail.Store(0)
		h.magic.Store(magic)
		return h, nil
	case magic:
	default:
		return nil, fmt.Errorf("%w: no ring", ErrLayout)
	}
	if h.version != Version || h.layout != layout || h.slots != slots {
		return nil, fmt.Errorf("%w: version %d layout %x slots %d, this build has version %d layout %x slots %d",
			ErrLayout, h.version, h.layout, h.slots, Version, layout, slots)
	}
	if h.tail.Load()-h.head.Load() > slots {
		return nil, fmt.Errorf("%w: positions %d and %d are more than %d apart", ErrLayout, h.head.Load(), h.tail.Load(), slots)
	}
	return h, nil
}

// fit is the largest power of two of records of size bytes behind a header in n bytes.
func fit(n int, size uintptr) (uint64, error) {
	room := (n - HeaderSize) / int(size)
	if room < 2 || n > maxSlab {
		return 0, fmt.Errorf("ring: %d bytes of memory, want %d to %d for records of %d bytes", n, HeaderSize+2*int(size), maxSlab, size)
	}
	return 1 << (bits.Len(uint(room)) - 1), nil
}

// aligned is n zeroed bytes at a cache-line pair.
func aligned(n int) []byte {
	mem := make([]byte, n+pair)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(mem))) & (pair - 1)
	return mem[skip : int(skip)+n : int(skip)+n]
}
