// Package engine is the single writer of all trading state: books, parents,
// children, the venue's FIX session and the risk gate live inside one pure state
// machine. Step takes an Input and returns Effects; it reads no clock, socket,
// file or random source, so the live loop, the simulation, a back-test and the
// replay of a journaled day run the same code and give the same bytes.
//
// The machine in one line:
//
//	packet -> arbiter -> book -> decide -> policy -> envelope -> risk gate -> FIX bytes
//
// Units: prices in 1e-9 of the currency unit, quantities in shares, times in
// nanoseconds since the Unix epoch as the loop stamped them.
//
// Invariants (property tests in bench/sim hold them for any policy):
//   - sum of child fills == parent CumQty, and never above OrderQty;
//   - a trade is booked once, and taken back or corrected at most by what was booked;
//   - CumQty + open child quantity <= OrderQty at every send;
//   - no new order while any Posture bit is set; cancels always may leave;
//   - Step allocates nothing after New (bench/sim: TestStepAllocatesNothing);
//   - equal Inputs give equal Effects, byte for byte;
//   - an Engine that took over another's orders (TakeOver) counts all that the other counted,
//     and to the orders it is as if the venue's connection had been lost
//     (bench/sim: TestARestartIsAReconnect).
//
// An Engine belongs to one goroutine. Start reading at step.go, then decide.go.
package engine
