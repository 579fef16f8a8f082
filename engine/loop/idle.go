package loop

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"slipstream/internal/market"
)

// sleep waits until a socket has something, the timer is due, or PollNanos have
// passed (commands have no descriptor). It is the loop's only blocking call, and
// goes through Syscall, so the runtime may use the P meanwhile.
func (l *Loop) sleep() {
	wait := min(l.cfg.PollNanos, max(l.due-l.last, 0))
	n := 0
	add := func(fd int, events int16) {
		l.polls[n] = unix.PollFd{Fd: int32(fd), Events: events}
		n++
	}
	if !l.feedHeld() {
		for _, line := range l.lines {
			if line != nil {
				add(line.FD(), unix.POLLIN)
			}
		}
		if l.recovery >= 0 && l.last <= l.hotUntil {
			add(l.recovery, unix.POLLIN)
		}
	}
	switch l.venue.state {
	case linkConnecting:
		add(l.venue.fd, l.venue.waitsFor())
	case linkUp, linkClosing:
		var events int16
		if !l.spillHeld() {
			events |= unix.POLLIN
		}
		if l.venue.unsent() > 0 {
			events |= unix.POLLOUT
		}
		if events != 0 { // a hang-up would end the wait at once
			add(l.venue.fd, events)
		}
	}
	l.wait(n, wait)
}

// wait polls the first n descriptors of l.polls for at most d.
func (l *Loop) wait(n int, d market.Nanos) {
	l.timeout = unix.NsecToTimespec(int64(d))
	before := l.stamp()
	_, _, _ = unix.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&l.polls)), uintptr(n),
		uintptr(unsafe.Pointer(&l.timeout)), 0, 0, 0)
	l.slept += l.stamp() - before
}
