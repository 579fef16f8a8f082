package loop

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"slipstream/fix/session"
)

// ErrStateInUse says that another process holds the session state.
var ErrStateInUse = errors.New("loop: session state is in use by another daemon")

// MapState maps the venue session's state from a file, made if missing, so that a
// store of the hot thread is in the page cache at once: it survives the death of
// the process at any instruction, without a system call. It does not survive the
// host's power loss before the kernel wrote it back; the venue's Logon answer
// tells then (MsgSeqNum too low is latched, never papered over).
//
// The file is locked (flock) until the returned function is called: two daemons
// with one session would send the same sequence numbers. After that call the
// state must not be touched any more.
func MapState(path string) (st *session.State, closeState func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("loop: session state: %w", err)
	}
	fail := func(err error) (*session.State, func() error, error) {
		return nil, nil, errors.Join(err, f.Close())
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return fail(fmt.Errorf("%w: %s is locked; stop that daemon, or give this one a state file of its own",
				ErrStateInUse, path))
		}
		return fail(fmt.Errorf("loop: session state: lock %s: %w", path, err))
	}
	size := int64(unsafe.Sizeof(*st))
	info, err := f.Stat()
	if err != nil {
		return fail(fmt.Errorf("loop: session state: %w", err))
	}
	switch {
	case !info.Mode().IsRegular():
		return fail(fmt.Errorf("loop: session state: %s is not a regular file", path))
	case info.Size() == 0:
		// Blocks are taken now: a full disk must show here, not as a SIGBUS later.
		if err := unix.Fallocate(int(f.Fd()), 0, 0, size); err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
			return fail(fmt.Errorf("loop: session state: make room for %s: %w", path, err))
		}
		if err := f.Truncate(size); err != nil {
			return fail(fmt.Errorf("loop: session state: %w", err))
		}
	case info.Size() != size:
		return fail(fmt.Errorf("loop: session state: %s has %d bytes, this version's state has %d: "+
			"not a session state, or of another version", path, info.Size(), size))
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fail(fmt.Errorf("loop: session state: map %s: %w", path, err))
	}
	st = (*session.State)(unsafe.Pointer(unsafe.SliceData(mem)))
	closed := false
	return st, func() error {
		if closed {
			return nil
		}
		closed = true
		return errors.Join(unix.Msync(mem, unix.MS_SYNC), unix.Munmap(mem), f.Close())
	}, nil
}
