package takeup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrInUse says that another daemon writes the journal in this folder.
var ErrInUse = errors.New("takeup: the journal's folder is in use by another daemon")

// Lock makes the folder of a journal, if it is missing, and keeps other daemons from it until
// unlock, or the end of the process: Find completes the newest run's files, and that run must
// have ended.
func Lock(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("takeup: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("takeup: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = fmt.Errorf("%w: %s: give each a folder of its own", ErrInUse, dir)
		} else {
			err = fmt.Errorf("takeup: lock %s: %w", f.Name(), err)
		}
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
