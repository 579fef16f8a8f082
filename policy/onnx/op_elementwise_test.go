package onnx_test

import (
	"math"
	"testing"

	"slipstream/policy/graph"
)

// fx applies a formula to each of xs.
func fx(xs []float32, g func(x float64) float64) []float32 {
	out := make([]float32, len(xs))
	for i, x := range xs {
		out[i] = float32(g(float64(x)))
	}
	return out
}

func TestUnaryOperators(t *testing.T) {
	xs := []float32{-3, -1, -0.5, 0, 0.25, 1, 2.5, 6}
	pos := []float32{0.1, 0.5, 1, 1.5, 2, 3, 4, 9}
	unit := []float32{-1, -0.9, -0.5, 0, 0.1, 0.5, 0.9, 1}
	above := []float32{1, 1.1, 1.5, 2, 3, 4, 5, 10}
	e, tanh := math.Exp, math.Tanh
	pick := func(b bool, x, y float64) float64 {
		if b {
			return x
		}
		return y
	}
	var cases []opCase
	add := func(op string, in []float32, a attrs, g func(x float64) float64) {
		cases = append(cases, opCase{op: op, in: []tensor{f(2, 4)(in...)}, attrs: a, want: []tensor{f(2, 4)(fx(in, g)...)}})
	}
	add("Abs", xs, nil, func(x float64) float64 { return pick(x < 0, -x, x) })
	add("Neg", xs, nil, func(x float64) float64 { return -x })
	add("Exp", xs, nil, func(x float64) float64 { return math.Pow(math.E, x) })
	add("Log", pos, nil, func(x float64) float64 { return math.Log2(x) * math.Ln2 })
	add("Sqrt", pos, nil, func(x float64) float64 { return math.Pow(x, 0.5) })
	add("Reciprocal", pos, nil, func(x float64) float64 { return 1 / x })
	add("Floor", xs, nil, func(x float64) float64 { return -math.Ceil(-x) })
	add("Ceil", xs, nil, func(x float64) float64 { return -math.Floor(-x) })
	add("Sign", xs, nil, func(x float64) float64 { return pick(x > 0, 1, pick(x < 0, -1, 0)) })
	add("Relu", xs, nil, func(x float64) float64 { return pick(x > 0, x, 0) })
	add("Sigmoid", xs, nil, func(x float64) float64 { return e(x) / (1 + e(x)) })
	add("Tanh", xs, nil, func(x float64) float64 { return (e(2*x) - 1) / (e(2*x) + 1) })
	add("Softplus", xs, nil, func(x float64) float64 { return math.Log(1 + e(x)) })
	add("Softsign", xs, nil, func(x float64) float64 { return pick(x < 0, x/(1-x), x/(1+x)) })
	add("Erf", unit, nil, func(x float64) float64 { return 1 - math.Erfc(x) })
	add("HardSwish", xs, nil, func(x float64) float64 { return x * math.Max(0, math.Min(1, x/6+0.5)) })
	add("Mish", xs, nil, func(x float64) float64 { return x * tanh(math.Log(1+e(x))) })
	add("Elu", xs, nil, func(x float64) float64 { return pick(x < 0, e(x)-1, x) })
	add("Elu", xs, attrs{"alpha": float32(2)}, func(x float64) float64 { return pick(x < 0, 2*(e(x)-1), x) })
	add("Celu", xs, attrs{"alpha": float32(2)}, func(x float64) float64 { return pick(x < 0, 2*(e(x/2)-1), x) })
	add("Selu", xs, nil, func(x float64) float64 {
		return 1.05070102214813232421875 * pick(x > 0, x, 1.67326319217681884765625*(e(x)-1))
	})
	add("Selu", xs, attrs{"alpha": float32(2), "gamma": float32(3)}, func(x float64) float64 { return 3 * pick(x > 0, x, 2*(e(x)-1)) })
	add("LeakyRelu", xs, nil, func(x float64) float64 { return pick(x < 0, 0.01*x, x) })
	add("LeakyRelu", xs, attrs{"alpha": float32(0.1)}, func(x float64) float64 { return pick(x < 0, 0.1*x, x) })
	add("ThresholdedRelu", xs, attrs{"alpha": float32(2)}, func(x float64) float64 { return pick(x > 2, x, 0) })
	add("HardSigmoid", xs, nil, func(x float64) float64 { return math.Max(0, math.Min(1, 0.2*x+0.5)) })
	add("HardSigmoid", xs, attrs{"alpha": float32(0.5), "beta": float32(0.6)}, func(x float64) float64 { return math.Max(0, math.Min(1, 0.5*x+0.6)) })
	add("Swish", xs, nil, func(x float64) float64 { return x / (1 + e(-x)) })
	add("Gelu", xs, nil, func(x float64) float64 { return x * 0.5 * math.Erfc(-x/math.Sqrt2) })
	add("Gelu", xs, attrs{"approximate": "tanh"}, func(x float64) float64 {
		return 0.5 * x * (1 + tanh(0.7978845608028654*(x+0.044715*x*x*x)))
	})
	add("Sin", xs, nil, func(x float64) float64 { return math.Cos(x - math.Pi/2) })
	add("Cos", xs, nil, func(x float64) float64 { return math.Sin(x + math.Pi/2) })
	add("Tan", unit, nil, func(x float64) float64 { return math.Sin(x) / math.Cos(x) })
	add("Asin", unit, nil, func(x float64) float64 { return math.Pi/2 - math.Acos(x) })
	add("Acos", unit, nil, func(x float64) float64 { return math.Pi/2 - math.Asin(x) })
	add("Atan", xs, nil, func(x float64) float64 { return math.Atan2(x, 1) })
	add("Sinh", xs, nil, func(x float64) float64 { return (e(x) - e(-x)) / 2 })
	add("Cosh", xs, nil, func(x float64) float64 { return (e(x) + e(-x)) / 2 })
	add("Asinh", xs, nil, func(x float64) float64 { return math.Log(x + math.Sqrt(x*x+1)) })
	add("Acosh", above, nil, func(x float64) float64 { return math.Log(x + math.Sqrt(x*x-1)) })
	cases = append(cases,
		opCase{op: "Round", in: []tensor{f(6)(0.5, 1.5, 2.5, -0.5, -1.5, 0.9)}, want: []tensor{f(6)(0, 2, 2, 0, -2, 1)}},
		opCase{op: "Atanh", in: []tensor{f(2)(0.5, -0.25)}, want: []tensor{f(2)(0.54930615, -0.2554128)}},
		opCase{op: "Not", in: []tensor{yes(2)(0, 1)}, want: []tensor{yes(2)(1, 0)}},
		opCase{op: "IsNaN", in: []tensor{f(3)(nan, 1, inf)}, want: []tensor{yes(3)(1, 0, 0)}},
		opCase{op: "IsInf", in: []tensor{f(3)(-inf, 1, inf)}, want: []tensor{yes(3)(1, 0, 1)}},
		opCase{op: "IsInf", name: "positive only", in: []tensor{f(3)(-inf, 1, inf)}, attrs: attrs{"detect_negative": 0}, want: []tensor{yes(3)(0, 0, 1)}},
		opCase{op: "Abs", name: "int8 wraps", in: []tensor{s8(3)(-128, -5, 5)}, want: []tensor{s8(3)(-128, 5, 5)}},
		opCase{op: "Relu", name: "a scalar", in: []tensor{f()(-1)}, want: []tensor{f()(0)}},
		opCase{op: "Tanh", name: "five dimensions", in: []tensor{f(1, 2, 1, 1, 1)(0, 0)}, want: []tensor{f(1, 2, 1, 1, 1)(0, 0)}},
		opCase{op: "Exp", name: "no elements", in: []tensor{f(0, 3)()}, want: []tensor{f(0, 3)()}},
		opCase{op: "Identity", in: []tensor{words("a", "b")}, want: []tensor{words("a", "b")}},
		opCase{op: "Dropout", name: "with a mask", in: []tensor{f(2)(1, 2)}, want: []tensor{f(2)(1, 2), yes(2)(1, 1)}},
	)
	runOps(t, cases)
}

