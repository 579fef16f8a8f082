// Package program is the compiled form of a model: a static list of instructions over
// one arena of fixed size, with no allocation, no loop whose length depends on data and
// the same bits on every machine.
//
// policy/quant writes programs (Builder), policy/bundle stores them (Append, Decode),
// the engine runs them (Machine). What an instruction means is written down once, as
// plain Go loops: the run methods of spec_*.go, executed by RunSpec. The Machine is the
// fast form of the same thing; it may differ in speed and nothing else.
//
// Arithmetic:
//   - Integer accumulators are int32; Decode and Build refuse a program whose
//     accumulators could overflow (Dense, cells), so their order does not matter.
//   - Requantisation is q = clamp(RNE(float32(acc)*M) + Zero, Lo, Hi) with RNE round half
//     to even, the product rounded to float32 first.
//   - Floats are IEEE float32 (float64 where said), every product and sum rounded by an
//     explicit conversion, so that no compiler fuses them; sums have the order that the
//     instruction's comment gives. Exp32 and its relatives are ours, not math's, whose
//     bits differ between architectures.
//
// The arena is [state | constants | scratch]. State survives between evaluations and is
// what a State holds, one per parent order. Constants are read-only. An instruction's
// outputs never overlap its inputs, except where its comment allows the very same buffer.
//
// Scales are for people and callers: executing a program never reads Slot.Scale except
// in the convenience methods that take and give floats.
//
// A Program is immutable once built and may be shared; a Machine belongs to one
// goroutine. Start reading at Program, then Instr, Dense and spec_dense.go.
package program
