// Package bundle is the file in which a compiled policy travels: the program, what its
// inputs mean, what its outputs do, within which limits, where it came from, and golden
// vectors that prove on the machine that loads it that the bits are the ones that were
// tested.
//
// A bundle with a schema is a policy: a daemon may run it (Decider). One without is a bare
// model: tools evaluate it, no daemon takes it.
//
// Layout, little-endian (docs/policy.md has the table): magic, version and number of
// sections; per section its kind, length and SHA-256; the content hash over all of that;
// a signature block; the sections, in a fixed order, nothing after them. The content hash
// therefore fixes every byte but the signature's, and signing changes nothing else.
//
// Invariants:
//   - Read takes memory in proportion to Limits and to the bytes that really arrive, and
//     no input panics (FuzzRead).
//   - Everything but the program and the golden vectors is JSON in one canonical form: a
//     section that does not encode back to the same bytes is refused.
//   - Equal bundles have equal bytes: there is no time stamp and no map order in them.
//   - What Read returns has run its golden vectors, on the chosen kernel and on the
//     portable one, with the same bits.
//
// Units: features are the engine's integers; limits are parts per million, shares or
// nanoseconds, as their names say. A Bundle is read-only once read. Start reading at
// Read, then container.go and golden.go.
package bundle