var (
	nan = float32(math.NaN())
	inf = float32(math.Inf(1))
)

func TestBinaryOperators(t *testing.T) {
	a, b := f(2, 3)(1, -2, 3, 4, 5, -6), f(3)(2, 4, -8)
	i32 := func(d ...int) func(...int64) tensor { return typed(graph.Int32, d...) }
	runOps(t, []opCase{
		{op: "Add", in: []tensor{a, b}, want: []tensor{f(2, 3)(3, 2, -5, 6, 9, -14)}},
		{op: "Sub", in: []tensor{a, b}, want: []tensor{f(2, 3)(-1, -6, 11, 2, 1, 2)}},
		{op: "Mul", in: []tensor{a, b}, want: []tensor{f(2, 3)(2, -8, -24, 8, 20, 48)}},
		{op: "Div", in: []tensor{a, b}, want: []tensor{f(2, 3)(0.5, -0.5, -0.375, 2, 1.25, 0.75)}},
		{op: "Add", name: "both stretch", in: []tensor{f(2, 1)(1, 2), f(1, 3)(10, 20, 30)}, want: []tensor{f(2, 3)(11, 21, 31, 12, 22, 32)}},
		{op: "Add", name: "a scalar on the left", in: []tensor{f()(1), f(2)(1, 2)}, want: []tensor{f(2)(2, 3)}},
		{op: "Add", name: "ranks 4 and 1", in: []tensor{f(1, 1, 2, 2)(1, 2, 3, 4), f(2)(10, 20)}, want: []tensor{f(1, 1, 2, 2)(11, 22, 13, 24)}},
		{op: "Mul", name: "nothing times one", in: []tensor{f(0)(), f(1)(3)}, want: []tensor{f(0)()}},
		{op: "Div", name: "integers truncate", in: []tensor{i32(4)(7, -7, 7, -7), i32(4)(2, 2, -2, -2)}, want: []tensor{i32(4)(3, -3, -3, 3)}},
		{op: "Add", name: "uint8 wraps", in: []tensor{u8(1)(200), u8(1)(100)}, want: []tensor{u8(1)(44)}},
		{op: "Add", name: "int64 beyond 2^53", in: []tensor{i64(1)(1<<53 + 1), i64(1)(1)}, want: []tensor{i64(1)(1<<53 + 2)}},
		{op: "Pow", in: []tensor{f(3)(1, 2, 3), f(3)(4, 5, 6)}, want: []tensor{f(3)(1, 32, 729)}},
		{op: "Pow", name: "float to an integer", in: []tensor{f(3)(1, 2, 3), i64()(2)}, want: []tensor{f(3)(1, 4, 9)}},
		{op: "Pow", name: "integer to a float", in: []tensor{i64(3)(1, 2, 3), f(3)(4, 5, 6)}, want: []tensor{i64(3)(1, 32, 729)}},
		{op: "PRelu", in: []tensor{f(2, 2)(-1, 2, -3, 4), f(2)(0.5, 0.1)}, want: []tensor{f(2, 2)(-0.5, 2, -1.5, 4)}},
		{op: "Max", in: []tensor{f(3)(3, 2, 1), f(3)(1, 4, 4), f(3)(2, 5, 3)}, want: []tensor{f(3)(3, 5, 4)}},
		{op: "Max", name: "one input", in: []tensor{f(1)(3)}, want: []tensor{f(1)(3)}},
		{op: "Min", in: []tensor{f(3)(3, 2, 1), f(1)(2)}, want: []tensor{f(3)(2, 2, 1)}},
		{op: "Min", name: "uint64 above 2^63 counts as held", in: []tensor{i64(2)(5, -5), i64(2)(4, 4)}, want: []tensor{i64(2)(4, -5)}},
		{op: "Sum", in: []tensor{f(2)(3, 0), f(2)(1, 3), f(2)(2, 6)}, want: []tensor{f(2)(6, 9)}},
		{op: "Mean", in: []tensor{f(2)(3, 0), f(2)(1, 3), f(2)(2, 6)}, want: []tensor{f(2)(2, 3)}},
		{op: "Mod", name: "the divisor's sign", in: []tensor{i32(4)(-4, 7, 5, -8), i32(4)(2, -3, 8, 3)}, want: []tensor{i32(4)(0, -2, 5, 1)}},
		{op: "Mod", name: "fmod", in: []tensor{f(3)(-4.25, 7, 5), f(3)(2, -3, 8)}, attrs: attrs{"fmod": 1}, want: []tensor{f(3)(-0.25, 1, 5)}},
		{op: "Equal", in: []tensor{i64(3)(1, 2, 3), i64(1)(2)}, want: []tensor{yes(3)(0, 1, 0)}},
		{op: "Equal", name: "strings", in: []tensor{words("a", "b"), words("a", "c")}, want: []tensor{yes(2)(1, 0)}},
		{op: "Greater", in: []tensor{f(3)(1, 2, nan), f(3)(0, 2, 0)}, want: []tensor{yes(3)(1, 0, 0)}},
		{op: "GreaterOrEqual", in: []tensor{f(3)(1, 2, 3), f(3)(2, 2, 2)}, want: []tensor{yes(3)(0, 1, 1)}},
		{op: "Less", in: []tensor{f(3)(1, 2, 3), f(3)(2, 2, 2)}, want: []tensor{yes(3)(1, 0, 0)}},
		{op: "LessOrEqual", in: []tensor{f(3)(1, 2, 3), f(3)(2, 2, 2)}, want: []tensor{yes(3)(1, 1, 0)}},
		{op: "And", in: []tensor{yes(4)(0, 0, 1, 1), yes(4)(0, 1, 0, 1)}, want: []tensor{yes(4)(0, 0, 0, 1)}},
		{op: "Or", in: []tensor{yes(4)(0, 0, 1, 1), yes(4)(0, 1, 0, 1)}, want: []tensor{yes(4)(0, 1, 1, 1)}},
		{op: "Xor", in: []tensor{yes(4)(0, 0, 1, 1), yes(4)(0, 1, 0, 1)}, want: []tensor{yes(4)(0, 1, 1, 0)}},
		{op: "Where", in: []tensor{yes(2, 2)(1, 0, 1, 1), f(2, 2)(1, 2, 3, 4), f(1)(9)}, want: []tensor{f(2, 2)(1, 9, 3, 4)}},
		{op: "Clip", in: []tensor{f(3)(-2, 0, 2), f()(-1), f()(1)}, want: []tensor{f(3)(-1, 0, 1)}},
		{op: "Clip", name: "only a maximum", in: []tensor{f(3)(-2, 0, 2), nil, f()(1)}, want: []tensor{f(3)(-2, 0, 1)}},
		{op: "Clip", name: "no bounds", in: []tensor{f(3)(-2, 0, 2)}, want: []tensor{f(3)(-2, 0, 2)}},
		{op: "Clip", name: "int8", in: []tensor{s8(3)(-2, 0, 2), s8()(-1)}, want: []tensor{s8(3)(-1, 0, 2)}},
		{op: "Clip", name: "the minimum above the maximum", in: []tensor{f(2)(-2, 6), f()(2), f()(1)}, want: []tensor{f(2)(1, 1)}},
		{op: "Clip", name: "bounds as attributes before opset 11", opset: 7, in: []tensor{f(3)(-2, 0, 2)},
			attrs: attrs{"min": float32(-1), "max": float32(1)}, want: []tensor{f(3)(-1, 0, 1)}},
	})
}

