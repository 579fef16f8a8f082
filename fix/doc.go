// Package fix holds the words of FIX that the desk gateway and the engine share:
// the commands a desk sends, the reports it gets, and one internal reason code
// that each FIX version maps to its own tags.
//
// Command and Report are fixed-size and pointer-free, so that they cross a
// single-producer single-consumer ring, also one in shared memory.
//
// Sub-packages: wire (codec), session (the session state machine), venue (child
// orders, zero allocation), desk (quickfixgo gateway).
package fix
