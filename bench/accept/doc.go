// Package accept judges a simulated market against a real day: twenty tests, each
// with what the data has, what the model has, the limit, and whether it passes.
//
//	Run        all tests on a model, into a Report
//	Report     Text, JSON (its fields) and HTML
//	Export     LOBSTER files of a recorded stretch, for the field's own tools
//
// The statistics are pure functions of slices, in files of their own: distance.go
// (KS, L1 on histogram groups, W1), acf.go, moments.go, regress.go, series.go (what
// they are made of). One sample day gives no distance between real days, so the
// absolute limits decide; the distance between the halves of the day stands beside
// them as a rough floor.
//
// Units: prices in ITCH Price(4) units (1e-4) or basis points of the mid as said,
// times in seconds unless a name says ns, sizes in shares.
//
// Invariants: no global random source; equal Options and data give an equal Report
// but for the speed test, which alone reads a clock.
//
// Everything belongs to the caller's goroutine. Start reading at Run.
package accept
