// Package receive has the raw UDP sockets of the feed: multicast receivers for the
// lines, senders for an exchange, unicast sockets for retransmission.
//
// Units: lengths in bytes of UDP payload.
//
// Invariants:
//   - No call blocks except Wait. Receiving and sending are raw system calls that do
//     not tell the scheduler, and allocate nothing (TestNoAllocs).
//   - Multicast leaves by one named interface with TTL 0: it never leaves the host.
//   - What the kernel dropped is counted (Receiver.Drops), and so is every send that
//     failed (Sender.Stats).
//   - An error of opening names the operation, the place, and what to do (Error).
//
// A socket belongs to one goroutine, but Drops may be asked from another. Linux only.
// Start reading at Open.
package receive
