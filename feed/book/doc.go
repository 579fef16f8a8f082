// Package book keeps one order-level (L3) book per configured instrument from
// TotalView-ITCH 5.0 messages: price levels, time priority, the quantity ahead of
// marked orders, traded volume and trading state.
//
// Units: prices leave the package as market.Price (1e-9 of the currency unit) and
// are kept as ITCH Price(4) inside; quantities in shares; message times in ns since
// midnight of the exchange's day.
//
// Invariants:
//   - A level's quantity is the sum of its orders', its orders are in time priority,
//     no level is empty, and levels are sorted with the best one last.
//   - A message is applied whole or counted under a Fault; what could not be applied
//     makes the instrument Suspect or Stale, and that stays until SetTrust or Reset.
//   - Nothing allocates after New (TestNoAllocs); every slab has a bound, and a full
//     one makes the instrument Stale, never a panic or a silent loss.
//   - Equal message sequences give equal books and equal Hash (property test against
//     plain maps and slices).
//
// Memory: orders and levels are 32-byte records without pointers, addressed by
// uint32 slots; a reference finds its order through one cache line of an
// open-addressing table in which neighbouring references share a line.
//
// Books belong to one goroutine. Start reading at Books.Apply.
package book
