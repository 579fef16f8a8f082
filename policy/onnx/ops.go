package onnx

import (
	"math"

	"slipstream/policy/graph"
)

// converts maps domain and operator to its conversion.
var converts = map[string]map[string]convert{"": standard(), "ai.onnx.ml": ml()}

var reduceOps = map[string]graph.Op{
	"ReduceL1": graph.ReduceL1, "ReduceL2": graph.ReduceL2, "ReduceLogSum": graph.ReduceLogSum,
	"ReduceLogSumExp": graph.ReduceLogSumExp, "ReduceMax": graph.ReduceMax, "ReduceMean": graph.ReduceMean,
	"ReduceMin": graph.ReduceMin, "ReduceProd": graph.ReduceProd, "ReduceSum": graph.ReduceSum,
	"ReduceSumSquare": graph.ReduceSumSquare,
}

func standard() map[string]convert {
	m := map[string]convert{
		"Identity": pass, "Dropout": dropout, "Constant": constant, "ConstantOfShape": constantOfShape,
		"Cast": cast, "CastLike": castLike, "Clip": clip, "Gemm": gemm, "Mod": mod, "Gelu": gelu, "IsInf": isInf,
		"BatchNormalization": batchNorm, "LayerNormalization": layerNorm, "RMSNormalization": rmsNorm,
		"Softmax": softmax, "LogSoftmax": softmax, "Hardmax": softmax, "Attention": attention,
		"LSTM": recurrent, "GRU": recurrent, "RNN": recurrent, "ArgMax": arg, "ArgMin": arg,
		"Concat": concat, "Split": split, "Slice": slice, "Gather": axisZero, "GatherElements": axisZero,
		"Flatten": flatten, "Reshape": reshape, "Squeeze": axesInput, "Unsqueeze": axesInput,
		"Transpose": transpose, "Shape": shape, "TopK": topK, "CumSum": cumSum,
		"QuantizeLinear": quantize, "DequantizeLinear": quantize,
	}
	for name := range reduceOps {
		m[name] = reduce
	}
	plain := map[graph.Op][2]int{
		graph.Where: {3, 3}, graph.Range: {3, 3}, graph.Expand: {2, 2}, graph.Tile: {2, 2}, graph.Size: {1, 1},
		graph.MatMul: {2, 2}, graph.MatMulInteger: {2, 4}, graph.QLinearMatMul: {8, 8},
		graph.DynamicQuantizeLinear: {1, 1}, graph.Max: {1, 1 << 20}, graph.Min: {1, 1 << 20},
		graph.Sum: {1, 1 << 20}, graph.Mean: {1, 1 << 20},
	}
	for _, op := range []graph.Op{graph.Abs, graph.Acos, graph.Acosh, graph.Asin, graph.Asinh, graph.Atan,
		graph.Atanh, graph.Ceil, graph.Cos, graph.Cosh, graph.Erf, graph.Exp, graph.Floor, graph.HardSwish,
		graph.Log, graph.Mish, graph.Neg, graph.Not, graph.Reciprocal, graph.Relu, graph.Round, graph.Sigmoid,
		graph.Sign, graph.Sin, graph.Sinh, graph.Softplus, graph.Softsign, graph.Sqrt, graph.Tan, graph.Tanh, graph.IsNaN} {
		plain[op] = [2]int{1, 1}
	}
	for _, op := range []graph.Op{graph.Add, graph.And, graph.Div, graph.Equal, graph.Greater, graph.GreaterOrEqual,
		graph.Less, graph.LessOrEqual, graph.Mul, graph.Or, graph.Pow, graph.PRelu, graph.Sub, graph.Xor} {
		plain[op] = [2]int{2, 2}
	}
	for op, arity := range plain {
		m[string(op)] = func(n *rawNode) error {
			if err := n.need(arity[0], arity[1]); err != nil {
				return err
			}
			for i, v := range n.ids {
				if v == graph.None && op != graph.MatMulInteger {
					return n.refuse("", "input %d is missing", i)
				}
			}
			return n.emit(op, nil, n.ids...)
		}
	}
	for name, def := range map[graph.Op][2]float32{
		graph.Celu: {1, 0}, graph.Elu: {1, 0}, graph.HardSigmoid: {0.2, 0.5}, graph.LeakyRelu: {0.01, 0},
		graph.Swish: {1, 0}, graph.ThresholdedRelu: {1, 0}, graph.Selu: {1.67326319217681884765625, 1.05070102214813232421875},
	} {
		m[string(name)] = func(n *rawNode) error {
			beta := "beta"
			if name == graph.Selu {
				beta = "gamma"
			}
			if err := n.need(1, 1); err != nil {
				return err
			}
			return n.emit(name, graph.AlphaAttr{Alpha: n.float("alpha", def[0]), Beta: n.float(beta, def[1])}, n.ids...)
		}
	}
	return m
}

func pass(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	n.alias(0, n.ids[0])
	return nil
}

