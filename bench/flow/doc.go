// Package flow is the background of the simulated exchange: order flow that drives its
// matcher and meets the orders under test there.
//
//	Reactive       calibrated to a stock; reacts to our orders (docs/market-model.md)
//	QueueReactive  the published model of Huang, Lehalle and Rosenbaum (2015), an anchor
//	Poisson        zero-intelligence flow of Cont, Stoikov and Talreja (2010), a baseline
//	Lobster        a real LOBSTER day; our orders change it by no more than they trade
//
// bench/flow/record turns any of them, or a file, into a table of events; bench/calibrate
// fits Reactive.
//
// Units: prices in ITCH Price(4) units (1e-4) inside, market.Price and currency in
// parameters; quantities in shares; times in market.Nanos of the exchange's clock;
// rates in events per second of that clock; returns in bp.
//
// Invariants:
//   - A flow reads no clock and no global random source: the same parameters, seed
//     and external requests give the same events (TestPoissonSameSeedSameTape,
//     TestReactiveSameSeedSameTape), on one processor architecture: Reactive and
//     QueueReactive compute in floating point.
//   - Every draw is a function of (seed, stream, ordinal). A stream of Reactive and
//     QueueReactive has a unit-rate clock of its own, so a run without our orders, the
//     twin, shares every draw that our orders did not bring about, and a strategy of
//     size zero leaves it bit-identical (TestZeroSizeLeavesTheTwinBitIdentical).
//   - No flow cancels an order with an owner.
//   - Nothing is allocated per event (TestNoAllocs).
//   - Lobster without external requests gives history's tape, message by message
//     (TestLobsterTapeIsHistory).
//
// A flow belongs to the goroutine of its Market. Start reading at Reactive.Apply,
// reactiveBook.weigh and reactiveBook.apply.
package flow
