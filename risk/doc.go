// Package risk is the last gate before the venue's socket: it decides whether an
// order message may leave the process. It keeps its own count of orders, parents
// and positions, fed only by what was sent and by execution reports, so that a
// fault in the accounting of an algorithm cannot pass it (docs/adr/0005).
//
// Units: prices in 1e-9 of the currency unit, quantities in shares, notionals in
// 1e-9 of the currency unit, times in nanoseconds of the engine's clock.
//
// Invariants:
//   - Check and CheckParent are pure: they change nothing, and equal state and
//     arguments give an equal Deny. Every control that can be evaluated is, so the
//     mask holds every reason, not the first one.
//   - No limits, no trading: an instrument without limits denies everything.
//   - Exposure is counted at send time and at its worst: filled + live + pending,
//     a pending replace as the larger of old and new, opposite orders not netted.
//   - Kill and halt are latched. Under both, cancels pass.
//   - A fill of an unknown order counts into the position and halts the gate.
//   - Nothing allocates after New, nothing panics on any input.
//
// A Gate belongs to the engine's goroutine. Per order message: Check, then encode,
// then Sent; nothing may be sent between Check and Sent. Start reading at
// Gate.Check; docs/risk.md lists every control.
package risk
