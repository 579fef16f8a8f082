// Package quant compiles a float graph to an integer program: post-training quantisation
// from calibration cases, or the scales that a QDQ model brings.
//
//   - Rewriting (rewrite.go, pass_*.go): graph to graph, so that every pass can be tested
//     against policy/float. Constants are folded, products with constants become dense
//     layers, chains become layer normalisation and attention, softmax before argmax goes.
//   - Ranges (stats.go, scale.go, ranges.go): what the calibration cases showed of each
//     value gives it one quantisation in bytes and one in 16 bits. 0 is always exact.
//   - Choice (measure.go): each layer is compiled alone in int8 and run on the float
//     graph's own inputs. What it adds decides: int8, 16 bits or float32.
//   - Lowering (lower*.go): on demand from the outputs. A value may lie in the arena as
//     bytes, 16 bits, float32 or int32, made by whatever makes it best in that form.
//   - Proof (proof.go): per dense layer, over all inputs there can be: no accumulator leaves
//     int32; whether float32(acc) is exact; whether pairs of byte products stay in 16 bits.
//
// Units: scales are real values per step; real = (q - zero) * scale. Errors in the Report
// are relative rms: rms of the difference over rms of the float value.
//
// Invariants:
//   - The same graph, cases and options give the same bytes (TestCompilingTwiceGivesTheSameBytes).
//   - Trees compare as the floats do; labels of trees are exact.
//   - Whatever has no integer form becomes float32 instructions with fixed rounding and
//     order, named in the Report.
//
// Integer tensors are held as float32 in between (exact to 2^24) and leave as int32. Class
// labels that are strings leave as their positions.
//
// Compile may be called from any goroutine; it keeps nothing. Start reading at Compile.
package quant
