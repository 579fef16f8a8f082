package onnx_test

import (
	"testing"

	"slipstream/policy/graph"
)

func TestMatrixProducts(t *testing.T) {
	a, b := f(2, 3)(1, 2, 3, 4, 5, 6), f(3, 2)(1, 0, 0, 1, 2, -1)
	at, bt := f(3, 2)(1, 4, 2, 5, 3, 6), f(2, 3)(1, 0, 2, 0, 1, -1)
	c := f(2)(10, 20)
	runOps(t, []opCase{
		{op: "MatMul", in: []tensor{a, b}, want: []tensor{f(2, 2)(7, -1, 16, -1)}},
		{op: "MatMul", name: "a row", in: []tensor{f(3)(1, 2, 3), b}, want: []tensor{f(2)(7, -1)}},
		{op: "MatMul", name: "a column", in: []tensor{a, f(3)(1, 2, 3)}, want: []tensor{f(2)(14, 32)}},
		{op: "MatMul", name: "a dot product", in: []tensor{f(2)(3, 4), f(2)(1, 2)}, want: []tensor{f()(11)}},
		{op: "MatMul", name: "batches stretch", in: []tensor{f(2, 1, 1, 2)(1, 2, 3, 4), f(2, 2, 1)(1, 1, 2, 0)}, want: []tensor{f(2, 2, 1, 1)(3, 2, 7, 6)}},
		{op: "MatMul", name: "int64", in: []tensor{i64(1, 2)(1<<53+1, 1), i64(2, 1)(1, 1)}, want: []tensor{i64(1, 1)(1<<53 + 2)}},
		{op: "MatMul", name: "nothing inside", in: []tensor{iota3(2, 0), iota3(0, 1)}, want: []tensor{f(2, 1)(0, 0)}},
		{op: "Gemm", in: []tensor{a, b, c}, want: []tensor{f(2, 2)(17, 19, 26, 19)}},
		{op: "Gemm", name: "no bias", in: []tensor{a, b}, want: []tensor{f(2, 2)(7, -1, 16, -1)}},
		{op: "Gemm", name: "alpha and beta", in: []tensor{a, b, c}, attrs: attrs{"alpha": float32(0.5), "beta": float32(2)}, want: []tensor{f(2, 2)(23.5, 39.5, 28, 39.5)}},
		{op: "Gemm", name: "both transposed", in: []tensor{at, bt, c}, attrs: attrs{"transA": 1, "transB": 1}, want: []tensor{f(2, 2)(17, 19, 26, 19)}},
		{op: "Gemm", name: "a scalar bias", in: []tensor{a, b, f()(1)}, want: []tensor{f(2, 2)(8, 0, 17, 0)}},
		{op: "Gemm", name: "a column bias", in: []tensor{a, b, f(2, 1)(1, 2)}, want: []tensor{f(2, 2)(8, 0, 18, 1)}},
	})
}

