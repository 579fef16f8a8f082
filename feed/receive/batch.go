package receive

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Batch is room for several datagrams, received by one system call.
type Batch struct {
	hdrs []mmsghdr
	iovs []unix.Iovec
	data []byte
	size int
	n    int
}

// mmsghdr is struct mmsghdr of recvmmsg(2), which x/sys does not have.
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
	_   [4]byte
}

// NewBatch makes room for n datagrams of up to size bytes each; n in 1..1024.
func NewBatch(n, size int) *Batch {
	n, size = min(max(n, 1), 1024), max(size, 1)
	b := &Batch{hdrs: make([]mmsghdr, n), iovs: make([]unix.Iovec, n), data: make([]byte, n*size), size: size}
	for i := range b.hdrs {
		b.iovs[i].Base = &b.data[i*size]
		b.iovs[i].SetLen(size)
		b.hdrs[i].hdr.Iov = &b.iovs[i]
		b.hdrs[i].hdr.SetIovlen(1)
	}
	return b
}

// Cap is the most datagrams a Batch holds.
func (b *Batch) Cap() int { return len(b.hdrs) }

// Len is the number of datagrams that the last RecvBatch received.
func (b *Batch) Len() int { return b.n }

// Packet is datagram i of the last RecvBatch, i < Len; valid until the next one.
func (b *Batch) Packet(i int) []byte {
	from := i * b.size
	to := from + min(int(b.hdrs[i].len), b.size)
	return b.data[from:to:to]
}

// Truncated reports whether datagram i was longer than the batch's size.
func (b *Batch) Truncated(i int) bool { return b.hdrs[i].hdr.Flags&unix.MSG_TRUNC != 0 }

// RecvBatch receives the datagrams that are waiting, up to b.Cap; Again when there
// are none.
func (r *Receiver) RecvBatch(b *Batch) (n int, st Status) {
	k, _, e := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(r.fd), uintptr(unsafe.Pointer(&b.hdrs[0])),
		uintptr(len(b.hdrs)), unix.MSG_DONTWAIT, 0, 0)
	if e != 0 {
		b.n = 0
		return 0, r.status(e)
	}
	b.n = int(k)
	return b.n, OK
}
