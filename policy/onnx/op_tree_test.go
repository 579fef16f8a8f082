package onnx_test

import (
	"strings"
	"testing"
)

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
		{op: "ml.TreeEnsembleClassifier", name: "binary, all weights positive", in: []tensor{f(1, 2)(0, 0)}, attrs: stump1("class", attrs{"class_weights": []float32{0.25, 0, 0.5, 0, 0}, "classlabels_strings": []string{"n", "p"}}),
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

// The standard leaves open what a classifier with one or two classes answers; the numbers
// are ONNX Runtime 1.30's.
func TestTreeClassifiersOfTwoClassesAnswerAsONNXRuntimeDoes(t *testing.T) {
	x := f(1, 2)(0, 0) // the leaves of class_weights 0 and 2
	with := func(first, second float32, id int, extra attrs) attrs {
		a := attrs{"class_weights": []float32{first, 0, second, 0, 0}, "class_ids": []int{id, id, id, id, id},
			"classlabels_int64s": []int{10, 20}}
		for k, v := range extra {
			a[k] = v
		}
		return stump1("class", a)
	}
	runOps(t, []opCase{
		{op: "ml.TreeEnsembleClassifier", name: "positive weights of the first class are logits under LOGISTIC", in: []tensor{x},
			attrs: with(0.25, 0.5, 0, attrs{"post_transform": "LOGISTIC"}), want: []tensor{i64(1)(20), f(1, 2)(0.32082131, 0.67917869)}},
		{op: "ml.TreeEnsembleClassifier", name: "one base value keeps positive weights a probability", in: []tensor{x},
			attrs: with(0.25, 0.375, 0, attrs{"base_values": []float32{0.125}}), want: []tensor{i64(1)(20), f(1, 2)(0.25, 0.75)}},
		{op: "ml.TreeEnsembleClassifier", name: "one base value under SOFTMAX, which is not applied", in: []tensor{x},
			attrs: with(-2, 0.5, 0, attrs{"base_values": []float32{0.25}, "post_transform": "SOFTMAX"}), want: []tensor{i64(1)(10), f(1, 2)(1.25, -1.25)}},
		{op: "ml.TreeEnsembleClassifier", name: "weights of the second class alone", in: []tensor{x},
			attrs: with(-2, 0.5, 1, nil), want: []tensor{i64(1)(10), f(1, 2)(0, -1.5)}},
		{op: "ml.TreeEnsembleClassifier", name: "positive weights of the second class alone have the limit one half", in: []tensor{x},
			attrs: with(0.25, 0.125, 1, attrs{"post_transform": "LOGISTIC"}), want: []tensor{i64(1)(10), f(1, 2)(0.5, 0.59266752)}},
		{op: "ml.TreeEnsembleClassifier", name: "the second class alone does not take the base value", in: []tensor{x},
			attrs: with(-2, 0.5, 1, attrs{"base_values": []float32{5}}), want: []tensor{i64(1)(10), f(1, 2)(0, -1.5)}},
		{op: "ml.TreeEnsembleClassifier", name: "both classes, one base value for the first", in: []tensor{x},
			attrs: with(0.25, 0.125, 0, attrs{"class_ids": []int{0, 0, 1, 1, 1}, "base_values": []float32{0.5}}), want: []tensor{i64(1)(20), f(1, 2)(0.75, 0.125)}},
		{op: "ml.TreeEnsembleClassifier", name: "one class says 0 or 1 and shows its score", in: []tensor{x},
			attrs: with(0.25, 0.5, 0, attrs{"classlabels_int64s": []int{10}, "post_transform": "LOGISTIC"}), want: []tensor{i64(1)(1), f(1, 1)(0.75)}},
		{op: "ml.TreeEnsembleClassifier", name: "a class no leaf speaks for does not win with zero", in: []tensor{x},
			attrs: with(-2, -1, 0, attrs{"class_ids": []int{0, 1, 1, 1, 2}, "classlabels_int64s": []int{10, 20, 30}}), want: []tensor{i64(1)(20), f(1, 3)(-2, -1, 0)}},
		{op: "ml.TreeEnsembleRegressor", name: "a single score is left as it is", in: []tensor{x},
			attrs: stump1("target", attrs{"post_transform": "LOGISTIC"}), want: []tensor{f(1, 1)(11)}},
		{op: "ml.LinearRegressor", name: "a single score is left as it is", in: []tensor{f(1, 2)(1, 2)},
			attrs: attrs{"coefficients": []float32{1, 2}, "intercepts": []float32{0.5}, "post_transform": "LOGISTIC"}, want: []tensor{f(1, 1)(5.5)}},
		{op: "ml.LinearRegressor", name: "but for the probit", in: []tensor{f(1, 1)(0.75)},
			attrs: attrs{"coefficients": []float32{1}, "post_transform": "PROBIT"}, want: []tensor{f(1, 1)(0.67457432)}},
		{op: "ml.SVMRegressor", name: "no post transform", in: []tensor{f(1, 2)(1, 2)},
			attrs: attrs{"coefficients": []float32{1, 2}, "rho": []float32{0.5}, "post_transform": "PROBIT"}, want: []tensor{f(1, 1)(5.5)}},
		{op: "ml.SVMClassifier", name: "LOGISTIC of two classes", in: []tensor{f(1, 1)(2)},
			attrs: attrs{"kernel_type": "LINEAR", "support_vectors": []float32{1, 3}, "vectors_per_class": []int{1, 1}, "coefficients": []float32{1, -1},
				"rho": []float32{2}, "classlabels_ints": []int{10, 20}, "post_transform": "LOGISTIC"}, want: []tensor{i64(1)(20), f(1, 2)(0.88079708, 0.11920292)}},
	})
}

func TestBaseValuesMustFitTheClasses(t *testing.T) {
	c := opCase{op: "ml.TreeEnsembleClassifier", in: []tensor{f(1, 2)(0, 0)}, want: []tensor{i64(1)(0), f(1, 3)(0, 0, 0)},
		attrs: stump1("class", attrs{"class_ids": []int{0, 1, 2, 1, 2}, "classlabels_int64s": []int{1, 2, 3}, "base_values": []float32{1}})}
	_, err := c.run(false)
	if err == nil || !strings.Contains(err.Error(), "1 base values for 3 targets") {
		t.Errorf("got %v", err)
	}
}