// dropout is the identity; a mask is all true.
func dropout(n *rawNode) error {
	if err := n.need(1, 3); err != nil {
		return err
	}
	if mode := n.in(2); mode != graph.None {
		c := n.im.g.Const(mode)
		ratio := n.im.g.Const(n.in(1))
		if c == nil || c.DType != graph.Bool || c.Len() != 1 || c.I[0] != 0 && (ratio == nil || ratio.Len() != 1 || ratio.At(0) != 0) {
			return n.refuse("export in evaluation mode (model.eval())", "is in training mode")
		}
	}
	v := &n.im.g.Values[n.ids[0]]
	n.alias(0, n.ids[0])
	if len(n.made) > 1 && n.made[1] != "" {
		if v.Dynamic {
			return n.refuse("drop the mask output", "mask of unknown shape")
		}
		if err := n.im.budget.Spend(v.Dims...); err != nil {
			return n.refuse("", "%v", err)
		}
		mask := graph.New(graph.Bool, v.Dims...)
		for i := range mask.I {
			mask.I[i] = 1
		}
		n.constant(1, mask)
	}
	return nil
}

func constant(n *rawNode) error {
	var t *graph.Tensor
	switch {
	case n.tensor("value") != nil:
		t = n.tensor("value")
	case n.has("value_float"):
		t = graph.Floats([]float32{n.float("value_float", 0)})
	case n.has("value_floats"):
		t = graph.Floats(n.floats("value_floats"), len(n.floats("value_floats")))
	case n.has("value_int"):
		t = graph.Ints([]int64{n.int("value_int", 0)})
	case n.has("value_ints"):
		t = graph.Ints(n.ints("value_ints"), len(n.ints("value_ints")))
	case n.has("value_string"):
		t = graph.New(graph.String)
		t.S[0] = n.str("value_string", "")
	case n.has("value_strings"):
		t = graph.New(graph.String, len(n.strings("value_strings")))
		copy(t.S, n.strings("value_strings"))
	default:
		return n.refuse("", "has no dense value")
	}
	n.constant(0, t)
	return nil
}

func constantOfShape(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	v := n.tensor("value")
	if v == nil {
		v = graph.Floats([]float32{0}, 1)
	}
	if v.Len() != 1 {
		return n.refuse("", "value has dims %v, want one element", v.Dims)
	}
	return n.emit(graph.ConstantOfShape, graph.FillAttr{Value: v}, n.ids...)
}

func cast(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	to := n.int("to", 0)
	if to < 0 || to > 255 || !graph.DType(to).Known() {
		return n.refuse("cast to a standard type", "casts to element type %d", to)
	}
	return n.emit(graph.Cast, graph.CastAttr{To: graph.DType(to)}, n.ids...)
}

func castLike(n *rawNode) error {
	if err := n.need(2, 2); err != nil {
		return err
	}
	return n.emit(graph.Cast, graph.CastAttr{To: n.dtype(1)}, n.ids[0])
}

// clip has its bounds as attributes before opset 11.
func clip(n *rawNode) error {
	if err := n.need(1, 3); err != nil {
		return err
	}
	if n.ver >= 11 {
		return n.emit(graph.Clip, nil, n.ids...)
	}
	in := []int{n.ids[0], graph.None, graph.None}
	for i, name := range []string{"min", "max"} {
		if n.has(name) {
			t := graph.New(n.dtype(0))
			if !t.DType.IsFloat() {
				return n.refuse("", "input is %s, want floats", t.DType)
			}
			if t.DType == graph.Float64 {
				t.D[0] = float64(n.float(name, 0))
			} else {
				t.F[0] = n.float(name, 0)
			}
			in[1+i] = n.im.g.AddConst(n.full+"/"+name, t)
		}
	}
	return n.emit(graph.Clip, nil, in...)
}

func gemm(n *rawNode) error {
	if err := n.need(2, 3); err != nil {
		return err
	}
	return n.emit(graph.Gemm, graph.GemmAttr{Alpha: n.float("alpha", 1), Beta: n.float("beta", 1),
		TransA: n.flag("transA", false), TransB: n.flag("transB", false)}, n.ids...)
}

func mod(n *rawNode) error {
	if err := n.need(2, 2); err != nil {
		return err
	}
	return n.emit(graph.Mod, graph.ModAttr{Fmod: n.flag("fmod", false)}, n.ids...)
}

func gelu(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	how := n.str("approximate", "none")
	if how != "none" && how != "tanh" {
		return n.refuse("", "approximation %q", how)
	}
	return n.emit(graph.Gelu, graph.GeluAttr{Tanh: how == "tanh"}, n.ids...)
}

func isInf(n *rawNode) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	return n.emit(graph.IsInf, graph.IsInfAttr{Negative: n.flag("detect_negative", true), Positive: n.flag("detect_positive", true)}, n.ids...)
}

// quantize serves QuantizeLinear and DequantizeLinear.
func quantize(n *rawNode) error {
	if err := n.need(2, 3); err != nil {
		return err
	}
	a := graph.QuantAttr{Axis: n.axis("axis", 1), Block: n.axis("block_size", 0)}
	out := n.int("output_dtype", 0)
	if out < 0 || out > math.MaxUint8 || out != 0 && !graph.DType(out).Known() || a.Block < 0 {
		return n.refuse("quantise to int8 or uint8", "output type %d, block %d", out, a.Block)
	}
	a.Out = graph.DType(out)
	if n.op == "QuantizeLinear" && a.Out == graph.NoType {
		a.Out = graph.Uint8
		if n.in(2) != graph.None {
			a.Out = n.dtype(2)
		}
	}
	return n.emit(graph.Op(n.op), a, n.ids...)
}
