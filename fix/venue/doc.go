// Package venue writes child orders (D, G, F, H) to a venue's session of FIX 4.2, 4.4 or
// 5.0SP2 and reads what comes back (8, 9, 3, j, r, h), without allocation. Reports of 4.2
// are read in the words of 4.4.
//
// Units: prices in 1e-9 of the currency unit, quantities in shares, times in
// nanoseconds since the Unix epoch, UTC.
//
// A ChildID is epoch*100,000,000 + counter: ask ChildIDBase(session.Epoch()) for the
// base of this run and count up from base+1. It is unique over restarts, so a
// report for an order of an earlier run can never be taken for one of this run.
// ClOrdID(11) is the same number in 20 bytes: 'S', YYMMDD, the epoch in five base-36
// digits, the counter in eight decimal ones.
//
// Invariants:
//   - ParseClOrdID gives back the ChildID that AppendNew wrote, and nothing else parses.
//   - A report with an unknown or foreign ClOrdID decodes, with Known false.
//   - After a fault every field that could be read is filled in.
//
// An Encoder belongs to the thread that owns the session. Start reading at
// Encoder.AppendNew and DecodeExecReport.
package venue
