// Package moldudp64 reads and writes MoldUDP64 1.00 packets: the downstream
// packets of a multicast line and the request packets of its retransmission server.
//
// Units: lengths in bytes of UDP payload; sequence numbers count messages, the
// first of a session is 1. Integers are big endian.
//
// Invariants:
//   - Decode checks every block length before it returns a packet, so that a packet
//     is used whole or dropped whole, and Next never reads outside it (FuzzDecode).
//   - Nothing allocates after NewBuilder (TestNoAllocs).
//   - A packet of this package's Builder decodes to the messages that were added.
//
// A Packet borrows the receive buffer and a Builder's packets borrow its own; both
// belong to one goroutine. Start reading at Decode.
package moldudp64
