// Package onnx reads ONNX models into package graph's normal form.
//
// The file is decoded by hand over protowire: no generated code, nothing registered at
// start. Both packed and unpacked repeated fields are accepted, as real files mix them.
//
// On the way: symbolic dimensions become 1 (a row of features as long as the weights that
// read it), shapes are inferred by running each node once
// on zeros with the reference implementation (so the inferred shape is the shape that
// runs), constants and shape arithmetic are folded, dead branches removed, and older
// opsets brought to the newest form.
//
// Refused by name, with the node and what to do: external data, sparse tensors, local
// functions, control flow, training modes, float8, opsets before 7 and every operator
// that package graph does not have.
//
// Invariants:
//   - No input panics, loops or takes memory beyond the Limits (FuzzRead).
//   - What Read returns passes graph.Validate and its names are those of the file.
//
// Start reading at Read, then importer.node.
package onnx
