// Package schedule says how much of a parent order should be done by now: TWAP,
// VWAP and IS (Almgren-Chriss) as curves over the parent's window, POV as a share
// of what the market trades.
//
// Units: quantities in shares, times in nanoseconds since the Unix epoch, rates in
// parts per million of market volume with our own included.
//
// Invariants, for every input:
//   - A target is within [0, qty] and a multiple of the lot, except that from the
//     end on it is exactly qty.
//   - A curve's target never falls as time passes.
//   - Integer arithmetic only, so that every machine gives the same bits; nothing
//     allocates, nothing panics. Curves are made when a parent is accepted.
//
// Everything here is a value; nothing is shared. Start reading at Curve.Target.
package schedule
