// Package float runs a graph slowly and plainly: it is the oracle that the compiler,
// the importer's tests and `slipstream policy eval` measure against.
//
// Arithmetic: every element is computed in float64 and rounded once to the tensor's
// type, except where an operator's definition fixes the steps (QuantizeLinear divides in
// float32 and rounds half to even; trees sum in float32 or float64 as their source does).
// Integers are exact in int64 and wrap to their type.
//
// Invariants:
//   - No input panics: a bad shape or index is an error naming the node.
//   - Memory and work are bounded by the Budget.
//   - The same graph and inputs give the same outputs on one machine; exp and tanh may
//     differ in the last place between architectures.
//
// A Runner keeps no state between runs (recurrent state is an input and an output) and
// may be shared. Start reading at Runner.Run, then Eval.
package float
