// Package arbiter merges the two multicast lines of a MoldUDP64 session, and what a
// retransmission server sends, into one sequence: every message once, in order.
//
// Units: sequence numbers count messages, times are market.Nanos of the caller's
// clock, which never goes back.
//
// Invariants:
//   - Next yields sequence numbers that only rise, each at most once; one is left out
//     only when it is in a range that TakeLost reports (property test).
//   - The first copy of a message wins, from whichever line.
//   - A gap is open while a later sequence is known of. It is real, and Trusted turns
//     false, once both lines are past it or GapWaitNanos have passed.
//   - A packet that finds no room is dropped and counted, and what it held is asked
//     for again: nothing is lost silently.
//   - It is pure: time comes in with each call. Nothing allocates after New (TestNoAllocs).
//
// An Arbiter belongs to one goroutine. Start reading at Arbiter.Packet.
package arbiter
