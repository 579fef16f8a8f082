// Package scribe is the housekeeping side of the daemon: it drains the journal ring
// into segment files and turns events, decisions and reports into JSON lines.
//
// Two goroutines. One drains, frames, writes and syncs the journal, and watches the
// heap. The other renders and writes log lines, behind a bounded queue: a log
// sink that blocks costs log lines, counted and said (log_dropped), and never the
// journal.
//
// A journal that cannot be written is not drained: the write is tried again for as
// long as it takes, the ring fills, and the loop stops new orders. Nothing is
// skipped to get going again.
//
// Every name, level and field of a log line stands in one table (table.go), from
// which docs/logs.md is made; a test keeps them equal. Names are stable: people
// and alerts depend on them.
//
// Units: times in lines are RFC 3339 in UTC with nine decimals; prices in the
// currency unit as decimal strings; quantities in shares; durations and latencies
// in nanoseconds, and say so in their name.
//
// Start reading at scribe.go, then table.go.
package scribe
