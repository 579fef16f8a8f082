// Package daemon wires one run of the daemon from its configuration: session
// state, engine, journal, scribe, multicast lines, loop and desk gateway, and takes
// them down again in the reverse order. It has no logic of trading.
//
// Start reading at Open.
package daemon
