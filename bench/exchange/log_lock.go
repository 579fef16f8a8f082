package exchange

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes the log for this process; the kernel gives it back when the
// process ends, however it ends.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
