// Package itchfile reads and writes files of TotalView-ITCH messages in Nasdaq's
// BinaryFILE framing: a 2-byte big-endian length before each message; a length of
// zero ends the session.
//
// Units: offsets and lengths in bytes of the uncompressed stream.
// Invariants:
//   - A file is streamed: a Reader and a Writer hold one buffer of fixed size.
//   - A file that ends inside a frame is an error with the frame's offset, never a
//     silent end (TestReader).
//   - The frame is judged, not the message: itch.Validate does that.
//
// A Reader or Writer belongs to one goroutine. Start reading at Reader.Next.
package itchfile
