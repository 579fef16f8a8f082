// Package ring passes records from one thread to one other without locks: SPSC for
// records of one fixed type, Bytes for byte records of any length.
//
// Units: SPSC counts records, Bytes counts bytes, its own 8-byte record headers
// included. Both capacities are powers of two.
//
// Invariants:
//   - Exactly one thread writes and exactly one reads; records arrive in order, each
//     once, and none is ever overwritten before it was read.
//   - A full ring refuses at once. The writer decides what that means; nothing waits.
//   - Nothing allocates after construction. Indices found out of range in shared
//     memory (a broken peer) refuse and latch Fault; they never index out of bounds.
//
// Memory: a header of three cache-line pairs (128 bytes each, for the adjacent-line
// prefetcher): magic, version and layout; the reader's position; the writer's
// position. Then the slab. It holds no pointers, so On may place it in a mapped file
// shared by two processes: each makes its own ring value on the same memory, one
// only writes, the other only reads. A layout made by another build is refused.
//
// The writer's and the reader's methods touch separate cache lines; each keeps the
// last position it saw of the other and looks again only when that does not do.
// Start reading at SPSC.Push.
package ring
