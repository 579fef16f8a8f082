package wire

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAssemblyStaysInside: a message at the very end of its memory, with a page behind it
// that may not be touched, and one at the very start.
func TestAssemblyStaysInside(t *testing.T) {
	page := unix.Getpagesize()
	mem, err := unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(mem) }()
	for _, at := range []int{0, 2 * page} {
		if err := unix.Mprotect(mem[at:at+page], unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	for pad := 1; pad < 200; pad++ {
		msg := frame("35=8|58=" + string(bytes.Repeat([]byte{'x'}, pad)) + "|6=1|")
		for _, at := range []int{page, 2*page - len(msg)} {
			raw := mem[at : at+len(msg) : at+len(msg)]
			copy(raw, msg)
			var m Message
			n, fault := Frame(raw, 4096)
			if n != len(raw) || fault != FaultNone || Parse(raw, &m) != FaultNone || m.N != 6 {
				t.Fatalf("%d bytes: %d, %v, %d fields", len(raw), n, fault, m.N)
			}
		}
	}
}
