// Package loop runs the core live: one goroutine, locked to its thread and
// pinned to a CPU, that owns the sockets and steps the core.
//
// One turn: line A, line B, the recovery socket, the venue's stream, commands,
// the timer. Each thing that happened is stamped, journaled, stepped, and its
// effects leave at once: bytes for the venue first, then the gap request, then
// reports; then they are journaled (write-ahead holds for inputs: an Input is in
// the journal ring before an effect of its Step leaves).
//
// Units: times in nanoseconds. Input stamps are wall time at Start plus elapsed
// monotonic time: they never decrease and follow no step of the wall clock.
//
// Invariants of the turn:
//   - no allocation (TestTurnAllocatesNothing), no lock, no log call, and no call
//     that blocks, except ppoll when there is nothing to do and Idle is IdlePoll;
//   - system calls go through RawSyscall, so the runtime never takes the P away;
//   - no report is dropped while memory lasts: the ring, then the spill, then new
//     orders stop and the venue is not read (backpressure.go); a report that even
//     so has no place is counted and logged (EvReportRing), and is in the journal;
//   - a full journal stops new orders, then stops reading the feed, and only at
//     the very end leaves a hole, loudly; commands and the venue always pass.
//
// Ownership: every field of Loop belongs to the loop's thread except the rings,
// the atomic counters and histograms, and what shared.go names. Submit may be
// called by any goroutine, PollReport by one.
//
// Start reading at turn.go.
package loop
