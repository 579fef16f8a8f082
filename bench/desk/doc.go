// Package desk plays an execution desk: a quickfixgo initiator that sends a script
// of parent orders, replaces and cancels, records every message, and checks that
// the answers conserve quantity.
//
// A Script is built in code or loaded from strict TOML (units in the names). Run
// logs on, sends each Step at its time, and ends when every parent is terminal and
// every request answered, or when its bound passes. The Ledger does the checking; it
// is pure and knows no session.
//
// Units: prices 1e-9 of the currency unit, quantities in shares, times Unix
// nanoseconds UTC. Offsets count from the Logon's answer.
//
// Invariants that the Ledger checks per parent, each breach a line of text:
//   - CumQty(14) never falls, grows by LastQty(32) on trades only, and the sum of
//     LastQty equals it; it never exceeds OrderQty(38).
//   - LeavesQty(151) is OrderQty - CumQty while working and 0 when terminal.
//   - AvgPx(6) is the average of the fills, to 1e-9; no fill is beyond the limit.
//   - An ExecID(17) comes once; OrderID(37) never changes; nothing but answers to
//     later requests follows a terminal state.
//
// Run owns the session; quickfixgo calls back on its goroutine. SessionIDs are
// process-wide in quickfixgo: two Runs at once need different CompIDs. Start
// reading at Run and Ledger.Receive.
package desk
