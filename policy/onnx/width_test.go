package onnx_test

import (
	"testing"

	"slipstream/policy/graph"
	"slipstream/policy/onnx/onnxtest"
)

// [None, None] is how scikit-learn's converters declare an input unless told otherwise.
func TestAnOpenNumberOfFeaturesIsThatOfTheWeights(t *testing.T) {
	stumps := stump1("target", nil)
	svc := attrs{"kernel_type": "RBF", "kernel_params": []float32{1, 0, 0}, "n_supports": 2, "support_vectors": []float32{1, 2, 3, 4, 5, 6},
		"coefficients": []float32{1, -1}, "rho": []float32{0}}
	for _, c := range []struct {
		name string
		want int
		add  func(m *onnxtest.Model)
	}{
		{"a dense layer", 3, func(m *onnxtest.Model) {
			m.Const("w", f(3, 2)(1, 2, 3, 4, 5, 6)).Node("Gemm", list("x", "w"), list("y"), nil)
		}},
		{"a dense layer with the weights turned", 2, func(m *onnxtest.Model) {
			m.Const("w", f(3, 2)(1, 2, 3, 4, 5, 6)).Node("Gemm", list("x", "w"), list("y"), attrs{"transB": 1})
		}},
		{"a product behind a scaler of one number and a cast", 3, func(m *onnxtest.Model) {
			m.Node("ml.Scaler", list("x"), list("s"), attrs{"offset": []float32{1}, "scale": []float32{2}})
			m.Node("Cast", list("s"), list("c"), attrs{"to": 1})
			m.Node("Constant", nil, list("w"), attrs{"value": f(3, 1)(1, 2, 3)})
			m.Node("MatMul", list("c", "w"), list("y"), nil)
		}},
		{"a scaler", 4, func(m *onnxtest.Model) {
			m.Node("ml.Scaler", list("x"), list("y"), attrs{"offset": []float32{1, 2, 3, 4}, "scale": []float32{1, 2, 3, 4}})
		}},
		{"a subtraction of means", 4, func(m *onnxtest.Model) {
			m.Const("mean", f(4)(1, 2, 3, 4)).Node("Sub", list("x", "mean"), list("y"), nil)
		}},
		{"an imputer", 2, func(m *onnxtest.Model) {
			m.Node("ml.Imputer", list("x"), list("y"), attrs{"imputed_value_floats": []float32{1, 2}, "replaced_value_float": nan})
		}},
		{"a linear model", 3, func(m *onnxtest.Model) {
			m.Node("ml.LinearRegressor", list("x"), list("y"), attrs{"coefficients": []float32{1, 2, 3, 4, 5, 6}, "intercepts": []float32{0, 0}, "targets": 2})
		}},
		{"support vectors", 3, func(m *onnxtest.Model) { m.Node("ml.SVMRegressor", list("x"), list("y"), svc) }},
		{"trees, as many as they use", 2, func(m *onnxtest.Model) { m.Node("ml.TreeEnsembleRegressor", list("x"), list("y"), stumps) }},
		{"nothing that says", 1, func(m *onnxtest.Model) { m.Node("Relu", list("x"), list("y"), nil) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := onnxtest.New(13).Input("x", graph.Float32, -1, -1)
			c.add(m)
			g := read(t, m.Output("y"))
			if d := g.Values[g.Inputs[0].Value].Dims; len(d) != 2 || d[0] != 1 || d[1] != c.want {
				t.Errorf("dims %v, want [1 %d]", d, c.want)
			}
		})
	}
}
