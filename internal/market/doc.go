// Package market holds the words that every other package shares: Price, Qty,
// Side, Nanos, Instrument, Algo. It has no logic beyond conversion and no floats.
//
// Units: prices in 1e-9 of the currency unit, quantities in shares, times in
// nanoseconds since the Unix epoch, UTC. A *tick* is a price step, never an event.
package market
