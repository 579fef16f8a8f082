package loop

import "golang.org/x/sys/unix"

// pin moves the calling thread, which must be locked, to one CPU. In containers
// the CPU may be outside the allowed set: EINVAL or EPERM.
func pin(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	return unix.SchedSetaffinity(0, &set)
}
