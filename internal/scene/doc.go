// Package scene plays scenes of whole processes in tests: it picks ports, writes the
// configurations of an exchange and a daemon, starts programs, and waits, with a bound, for
// lines of their output.
//
// Everything fails the test that it is given; what still runs when that test ends is
// killed. A Process may be used by several goroutines. Start reading at Start.
package scene
