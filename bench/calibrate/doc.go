// Package calibrate fits the parameters of flow.Reactive to a recorded day: what the
// day supports is estimated, the rest is taken from the literature, and the file that
// Write makes says of every section which it is.
//
// Units are those of flow.ReactiveParams: ticks, shares, seconds, bp.
//
// Invariants: the same Day gives the same parameters, byte for byte; no row of the
// data is copied out, figures of at least hundreds of events are.
//
// Start reading at Fit and Write.
package calibrate
