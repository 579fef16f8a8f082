package onnx_test

import "testing"

// stump1 is version 1's two trees: x0 <= 0.5 ? 1 : 2 (NaN right unless tracked), and
// x1 < 3 ? 10 : (x0 == 4 ? 20 : 30).
func stump1(leaf string, extra attrs) attrs {
	a := attrs{
		"nodes_treeids": []int{0, 0, 0, 1, 1, 1, 1, 1}, "nodes_nodeids": []int{0, 1, 2, 0, 1, 2, 3, 4},
		"nodes_featureids":  []int{0, 0, 0, 1, 0, 0, 0, 0},
		"nodes_modes":       []string{"BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LT", "LEAF", "BRANCH_EQ", "LEAF", "LEAF"},
		"nodes_values":      []float32{0.5, 0, 0, 3, 0, 4, 0, 0},
		"nodes_truenodeids": []int{1, 0, 0, 1, 0, 3, 0, 0}, "nodes_falsenodeids": []int{2, 0, 0, 2, 0, 4, 0, 0},
		leaf + "_treeids": []int{0, 0, 1, 1, 1}, leaf + "_nodeids": []int{1, 2, 1, 3, 4},
		leaf + "_ids": []int{0, 0, 0, 0, 0}, leaf + "_weights": []float32{1, 2, 10, 20, 30},
	}
	for k, v := range extra {
		a[k] = v
	}
	return a
}

func TestTreeEnsembles(t *testing.T) {
	x := f(4, 2)(0.5, 2, 0.6, 3, 4, 5, nan, nan)
	sum := f(4, 1)(11, 32, 22, 32)
	runOps(t, []opCase{
		{op: "ml.TreeEnsembleRegressor", in: []tensor{x}, attrs: stump1("target", attrs{"n_targets": 1}), want: []tensor{sum}},
		{op: "ml.TreeEnsembleRegressor", name: "NaN tracks true", in: []tensor{x}, attrs: stump1("target", attrs{"nodes_missing_value_tracks_true": []int{1, 0, 0, 1, 0, 0, 0, 0}}), want: []tensor{f(4, 1)(11, 32, 22, 11)}},
		{op: "ml.TreeEnsembleRegressor", name: "average and base", in: []tensor{x}, attrs: stump1("target", attrs{"aggregate_function": "AVERAGE", "base_values": []float32{100}}), want: []tensor{f(4, 1)(105.5, 116, 111, 116)}},
		{op: "ml.TreeEnsembleRegressor", name: "minimum", in: []tensor{x}, attrs: stump1("target", attrs{"aggregate_function": "MIN"}), want: []tensor{f(4, 1)(1, 2, 2, 2)}},
		{op: "ml.TreeEnsembleRegressor", name: "maximum", in: []tensor{x}, attrs: stump1("target", attrs{"aggregate_function": "MAX"}), want: []tensor{f(4, 1)(10, 30, 20, 30)}},
		{op: "ml.TreeEnsembleRegressor", name: "two targets", in: []tensor{x}, attrs: stump1("target", attrs{"n_targets": 2, "target_ids": []int{0, 1, 0, 1, 1}}), want: []tensor{f(4, 2)(11, 0, 0, 32, 0, 22, 0, 32)}},
		{op: "ml.TreeEnsembleRegressor", name: "version 3, in float64", in: []tensor{x}, attrs: func() attrs {
			a := stump1("target", attrs{"nodes_values_as_tensor": f64(0.5, 0, 0, 3, 0, 4, 0, 0), "target_weights_as_tensor": f64(1, 2, 10, 20, 30)})
			delete(a, "nodes_values")
			delete(a, "target_weights")
			return a
		}(), want: []tensor{sum}},
		{op: "ml.TreeEnsembleClassifier", name: "binary, logistic", in: []tensor{f(1, 2)(0, 0)}, attrs: stump1("class", attrs{"class_weights": []float32{1, 2, -2, 20, 30}, "classlabels_int64s": []int{0, 1}, "post_transform": "LOGISTIC"}),
			want: []tensor{i64(1)(0), f(1, 2)(0.7310586, 0.26894143)}},
		{op: "ml.TreeEnsembleClassifier", name: "binary, all weights positive", in: []tensor{f(1, 2)(0, 0)}, attrs: stump1("class", attrs{"class_weights": []float32{0.25, 0, 0.5, 0, 0}, "class_ids": []int{1, 1, 1, 1, 1}, "classlabels_strings": []string{"n", "p"}}),
			want: []tensor{words("p"), f(1, 2)(0.25, 0.75)}},
		{op: "ml.TreeEnsembleClassifier", name: "three classes", in: []tensor{x}, attrs: stump1("class", attrs{"class_ids": []int{0, 1, 2, 1, 2}, "classlabels_int64s": []int{10, 11, 12}, "base_values": []float32{0, 0, 1}}),
			want: []tensor{i64(4)(12, 12, 11, 12), f(4, 3)(1, 0, 11, 0, 2, 31, 0, 22, 1, 0, 2, 31)}},
		{op: "ml.TreeEnsembleClassifier", name: "softmax", in: []tensor{f(1, 2)(0, 0)}, attrs: stump1("class", attrs{"class_ids": []int{0, 1, 1, 1, 2}, "class_weights": []float32{1, 0, 1, 0, 0}, "classlabels_int64s": []int{10, 11, 12}, "post_transform": "SOFTMAX"}),
			want: []tensor{i64(1)(10), f(1, 3)(0.42231882, 0.42231882, 0.15536241)}},
	})
}

// Version 5 has leaves of their own, and sets.
func TestTreeEnsembleVersion5(t *testing.T) {
	// Tree 0: x0 <= 1 ? leaf 0 : (x1 in {2, 4} ? leaf 1 : leaf 2). Tree 1: one leaf, 3.
	a := attrs{
		"n_targets": 2, "tree_roots": []int{0, 2}, "nodes_featureids": []int{0, 1, 0},
		"nodes_modes": u8(3)(0, 6, 0), "nodes_splits": f(3)(1, 0, 0),
		"nodes_truenodeids": []int{0, 1, 3}, "nodes_trueleafs": []int{1, 1, 1},
		"nodes_falsenodeids": []int{1, 2, 3}, "nodes_falseleafs": []int{0, 1, 1},
		"leaf_targetids": []int{0, 1, 1, 0}, "leaf_weights": f(4)(1, 2, 3, 100), "membership_values": f(3)(2, 4, nan),
	}
	runOps(t, []opCase{{op: "ml.TreeEnsemble", in: []tensor{f(4, 2)(1, 0, 2, 2, 2, 4, 2, 3)}, attrs: a,
		want: []tensor{f(4, 2)(101, 0, 100, 2, 100, 2, 100, 3)}}})
}
