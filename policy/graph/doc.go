// Package graph is the float form of a model between the readers and the compiler:
// a list of operators in topological order over numbered values.
//
// policy/onnx and policy/treefile make graphs, policy/float runs them (the slow
// oracle), policy/quant compiles them. A reader hands over a graph in normal form:
//
//   - One form per operator, that of the newest opset: what older opsets wrote as
//     attributes (Clip's bounds, the axes of Squeeze and of reductions, Split's sizes)
//     arrives as constant inputs, what they counted from the end is counted from 0
//     where the rank is known.
//   - Constants are folded and dead nodes removed. One exception is deliberate:
//     DequantizeLinear of a constant is kept, because its scales are what the compiler
//     wants to know.
//   - Identity, Dropout and ZipMap are gone; Flatten, Squeeze and Unsqueeze of known
//     shape are Reshape with a constant shape.
//   - Symbolic dimensions are 1; static ones are what the model says. Values whose shape
//     depends on the data of an input are marked Dynamic: the oracle runs them, the
//     compiler refuses them (Graph.Static names the first).
//
// Names are kept: graph inputs and outputs by Port, nodes as the file named them (or
// OP_INDEX when it did not).
//
// Invariants: those of Graph.Validate. A Graph is built by one goroutine and read-only
// afterwards. Start reading at Graph, then Node, then the table in op.go.
package graph
