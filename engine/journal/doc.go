// Package journal is the record of everything that went into the core and of
// every decision that came out, complete enough to replay a day bit by bit.
//
// Two sides, two threads:
//
//   - Writer belongs to the hot thread. It encodes records straight into a
//     ring.Bytes: no allocation, no system call. A full ring is answered with
//     false, is counted, and leaves a hole in the sequence numbers, so that a
//     lost record can never look like a quiet moment.
//   - Segments belongs to the scribe. It frames what the ring holds and appends
//     it to files of bounded size. Reader and Replay work on these files.
//
// Invariants:
//
//   - An Input is in the ring before any effect of its Step leaves the process.
//   - Record sequence numbers grow by one; a step of more than one is a hole.
//   - Every length and every payload is covered by a CRC32C. The only damage
//     the Reader accepts silently enough to go on is a torn tail of the last
//     segment, and it says where (Reader.Torn).
//   - Layouts are explicit and little endian (layout.go, docs/journal.md); a
//     struct that grows a field fails the tests until its layout carries it.
//
// Units: times in nanoseconds since the Unix epoch; sizes in bytes.
//
// Start reading at record.go, then writer.go and replay.go.
package journal