func TestQuantisation(t *testing.T) {
	i32 := func(d ...int) func(...int64) tensor { return typed(graph.Int32, d...) }
	s16 := func(d ...int) func(...int64) tensor { return typed(graph.Int16, d...) }
	s4 := func(d ...int) func(...int64) tensor { return typed(graph.Int4, d...) }
	runOps(t, []opCase{
		{op: "QuantizeLinear", in: []tensor{f(6)(0, 2, 3, 1000, -254, -1000), f()(2), u8()(128)}, want: []tensor{u8(6)(128, 129, 130, 255, 1, 0)}},
		{op: "QuantizeLinear", name: "half to even", in: []tensor{f(4)(1, 3, 5, -1), f()(2)}, want: []tensor{u8(4)(0, 2, 2, 0)}},
		{op: "QuantizeLinear", name: "along the default axis", in: []tensor{f(1, 2, 2)(0, 10, 0, 100), f(2)(1, 10), s8(2)(1, -1)}, want: []tensor{s8(1, 2, 2)(1, 11, -1, 9)}},
		{op: "QuantizeLinear", name: "along axis 0", in: []tensor{f(2, 2)(3, 10, 3, 10), f(2)(1, 10), s8(2)(0, 0)}, attrs: attrs{"axis": 0}, want: []tensor{s8(2, 2)(3, 10, 0, 1)}},
		{op: "QuantizeLinear", name: "int16", in: []tensor{f(2)(40000, -1), f()(1), s16()(0)}, want: []tensor{s16(2)(32767, -1)}},
		{op: "QuantizeLinear", name: "int4", in: []tensor{f(3)(9, -1, -20), f()(1), s4()(1)}, want: []tensor{s4(3)(7, 0, -8)}},
		{op: "QuantizeLinear", name: "in blocks", in: []tensor{f(1, 4)(1, 2, 3, 4), f(1, 2)(1, 2), u8(1, 2)(0, 0)}, attrs: attrs{"axis": 1, "block_size": 2}, want: []tensor{u8(1, 4)(1, 2, 2, 2)}},
		{op: "QuantizeLinear", name: "a type by attribute", in: []tensor{f(2)(1, -1), f()(1)}, attrs: attrs{"output_dtype": 3}, want: []tensor{s8(2)(1, -1)}},
		{op: "DequantizeLinear", in: []tensor{u8(4)(0, 3, 128, 255), f()(2), u8()(128)}, want: []tensor{f(4)(-256, -250, 0, 254)}},
		{op: "DequantizeLinear", name: "along an axis", in: []tensor{s8(2, 2)(1, 2, 3, 4), f(2)(1, 10)}, attrs: attrs{"axis": -1}, want: []tensor{f(2, 2)(1, 20, 3, 40)}},
		{op: "DequantizeLinear", name: "int32", in: []tensor{i32(2)(1000000, -7), f()(0.5)}, want: []tensor{f(2)(500000, -3.5)}},
		{op: "DequantizeLinear", name: "in blocks", in: []tensor{s8(4, 1)(1, 2, 3, 4), f(2, 1)(1, 10), s8(2, 1)(0, 1)}, attrs: attrs{"axis": 0, "block_size": 2}, want: []tensor{f(4, 1)(1, 2, 20, 30)}},
		{op: "DynamicQuantizeLinear", in: []tensor{f(6)(0, 2, -3, -2.5, 1.34, 0.5)}, want: []tensor{u8(6)(153, 255, 0, 26, 221, 179), f()(0.019607844), u8()(153)}},
		{op: "DynamicQuantizeLinear", name: "all positive", in: []tensor{f(3)(1, 2.1, 5.1)}, want: []tensor{u8(3)(50, 105, 255), f()(0.02), u8()(0)}},
		{op: "MatMulInteger", in: []tensor{u8(2, 3)(11, 7, 3, 10, 6, 2), u8(3, 1)(1, 4, 2), u8()(12), u8()(0)}, want: []tensor{i32(2, 1)(-39, -46)}},
		{op: "MatMulInteger", name: "without zero points", in: []tensor{s8(1, 2)(-128, 127), s8(2, 1)(127, -128)}, want: []tensor{i32(1, 1)(-32512)}},
		{op: "MatMulInteger", name: "a zero point per column", in: []tensor{u8(1, 2)(3, 4), u8(2, 2)(1, 2, 3, 4), nil, u8(2)(1, 2)}, want: []tensor{i32(1, 2)(8, 8)}},
		{op: "QLinearMatMul", in: []tensor{u8(1, 2)(130, 126), f()(0.5), u8()(128), s8(2, 1)(3, -5), f()(0.25), s8()(0), f()(0.5), u8()(128)}, want: []tensor{u8(1, 1)(132)}},
		{op: "QLinearMatMul", name: "saturates", in: []tensor{u8(1, 1)(255), f()(1), u8()(0), u8(1, 1)(255), f()(1), u8()(0), f()(1), u8()(0)}, want: []tensor{u8(1, 1)(255)}},
		{op: "QLinearMatMul", name: "a scale per column", in: []tensor{u8(1, 1)(10), f(1)(1), u8(1)(0), s8(1, 2)(2, 2), f(2)(1, 2), s8(2)(0, 0), f(1)(2), s8(1)(0)}, want: []tensor{s8(1, 2)(10, 20)}},
	})
}

