// Package review replays a journaled day through a fresh engine, compares every
// outbound byte and decision with what was recorded, and prices what each parent
// cost on the market as the daemon saw it. It needs nothing but the journal.
//
// Day is the whole of it.
package review
