// Package netns runs a process in a network namespace of its own, so that the
// multicast of tests and of the demo cannot leave it or meet another's ports.
//
// A Go process has threads before main starts, so it cannot move as a whole:
// Reexec starts the same program again, with the same arguments and standard
// streams, as a child born in the new namespace, and waits for it. Where the kernel
// refuses, the process goes on in the host's namespace and Place says why.
//
// Call it first in main or TestMain:
//
//	place, code, done := netns.Reexec()
//	if done {
//		os.Exit(code) // the child did the work
//	}
//
// SLIPSTREAM_NETNS=off in the environment keeps the process where it is. The
// package is for Linux and belongs to the process's start, before other goroutines.
package netns
