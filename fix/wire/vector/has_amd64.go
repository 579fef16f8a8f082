//go:build amd64 && !purego

package vector

import "golang.org/x/sys/cpu"

// Has says whether this build and processor can: AVX2, and the bit instructions of the same age. The flags
// include the operating system's support.
var Has = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2
