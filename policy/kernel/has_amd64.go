//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

// hasAVX2 is read once; the flag includes the operating system's support.
var hasAVX2 = cpu.X86.HasAVX2
