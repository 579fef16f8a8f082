// Package flow is the background of the simulated exchange: order flow that knows
// nothing of the orders under test and reacts to them only through the book.
//
//	Poisson  zero-intelligence flow of Cont, Stoikov and Talreja (2010), seeded
//	Lobster  a real LOBSTER day; our orders change it by no more than they trade
//
// Units: prices in ITCH Price(4) units (1e-4) inside, market.Price in parameters;
// quantities in shares; times in market.Nanos of the exchange's clock; rates in
// events per second of that clock.
//
// Invariants:
//   - A flow reads no clock and no global random source: the same parameters, seed
//     and external requests give the same events (TestPoissonSameSeedSameTape).
//   - Poisson uses integers from the drawn number to the event; floats only fill
//     tables when it is made.
//   - Lobster without external requests gives history's tape, message by message
//     (TestLobsterTapeIsHistory).
//
// A flow belongs to the goroutine of its Market. Start reading at Poisson.Apply
// and Lobster.Apply.
package flow
