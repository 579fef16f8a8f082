// Package itch encodes and decodes every message of Nasdaq TotalView-ITCH 5.0.
//
// Units: Price fields are Price(4), 1e-4 of the currency unit (times
// market.ITCHUnit gives a market.Price), Level1..3 of MWCBDeclineLevel are
// Price(8), 1e-8. Timestamp is nanoseconds since midnight of the exchange's day
// (US Eastern), 48 bits on the wire. Integers are big endian; alphanumeric
// fields are left-justified and space-padded. Field names are the
// specification's, sections are cited as "ITCH 1.x".
//
// Invariants:
//   - Decode takes exactly one message, refuses another type or length, and never
//     reads outside it. It judges form, not field values.
//   - Append(Decode(b)) gives b back, byte for byte (FuzzRoundTrip, real captures).
//   - Nothing allocates when dst has room (TestNoAllocs).
//
// Messages are plain values and belong to whoever declares them. Start reading
// at Size and AddOrder.
package itch
