// Package sim runs the daemon's core against the simulated exchange in virtual
// time, on one goroutine, with both multicast lines, the retransmission server,
// the venue's FIX session and the desk between them: every byte that would cross
// a socket crosses here, late, lost, doubled, out of order or cut, as a seed says.
//
// Same seed, same tape and same outbound bytes. A failure reprints as
//
//	go test ./bench/sim -run TestX -seed=N
//
// World is the whole of it; Peer is the venue's end of the FIX session.
package sim
