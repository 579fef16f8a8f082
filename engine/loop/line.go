package loop

import (
	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/feed/receive"
	"slipstream/internal/market"
)

// Line is one multicast line; *receive.Receiver is one.
type Line interface {
	RecvBatch(b *receive.Batch) (n int, st receive.Status)
	FD() int
	Errno() unix.Errno
	Drops() (n uint64, ok bool)
}

// The numbers of the lines in engine.Input.Line.
const (
	lineA = iota
	lineB
	lineRecovery
	lineCount
)

const dropsEvery = market.Second // between two looks at the kernel's drop counters

// feed takes what waits on the lines, one batch of each, then of the recovery socket.
func (l *Loop) feed() (busy bool) {
	for i, line := range l.lines {
		if line == nil {
			continue
		}
		if l.feedHeld() {
			l.count.add(FeedHeld, 1)
			return busy
		}
		batch := l.batches[i]
		n, st := line.RecvBatch(batch)
		if st != receive.OK {
			if st == receive.Failed {
				l.lineFault(i, line.Errno())
			}
			continue
		}
		received := l.stamp()
		for k := range n {
			l.packet(i, received, batch.Packet(k))
		}
		busy = true
	}
	return l.recover() || busy
}

// packet steps one datagram that a receive call, which returned at received, brought.
func (l *Loop) packet(line int, received market.Nanos, b []byte) {
	l.received = received
	l.input(engine.InPacket, uint8(line), b, nil)
	l.count.add(PacketsA+Counter(line), 1)
	l.count.add(FeedBytes, uint64(len(b)))
	l.fault[line] = 0
}

// lineFault logs an errno of a line once, until a datagram comes or it changes.
func (l *Loop) lineFault(line int, e unix.Errno) {
	l.count.add(FeedReceiveErrors, 1)
	if l.fault[line] != e {
		l.fault[line] = e
		l.event(journal.EvFeedReceiveError, int64(line), int64(e), 0)
	}
}

// kernelDrops asks the kernel, now and then, what it dropped for want of buffer.
// The truth about loss is the sequence gap; this says where it happened.
func (l *Loop) kernelDrops() {
	if l.last < l.dropsDue {
		return
	}
	l.dropsDue = l.last + dropsEvery
	for i, line := range l.lines {
		if line == nil {
			continue
		}
		n, ok := line.Drops()
		if before := l.count[KernelDropsA+Counter(i)].Load(); ok && n > before {
			l.count.add(KernelDropsA+Counter(i), n-before)
			l.event(journal.EvFeedKernelDrops, int64(i), int64(n-before), int64(n))
		}
	}
}
