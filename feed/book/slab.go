package book

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a transparent huge page on amd64 and arm64 (4k granule).
const hugePage = 2 << 20

// newSlab makes n zeroed records, asks for huge pages when there is room for some
// (page walks in a guest double the price of a miss past 64 MB), and touches every
// page, so that no fault is taken in the session. T must not hold pointers.
func newSlab[T any](n int) []T {
	s := make([]T, n)
	if n == 0 {
		return s
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), uintptr(n)*unsafe.Sizeof(s[0]))
	head := int(-uintptr(unsafe.Pointer(&b[0])) & (hugePage - 1))
	if whole := (len(b) - head) &^ (hugePage - 1); whole > 0 {
		_ = unix.Madvise(b[head:head+whole], unix.MADV_HUGEPAGE) // advice: small pages work too
	}
	for i := 0; i < len(b); i += 4096 {
		b[i] = 0
	}
	return s
}
