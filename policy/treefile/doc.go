// Package treefile reads gradient-boosted trees from the files their own tools write,
// XGBoost's JSON and LightGBM's text, into one TreeEnsemble of package graph.
//
// Comparisons keep the meaning of the source for every float32 input:
//
//   - XGBoost compares in float32, x < threshold goes left, NaN by default_left; sums are
//     float32 in the order of the trees.
//   - LightGBM compares in float64, x <= threshold goes left. Thresholds are rounded down
//     to float32, which gives the same answer for float32 inputs; sums are float64. Its
//     missing types None, Zero and NaN become branches of their own where needed.
//
// The graph has the input "features" [1, F] (a batch of rows is fine) and the output
// "scores" [1, targets] with the objective's transform applied, as the tool's predict
// gives it. What is not supported (categorical splits, dart, linear trees, ranking
// objectives unknown here) is refused by name.
//
// Input is bounded by Limits and no input panics (FuzzXGBoost, FuzzLightGBM). Start
// reading at XGBoost or LightGBM.
package treefile
