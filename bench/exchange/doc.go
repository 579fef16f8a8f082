// Package exchange is the simulated exchange of the workbench: a deterministic
// price-time matching engine, the market built around it (background flow,
// session, TotalView-ITCH 5.0 tape, statistics for transaction-cost analysis,
// event log) and a live runner that gives it a clock and sockets.
//
// Layers, each usable without the next:
//
//	Matcher  orders in, Exec and ITCH messages out. Pure: no clock, no goroutine.
//	Market   Matcher + Flow + session start and end + message store + statistics.
//	         Pure: Advance(t) and Submit(t, request) decide everything.
//	Log      append-only file of external requests and time marks; Market is
//	         rebuilt from it by replay after a kill.
//	Live     one goroutine that owns a Market: clock, request queue, multicast
//	         lines A and B with seeded faults, retransmission server.
//
// Units: prices are market.Price (1e-9) at the edge and ITCH Price(4) units
// (1e-4, uint32) inside; quantities are shares; times are market.Nanos (Unix ns
// UTC) of the exchange's clock, which Live may run faster than the wall clock.
// ITCH timestamps count ns from Config.Midnight.
//
// Invariants:
//   - The tape is a function of (Config, Flow, external requests with their
//     times). All background events with time <= t come before a request
//     stamped t.
//   - A stock locate is the instrument's ID + 1. Order references and match
//     numbers start at 1 and never repeat. The OrderID of an Exec is the ITCH
//     order reference.
//   - Nothing is allocated per event once the bounded stores are full or warm.
//   - Every table has a bound; what does not fit is rejected with ReasonFull.
//
// A Matcher and a Market belong to one goroutine; of Live, only Submit, Stop,
// Do and the address getters may be called from others. Start reading at Request, Exec,
// Market.Submit and Live.Run.
package exchange
