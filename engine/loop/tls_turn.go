package loop

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// open asks for a connection to the address and gives the loop's end of it. The loop's
// thread calls it; it does not block.
func (b *tlsBridge) open(addr int) (int, unix.Errno) {
	pair, e := rawPair()
	if e != 0 {
		return -1, e
	}
	rawSetInt(int(pair[0]), unix.SOL_SOCKET, unix.SO_SNDBUF, b.sndBuf)
	binary.LittleEndian.PutUint32(b.word[:], uint32(pair[1]))
	binary.LittleEndian.PutUint32(b.word[4:], uint32(addr))
	if _, e := rawWrite(b.asks, b.word[:]); e != 0 { // 8 bytes to a pipe: all or nothing
		rawClose(int(pair[0]))
		rawClose(int(pair[1]))
		return -1, e
	}
	return int(pair[0]), 0
}

// result is how the connection went, once the loop's end is readable: the bridge's first
// byte, 0 or an errno.
func (b *tlsBridge) result(fd int) unix.Errno {
	n, e := rawRead(fd, b.word[:1])
	switch {
	case e != 0:
		return e
	case n == 0:
		return unix.ECONNABORTED
	}
	return unix.Errno(b.word[0])
}
