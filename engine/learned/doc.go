// Package learned runs a policy bundle as the engine's policy for LEARNED parents:
// it scales the engine's features as the bundle says, evaluates the compiled
// network, and turns the chosen output into a proposal. A View outside the range the
// bundle was calibrated on falls back to the schedule, and says so.
//
// Invariants: a bundle whose feature names, order or choices differ from the
// engine's is refused; nothing allocates after New; equal Views in equal order give
// equal proposals, on every machine.
//
// A Policy belongs to the engine's thread. Start reading at Policy.Propose.
package learned