func TestNormalisation(t *testing.T) {
	x := f(2, 3)(1, 2, 3, -2, 0, 5)
	runOps(t, []opCase{
		{op: "Softmax", in: []tensor{f(1, 3)(-1, 0, 1)}, want: []tensor{f(1, 3)(0.09003058, 0.24472848, 0.66524094)}},
		{op: "Softmax", name: "large numbers", in: []tensor{f(1, 2)(10000, 10001)}, want: []tensor{f(1, 2)(0.26894143, 0.7310586)}},
		{op: "Softmax", name: "axis 0", in: []tensor{f(2, 2)(0, 5, 0, 5)}, attrs: attrs{"axis": 0}, want: []tensor{f(2, 2)(0.5, 0.5, 0.5, 0.5)}},
		{op: "Softmax", name: "before 13 over everything behind the axis", opset: 12, in: []tensor{f(1, 2, 2)(0, 0, 0, 0)}, want: []tensor{f(1, 2, 2)(0.25, 0.25, 0.25, 0.25)}},
		{op: "Softmax", name: "before 13 along the last axis", opset: 11, in: []tensor{f(1, 2, 2)(0, 0, 1, 1)}, attrs: attrs{"axis": 2}, want: []tensor{f(1, 2, 2)(0.5, 0.5, 0.5, 0.5)}},
		{op: "LogSoftmax", in: []tensor{f(1, 3)(-1, 0, 1)}, want: []tensor{f(1, 3)(-2.4076059, -1.407606, -0.407606)}},
		{op: "LogSoftmax", name: "large numbers", in: []tensor{f(2)(10000, 10001)}, want: []tensor{f(2)(-1.3132617, -0.31326166)}},
		{op: "Hardmax", in: []tensor{f(2, 3)(3, 3, 1, 0, 2, 1)}, want: []tensor{f(2, 3)(1, 0, 0, 0, 1, 0)}},
		{op: "BatchNormalization", in: []tensor{f(1, 2, 1, 2)(-1, 0, 2, 3), f(2)(1, 1.5), f(2)(0, 1), f(2)(0, 3), f(2)(1, 1.5)},
			want: []tensor{f(1, 2, 1, 2)(-0.999995, 0, -0.22474074, 1)}},
		{op: "BatchNormalization", name: "epsilon", in: []tensor{f(1, 1)(2), f(1)(1), f(1)(0), f(1)(0), f(1)(3)}, attrs: attrs{"epsilon": float32(1)}, want: []tensor{f(1, 1)(1)}},
		{op: "LayerNormalization", in: []tensor{x, f(3)(1, 1, 1)}, want: []tensor{
			f(2, 3)(-1.2247357, 0, 1.2247357, -1.0190487, -0.33968294, 1.3587317), f(2, 1)(2, 1), f(2, 1)(1.2247357, 0.33968294)}},
		{op: "LayerNormalization", name: "over all from axis 0 with bias", in: []tensor{f(1, 2)(1, 3), f(1, 2)(2, 2), f(1, 2)(1, 1)}, attrs: attrs{"axis": 0, "epsilon": float32(0)}, want: []tensor{f(1, 2)(-1, 3)}},
		{op: "RMSNormalization", opset: 23, in: []tensor{f(1, 2)(3, 4), f(2)(1, 2)}, want: []tensor{f(1, 2)(0.8485281, 2.2627416)}},
	})
}