func TestCasts(t *testing.T) {
	half := &graph.Tensor{DType: graph.Float16, Dims: []int{3}, F: []float32{1.5, -2, 0.099975586}}
	runOps(t, []opCase{
		{op: "Cast", name: "toward zero", in: []tensor{f(4)(1.9, -1.9, 0.5, 3e9)}, attrs: attrs{"to": 7}, want: []tensor{i64(4)(1, -1, 0, 3000000000)}},
		{op: "Cast", name: "to bool", in: []tensor{f(3)(0, -0.1, nan)}, attrs: attrs{"to": 9}, want: []tensor{yes(3)(0, 1, 1)}},
		{op: "Cast", name: "int64 to int8 wraps", in: []tensor{i64(2)(300, -129)}, attrs: attrs{"to": 3}, want: []tensor{s8(2)(44, 127)}},
		{op: "Cast", name: "to half and its rounding", in: []tensor{f(3)(1.5, -2, 0.1)}, attrs: attrs{"to": 10}, want: []tensor{half}},
		{op: "Cast", name: "from half", in: []tensor{half}, attrs: attrs{"to": 1}, want: []tensor{f(3)(1.5, -2, 0.099975586)}},
		{op: "Cast", name: "to float", in: []tensor{i64(2)(3, -4)}, attrs: attrs{"to": 1}, want: []tensor{f(2)(3, -4)}},
		{op: "Cast", name: "from a string", in: []tensor{words("3.5", "-1e2")}, attrs: attrs{"to": 1}, want: []tensor{f(2)(3.5, -100)}},
		{op: "Cast", name: "to a string", in: []tensor{i64(2)(3, -4)}, attrs: attrs{"to": 8}, want: []tensor{words("3", "-4")}},
		{op: "Cast", name: "floats to strings", in: []tensor{f(6)(0.47892547, 1, nan, -inf, inf, 1e-5)}, attrs: attrs{"to": 8}, want: []tensor{words("0.47892547", "1.0", "nan", "-inf", "inf", "1e-05")}},
		{op: "Cast", name: "what is no number", in: []tensor{words("INF", "-INF", "NaN")}, attrs: attrs{"to": 1}, want: []tensor{f(3)(inf, -inf, nan)}},
		{op: "CastLike", in: []tensor{f(2)(1.5, 2.5), i64(1)(0)}, want: []tensor{i64(2)(1, 2)}},
	})
}
