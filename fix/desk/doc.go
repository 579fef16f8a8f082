// Package desk is the gateway to the execution desks: an acceptor for FIX 4.2, 4.4 and
// 5.0SP2 at once that turns NewOrderSingle (D), OrderCancelReplaceRequest (G),
// OrderCancelRequest (F), status (H, AF) and mass cancel requests (q) into fix.Command,
// and fix.Report into ExecutionReport (8), OrderCancelReject (9), OrderMassCancelReport
// (r) and BusinessMessageReject (j), for the desk and for the drop copies that follow it.
//
// The gateway judges form: fields, enumerations, symbols, lots, ticks, parameters.
// It answers a fault of form, or a breach of the desk's own limits, itself. Whatever
// needs the state of an order, such as a duplicate ClOrdID(11) or an unknown
// OrigClOrdID(41), is the engine's to answer.
//
// Sessions are quickfixgo's. It stands behind a Guard, because as released one bad
// message from a logged-on desk ends the process: the guard passes whole messages
// with a correct CheckSum(10) only, bounds their length, drops the ones that crash
// the library, puts a deadline on the first message, paces what a desk sends, and takes
// what is written to it, with bounds, so that the library never waits for a peer.
//
// What a desk may send is read by our own dictionaries, which have the algorithm's tags in
// every version. What it gets holds, unless Session.EchoAll, only what the standard's own
// dictionary of its version has (dialect).
//
// Units: prices 1e-9 of the currency unit, quantities in shares, times Unix
// nanoseconds UTC; ParticipationRate(849) 0.1 means 10 %.
//
// Invariants:
//   - No input of a desk ends the process (TestCrashMessagesLeaveTheServerAlive).
//   - A message that Submit refused is answered by j with 380=4: nothing is dropped.
//   - Reports of a desk that is logged out are stored and go out, PossDupFlag(43)=Y,
//     when the desk asks for the gap. Reports are always resent: they create no risk.
//   - Reports of a run that was killed reach every store once, copies included (Redeliver,
//     TestReportsThatNoStoreHasComeOnce).
//   - No desk delays another's reports, or pushes out what they repeat: each has its
//     outbox, its table of ClOrdIDs and its pace (TestAHostileDeskHarmsNoOther).
//   - Numbers never go back by a crash (TestAStoreCutAtAnyByteTellsWhatWasWhole).
//   - Every table, buffer and wait has a bound; Close returns within two CloseTimeout.
//
// Sequence numbers and messages live in one append-only file for each session
// (store_file.go), or in memory when StoreDir is empty.
//
// Ownership: quickfixgo calls the application on one goroutine per session, so
// Submit must be safe for as many callers as there are sessions. Deliver belongs
// to one reporter goroutine; each desk's outbox has a goroutine that sends. Start
// reading at Open and Gateway.FromApp.
package desk