func TestMLOperators(t *testing.T) {
	x := f(2, 2)(1, 2, 3, -4)
	runOps(t, []opCase{
		{op: "ml.Scaler", in: []tensor{x}, attrs: attrs{"offset": []float32{1, 2}, "scale": []float32{2, 0.5}}, want: []tensor{f(2, 2)(0, 0, 4, -3)}},
		{op: "ml.Scaler", name: "one for all, of integers", in: []tensor{i64(1, 2)(3, 5)}, attrs: attrs{"offset": []float32{1}, "scale": []float32{2}}, want: []tensor{f(1, 2)(4, 8)}},
		{op: "ml.Normalizer", name: "l2", in: []tensor{f(2, 2)(3, 4, 0, 0)}, attrs: attrs{"norm": "L2"}, want: []tensor{f(2, 2)(0.6, 0.8, 0, 0)}},
		{op: "ml.Normalizer", name: "l1", in: []tensor{f(1, 2)(-1, 3)}, attrs: attrs{"norm": "L1"}, want: []tensor{f(1, 2)(-0.25, 0.75)}},
		{op: "ml.Normalizer", name: "max", in: []tensor{f(1, 2)(1, 4)}, want: []tensor{f(1, 2)(0.25, 1)}},
		{op: "ml.Binarizer", in: []tensor{f(3)(0.5, 1, 1.5)}, attrs: attrs{"threshold": float32(1)}, want: []tensor{f(3)(0, 0, 1)}},
		{op: "ml.Imputer", name: "NaN", in: []tensor{f(2, 2)(nan, 2, 3, nan)}, attrs: attrs{"imputed_value_floats": []float32{7, 8}, "replaced_value_float": nan}, want: []tensor{f(2, 2)(7, 2, 3, 8)}},
		{op: "ml.Imputer", name: "integers", in: []tensor{i64(1, 3)(-1, 2, -1)}, attrs: attrs{"imputed_value_int64s": []int{9}, "replaced_value_int64": -1}, want: []tensor{i64(1, 3)(9, 2, 9)}},
		{op: "ml.LabelEncoder", name: "strings to integers", in: []tensor{words("b", "z", "a")}, attrs: attrs{"keys_strings": []string{"a", "b"}, "values_int64s": []int{5, 6}}, want: []tensor{i64(3)(6, -1, 5)}},
		{op: "ml.LabelEncoder", name: "integers to floats with a default", in: []tensor{i64(2)(1, 7)}, attrs: attrs{"keys_int64s": []int{1}, "values_floats": []float32{0.5}, "default_float": float32(2)}, want: []tensor{f(2)(0.5, 2)}},
		{op: "ml.LabelEncoder", name: "NaN is a key", in: []tensor{f(2)(nan, 1)}, attrs: attrs{"keys_floats": []float32{1, nan}, "values_strings": []string{"one", "none"}}, want: []tensor{words("none", "one")}},
		{op: "ml.LabelEncoder", name: "tensors", in: []tensor{i64(2)(2, 3)}, attrs: attrs{"keys_tensor": i64(1)(2), "values_tensor": f(1)(4), "default_tensor": f(1)(9)}, want: []tensor{f(2)(4, 9)}},
		{op: "ml.LabelEncoder", name: "version 1", in: []tensor{words("b", "q")}, attrs: attrs{"classes_strings": []string{"a", "b"}}, want: []tensor{i64(2)(1, -1)}},
		{op: "ml.FeatureVectorizer", in: []tensor{x, f(2, 1)(8, 9)}, want: []tensor{f(2, 3)(1, 2, 8, 3, -4, 9)}},
		{op: "ml.ZipMap", in: []tensor{x}, attrs: attrs{"classlabels_int64s": []int{0, 1}}, want: []tensor{x}},
		{op: "ml.LinearRegressor", in: []tensor{x}, attrs: attrs{"coefficients": []float32{1, 2, 0, 1}, "intercepts": []float32{0.5, -1}, "targets": 2}, want: []tensor{f(2, 2)(5.5, 1, -4.5, -5)}},
		{op: "ml.LinearClassifier", in: []tensor{x}, attrs: attrs{"coefficients": []float32{1, 0, 0, 1, 0, 0}, "intercepts": []float32{0, 0, 0.5}, "classlabels_ints": []int{7, 8, 9}},
			want: []tensor{i64(2)(8, 7), f(2, 3)(1, 2, 0.5, 3, -4, 0.5)}},
		{op: "ml.LinearClassifier", name: "one score, two classes", in: []tensor{x}, attrs: attrs{"coefficients": []float32{1, 1}, "intercepts": []float32{0}, "classlabels_ints": []int{7, 8}}, want: []tensor{i64(2)(8, 7), f(2, 2)(-2, 3, 2, -1)}},
		{op: "ml.LinearRegressor", name: "probit in closed form", in: []tensor{f(2, 1)(0.5, 0.84134475)}, attrs: attrs{"coefficients": []float32{1}, "post_transform": "PROBIT"}, want: []tensor{f(2, 1)(0, 1.0001738)}},
		{op: "ml.LinearClassifier", name: "softmax that keeps zeros", in: []tensor{f(1, 1)(1)}, attrs: attrs{"coefficients": []float32{0, 1, 2}, "intercepts": []float32{0, 0, 0}, "classlabels_ints": []int{7, 8, 9}, "post_transform": "SOFTMAX_ZERO"},
			want: []tensor{i64(1)(9), f(1, 3)(0, 0.26894143, 0.7310586)}},
		{op: "ml.LinearClassifier", name: "softmax and strings", in: []tensor{f(1, 1)(1)}, attrs: attrs{"coefficients": []float32{0, 1}, "intercepts": []float32{0, 0}, "classlabels_strings": []string{"no", "yes"}, "post_transform": "SOFTMAX"},
			want: []tensor{words("yes"), f(1, 2)(0.26894143, 0.7310586)}},
	})
}

