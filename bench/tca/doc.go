// Package tca is transaction-cost analysis: what a parent order cost against the
// price at its arrival, and where that cost came from.
//
// Units: prices in market.Price (1e-9 of the currency unit), quantities in shares,
// times in market.Nanos stamped by one clock (use the exchange's for fills, trades
// and touches alike). Money is exact, in halves of 1e-9 of the currency unit
// (a mid is half a sum of two prices); it becomes a float only as the last step,
// when it is divided into basis points. Costs are positive, savings negative.
//
// Invariants, each held by a property test:
//   - delay + trading + opportunity + fees is the shortfall against the decision
//     price, to the last unit; without delay, against the arrival price.
//   - spread + drift is trading, to the last unit.
//   - realised spread + markout is the effective spread of the same fills.
//   - a buy and a sell on mirrored prices cost the same.
//
// What is not known is not a number: a slippage against a VWAP of no trades is
// null in JSON and "-" in the table, never 0.
//
// Nothing here is safe for concurrent use while it is being filled; a finished Tape may
// be read by many. Start reading at Analyze; docs/tca.md has the formulas.
package tca
