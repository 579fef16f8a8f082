// Package fixgate is the FIX 4.4 order entry of the simulated exchange: a quickfixgo
// acceptor, so that an independent engine stands at the other end of our session.
//
// It takes NewOrderSingle (D), OrderCancelReplaceRequest (G), OrderCancelRequest (F)
// and OrderStatusRequest (H), and answers by ExecutionReport (8), OrderCancelReject
// (9), BusinessMessageReject (j) and Reject (3), from the Execs of bench/exchange.
// OrderID(37) is the ITCH order reference in decimal, so it changes when a replace
// loses priority. ExecID(17) is the Exec's serial: the same after a restart. What
// the gate itself refuses, and answers to H, have ExecIDs of their own ("R...").
//
// Orders: OrdType(40) limit or market; TimeInForce(59) day, IOC or FOK; ExecInst(18)
// 6 = post-only ("participate, do not initiate"). OrderQty(38) on a G is the total.
//
// Units: prices 1e-9 of the currency unit, quantities in shares, times Unix
// nanoseconds UTC of the exchange's clock.
//
// Invariants:
//   - A ClOrdID(11) is taken once per session, ever: a second D with it is rejected
//     with 103=6 and counted in Stats.DuplicateClOrdIDs. One with PossDupFlag or
//     PossResend is answered by the order's status (150=I) and not counted.
//   - Execs go out in the order of their serials, each exactly once, but for the one
//     that a kill may have caught between the send and the count of it: that one
//     goes out again, same ExecID, PossResend(97)=Y.
//   - After a kill, session and sequence numbers come from quickfixgo's file store,
//     the ClOrdIDs from the replay of the exchange's event log.
//   - Every table and queue has a bound; Err says when the Exec queue has overflowed.
//
// Ownership: OnExecs belongs to the market's goroutine, the sender goroutine sends,
// quickfixgo calls the application on each session's goroutine. Start reading at New,
// Gate.OnExecs and Gate.FromApp.
package fixgate
