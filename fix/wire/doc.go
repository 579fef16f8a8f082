// Package wire is the FIX tag=value codec of the hot path: it finds frames in a
// byte stream, indexes the fields of one message, and parses and appends the
// values. No reflection, no strings, no allocation, no panic on any input.
//
// Units: prices in 1e-9 of the currency unit, quantities in shares, times in
// nanoseconds since the Unix epoch, UTC. SOH is the byte 0x01.
//
// Invariants:
//   - Frame gives a message only when BeginString(8), BodyLength(9) and
//     CheckSum(10) are in their places and right (FIX 4.4 Vol 1, "Message format").
//   - Parse accepts exactly the messages that the slow reference of
//     parse_slow_test.go accepts, with the same fields (FuzzParse).
//   - What package vector indexes in assembly is as index does it in Go (FuzzIndex).
//   - Frame drops at least one byte for every fault, so a reader makes progress.
//   - What AppendX writes, ParseX reads back to the same value (property tests).
//
// A Message borrows the bytes it was parsed from. It belongs to the thread that
// parses. Start reading at Frame, then Parse.
package wire
