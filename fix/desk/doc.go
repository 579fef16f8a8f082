// Package desk is the gateway to the execution desks: a FIX 4.4 acceptor that turns
// NewOrderSingle (D), OrderCancelReplaceRequest (G) and OrderCancelRequest (F) into
// fix.Command, and fix.Report into ExecutionReport (8), OrderCancelReject (9) and
// BusinessMessageReject (j).
//
// The gateway judges form: fields, enumerations, symbols, lots, ticks, parameters.
// It answers a fault of form itself. Whatever needs the state of an order, such as a
// duplicate ClOrdID(11) or an unknown OrigClOrdID(41), is the engine's to answer.
//
// Sessions are quickfixgo's. It stands behind a Guard, because as released one bad
// message from a logged-on desk ends the process: the guard passes whole messages
// with a correct CheckSum(10) only, bounds their length, drops the ones that crash
// the library, and puts deadlines on the first message and on every write.
//
// Units: prices 1e-9 of the currency unit, quantities in shares, times Unix
// nanoseconds UTC; ParticipationRate(849) 0.1 means 10 %.
//
// Invariants:
//   - No input of a desk ends the process (TestCrashMessagesLeaveTheServerAlive).
//   - A message that Submit refused is answered by j with 380=4: nothing is dropped.
//   - Reports of a desk that is logged out are stored and go out, PossDupFlag(43)=Y,
//     when the desk asks for the gap. Reports are always resent: they create no risk.
//   - Every table, buffer and wait has a bound; Close returns within two CloseTimeout.
//
// Sequence numbers and messages live in quickfixgo's file store (FileStoreSync=Y
// unless told otherwise), repaired on Open for the ways a kill can tear it, or in
// memory when StoreDir is empty. A store of our own on the journal will replace it.
//
// Ownership: quickfixgo calls the application on one goroutine per session, so
// Submit must be safe for as many callers as there are sessions. Deliver belongs
// to one reporter goroutine. Start reading at Open and Gateway.FromApp.
package desk