// A step by step worked binary SVM: two vectors, linear kernel.
func TestSupportVectorMachines(t *testing.T) {
	x := f(2, 2)(1, 2, -1, 0)
	reg := attrs{"coefficients": []float32{1, -0.5}, "support_vectors": []float32{1, 0, 0, 1}, "rho": []float32{0.25}, "n_supports": 2}
	with := func(base attrs, kv ...any) attrs {
		a := attrs{}
		for k, v := range base {
			a[k] = v
		}
		for i := 0; i < len(kv); i += 2 {
			a[kv[i].(string)] = kv[i+1]
		}
		return a
	}
	cls := attrs{"kernel_type": "LINEAR", "coefficients": []float32{1, -1}, "support_vectors": []float32{1, 0, 0, 1},
		"vectors_per_class": []int{1, 1}, "rho": []float32{0.5}, "classlabels_ints": []int{4, 5}}
	three := attrs{"kernel_type": "LINEAR", "support_vectors": []float32{1, 0, 0, 1, 1, 1}, "vectors_per_class": []int{1, 1, 1},
		"coefficients": []float32{1, -1, -1, 1, 1, -1}, "rho": []float32{0, 0.5, -0.5}, "classlabels_strings": []string{"a", "b", "c"}}
	runOps(t, []opCase{
		{op: "ml.SVMRegressor", name: "linear", in: []tensor{x}, attrs: reg, want: []tensor{f(2, 1)(0.25, -0.75)}},
		{op: "ml.SVMRegressor", name: "polynomial", in: []tensor{x}, attrs: with(reg, "kernel_type", "POLY", "kernel_params", []float32{2, 1, 2}), want: []tensor{f(2, 1)(9-0.5*25+0.25, 1-0.5+0.25)}},
		{op: "ml.SVMRegressor", name: "radial", in: []tensor{x}, attrs: with(reg, "kernel_type", "RBF", "kernel_params", []float32{0.5, 0, 0}), want: []tensor{f(2, 1)(0.13533528-0.5*0.36787944+0.25, 0.13533528-0.5*0.36787944+0.25)}},
		{op: "ml.SVMRegressor", name: "sigmoid", in: []tensor{x}, attrs: with(reg, "kernel_type", "SIGMOID", "kernel_params", []float32{1, 0, 0}), want: []tensor{f(2, 1)(0.76159416-0.5*0.9640276+0.25, -0.76159416+0.25)}},
		{op: "ml.SVMRegressor", name: "one class", in: []tensor{x}, attrs: with(reg, "one_class", 1), want: []tensor{f(2, 1)(1, -1)}},
		{op: "ml.SVMRegressor", name: "without vectors", in: []tensor{x}, attrs: attrs{"coefficients": []float32{2, 1}, "rho": []float32{1}}, want: []tensor{f(2, 1)(5, -1)}},
		// decision = 1*x0 - 1*x1 + 0.5: -0.5 and -0.5, so class 1 wins the vote.
		{op: "ml.SVMClassifier", name: "two classes", in: []tensor{x}, attrs: cls, want: []tensor{i64(2)(5, 5), f(2, 2)(0.5, -0.5, 0.5, -0.5)}},
		// Platt: p(class 0) = 1 / (1 + exp(A f + B)) with A = -2, B = 0, f = -0.5.
		{op: "ml.SVMClassifier", name: "with probabilities", in: []tensor{f(1, 2)(1, 2)}, attrs: with(cls, "prob_a", []float32{-2}, "prob_b", []float32{0}), want: []tensor{i64(1)(5), f(1, 2)(0.26894143, 0.7310586)}},
		// K = [1, 2, 3]. ab: 1*1 + (-1)*2 + 0; ac: coef[1][0]*1 + coef[0][2]*3 + 0.5; bc: coef[1][1]*2 + coef[1][2]*3 - 0.5.
		{op: "ml.SVMClassifier", name: "three classes", in: []tensor{f(1, 2)(1, 2)}, attrs: three, want: []tensor{words("c"), f(1, 3)(-1, -1.5, -1.5)}},
		{op: "ml.SVMClassifier", name: "linear without vectors", in: []tensor{f(1, 2)(1, 2)}, attrs: attrs{"coefficients": []float32{1, 0, 0, 1, 1, 1}, "rho": []float32{0.5}, "classlabels_ints": []int{1, 2, 3}}, want: []tensor{i64(1)(3), f(1, 3)(1.5, 2.5, 3.5)}},
	})
}
