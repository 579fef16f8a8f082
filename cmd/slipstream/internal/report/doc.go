// Package report is what `slipstream demo` ends with: the counts of a run, its
// invariants judged, and the cost of its parents; as one JSON object for a machine and
// as a page for a terminal.
//
// A Demo is filled by whoever ran the demo, then judged once. It reads no clock, file
// or process. Units are in the names. Start reading at Demo.Judge.
package report
