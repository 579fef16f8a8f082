// Package chaos plays a scripted trading day between two FIX sessions over a transport
// that fails at a chosen byte: it is cut, a process is killed there, bytes vanish,
// come twice, or come late. A Case names one fault, which may strike again while its first
// harm is being mended; Run plays the day with it and judges it. TestPure plays every byte
// offset of the day with every fault; TestLive does with a real quickfixgo on the other
// side, in both roles. TestTheJudgesCatch shows that what must not happen is seen.
//
// The client is an initiator that sends orders, asks for the status of those it
// knows nothing of (H) whenever its session is CaughtUp again, and drops fills it has
// seen (by ExecID); the venue is an acceptor that acknowledges and fills, with a Store.
// Both are package session over pipes, in one thread, on a clock of the harness.
//
// What must hold, whatever fails:
//   - An order reaches the venue at most once, and is never sent with PossDupFlag=Y.
//   - At the end the client knows of each order whether the venue has it.
//   - Every fill of the venue is counted by the client once; without a crash of the client
//     it is also delivered once.
//   - Numbers never go back: on the wire a number is new, or a PossDup of the same
//     message; in State they only grow.
//   - The day ends: neither side waits for ever. Only bytes that come twice may stop the
//     client loudly (sequence loss); then an operator's State.Reset lets it go on.
//
// A failure prints its Case, which -chaos.case plays again, with a trace.
package chaos
